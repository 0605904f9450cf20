"""The tap: every attention pattern of a pass comes by here, to be read or changed, on this thread only.

Most architectures ask `ALL_ATTENTION_FUNCTIONS` for their attention function. While a pass runs, that table holds ours
under the key "eager"; it notes q, k and v and hands the call on to the architecture's own `eager_attention_forward`, so
soft caps, sinks, position biases and grouped heads stay exact. A new name instead of "eager" would change what models
do: masks are not built (the future becomes visible), and sparse indexes are skipped. The pattern is met at the softmax
in there; architectures that do not ask the table are met at their softmax alone.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from headkb.attention.parts import Route, Site
from headkb.errors import ModelError

Attention = tuple[Tensor, Tensor | None]
SOFTMAX = frozenset({torch.softmax, Tensor.softmax, nn.functional.softmax})
UPCAST = "headkb"  # the name for GPT-2 with `reorder_and_upcast_attn`, which goes past the table for "eager" alone


class Stop(Exception):  # noqa: N818 - a signal, not an error
    """Ends a forward pass once everything that was asked for has been seen."""


@dataclass
class Call:
    """One attention call, at its softmax.

    Attributes:
        index: The how-manieth attention call of this pass.
        scores: What the softmax is given, mask included; where a model has attention sinks, theirs are a last column.
        pattern: `[batch, head, query_pos, key_pos]`.
        module: The module that makes the call, as q, k and v None where only the softmax is seen.
        q: `[batch, head, query_pos, d_head]`, after rotary embedding and norm; k and v have `n_key_value_heads` heads.
    """

    index: int
    scores: Tensor
    pattern: Tensor
    module: nn.Module | None = None
    q: Tensor | None = None
    k: Tensor | None = None
    v: Tensor | None = None

    def z(self, v: Tensor) -> Tensor:
        """The pattern's mean of `v`, grouped heads sharing theirs: `[batch, query_pos, head, d_head]`."""
        return (self.pattern @ v.repeat_interleave(self.pattern.shape[1] // v.shape[1], 1)).transpose(1, 2)


def of_layers(sites: Sequence[Site], see: Callable[[int, Call], Tensor | None]) -> Callable[[Call], Tensor | None]:
    """What a tap does to call `see(layer, call)` at these sites, and nothing at others."""
    layer_of = {site.index: layer for layer, site in enumerate(sites)}
    return lambda call: see(layer_of[call.index], call) if call.index in layer_of else None


@dataclass
class Tap:
    """What to do at each attention call of one pass.

    Attributes:
        see: Called at each softmax over attention scores; a pattern that it returns takes the place of the found one.
        last: The index of the call to stop at; None runs the whole pass.
        batch: The number of prompts in this pass, needed to undo architectures that fold heads into the batch.
        calls: How many attention calls the pass made so far.
    """

    see: Callable[[Call], Tensor | None] | None = None
    last: int | None = None
    batch: int = 1
    calls: int = field(default=0, init=False)

    def attend(
        self, module: nn.Module, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, extra: dict[str, Any]
    ) -> Attention:
        """Make one attention call of an architecture that asks the table: z `[batch, pos, head, d_head]` and pattern."""
        before = self.calls
        with _Softmax(self, (module, q, k, v)):
            result = _own_eager(module, q, k, v, mask, extra)
        if self.calls != before + 1:
            raise ModelError(
                f"{type(module).__name__} took {self.calls - before} softmaxes in one attention call where 1 was expected, "
                "so its pattern cannot be told. Report the architecture."
            )
        return result

    def soften(self, scores: Tensor, pattern: Tensor, *call: Any) -> Tensor:
        """Show one softmax to `see`, and return the pattern to go on with; `call` is module, q, k and v, if known."""
        index, self.calls = self.calls, self.calls + 1
        shown = pattern[..., : call[2].shape[-2]].to(call[3].dtype) if call else pattern  # no sink; as z is made of it
        new = self.see(Call(index, scores, shown, *call)) if self.see is not None else None
        if index == self.last:
            raise Stop
        return pattern if new is None else torch.cat([new.to(pattern), pattern[..., new.shape[-1] :]], -1)


class _Softmax(TorchFunctionMode):
    """Hands softmaxes over attention scores to a tap, of one routed `call` (module, q, k, v) or of a whole pass."""

    def __init__(self, tap: Tap, call: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.tap, self.call = tap, call

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func not in SOFTMAX:
            return out
        scores, batch = args[0] if args else kwargs["input"], self.tap.batch
        if not self.call and out.dim() != 4:
            if out.dim() != 3 or out.shape[0] == batch or out.shape[0] % batch:
                return out  # a router or another softmax that is not attention
            shape = (batch, -1, *out.shape[-2:])
            return self.tap.soften(scores.view(shape), out.view(shape)).view(out.shape)
        return self.tap.soften(scores, out, *self.call)


def _own_eager(
    module: nn.Module, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, extra: dict[str, Any]
) -> Attention:
    """The architecture's own attention: GPT-2's upcasting variant, or the `eager_attention_forward` beside the class."""
    if getattr(module, "reorder_and_upcast_attn", False):
        return module._upcast_and_reordered_attn(q, k, v, mask)  # type: ignore[operator, no-any-return]
    for kind in type(module).__mro__:
        own = getattr(sys.modules.get(kind.__module__), "eager_attention_forward", None)
        if own is not None:
            return own(module, q, k, v, mask, **extra)  # type: ignore[no-any-return]
    raise ModelError(
        f"{type(module).__name__} has no eager_attention_forward beside it, so its attention cannot be repeated exactly. "
        "Report the architecture; only models with one can be observed."
    )


_HERE = threading.local()  # `tap`: that of this thread's current pass
_TABLES = threading.RLock()  # one tapped pass at a time; plain passes of other threads go on


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **extra: Any
) -> Attention:
    """Stand in for eager attention; on threads without a tap, be it."""
    tap = getattr(_HERE, "tap", None)
    call = _own_eager if tap is None else tap.attend
    return call(module, query, key, value, attention_mask, extra)


@contextmanager
def _entered(table: dict[str, Any], entries: dict[str, Any]) -> Iterator[None]:
    """Hold entries in a table, and put back what was there."""
    before = {name: table[name] for name in entries if name in table}
    table.update(entries)
    try:
        yield
    finally:
        for name in entries.keys() - before.keys():
            del table[name]
        table.update(before)


@contextmanager
def eager(model: nn.Module, upcast: str = "eager") -> Iterator[None]:
    """Switch every part of `model` to eager attention, and back; `upcast` is the name for those that upcast."""
    configs = {id(c): c for m in model.modules() if (c := getattr(m, "config", None)) is not None}.values()
    before = [(c, c._attn_implementation_internal) for c in configs if hasattr(c, "_attn_implementation_internal")]
    for config, _ in before:
        config._attn_implementation_internal = upcast if getattr(config, "reorder_and_upcast_attn", False) else "eager"
    try:
        yield
    finally:
        for config, name in before:
            config._attn_implementation_internal = name


@contextmanager
def tapped(model: nn.Module, tap: Tap | None = None, route: Route = "table") -> Iterator[None]:
    """Run `model` inside with eager attention and this tap, if any; `Stop` ends the block quietly.

    Everything is put back on the way out, whatever happens.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    with suppress(Stop), ExitStack() as stack:
        if any(getattr(m, "_compiled_call_impl", None) or hasattr(m, "_orig_mod") for m in model.modules()):
            # A compiled graph never asks the table again, so compiled parts run uncompiled meanwhile.
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.callback(setattr, _HERE, "tap", getattr(_HERE, "tap", None))
        _HERE.tap = tap if route == "table" else None
        if _HERE.tap is not None:
            stack.enter_context(_TABLES)
            stack.enter_context(_entered(AttentionInterface._global_mapping, {"eager": _attend, UPCAST: _attend}))
            stack.enter_context(_entered(AttentionMaskInterface._global_mapping, {UPCAST: eager_mask}))
        elif tap is not None:
            stack.enter_context(_Softmax(tap))
        stack.enter_context(eager(model, "eager" if _HERE.tap is None else UPCAST))
        yield
