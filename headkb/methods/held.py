"""A path from a head, with all other heads held at what they wrote in the clean run, so that attention is not run at all.

With every z but the sender's fixed, what a layer's attention writes is known: the clean output of `W_O`, and in the sender's layer
`(z_corrupted − z_clean) @ W_O` more. Layers below the sender are skipped, senders of a layer lie side by side on the batch axis, and nothing
mixes positions any more. So a path to the logits needs the MLPs above the sender at the positions that the metric reads, and no others. A
path to a receiver needs them as far as the receiver's layer, from the first position that differs; there a pass begins that is run on.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from headkb.attention import Site
from headkb.attention.hooks import StandIn
from headkb.attention.parts import model_inputs, stack_of
from headkb.attention.tap import Call, Tap
from headkb.methods.contrast import Contrast, MetricName
from headkb.methods.heads import LayerHead
from headkb.methods.input_patching import THROUGH, Branch, BranchTap, Through
from headkb.methods.passes import Leaves, layers_of, mlps_seen, repeated_leaf
from headkb.sweeps.every_head import first_change
from headkb.sweeps.rows import Rows, can_skip_prefix
from headkb.tensors import Prompts

_MEMORY = 64 * 2**20  # approximate bytes of activations side by side


Mlps = Literal["recomputed", "frozen"]


@dataclass(frozen=True)
class Route:
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

    def __init__(self, model: nn.Module, both: Contrast, corrupted: dict[int, Tensor], route: Route) -> None:
        """Run the clean prompts; `corrupted` is each layer's z on the corrupted ones, `[prompt, pos, head, d_head]`."""
        self.sites, self.ends, self.place = layers_of(model), route.ends, THROUGH.index(route.through)
        metric = both.metric(route.metric)
        narrow = (
            route.ends is None and metric.positions is not None and len(stack_of(model, self.sites)) == len(self.sites)
        )
        first = 0
        if can_skip_prefix(model) and metric.positions is not None:
            differs = first_change(both.clean, both.other, torch.ones_like(both.clean.mask), metric)
            first = int(metric.positions.min()) if narrow else differs
        rows = Rows(model, both.clean, self.sites, metric, lambda _, z: z, first, _MEMORY)
        others = {layer: z[:, first:] for layer, z in corrupted.items()}
        if narrow:
            assert metric.positions is not None
            where = metric.positions.view(len(both), -1)
            others = {layer: _at(z, where - first) for layer, z in others.items()}
            rows = _narrowed(rows, where, first)
        self.rows, self.leaves = rows, Leaves()
        self.delta = {layer: z - rows.z[layer] for layer, z in others.items()}
        rows.what = "the unchanged output"
        if route.mlps == "frozen":
            with mlps_seen(model, self.sites, self.leaves):
                self.clean = self._held(self.sites[0], {})[0]
        else:
            self.clean = self._held(self.sites[-1], {})[0]

    def sent(self, layer: int, heads: list[int]) -> Iterator[tuple[list[int], Tensor]]:
        """Pairs of some heads of a layer and the metric with the path from each of them patched, `[head, prompt]`."""
        site = next(site for site in self.sites if site.layer == layer)
        for some in self.rows.groups(site, heads):
            self.rows.what = f"the output with paths from L{layer}H{some[0]} to H{some[-1]} patched"
            new = self.rows.written(site, some, self.delta[layer])
            if self.ends is None:
                yield some, self._held(site, self.mlps(len(some)), new, len(some))
            elif above := sorted({at for at, _ in self.ends if at > layer}):
                yield some, self._received(above, self._read(site, above, new, len(some)), len(some))
            else:
                yield some, self.clean.expand(len(some), -1)

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
        rows = self.rows
        with rows.started(site, copies) as swap:
            swap |= also
            for at in self._above(site):
                swap |= rows.writing(at, rows.attn[at.layer], copies, at.layer in run)
            if new is not None:
                swap |= rows.writing(site, new)
            return rows.measured(copies, swap, tap)

    def _read(self, site: Site, layers: list[int], new: Tensor, copies: int) -> dict[int, Tensor]:
        """The q, k or v of some layers above the sender's when only the sender differs."""
        inputs: dict[int, Tensor] = {}
        calls = [at.layer for at in self._above(site) if at.layer in {*layers, *self.rows.wrapped}]

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
        with self.rows.started(site, copies) as swap:
            return self.rows.measured(copies, swap | self.rows.read_alone(), tap)


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


def _narrowed(rows: Rows, where: Tensor, first: int) -> Rows:
    """The same rows at positions `[prompt, k]` alone, for passes in which nothing mixes positions."""
    new = copy.copy(rows)
    new.batch = Prompts(_at(rows.batch.tokens, where), _at(rows.batch.mask, where))
    new.metric = replace(rows.metric, positions=torch.arange(where.shape[1]).expand_as(where))
    new.first, new.inputs = 0, model_inputs(rows.model, new.batch)
    for name in ("z", "inputs_of", "attn"):
        setattr(new, name, {layer: _at(x, where - first) for layer, x in getattr(rows, name).items()})
    return new
