"""One pass as a sum of what every head, MLP and the embedding add to the residual stream, norms at a fixed scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.attention.hooks import removing, replaced
from headkb.attention.parts import first_tensor, stack_of
from headkb.attention.tap import Call, Stop, Tap
from headkb.errors import ModelError
from headkb.finite import check_heads, check_rows
from headkb.methods.norms import FrozenNorm
from headkb.methods.passes import SeeZ, forward, layers_of, reads_qkv, unembedding_of, watch
from headkb.methods.structure import structure
from headkb.sweeps.stand_ins import StandIn
from headkb.tensors import Prompts


@dataclass
class Stream:
    """The parts of one pass, `[prompt, pos, …]`; norms have the scales of this pass.

    Attributes:
        resid: Input of each layer, then of the final norm.
        z: Each layer's z.
        written: Output of each layer's `W_O`.
        norms: Each layer's norm after `W_O` at this pass.
        multipliers: Factor of each layer's attention, as in `Structure`.
    """

    resid: list[Tensor] = field(default_factory=list)
    z: list[Tensor] = field(default_factory=list)
    written: list[Tensor] = field(default_factory=list)
    norms: list[FrozenNorm] = field(default_factory=list)
    multipliers: tuple[float, ...] = ()

    def attention(self, layer: int) -> Tensor:
        """What the layer's attention adds to the stream: all heads and biases."""
        return self.multipliers[layer] * (self.norms[layer].linear(self.written[layer]) + self.norms[layer].bias)

    def part(self, layer: int, written: Tensor, where: Any = slice(None)) -> Tensor:
        """What a part of `W_O`'s output, `[…, d_model]`, adds to the stream; `where` indexes the norm's scale."""
        return self.multipliers[layer] * self._held(layer, where).linear(written)

    def pulled(self, layer: int, direction: Tensor, where: Any = slice(None)) -> Tensor:
        """The direction on `W_O`'s output that equals `direction` on what is added to the stream."""
        return self.multipliers[layer] * self._held(layer, where).pulled(direction)

    def _held(self, layer: int, where: Any) -> FrozenNorm:
        norm = self.norms[layer]
        return replace(norm, scale=norm.scale[where])


def read_stream(model: nn.Module, prompts: Prompts, tap: Tap | None = None, *, z: SeeZ | None = None) -> Stream:
    """The parts of one pass over one batch, without gradients; it ends before the unembedding.

    Args:
        tap: The tap of its attention calls.
        z: Called with each layer's z, which it may replace; the stream keeps the replacement.
    """
    shape, sites = structure(model), layers_of(model)
    stream = Stream(multipliers=shape.multipliers)
    head = anatomy(model).unembedding

    def write(_: nn.Module, __: Any, result: Tensor) -> None:
        stream.written.append(result.clone())

    def leave(_: nn.Module, __: Any, result: Any) -> None:
        stream.resid.append(first_tensor(result).clone())

    def keep(layer: int, old: Tensor) -> Tensor | None:
        new = None if z is None else z(layer, old)
        stream.z.append((old if new is None else new).clone())
        return new

    def stop(*_: Any) -> None:
        raise Stop

    handles: list[Any] = [site.o_proj.register_forward_hook(write) for site in sites if site.o_proj is not None]
    handles.append(stack_of(model, sites)[-1].register_forward_hook(leave))
    if head is not None:
        handles.append(head.register_forward_pre_hook(stop))
    with torch.no_grad(), removing(handles):
        watch(model, prompts, tap=tap, z=keep, residual=lambda _, x: stream.resid.append(x.clone()))
        for norm, written in zip(shape.norms, stream.written, strict=True):
            stream.norms.append(FrozenNorm.identity(written) if norm is None else FrozenNorm.at(norm, written))
    if not bool(stream.resid[-1].isfinite().all()):
        for layer, of_heads in enumerate(stream.z):
            check_heads(model, layer, "z", of_heads.transpose(1, 2), prompts.mask)
        check_rows(model, stream.resid[-1], prompts.mask, "the residual stream after the last layer")
    return stream


