"""One batch of prompts with the heads of a layer edited side by side, each row run as short as the model allows.

Five savings. Heads lie side by side on the batch axis. Layers below the edited one are not run: their output is known.
In the edited layer attention is not run either: what it writes changes by `(z' - z) @ W_O`. In a causal model the
positions before the first change are not run: their keys and values are known. And only the positions and vocabulary
entries that the metric reads are unembedded, and the last layer runs only as far as they need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention.activations import output_weights
from headkb.attention.hooks import at_blocks, at_z, lean, removing, replaced
from headkb.attention.parts import Site, block_of, first_tensor, model_inputs, output, stack_of
from headkb.attention.probe import anatomy
from headkb.attention.tap import Stop, Tap, tapped
from headkb.finite import check_rows
from headkb.sweeps.metrics import Metric
from headkb.tensors import Prompts


class StandIn(nn.Module):
    """Returns `answer(first argument)`, in the form in which the original module returns its output.

    Attributes that callers read (a layer's attention type) are those of the original.
    """

    def __init__(self, original: nn.Module, answer: Callable[[Tensor], Any], length: int = 0) -> None:
        """`length` is the number of values that the original returns; 0 = a bare tensor."""
        super().__init__()
        self.__dict__.update(original=original, answer=answer, length=length)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["original"], name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The answer, followed by None for whatever else the original returns."""
        value = self.answer(args[0] if args else next(iter(kwargs.values())))
        return value if not self.length else (value, *[None] * (self.length - 1))


Change: TypeAlias = Callable[[int, Tensor], Tensor]
"""(layer, z `[prompt, pos, head, d_head]`) → z with every head edited, of the same shape."""


def can_resume(model: nn.Module) -> bool:
    """Whether layers can be skipped: there is one stack, and each layer attends through modules of its own."""
    return all(s.part == "self" and s.block is not None and s.o_proj is not None for s in anatomy(model).sites)


def can_skip_prefix(model: nn.Module) -> bool:
    """Whether later positions need nothing but keys and values of earlier ones."""
    sites = anatomy(model).sites
    causal = can_resume(model) and all(site.causal for site in sites)
    return causal and len(stack_of(model, sites)) == len(sites) and getattr(model.config, "use_cache", None) is not None


@dataclass
class Rows:
    """One batch, run once unchanged, whose heads can then be edited.

    Attributes:
        sites: The attention calls whose heads are edited.
        first: The first position that edited rows run; None = use no savings.
        budget: Approximate bytes of activations that may exist at once.
        z: Each layer's z, `[prompt, pos, head, d_head]`, by block number; like `inputs_of` and `attn` from position `first` on.
        inputs_of: Input of each layer, `[prompt, pos, d_model]`.
        attn: Output of `W_O`, or of the attention module around it.
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
        if first:
            self.inputs |= {"past_key_values": prefix(first), "use_cache": True}

        def leave(module: nn.Module, args: Any, result: Any) -> None:
            self.lengths[module] = 0 if isinstance(result, Tensor) else len(result)
            if len(args) == 1 and isinstance(result, Tensor):
                self.simple.add(module)
            if module is self.blocks[-1]:
                raise Stop

        for site in self.sites:

            def attended(_: nn.Module, __: Any, result: Any, layer: int = site.layer) -> None:
                self.attn[layer] = first_tensor(result)[:, first:].clone()

            writer = site.module if _inside(site) else site.o_proj
            handles.append(writer.register_forward_hook(attended))  # type: ignore[union-attr]
        for block in self.blocks:
            for module in block.modules():
                handles.append(module.register_forward_hook(leave))
        see_z = at_z(self.sites, lambda layer, z: self.z.update({layer: z[:, first:].clone()}))
        see_inputs = at_blocks(
            self.model, self.sites, lambda layer, x: self.inputs_of.update({layer: x[:, first:].clone()})
        )
        with removing(handles), see_z, see_inputs, lean(self.model, exact=False), tapped(self.model):
            self.model(**self.inputs)
        self.inputs |= {"input_ids": self.inputs["input_ids"][:, first:]}

    def edited(self, site: Site, heads: list[int]) -> Iterator[tuple[list[int], Tensor]]:
        """Pairs of some heads and the metric with each of them edited, `[head, prompt]`, until all are done."""
        prompts, length = self.batch.tokens.shape
        new = length - (self.first or 0)
        row = 4 * prompts * new * (16 * self.parts.d_model + 3 * site.n_heads * length)  # an MLP, the stream, patterns
        runs = math.ceil(len(heads) / max(1, self.budget // row))
        at_once = math.ceil(len(heads) / max(1, runs))  # runs of equal size
        for some in (heads[start : start + at_once] for start in range(0, len(heads), at_once or 1)):
            whole, last = self.first is None, "" if len(some) == 1 else f" to H{some[-1]}"
            self.what = f"the output with L{site.layer}H{some[0]}{last} edited"
            yield some, torch.cat([self._whole(site.layer, h) for h in some]) if whole else self._resumed(site, some)

    def _whole(self, layer: int, head: int) -> Tensor:
        """The metric, `[1, prompt]`, by a pass of the whole model with one head's z edited."""

        def see(at: int, z: Tensor) -> Tensor | None:
            if at != layer:
                return None
            new = z.clone()
            new[:, :, head] = self.change(layer, z)[:, :, head]
            return new

        with at_z(self.sites, see), tapped(self.model):
            logits = output(self.model(**self.inputs))
        return self._values(logits[self._read(logits)][..., self.tokens], lambda rows: rows)

    def _resumed(self, site: Site, heads: list[int]) -> Tensor:
        """The metric, `[head, prompt]`, by passes that start at one layer, where the output of `W_O` has changed."""
        layer, copies, z = site.layer, len(heads), self.z[site.layer]
        delta = (self.change(layer, z) - z)[:, :, heads].movedim(2, 0).flatten(1, 2)  # [head, token, d_head]
        written = torch.bmm(delta, output_weights(self.model, layer)[0][heads]).view(copies, *self.attn[layer].shape)
        written = written.add_(self.attn[layer]).flatten(0, 1)
        start = self.inputs_of[layer].repeat(copies, 1, 1)
        below = self.blocks[: self.blocks.index(block_of(self.model, site))]
        swap: dict[nn.Module, nn.Module] = {b: StandIn(b, lambda x: x, self.lengths[b]) for b in below}
        if self.metric.positions is not None and self.parts.unembedding is not None:
            swap |= {module: self._narrow(module) for module in self._last()}
        answer = written
        if site.o_proj is not None and not _inside(
            site
        ):  # then attention's output, of z's shape, is still passed to it
            swap[site.o_proj] = StandIn(site.o_proj, lambda _: written)
            answer = written.new_zeros(()).expand(*written.shape[:2], site.n_heads * site.d_head)
        swap[site.module] = StandIn(site.module, lambda _: answer, self.lengths[site.module])
        with at_blocks(self.model, [site], lambda *_: start):
            return self.measured(copies, swap)

    def measured(self, copies: int, swap: dict[nn.Module, nn.Module], tap: Tap | None = None) -> Tensor:
        """The metric, `[copy, prompt]`, of a pass that computes only the logits it reads; empty if `tap` ends the pass."""
        head, tokens, values = self.parts.unembedding, self.tokens, list[Tensor]()

        def unembed(rows: Tensor) -> Tensor:  # contiguous, since a strided input is slow
            if type(head) is not nn.Linear or head.weight.device.type == "meta":
                return head(rows.contiguous())[..., tokens]  # type: ignore[misc, no-any-return]
            return _linear(rows, head.weight[tokens], None if head.bias is None else head.bias[tokens])

        def answer(hidden: Tensor) -> Tensor:
            rows = hidden[self._read(hidden)]
            if not self.parts.plain_logits:  # the model still has to cap or scale them
                return unembed(rows)
            values.append(self._values(rows, unembed))
            raise Stop

        if head is not None:
            swap = {**swap, head: StandIn(head, answer)}
        inputs = {name: x.repeat(copies, 1) if isinstance(x, Tensor) else x for name, x in self.inputs.items()}
        with replaced(self.model, swap), lean(self.model, exact=False), tapped(self.model, tap):
            result = output(self.model(**inputs))
            rows = result[self._read(result)][..., tokens] if head is None else result
            values.append(self._values(rows, lambda rows: rows))
        return values[0] if values else torch.empty(copies, 0)

    def _read(self, rows: Tensor) -> Any:
        """Index of what the metric reads in `[copy * prompt, pos, …]`: rows and positions `[copy * prompt, k]`, or all."""
        if self.metric.positions is None:
            return slice(None)
        where = self.metric.positions.view(len(self.batch), -1).to(rows.device) - (self.first or 0)
        return torch.arange(len(rows), device=rows.device)[:, None], where.repeat(len(rows) // len(where), 1)

    def _values(self, rows: Tensor, unembed: Callable[[Tensor], Tensor]) -> Tensor:
        """The metric, `[copy, prompt]`, of `[copy * prompt, k, width]`, unembedding as many prompts at a time as the budget allows."""
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


def _linear(rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """`rows @ weight.T + bias`; on a CPU in pieces of the vocabulary, in two thirds of the time of one product."""
    x, step = rows.flatten(0, -2).contiguous(), 1024 if rows.device.type == "cpu" else len(weight)
    out = x.new_empty(len(x), len(weight))
    for start in range(0, len(weight), step):
        torch.mm(x, weight[start : start + step].T, out=out[:, start : start + step])
    out = out if bias is None else out.add_(bias)
    return out.view(*rows.shape[:-1], -1)


def _inside(site: Site) -> bool:
    return site.o_proj in set(site.module.modules())


def prefix(first: int) -> Any:
    """A cache that keeps the keys and values before `first` of its first pass, and never grows.

    It serves any number of passes over any number of copies of the prompts.
    """
    from transformers.cache_utils import Cache, DynamicLayer

    def joined(prefix: Tensor, new: Tensor) -> Tensor:  # [prompt, head, pos, d_head], [copy * prompt, …]
        new = new.view(-1, *prefix.shape[:2], *new.shape[2:])
        return torch.cat([prefix.expand(len(new), *prefix.shape), new], 3).flatten(0, 1)

    class Prefix(DynamicLayer):  # type: ignore[misc]
        def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
            if not self.get_seq_length():
                self.keys, self.values = key_states[:, :, :first].clone(), value_states[:, :, :first].clone()
                self.is_initialized = True
                return key_states.contiguous(), value_states.contiguous()
            return joined(self.keys, key_states), joined(self.values, value_states)

    return Cache(layer_class_to_replicate=Prefix)
