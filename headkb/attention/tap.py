"""The tap: every attention pattern of a pass comes through here, to be read or changed, on this thread only.

During a pass, transformers' table of attention functions holds ours under the key "eager"; a new key would change what
models do (no masks, so the future becomes visible; no sparse indexes). Ours notes q, k and v and passes the call on to
the architecture's own `eager_attention_forward`, so soft caps, sinks, position biases and grouped heads stay exact. The
pattern is caught at the softmax in there; in architectures that bypass the table, at the softmax alone.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from headkb.attention.hooks import held
from headkb.attention.parts import Route, Site
from headkb.errors import ModelError

Attention: TypeAlias = tuple[Tensor, Tensor | None]
"""z `[batch, query_pos, head, d_head]`, and the pattern."""
Mask: TypeAlias = Tensor | None
Extra: TypeAlias = dict[str, Any]
SOFTMAX = frozenset({torch.softmax, Tensor.softmax, nn.functional.softmax})


class Stop(Exception):  # noqa: N818 - a signal, not an error
    """Ends a forward pass once everything needed has been seen."""


@dataclass
class Call:
    """One attention call, at its softmax.

    Attributes:
        index: Number of the attention call in this pass, from 0.
        scores: Input of the softmax, mask included; attention sinks, if the model has them, are its last column.
        pattern: `[batch, head, query_pos, key_pos]`.
        q, k, v: `[batch, head, pos, d_head]`, k and v of the key-value heads, after rotary embedding and norm; None if unseen.
    """

    index: int
    scores: Tensor
    pattern: Tensor
    q: Tensor | None = None
    k: Tensor | None = None
    v: Tensor | None = None

    def z(self, v: Tensor) -> Tensor:
        """`v` averaged by the pattern, `[batch, query_pos, head, d_head]`; query heads of a group share their `v`."""
        return (self.pattern @ v.repeat_interleave(self.pattern.shape[1] // v.shape[1], 1)).transpose(1, 2)


def of_layers(sites: Sequence[Site], see: Callable[[int, Call], Tensor | None]) -> Callable[[Call], Tensor | None]:
    """The function of a tap that calls `see(layer, call)` at these sites, by block number, and ignores other calls."""
    layer_of = {site.index: site.layer for site in sites}
    return lambda call: see(layer_of[call.index], call) if call.index in layer_of else None


@dataclass
class Tap(TorchFunctionMode):
    """What to do at each attention call of one pass; while it is entered, it intercepts softmaxes over attention scores.

    Attributes:
        see: Called at each softmax over attention scores; a pattern that it returns replaces the computed one.
        last: The index of the call to stop at; None runs the whole pass.
        batch: Number of prompts in this pass, to unfold the heads that some architectures fold into the batch axis.
        calls: Number of attention calls so far.
        qkv: q, k and v of the current call, where the architecture uses the table.
    """

    see: Callable[[Call], Tensor | None] | None = None
    last: int | None = None
    batch: int = 1
    calls: int = field(default=0, init=False)
    qkv: tuple[Tensor, ...] = field(default=(), init=False)

    def attend(self, module: nn.Module, q: Tensor, k: Tensor, v: Tensor, mask: Mask, extra: Extra) -> Attention:
        """Make one attention call of an architecture that uses the table."""
        before = self.calls
        with held(vars(self), {"qkv": (q, k, v)}), self:
            result = _own_eager(module, q, k, v, mask, extra)
        if self.calls != before + 1:
            raise ModelError(
                f"{type(module).__name__} took {self.calls - before} softmaxes in one attention call where 1 was expected, "
                "so its pattern is ambiguous. Report the architecture."
            )
        return result

    def soften(self, scores: Tensor, pattern: Tensor) -> Tensor:
        """Show one softmax to `see`, and return the pattern that the model continues with."""
        index, self.calls, visible = self.calls, self.calls + 1, pattern
        if self.qkv:
            _, k, v = self.qkv  # without a sink, in the dtype that weights v
            visible = pattern[..., : k.shape[-2]].to(v.dtype)
        new = self.see(Call(index, scores, visible, *self.qkv)) if self.see is not None else None
        if index == self.last:
            raise Stop
        # The sink's column stays as it was.
        return pattern if new is None else torch.cat([new.to(pattern), pattern[..., new.shape[-1] :]], -1)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func not in SOFTMAX:
            return out
        scores, batch = args[0] if args else kwargs["input"], self.batch
        if not self.qkv and out.dim() != 4:
            if out.dim() != 3 or out.shape[0] == batch or out.shape[0] % batch:
                return out  # a router or another softmax that is not attention
            shape = (batch, -1, *out.shape[-2:])  # [batch * head, query_pos, key_pos] → four axes
            return self.soften(scores.view(shape), out.view(shape)).view(out.shape)
        return self.soften(scores, out)


def _own_eager(module: nn.Module, q: Tensor, k: Tensor, v: Tensor, mask: Mask, extra: Extra) -> Attention:
    """The architecture's own attention: GPT-2's upcasting variant, or the `eager_attention_forward` beside the class."""
    if getattr(module, "reorder_and_upcast_attn", False):
        return type(module)._upcast_and_reordered_attn(module, q, k, v, mask)  # type: ignore[attr-defined, no-any-return]
    for kind in type(module).__mro__:
        own = getattr(sys.modules.get(kind.__module__), "eager_attention_forward", None)
        if own is not None:
            return own(module, q, k, v, mask, **extra)  # type: ignore[no-any-return]
    raise ModelError(
        f"{type(module).__name__} has no eager_attention_forward beside it, so its attention cannot be reproduced exactly. "
        "Report the architecture; only models with one can be observed."
    )


_HERE = (
    threading.local()
)  # `tap`: the tap of this thread's current pass, if by the table; `open`: the same by either route
_TABLES = threading.RLock()  # one tapped pass at a time; plain passes of other threads go on


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Mask, **extra: Any
) -> Attention:
    """Replace eager attention in the table; on threads without a tap it is plain eager attention."""
    attend = _own_eager if (tap := getattr(_HERE, "tap", None)) is None else tap.attend
    return attend(module, query, key, value, attention_mask, extra)


def is_compiled(model: nn.Module) -> bool:
    """Whether torch has compiled the model or a part of it."""
    return any(getattr(m, "_compiled_call_impl", None) or hasattr(m, "_orig_mod") for m in model.modules())


def open_tap() -> Tap | None:
    """The tap of the innermost `tapped` block of this thread."""
    return getattr(_HERE, "open", None)


@contextmanager
def eager(model: nn.Module) -> Iterator[None]:
    """Switch every part of `model` to eager attention, and back."""
    name, configs = "_attn_implementation_internal", [getattr(module, "config", None) for module in model.modules()]
    with ExitStack() as stack:
        for config in {id(config): config for config in configs if hasattr(config, name)}.values():
            stack.enter_context(held(vars(config), {name: "eager"}))
        yield


@contextmanager
def tapped(model: nn.Module, tap: Tap | None = None, route: Route = "table") -> Iterator[None]:
    """Use eager attention and this tap, if any, for a pass inside; `Stop` ends the block. Everything is restored after it."""
    from transformers import AttentionInterface

    with suppress(Stop), ExitStack() as stack:
        if is_compiled(
            model
        ):  # a compiled graph never asks the table again, so compiled parts run uncompiled meanwhile
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.callback(setattr, _HERE, "tap", getattr(_HERE, "tap", None))
        _HERE.tap = tap if route == "table" else None
        stack.callback(setattr, _HERE, "open", open_tap())
        _HERE.open = tap
        if _HERE.tap is not None:
            stack.enter_context(_TABLES)
            stack.enter_context(held(AttentionInterface._global_mapping, {"eager": _attend}))
            for module in model.modules():
                if getattr(module, "reorder_and_upcast_attn", False):  # GPT-2 then skips the table and calls a method
                    stack.enter_context(held(vars(module), {"_upcast_and_reordered_attn": partial(_attend, module)}))
        elif tap is not None:
            stack.enter_context(tap)
        stack.enter_context(eager(model))
        yield
