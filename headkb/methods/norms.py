"""LayerNorm and RMSNorm as linear maps, with their scale held fixed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from headkb.errors import ModelError

_LARGE = 1e3  # its square makes every epsilon negligible
_TOLERANCE = 1e-3  # of the norm rebuilt from its parts, relative to its largest value


@dataclass(frozen=True)
class FrozenNorm:
    """A norm at inputs x: `norm(x) = gain · C(x) / scale + bias`, with the `scale` of x.

    Attributes:
        gain: `[d_model]`.
        bias: `[d_model]`.
        centred: True if C subtracts the mean (LayerNorm), False if it is the identity (RMSNorm).
        scale: `[…, 1]`, one per vector.
    """

    gain: Tensor
    bias: Tensor
    centred: bool
    scale: Tensor

    @classmethod
    def at(cls, norm: nn.Module, x: Tensor) -> FrozenNorm:
        """The norm at x, `[…, d_model]`, measured from its outputs, so that its class does not matter.

        Raises:
            ModelError: If the module is no norm with one scale per vector.
        """
        with torch.no_grad():
            gain, bias, centred = _parts(norm, x)
            flat, image = x.reshape(-1, 1, x.shape[-1]), norm(x.reshape(-1, 1, x.shape[-1]))
            shaped = gain * _centre(flat) if centred else gain * flat
            along = (shaped * (image - bias)).sum(-1, keepdim=True)
            scale = torch.where(along == 0, 1.0, (shaped * shaped).sum(-1, keepdim=True) / along)
            off = (shaped / scale + bias - image).abs().max() / image.abs().max().clamp_min(1e-9)
            if not off <= _TOLERANCE:
                raise ModelError(
                    f"{type(norm).__name__} is not a LayerNorm or RMSNorm over the residual stream (off by {off:.0e}), so it has "
                    "no scale to hold fixed. Use a causal method (ablation, patching) on this model."
                )
        return cls(gain, bias, centred, scale.view(*x.shape[:-1], 1))

    @classmethod
    def identity(cls, x: Tensor) -> FrozenNorm:
        """No norm at all."""
        one = torch.ones_like(x[..., :1])
        return cls(torch.ones_like(x[(0,) * (x.dim() - 1)]), torch.zeros_like(x[(0,) * (x.dim() - 1)]), False, one)

    def linear(self, part: Tensor) -> Tensor:
        """The image of a part of x, `[…, d_model]`; images of all parts add up to `norm(x) - bias`."""
        return self.gain * (_centre(part) if self.centred else part) / self.scale

    def pulled(self, direction: Tensor) -> Tensor:
        """The direction in front of the norm that equals `direction`, `[…, d_model]`, behind it."""
        through = self.gain * direction / self.scale
        return _centre(through) if self.centred else through


def norms_within(module: nn.Module) -> list[nn.Module]:
    """The submodules whose parameters are all vectors, as a norm's are."""
    return [m for m in module.modules() if {p.dim() for p in m.parameters()} == {1} and not list(m.children())]


def _centre(x: Tensor) -> Tensor:
    return x - x.mean(-1, keepdim=True)


def _parts(norm: nn.Module, like: Tensor) -> tuple[Tensor, Tensor, bool]:
    """Gain, bias and whether the mean is subtracted, from the norm of three vectors."""
    width = like.shape[-1]
    signs = torch.ones(width, dtype=like.dtype, device=like.device)
    signs[1::2] = -1
    signs[::3] *= 2  # not centred by itself
    zero = torch.zeros_like(signs)
    bias, even, mixed = norm(torch.stack([zero, zero + _LARGE, signs * _LARGE])[:, None])[:, 0]
    centred = bool((even - bias).abs().max() < 1e-2 * (mixed - bias).abs().max())
    direction = _centre(signs) if centred else signs
    return (mixed - bias) * direction.square().mean().sqrt() / direction, bias, centred
