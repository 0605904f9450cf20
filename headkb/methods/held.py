"""A path from a head, with all other heads held at what they wrote in the clean run, so that attention is not run at all.

With every z but the sender's fixed, what a layer's attention writes is known: the clean output of `W_O`, and in the sender's layer
`(z_corrupted − z_clean) @ W_O` more. Layers below the sender are skipped, senders of a layer lie side by side on the batch axis, and nothing
mixes positions any more. So a path to the logits needs the MLPs above the sender at the positions that the metric reads, and no others. A
path to a receiver needs them as far as the receiver's layer, from the first position that differs; there a pass begins that is run on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from headkb.attention import Site, anatomy, output_weights
from headkb.attention.parts import model_inputs, stack_of
from headkb.attention.tap import Call, Tap
from headkb.methods.base import Base
from headkb.methods.contrast import Contrast, MetricName
from headkb.methods.heads import LayerHead
from headkb.methods.input_patching import THROUGH, Branch, BranchTap, Through
from headkb.methods.passes import Leaves, layers_of, mlps_seen, repeated_leaf
from headkb.sweeps.head_sets import can_skip_prefix, first_change
from headkb.sweeps.rows import Rows
from headkb.sweeps.stand_ins import StandIn
from headkb.tensors import Prompts

_MEMORY = 64 * 2**20  # approximate bytes of activations side by side


Mlps = Literal["recomputed", "frozen"]


@dataclass(frozen=True)
class SentPath:
    """Where a path ends, what counts between, and what is measured.

    Attributes:
        ends: The receivers; None = the logits.
        through: The receivers' input.
        mlps: Whether MLPs are recomputed on the way, or held, too.
    """

    ends: Sequence[LayerHead] | None
    through: Through
    mlps: Mlps
    metric: MetricName


class Held:
    """One batch, run once unchanged, whose heads can then send their corrupted z along one path.

    Attributes:
        clean: The metric without a change, `[prompt]`.
    """

    def __init__(self, model: nn.Module, both: Contrast, corrupted: dict[int, Tensor], route: SentPath) -> None:
        """Run the clean prompts; `corrupted` is each layer's z on the corrupted ones, `[prompt, pos, head, d_head]`."""
        self.sites, self.ends, self.place = layers_of(model), route.ends, THROUGH.index(route.through)
        self.blocks, metric, batch = stack_of(model, self.sites), both.metric(route.metric), both.clean
        where, first = metric.positions, 0
        narrow = route.ends is None and where is not None and len(self.blocks) == len(self.sites)
        if where is not None and not narrow and can_skip_prefix(model):
            first = first_change(batch, both.other, torch.ones_like(batch.mask), metric)
        keep: Callable[[Tensor], Tensor] = lambda x: x[:, first:].clone()  # noqa: E731
        if narrow:
            assert where is not None
            where = where.view(len(both), -1)
            keep = partial(_at, where=where)
            batch = Prompts(keep(batch.tokens), keep(batch.mask))
            metric = replace(metric, positions=torch.arange(where.shape[1]).expand_as(where))
        self.length = both.clean.tokens.shape[1]
        self.base = Base(model, self.sites, self.blocks, both.clean, keep, first)
        self.rows = Rows(model, batch, self.sites, metric, lambda _, z: z, None, 0, ())
        self.rows.first, self.rows.budget, self.rows.what = first, _MEMORY, "the unchanged output"
        self.rows.inputs = model_inputs(model, batch) if narrow else self.base.inputs
        self.delta = {layer: keep(z) - self.base.z[layer] for layer, z in corrupted.items()}
        self.leaves = Leaves()
        if route.mlps == "frozen":
            with mlps_seen(model, self.sites, self.leaves):
                self.clean = self._held(self.sites[0], {})[0]
        else:
            self.clean = self._held(self.sites[-1], {})[0]

    def sent(self, layer: int, heads: list[int]) -> Iterator[tuple[list[int], Tensor]]:
        """Pairs of some heads of a layer and the metric with the path from each of them patched, `[head, prompt]`."""
        site = next(site for site in self.sites if site.layer == layer)
        above = sorted({at for at, _ in self.ends or () if at > layer})
        prompts, new = self.delta[layer].shape[:2]
        row = 4 * prompts * new * 16 * anatomy(self.rows.model).d_model  # an MLP and the stream
        row += 0 if self.ends is None else 12 * prompts * new * site.n_heads * self.length  # patterns
        step = max(1, _MEMORY // row)
        for some in (heads[start : start + step] for start in range(0, len(heads), step)):
            self.rows.what = f"the output with paths from L{layer}H{some[0]} to H{some[-1]} patched"
            written = self._written(site, some)
            if self.ends is None:
                yield some, self._held(site, self.mlps(len(some)), written, len(some))
            elif above:
                yield some, self._received(above, self._read(site, above, written, len(some)), len(some))
            else:
                yield some, self.clean.expand(len(some), -1)

    def _written(self, site: Site, heads: list[int]) -> Tensor:
        """What `W_O` writes with one of the heads corrupted, `[head * prompt, pos, d_model]`."""
        clean = self.base.written[site.layer]
        delta = self.delta[site.layer][:, :, heads].movedim(2, 0).flatten(1, 2)  # [head, token, d_head]
        change = torch.bmm(delta, output_weights(self.rows.model, site.layer)[0][heads])
        return change.view(len(heads), *clean.shape).add_(clean).flatten(0, 1)

    def mlps(self, copies: int) -> dict[nn.Module, nn.Module]:
        """Stand-ins for the MLPs' matrices, where these are held."""
        model = self.rows.model
        found = {model.get_submodule(name): result for name, result in self.leaves.items()}
        return {module: StandIn(module, repeated_leaf(result, copies)) for module, result in found.items()}

    def _above(self, site: Site) -> tuple[Site, ...]:
        return self.sites[self.sites.index(site) :]

    def _held(
        self,
        site: Site,
        also: dict[nn.Module, nn.Module],
        new: Tensor | None = None,
        copies: int = 1,
        run: Collection[int] = (),
        tap: Tap | None = None,
    ) -> Tensor:
        """The metric, `[copy, prompt]`, of passes from the layer of `site` on, where attention writes `new` there and is held above.

        Attention is run, but not heard, in the layers `run`.
        """
        with self.base.started(site, copies) as swap:
            swap |= also
            for at in self._above(site):
                held = self.base.written[at.layer]
                swap |= self.base.writing(at, held, copies, at.layer in run)
            if new is not None:
                swap |= self.base.writing(site, new)
            return self.rows.measured(copies, swap, tap)

    def _read(self, site: Site, layers: list[int], new: Tensor, copies: int) -> dict[int, Tensor]:
        """The q, k or v of some layers above the sender's when only the sender differs."""
        inputs: dict[int, Tensor] = {}
        calls = [at.layer for at in self._above(site) if at.layer in {*layers, *self.base.wrapped}]

        def see(call: Call) -> None:
            x = (call.q, call.k, call.v)[self.place]
            assert x is not None
            inputs[calls[call.index]] = x.clone()

        tap = Tap(see=see, last=calls.index(layers[-1]))
        self._held(site, self.mlps(copies), new, copies, layers, tap)
        return {layer: inputs[layer] for layer in layers}

    def _received(self, layers: list[int], new: dict[int, Tensor], copies: int) -> Tensor:
        """The metric, `[copy, prompt]`, of passes from the lowest of these layers on, in which the receivers take the q, k or v `new`."""
        site = next(site for site in self.sites if site.layer == layers[0])
        calls = [at.layer for at in self._above(site)]
        tap = taking(self.ends or [], self.place, calls, new)
        with self.base.started(site, copies) as swap:
            return self.rows.measured(copies, swap, tap)


def taking(ends: Collection[LayerHead], place: int, calls: Sequence[int], new: Mapping[int, Tensor]) -> BranchTap:
    """A tap of one pass in which the receivers of some layers take the q, k or v `new`.

    Args:
        place: 0, 1 or 2 for q, k, v.
        calls: The layer of each attention call of the pass.
        new: Each layer's q, k or v, as projected.
    """

    def branch(index: int, q: Tensor, k: Tensor, v: Tensor) -> list[Branch]:
        layer = calls[index]
        if layer not in new:
            return []
        inputs = [q, k, v]
        inputs[place] = new[layer]
        heads = torch.tensor([(layer, head) in ends for head in range(q.shape[1])])
        return [(heads, inputs[0], inputs[1], inputs[2])]

    return BranchTap(branch=branch)


def _at(x: Tensor, where: Tensor) -> Tensor:
    """`x`, `[prompt, pos, …]`, at positions `[prompt, k]`."""
    return x[torch.arange(len(x))[:, None], where.to(x.device)]