def final_norm(model: nn.Module, resid: Tensor) -> FrozenNorm:
    """The norm before the unembedding at `resid`, `[…, d_model]`."""
    norm = structure(model).final_norm
    return FrozenNorm.identity(resid) if norm is None else FrozenNorm.at(norm, resid)


def tail(model: nn.Module, resid: Tensor) -> Tensor:
    """The logits, `[row, d_vocab]`, of vectors `[row, d_model]` in the stream after the last layer, caps included."""
    unembedding_of(model)
    shape = structure(model)
    blank = Prompts.of(torch.ones(len(resid), 1, dtype=torch.long))
    with torch.no_grad():
        return forward(model, blank, also=[last_block_gives(model, resid[:, None], shape.lengths)])[:, 0]


def answer_direction(
    model: nn.Module, answers: Tensor, wrong: Tensor | None, *, center: bool = False
) -> tuple[Tensor, Tensor]:
    """The direction, `[prompt, d_model]`, and the constant, `[prompt]`, of the answers' logits or logit differences.

    Both include the logit scale, and refer to the output of the final norm. With `center` the vocabulary's mean logit is
    subtracted from the answer's; differences are the same either way.
    """
    head, scale = unembedding_of(model), structure(model).logit_scale
    like = next(model.parameters())
    with torch.enable_grad():
        zero = torch.zeros(
            len(answers), anatomy(model).d_model, dtype=like.dtype, device=like.device, requires_grad=True
        )
        logits = head(zero)
        value = logits.gather(-1, answers.to(like.device)[:, None])[:, 0]
        if wrong is not None:
            value = value - logits.gather(-1, wrong.to(like.device)[:, None])[:, 0]
        elif center:
            value = value - logits.mean(-1)
        (direction,) = torch.autograd.grad(value.sum(), zero)
    scale = 1.0 if scale != scale else scale
    return scale * direction.detach(), scale * value.detach()


@contextmanager
def last_block_gives(model: nn.Module, hidden: Tensor, lengths: Sequence[int]) -> Iterator[None]:
    """Skip every layer and let the last one return `hidden`; `lengths` is the number of values each layer returns."""
    blocks, stand_ins = stack_of(model, layers_of(model)), dict[nn.Module, nn.Module]()
    for block, length in zip(blocks, lengths, strict=True):
        last = block is blocks[-1]
        stand_ins[block] = StandIn(block, (lambda _: hidden) if last else (lambda x: x), length)
    with replaced(model, stand_ins):
        yield


class Sources:
    """Every head's pattern and values, recorded by a tap.

    Attributes:
        pattern: Each layer's, `[prompt, head, query_pos, key_pos]`.
        v: Each layer's, `[prompt, head, key_pos, d_head]`, repeated for every query head.
    """

    def __init__(self) -> None:
        self.pattern: list[Tensor] = []
        self.v: list[Tensor] = []

    def tap(self) -> Tap:
        """A tap that records both."""
        return Tap(see=self._see)

    def _see(self, call: Call) -> None:
        assert call.v is not None
        self.pattern.append(call.pattern.clone())
        self.v.append(call.v.repeat_interleave(call.pattern.shape[1] // call.v.shape[1], 1))


def refuse_hidden_values(model: nn.Module) -> None:
    """Refuse a model in which a head's output is not a visible sum over source tokens.

    Raises:
        ModelError: If q, k and v are hidden, or a gate or norm lies between z and `W_O`.
    """
    reads_qkv(model)
    for site in layers_of(model):
        if site.gated:
            raise ModelError(
                f"layer {site.layer} of {type(model).__name__} has a gate or norm between z and W_O, so a head's output is not a sum "
                "over source tokens. Leave by_source out."
            )
