"""Changes to a model for the length of a `with` block: read or replace z and residuals, swap modules."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention.parts import Site
from headkb.errors import ModelError

See: TypeAlias = Callable[[int, Tensor], Tensor | None]
"""(layer, tensor) → its replacement, or None to leave it; the layer is the number of the block."""


@contextmanager
def removing(handles: list[Any]) -> Iterator[None]:
    """Remove hooks at the end, also after an error."""
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def held(table: dict[str, Any], entries: Mapping[str, Any]) -> Iterator[None]:
    """Set entries of a table, and restore it at the end."""
    before = {name: table[name] for name in entries if name in table}
    table.update(entries)
    try:
        yield
    finally:
        for name in entries.keys() - before.keys():
            del table[name]
        table.update(before)


@contextmanager
def at_z(sites: Sequence[Site], see: See) -> Iterator[None]:
    """Call `see(layer, z)` with the input of each `W_O`, `[batch, pos, head, d_head]`, which it may replace.

    It serves any number of passes, cached ones among them; where layers share a module its calls are counted, so there each pass must be
    a whole one. `headkb.edited` also knows which positions a pass holds.
    """
    handles = []
    for module in {id(s.o_proj): s.o_proj for s in sites}.values():
        if module is None:
            raise ModelError("no output projection (W_O) follows an attention call, so z is out of reach. Report it.")
        calls = itertools.cycle([site for site in sites if site.o_proj is module])

        def hook(_: nn.Module, args: tuple[Any, ...], calls: Iterator[Site] = calls) -> tuple[Any, ...] | None:
            site = next(calls)
            # [batch, pos, head * d_head] → [batch, pos, head, d_head], and back for `W_O`
            new = see(site.layer, args[0].unflatten(-1, (site.n_heads, site.d_head)))
            return None if new is None else (new.flatten(-2), *args[1:])

        # Before all other hooks, so before tensor parallelism splits z over ranks.
        handles.append(module.register_forward_pre_hook(hook, prepend=True))
    with removing(handles):
        yield


@contextmanager
def at_blocks(model: nn.Module, sites: Sequence[Site], see: See) -> Iterator[None]:
    """Call `see(layer, x)` with the input of each layer, `[batch, pos, d_model]`, which it may replace."""
    handles = []
    for site in sites:
        if site.block is None:
            raise ModelError(
                f"the layers of {type(model).__name__} share their modules, so they have no residual of their own."
            )

        def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], layer: int = site.layer) -> Any:
            new = see(layer, args[0] if args else kwargs["hidden_states"])
            if new is None:
                return None
            return ((new, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": new})

        handles.append(model.get_submodule(site.block).register_forward_pre_hook(hook, with_kwargs=True))
    with removing(handles):
        yield


@contextmanager
def replaced(model: nn.Module, stand_ins: Mapping[nn.Module, nn.Module]) -> Iterator[None]:
    """Swap modules of the model for others, and swap them back at the end."""
    with ExitStack() as stack:
        for parent in list(model.modules()):
            entries = {name: stand_ins[m] for name, m in parent._modules.items() if m is not None and m in stand_ins}
            stack.enter_context(held(parent._modules, entries))
        yield


class LeanGelu(nn.Module):
    """GPT-2's GELU to the last bit, in cache-sized pieces: the same operations without eight arrays of the full size."""

    def forward(self, x: Tensor) -> Tensor:
        """0.5 · x · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))."""
        out = torch.empty_like(x, memory_format=torch.contiguous_format)
        for piece, result in zip(torch.split(x.reshape(-1), 65536), torch.split(out.view(-1), 65536), strict=True):
            gate = torch.pow(piece, 3.0).mul_(0.044715).add_(piece).mul_(math.sqrt(2.0 / math.pi)).tanh_().add_(1.0)
            torch.mul(piece, 0.5, out=result).mul_(gate)
        return out


def lean(model: nn.Module, *, exact: bool = True) -> AbstractContextManager[None]:
    """Swap GPT-2's GELU for a leaner one, without gradients; torch's own if it need not be exact to the last bit."""
    from transformers.activations import NewGELUActivation

    gelu = LeanGelu() if exact else nn.GELU(approximate="tanh")
    return replaced(model, {m: gelu for m in model.modules() if type(m) is NewGELUActivation})
