"""One unchanged pass, kept so that later passes can begin at any layer with attention's output given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from headkb.attention import Site
from headkb.attention.hooks import at_blocks, at_z, lean, removing
from headkb.attention.parts import block_of, cache_name, first_tensor, model_inputs
from headkb.attention.tap import Stop, tapped
from headkb.sweeps.stand_ins import StandIn, prefix
from headkb.tensors import Prompts


class Base:
    """One batch, run once unchanged.

    Attributes:
        z: Each layer's z, `[prompt, pos, head, d_head]`, by block number, at the positions that are kept.
        read: Input of each layer, `[prompt, pos, d_model]`.
        written: Output of each `W_O`.
        wrapped: Layers whose attention module returns something else than `W_O` does: a norm of it, or the stream with it.
        inputs: Arguments of a pass from position `first` on, with keys and values of the positions before it.
    """

    def __init__(
        self,
        model: nn.Module,
        sites: Sequence[Site],
        blocks: Sequence[nn.Module],
        batch: Prompts,
        keep: Callable[[Tensor], Tensor],
        first: int = 0,
    ) -> None:
        """Run the batch.

        Args:
            blocks: The stack of layers.
            keep: Selects the positions, axis 1, of what is recorded.
            first: Where passes begin.
        """
        self.model, self.blocks, self.lengths = model, blocks, dict[nn.Module, int]()
        self.z, self.read, self.written = dict[int, Tensor](), dict[int, Tensor](), dict[int, Tensor]()
        self.wrapped = set[int]()
        self.inputs = model_inputs(model, batch)
        if first:
            self.inputs |= {cache_name(model): prefix(first), "use_cache": True}
        handles: list[Any] = []

        def leave(module: nn.Module, _: Any, result: Any) -> None:
            self.lengths[module] = 0 if isinstance(result, Tensor) else len(result)
            if module is blocks[-1]:
                raise Stop

        for site in sites:

            def wrote(_: nn.Module, __: Any, result: Any, layer: int = site.layer) -> None:
                self.written[layer] = keep(first_tensor(result))

            def attended(_: nn.Module, __: Any, result: Any, layer: int = site.layer) -> None:
                if not torch.equal(keep(first_tensor(result)), self.written[layer]):
                    self.wrapped.add(layer)

            assert site.o_proj is not None
            handles.append(site.o_proj.register_forward_hook(wrote))
            handles.append(site.module.register_forward_hook(leave))
            if _inside(site):
                handles.append(site.module.register_forward_hook(attended))
        handles += [block.register_forward_hook(leave) for block in blocks]
        see_z = at_z(sites, lambda layer, z: self.z.update({layer: keep(z)}))
        see_read = at_blocks(model, sites, lambda layer, x: self.read.update({layer: keep(x)}))
        with removing(handles), see_z, see_read, lean(model, exact=False), tapped(model):
            model(**self.inputs)
        self.inputs |= {"input_ids": self.inputs["input_ids"][:, first:]}

    @contextmanager
    def started(self, site: Site, copies: int) -> Iterator[dict[nn.Module, nn.Module]]:
        """Start passes of so many copies at the layer of `site`; gives the stand-ins of the layers below, which are not run."""
        start = self.read[site.layer].repeat(copies, 1, 1)
        below = self.blocks[: self.blocks.index(block_of(self.model, site))]
        with at_blocks(self.model, [site], lambda *_: start):
            yield {block: StandIn(block, lambda x: x, self.lengths[block]) for block in below}

    def writing(self, site: Site, written: Tensor, copies: int = 1, run: bool = False) -> dict[nn.Module, nn.Module]:
        """Stand-ins that let `W_O` write this in every copy; attention is not run, unless it is wrapped, or `run`."""
        assert site.o_proj is not None
        inside, run = _inside(site), run or site.layer in self.wrapped
        swap: dict[nn.Module, nn.Module] = {}
        if run or not inside:
            swap[site.o_proj] = StandIn(site.o_proj, lambda _: written.repeat(copies, 1, 1))
        if run:
            return swap

        def answer(_: Tensor) -> Tensor:
            if inside:
                return written.repeat(copies, 1, 1)
            shape = copies * len(written), written.shape[1], site.n_heads * site.d_head
            return written.new_zeros(()).expand(shape)  # attention's output, of z's shape, is still passed to `W_O`

        return swap | {site.module: StandIn(site.module, answer, self.lengths[site.module])}


def _inside(site: Site) -> bool:
    return site.o_proj in set(site.module.modules())
