"""What the engine knows of a model: its attention calls and sizes, its layers, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from headkb.errors import ModelError, UnknownNameError
from headkb.head_index import ranges
from headkb.inputs import is_paired
from headkb.tensors import Prompts

Part = Literal["self", "encoder", "decoder", "cross"]
Route = Literal["table", "softmax"]


@dataclass(frozen=True)
class HeadShape:
    """Number and size of a model's heads; `n_layers` counts all blocks, those without attention included."""

    n_layers: int
    n_heads: int
    n_key_value_heads: int
    d_model: int
    d_head: int


@dataclass(frozen=True)
class Site:
    """One attention call of a forward pass.

    Attributes:
        index: Its number among all attention calls of a pass, from 0.
        part: The stack it belongs to; "self" if the model has only one.
        module: The module that makes the call.
        o_proj: The module that applies `W_O`; None if none was found.
        n_heads, n_key_value_heads, d_head: Sizes; `d_head` is that of z, 0 where the model shows neither v nor W_O.
        gated: True if a gate or norm lies between z and `o_proj`.
        causal: True if no query saw a later key.
        positions: Queries of the probe, which tell how many positions an image or sound has.
        layer: Number of the block that makes it, by which its heads are named; its place among the calls where layers share modules.
        block: Name of that block, such as `transformer.h.3`; None if layers share a module.
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
    positions: int
    layer: int
    block: str | None


@dataclass(frozen=True)
class Anatomy:
    """What the probe found.

    Attributes:
        route: Where calls are caught: through transformers' table of attention functions, or at the softmax alone.
        sites: All attention calls of a pass, in order.
        depths: Blocks of each part, those without attention included.
        d_model: Width of the residual stream.
        unembedding: The module that computes the logits; None for a model without one.
        plain_logits: True if the model returns those logits unchanged, without a cap or scale.
    """

    route: Route
    sites: tuple[Site, ...]
    depths: Mapping[str, int]
    d_model: int
    unembedding: nn.Module | None
    plain_logits: bool

    def part(self, part: Part | None = None) -> tuple[Site, ...]:
        """The calls of one stack in layer order; by default the only stack, or the decoder."""
        names = {site.part for site in self.sites}
        name = part or ("decoder" if "decoder" in names else "self")
        if name not in names:
            raise ModelError(f"no {name} attention over whole prompts here. Choose one of: {', '.join(sorted(names))}.")
        return tuple(site for site in self.sites if site.part == name)

    def n_layers(self, part: Part | None = None) -> int:
        """Blocks of one stack; heads are named by the number of theirs."""
        return self.depths[self.part(part)[0].part]

    def site(self, layer: int, head: int = 0, part: Part | None = None) -> Site:
        """The call that this head is in; an `UnknownNameError` where that block does not attend or has fewer heads."""
        sites = self.part(part)
        for site in sites:
            if site.layer == layer and 0 <= head < site.n_heads:
                return site
        heads = " or ".join(map(str, sorted({site.n_heads for site in sites})))
        attend = f"Blocks {ranges([site.layer for site in sites])} attend ({heads} heads each)."
        raise UnknownNameError("head", f"L{layer}H{head}", (), attend)


def block_of(model: nn.Module, site: Site) -> nn.Module:
    """The layer that makes this attention call."""
    return model.get_submodule(site.block or "")


def stack_of(model: nn.Module, sites: Sequence[Site]) -> list[nn.Module]:
    """The stack of layers that these calls are made in, in order; some of them may not attend."""
    return list(model.get_submodule((sites[0].block or "").rpartition(".")[0]).children())


def queries_of(prompts: Prompts, site: Site) -> Prompts:
    """The prompts whose tokens are the queries of this call."""
    return prompts.decoder if prompts.decoder is not None and site.part != "encoder" else prompts


def first_tensor(result: Any) -> Tensor:
    """What a module writes: the tensor it returns, or the first of several values."""
    return result if isinstance(result, Tensor) else result[0]


def model_inputs(model: nn.Module, prompts: Prompts) -> dict[str, Any]:
    """The keyword arguments of `model` for these prompts, on its device."""
    paired = is_paired(model)
    if paired and prompts.decoder is None:
        raise ModelError("an encoder–decoder model needs tokens for its decoder. Set Prompts.decoder.")
    like = next((p for p in model.parameters() if p.device.type != "meta"), torch.empty(0))
    config: Any = model.config
    inputs: dict[str, Any] = {"use_cache": False} if paired or hasattr(config.get_text_config(), "use_cache") else {}
    for prefix, some in (("", prompts), ("decoder_", prompts.decoder if paired else None)):
        if some is not None and some.inputs:
            inputs |= {name: x.to(like) for name, x in some.inputs.items()}
        elif some is not None:
            inputs[f"{prefix}input_ids"] = some.tokens.to(like.device)
            if not bool(some.mask.all()):
                inputs[f"{prefix}attention_mask"] = some.mask.to(like.device).long()
    return inputs


CACHE_NAMES = ("past_key_values", "cache")
"""What the cache of keys and values is called, as an argument and in a result: until transformers 5.23, and from 5.24."""


def cache_name(model: nn.Module) -> str:
    """The name by which this model takes its cache and gives it back."""
    takes = inspect.signature(model.forward).parameters
    return next((name for name in CACHE_NAMES if name in takes), CACHE_NAMES[0])


def output(result: Any) -> Tensor:
    """The logits of a model's output, or its last hidden state if it has no head."""
    for name in ("logits", "prediction_logits", "last_hidden_state"):
        if isinstance(value := getattr(result, name, None), Tensor):
            return value
    return first_tensor(result)
