"""One batch of prompts with sets of heads edited side by side, each row run as short as the model allows.

Five savings. Sets of heads, of one head or of many, lie side by side on the batch axis. Layers below the lowest edited one
are not run: their output is known. In that layer attention is not run either where z is edited: what it writes changes by
`(z' - z) @ W_O`. In a causal model the positions before the first change are not run: their keys and values are known. And
only the positions and vocabulary entries that the metric reads are unembedded, and the last layer runs only as far as they
need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention.activations import output_weights
from headkb.attention.edits import soften
from headkb.attention.hooks import at_blocks, at_z, lean, removing, replaced
from headkb.attention.parts import Site, block_of, cache_name, first_tensor, model_inputs, output, stack_of
from headkb.attention.probe import anatomy
from headkb.attention.tap import Call, Stop, Tap, tapped
from headkb.finite import check_rows
from headkb.sweeps.metrics import Metric
from headkb.sweeps.stand_ins import StandIn, linear, prefix
from headkb.tensors import Prompts

Change: TypeAlias = Callable[[int, Tensor], Tensor]
"""(layer, z `[prompt, pos, head, d_head]`, or scores `[prompt, head, query_pos, key_pos]`) → the same with every head edited."""
HeadSet: TypeAlias = Sequence[tuple[int, int]]
"""(layer, head) pairs that are edited together; an empty one leaves the model as it is."""


@dataclass
class Rows:
    """One batch, run once unchanged, in which sets of heads can then be edited.

    Attributes:
        sites: The attention calls whose heads are edited.
        change: The edit.
        first: The first position that edited rows run; None = use no savings.
        budget: Approximate bytes of activations that may exist at once.
        sets: The sets of heads.
        at: What `change` is given and returns: z, or attention scores before the softmax.
        z: z of each layer that a set edits, `[prompt, pos, head, d_head]`, by block number; like all that follows from position `first` on.
        inputs_of: Input of each layer that is the lowest of a set, `[prompt, pos, d_model]`.
        attn: Output of `W_O` there, or of the attention module around it.
        final: Output of the last layer.
        lengths: Number of values that a module returns; 0 = a bare tensor.
        simple: The modules that take one tensor and return one.
    """

    model: nn.Module
    batch: Prompts
    sites: Sequence[Site]
    metric: Metric
    change: Change
    first: int | None
    budget: int
    sets: Sequence[HeadSet]
    at: Literal["z", "scores"] = "z"

    def __post_init__(self) -> None:
        """Run the unchanged prompts, if savings are to be used."""
        self.parts, self.inputs = anatomy(self.model), model_inputs(self.model, self.batch)
        self.tokens: Any = slice(None) if self.metric.tokens is None else self.metric.tokens
        if self.first is not None:
            self._start(self.first)

    def _start(self, first: int) -> None:
        """Run the unchanged prompts once, and keep what edited rows need."""
        self.z, self.inputs_of, self.attn = dict[int, Tensor](), dict[int, Tensor](), dict[int, Tensor]()
        self.lengths, self.simple = dict[nn.Module, int](), set[nn.Module]()
        self.blocks, handles = stack_of(self.model, self.sites), list[Any]()
        lowest = {min(heads)[0] for heads in self.sets if heads}
        edited = {layer for heads in self.sets for layer, _ in heads}
        if first:
            self.inputs |= {cache_name(self.model): prefix(first), "use_cache": True}

        def leave(module: nn.Module, args: Any, result: Any) -> None:
            self.lengths[module] = 0 if isinstance(result, Tensor) else len(result)
            if len(args) == 1 and isinstance(result, Tensor):
                self.simple.add(module)
            if module is self.blocks[-1]:
                self.final = first_tensor(result)[:, first:].clone()
                raise Stop

        def keep(kept: dict[int, Tensor], layers: set[int]) -> Callable[[int, Tensor], None]:
            return lambda layer, x: kept.update({layer: x[:, first:].clone()}) if layer in layers else None

        for site in self.sites:
            if site.layer in lowest and self.at == "z":

                def attended(_: nn.Module, __: Any, result: Any, layer: int = site.layer) -> None:
                    self.attn[layer] = first_tensor(result)[:, first:].clone()

                writer = site.module if _inside(site) else site.o_proj
                handles.append(writer.register_forward_hook(attended))  # type: ignore[union-attr]
        for block in self.blocks:
            for module in block.modules():
                handles.append(module.register_forward_hook(leave))
        see_z = at_z(self.sites if self.at == "z" else (), keep(self.z, edited))
        see_inputs = at_blocks(self.model, self.sites, keep(self.inputs_of, lowest))
        with removing(handles), see_z, see_inputs, lean(self.model, exact=False), tapped(self.model):
            self.model(**self.inputs)
        self.inputs |= {"input_ids": self.inputs["input_ids"][:, first:]}

    def edited(self) -> Iterator[tuple[list[int], Tensor]]:
        """Pairs of the numbers of some sets and the metric with each of them edited, `[set, prompt, …]`, until all are done."""
        by_layer: dict[int, list[int]] = {}
        for number, heads in enumerate(self.sets):
            by_layer.setdefault(min(heads)[0] if heads else -1, []).append(number)
        prompts, length = self.batch.tokens.shape
        new = length - (self.first or 0)
        for layer, numbers in by_layer.items():
            site = next((site for site in self.sites if site.layer == layer), self.sites[-1])
            row = 4 * prompts * new * (16 * self.parts.d_model + 3 * site.n_heads * length)  # MLP, stream, patterns
            runs = math.ceil(len(numbers) / max(1, self.budget // row))
            at_once = math.ceil(len(numbers) / runs)  # runs of equal size
            for some in (numbers[start : start + at_once] for start in range(0, len(numbers), at_once)):
                sets = [self.sets[number] for number in some]
                self.what = _named(sets)
                if self.first is None:
                    yield some, torch.cat([self._whole(heads) for heads in sets])
                else:
                    yield some, self._resumed(site, sets) if layer >= 0 else self._unchanged(len(some))

    def _whole(self, heads: HeadSet) -> Tensor:
        """The metric, `[1, prompt, …]`, by a pass of the whole model with one set of heads edited."""
        see_z = at_z(self.sites if self.at == "z" else (), lambda layer, z: self._edited(layer, z, [heads]))
        with see_z, tapped(self.model, self._tap(0, [heads]), self.parts.route):
            logits = output(self.model(**self.inputs))
        return self._values(logits[self._read(logits)][..., self.tokens], lambda rows: rows)

    def _edited(self, layer: int, z: Tensor, sets: Sequence[HeadSet]) -> Tensor | None:
        """Z of all copies, `[copy * prompt, …]`, with the heads of each copy's set edited; None where no set has a head."""
        heads = _heads_of(layer, sets)
        if not any(heads):
            return None
        new = z.clone()
        for copy, mine in zip(torch.split(new, len(self.batch)), heads, strict=True):
            if mine:
                copy[:, :, mine] = self.change(layer, copy)[:, :, mine]
        return new

    def _tap(self, below: int, sets: Sequence[HeadSet]) -> Tap | None:
        """What edits the scores of a pass that leaves out the first `below` attention calls; None where z is edited."""
        layer_of, size = {site.index - below: site.layer for site in self.sites}, len(self.batch)

        def see(call: Call) -> Tensor | None:
            layer = layer_of.get(call.index, -1)
            heads = _heads_of(layer, sets)
            if not any(heads):
                return None
            new = call.pattern.clone()
            for pattern, scores, mine in zip(
                torch.split(new, size), torch.split(call.scores, size), heads, strict=True
            ):
                if mine:
                    pattern[:, mine] = soften(call, self.change(layer, scores)[:, mine])
            return new

        return Tap(see=see, batch=len(sets) * size) if self.at == "scores" else None

    def _resumed(self, site: Site, sets: Sequence[HeadSet]) -> Tensor:
        """The metric, `[set, prompt, …]`, by a pass that starts at the lowest edited layer of these sets."""
        start = self.inputs_of[site.layer].repeat(len(sets), 1, 1)
        below = self.blocks[: self.blocks.index(block_of(self.model, site))]
        swap: dict[nn.Module, nn.Module] = {b: StandIn(b, lambda x: x, self.lengths[b]) for b in below}
        last = self.sites[-1]
        if self.metric.positions is not None and self.parts.unembedding is not None:
            whole = {last.o_proj} if any(layer == last.layer for heads in sets for layer, _ in heads) else set()
            swap |= {module: self._narrow(module) for module in self._last() - whole}
        if self.at == "z":
            swap |= self._written(site, sets)
        see_z = at_z(self.sites if self.at == "z" else (), lambda layer, z: self._edited(layer, z, sets))
        with see_z, at_blocks(self.model, [site], lambda *_: start):
            return self.measured(len(sets), swap, self._tap(site.index, sets))

    def _written(self, site: Site, sets: Sequence[HeadSet]) -> dict[nn.Module, nn.Module]:
        """What stands in for attention in the lowest edited layer: the output of `W_O` with each set's z edited."""
        layer, z, rows = site.layer, self.z[site.layer], list[Tensor]()
        delta, weights = self.change(layer, z) - z, output_weights(self.model, layer)[0]
        for heads in _heads_of(layer, sets):
            change = delta[:, :, heads].flatten(-2) @ weights[heads].flatten(0, 1)
            rows.append(change.view_as(self.attn[layer]).add_(self.attn[layer]))
        written = answer = torch.cat(rows)
        swap: dict[nn.Module, nn.Module] = {}
        if site.o_proj is not None and not _inside(site):  # attention's output, of z's shape, is still passed to it
            swap[site.o_proj] = StandIn(site.o_proj, lambda _: written)
            answer = written.new_zeros(()).expand(*written.shape[:2], site.n_heads * site.d_head)
        return {**swap, site.module: StandIn(site.module, lambda _: answer, self.lengths[site.module])}

    def _unchanged(self, copies: int) -> Tensor:
        """The metric, `[copy, prompt, …]`, of the model as it is: only the unembedding is run."""
        final = self.final.repeat(copies, 1, 1)
        swap: dict[nn.Module, nn.Module] = {b: StandIn(b, lambda x: x, self.lengths[b]) for b in self.blocks[:-1]}
        last = self.blocks[-1]
        return self.measured(copies, {**swap, last: StandIn(last, lambda _: final, self.lengths[last])}, None)

    def measured(self, copies: int, swap: dict[nn.Module, nn.Module], tap: Tap | None = None) -> Tensor:
        """The metric, `[copy, prompt, …]`, of a pass that computes only the logits it reads."""
        head, tokens, values = self.parts.unembedding, self.tokens, list[Tensor]()

        def unembed(rows: Tensor) -> Tensor:  # contiguous, since a strided input is slow
            if type(head) is not nn.Linear or head.weight.device.type == "meta":
                return head(rows.contiguous())[..., tokens]  # type: ignore[misc, no-any-return]
            return linear(rows, head.weight[tokens], None if head.bias is None else head.bias[tokens])

        def answer(hidden: Tensor) -> Tensor:
            rows = hidden[self._read(hidden)]
            if not self.parts.plain_logits:  # the model still has to cap or scale them
                return unembed(rows)
            values.append(self._values(rows, unembed))
            raise Stop

        if head is not None:
            swap = {**swap, head: StandIn(head, answer)}
        inputs = {name: x.repeat(copies, 1) if isinstance(x, Tensor) else x for name, x in self.inputs.items()}
        with replaced(self.model, swap), lean(self.model, exact=False), tapped(self.model, tap, self.parts.route):
            result = output(self.model(**inputs))
            rows = result[self._read(result)][..., tokens] if head is None else result
            values.append(self._values(rows, lambda rows: rows))
        return values[0] if values else torch.empty(copies, 0)  # `tap` ended the pass

    def _read(self, rows: Tensor) -> Any:
        """Index of what the metric reads in `[copy * prompt, pos, …]`: rows and positions `[copy * prompt, k]`, or all."""
        if self.metric.positions is None:
            return slice(None)
        where = self.metric.positions.view(len(self.batch), -1).to(rows.device) - (self.first or 0)
        return torch.arange(len(rows), device=rows.device)[:, None], where.repeat(len(rows) // len(where), 1)

    def _values(self, rows: Tensor, unembed: Callable[[Tensor], Tensor]) -> Tensor:
        """The metric, `[copy, prompt, …]`, of `[copy * prompt, k, width]`, unembedding as many prompts at a time as the budget allows."""
        width = getattr(getattr(self.parts.unembedding, "weight", None), "shape", rows.shape[-1:])[0]
        width = width if self.metric.tokens is None else len(self.metric.tokens)
        step, read = max(1, self.budget // 2 // (4 * rows.shape[1] * width)), self.batch.decoder or self.batch
        count, mask = len(self.batch), read.mask if self.metric.positions is None else None
        check_rows(self.model, rows, None if mask is None else mask.repeat(len(rows) // count, 1), self.what)

        def value(copy: Tensor, start: int) -> Tensor:
            some = slice(start, start + step)
            logits = unembed(copy[some])
            result = self.metric.select(some).of(logits, read.select(some, trim=False))
            if not bool(result.isfinite().all()):  # the unembedding may have overflowed
                check_rows(self.model, logits, None if mask is None else mask[some], self.what)
            return result

        return torch.stack([torch.cat([value(c, i) for i in range(0, count, step)]) for c in torch.split(rows, count)])

    def _last(self) -> set[nn.Module]:
        """`W_O` and the MLP of the last layer, if they are single modules."""
        site, block = self.sites[-1], block_of(self.model, self.sites[-1])
        others = [m for m in block.children() if not {site.module, site.o_proj} & set(m.modules())]
        others = [m for m in others if any(p.dim() > 1 for p in m.parameters())]
        return self.simple & {site.o_proj, *(others if len(others) == 1 else ())}

    def _narrow(self, module: nn.Module) -> StandIn:
        """A stand-in that runs `module` only at the positions that are read, and returns zeros elsewhere."""

        def answer(hidden: Tensor) -> Tensor:
            where = self._read(hidden)
            read: Tensor = module(hidden[where])
            out = read.new_zeros(*hidden.shape[:2], read.shape[-1])
            out[where] = read
            return out

        return StandIn(module, answer)


def _heads_of(layer: int, sets: Sequence[HeadSet]) -> list[list[int]]:
    """The heads that each set has in this layer."""
    return [[head for edited, head in heads if edited == layer] for heads in sets]


def _named(sets: Sequence[HeadSet]) -> str:
    """What came out with these sets edited, for a message: single heads of one layer by their range, larger sets one by one."""
    one, last = sorted(sets[0]), sorted(sets[-1])
    if len(one) == 1:
        return f"the output with L{one[0][0]}H{one[0][1]}{'' if len(sets) == 1 else f' to H{last[0][1]}'} edited"
    names = " or ".join(", ".join(f"L{layer}H{head}" for layer, head in sorted(heads)) for heads in sets[:2])
    return f"the output with {names or 'nothing'} edited"


def _inside(site: Site) -> bool:
    return site.o_proj in set(site.module.modules())
