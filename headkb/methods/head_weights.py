"""Every head's own matrices, read by pushing unit vectors through the model: fused, grouped, quantized or offloaded alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from headkb.attention import Part, Site, anatomy, output_weights
from headkb.attention.hooks import removing
from headkb.attention.parts import model_inputs
from headkb.attention.tap import Call, Stop, Tap, tapped
from headkb.errors import ModelError
from headkb.methods.norms import norms_within
from headkb.tensors import Prompts


@dataclass(frozen=True)
class HeadWeights:
    """One layer's matrices by query head; query heads that share a key-value head repeat its matrices.

    `q = x @ W_Q + b_Q`, where `x` is the input of the attention module (after the layer's norm) and `q` that of the
    attention function for a first token, where rotary embedding is the identity. A norm of q or k is left out.
    `attn_scores = scaling · q @ k.T`; OPT has `scaling` in its q already. `attn_out = Σ_head z @ W_O + b_O`.

    Attributes:
        W_Q, W_K, W_V: `[head, d_model, d_head]`; in multi-head latent attention q and k are wider than z.
        b_Q, b_K, b_V: `[head, d_head]`; zero where the model has none.
        W_O: `[head, d_head, d_model]`, and its bias `b_O`, `[d_model]`.
    """

    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    b_Q: Tensor
    b_K: Tensor
    b_V: Tensor
    W_O: Tensor
    b_O: Tensor


def head_weights(model: nn.Module, layer: int, part: Part | None = None) -> HeadWeights:
    """All of one layer's head matrices.

    Raises:
        ModelError: If q, k and v cannot be seen (the architecture makes its attention calls itself), or are no linear
            function of the input.
    """
    parts = anatomy(model)
    site = parts.site(layer, part=part)
    if parts.route != "table":
        raise ModelError(
            f"{type(site.module).__name__} keeps q, k and v to itself, so only output_weights can be read. Use that."
        )
    projections = []
    for name, rows in zip("qkv", _projected(model, site, parts.d_model), strict=True):  # [row, head, d_head] each
        zero, units, (x, image) = rows[0], rows[1:-1], (_random(parts.d_model), rows[-1])
        weight = (units - zero).transpose(0, 1)  # [head, d_model, d_head]
        off = (torch.einsum("d,hde->he", x.to(weight), weight) + zero - image).abs().max() / image.abs().max()
        if not off < 1e-3:
            raise ModelError(
                f"{name} of layer {layer} is not a linear image of the layer's input, so it has no single matrix."
            )
        repeat = site.n_heads // weight.shape[0]
        projections.append((weight.repeat_interleave(repeat, 0), zero.repeat_interleave(repeat, 0)))
    (W_Q, b_Q), (W_K, b_K), (W_V, b_V) = projections
    return HeadWeights(W_Q, W_K, W_V, b_Q, b_K, b_V, *output_weights(model, layer, part))


def _random(d_model: int) -> Tensor:
    return torch.randn(d_model, generator=torch.Generator().manual_seed(0))


def _projected(model: nn.Module, site: Site, d_model: int) -> tuple[Tensor, Tensor, Tensor]:
    """q, k and v, `[row, head, d_head]`, of the zero vector, every unit vector and one random vector, as first tokens."""
    rows = torch.cat([torch.zeros(1, d_model), torch.eye(d_model), _random(d_model)[None]])[:, None]
    qkv: list[Tensor] = []

    def feed(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        def swap(x: Any) -> Any:
            hidden = (
                isinstance(x, Tensor)
                and x.is_floating_point()
                and x.dim() == 3
                and x.shape[::2] == (len(rows), d_model)
            )
            return rows.to(x) if hidden else x

        return tuple(map(swap, args)), {name: swap(x) for name, x in kwargs.items()}

    def catch(call: Call) -> None:
        if call.index == site.index:
            qkv.extend(x[:, :, 0] for x in (call.q, call.k, call.v) if x is not None)
            raise Stop

    handles: list[Any] = [n.register_forward_hook(lambda _, args, out: args[0]) for n in norms_within(site.module)]
    handles.append(site.module.register_forward_pre_hook(feed, with_kwargs=True))
    token = torch.full((len(rows), 1), 3)
    inputs = model_inputs(model, Prompts(token, token > 0, decoder=Prompts.of(token)))
    try:
        with torch.inference_mode(), removing(handles), tapped(model, Tap(see=catch)):
            model(**inputs)
        q, k, v = qkv
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"attention of layer {site.layer} of {type(model).__name__} reads more than the residual stream, so it has no matrices over it. "
            "Use a score that reads patterns or edits z."
        ) from error
    return q, k, v
