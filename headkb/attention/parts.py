"""What a model is made of, as far as attention goes, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from headkb.errors import ModelError
from headkb.tensors import Prompts

Part = Literal["self", "encoder", "decoder", "cross"]
Route = Literal["table", "softmax"]


@dataclass(frozen=True)
class HeadShape:
    """How many heads of which size a model has; `n_layers` counts all blocks, those without attention included."""

    n_layers: int
    n_heads: int
    n_key_value_heads: int
    d_model: int
    d_head: int


@dataclass(frozen=True)
class Site:
    """One attention call of a forward pass.

    Attributes:
        index: Its place among all attention calls of a pass.
        part: The stack that it belongs to; "self" where a model has only one.
        module: The module that makes the call.
        o_proj: The module that applies `W_O`; None if none was found.
        n_heads, n_key_value_heads, d_head: Sizes; `d_head` is that of z.
        gated: True if something (a gate, a norm) stands between z and `o_proj`.
        causal: True if no query saw a later key.
        layer: The number of that block, by which the field names its heads: 3 for the first attention of a model whose blocks 0 to 2
            do not attend; the place among the calls where layers share a module.
        block: The name of the block around it, one of a list of such blocks; None if layers share a module.
    """

    index: int
    part: Part
    module: nn.Module
    o_proj: nn.Module | None
    n_heads: int
    n_key_value_heads: int
    d_head: int
    gated: bool
    causal: bool
    layer: int
    block: str | None


@dataclass(frozen=True)
class Anatomy:
    """What the probe found.

    Attributes:
        route: By which way the calls are tapped.
        sites: All attention calls of a pass, in order.
        depths: Blocks of each part, those without attention included.
        d_model: The width of the residual stream.
        unembedding: The module that makes the logits; None for a model without one.
        plain_logits: True if what that module makes is the model's output as it is, without a cap or scale after it.
    """

    route: Route
    sites: tuple[Site, ...]
    depths: Mapping[str, int]
    d_model: int
    unembedding: nn.Module | None
    plain_logits: bool

    def part(self, part: Part | None = None) -> tuple[Site, ...]:
        """The calls of one stack in layer order; without a name, the only stack or the decoder."""
        names = {site.part for site in self.sites}
        wanted = part or ("decoder" if "decoder" in names else "self")
        if wanted not in names:
            raise ModelError(f"this model has no {wanted} attention. Choose one of: {', '.join(sorted(names))}.")
        return tuple(site for site in self.sites if site.part == wanted)

    def n_layers(self, part: Part | None = None) -> int:
        """Blocks of one stack; heads are named by the number of theirs."""
        return self.depths[self.part(part)[0].part]


def model_inputs(model: nn.Module, prompts: Prompts) -> dict[str, Any]:
    """The keyword arguments that `model` is called with for these prompts, on its device."""
    config: Any = getattr(model, "config", None)
    paired = getattr(config, "is_encoder_decoder", False) and hasattr(model, "get_decoder")
    if paired and prompts.decoder is None:
        raise ModelError(
            "an encoder–decoder model needs tokens for its decoder. Set Prompts.decoder, or pass model.get_encoder()."
        )
    device = next((p.device for p in model.parameters() if p.device.type != "meta"), torch.device("cpu"))
    inputs: dict[str, Any] = {"use_cache": False} if paired or hasattr(config, "use_cache") else {}
    for prefix, some in (("", prompts), ("decoder_", prompts.decoder if paired else None)):
        if some is not None:
            inputs[f"{prefix}input_ids"] = some.tokens.to(device)
            if not bool(some.mask.all()):
                inputs[f"{prefix}attention_mask"] = some.mask.to(device).long()
    return inputs


def output(result: Any) -> Tensor:
    """The logits of a model's output, or its last hidden state if it has no head."""
    for name in ("logits", "prediction_logits", "last_hidden_state"):
        if isinstance(value := getattr(result, name, None), Tensor):
            return value
    return result if isinstance(result, Tensor) else result[0]
