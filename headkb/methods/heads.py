"""Heads as (layer, head) pairs: all of a model, those with given names, and those of highest effect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import nn

from headkb.attention import Site, anatomy
from headkb.head_index import Heads, heads_of
from headkb.methods.passes import layers_of
from headkb.tensors import PromptScores

LayerHead: TypeAlias = tuple[int, int]


def every_head(sites: Sequence[Site]) -> list[LayerHead]:
    """All heads of these layers, layer by layer."""
    return [(site.layer, head) for site in sites for head in range(site.n_heads)]


def chosen_heads(model: nn.Module, heads: Heads | None) -> list[LayerHead]:
    """These heads as a list; None = all. Raises UnknownNameError if the model has no such head."""
    return every_head(layers_of(model)) if heads is None else named_heads(model, heads)


def named_heads(model: nn.Module, heads: Heads) -> list[LayerHead]:
    """The heads as pairs, from pairs, names, or one text such as "L9H9, L9H6".

    Raises:
        UnknownNameError: If the model has no such head.
    """
    layers_of(model)
    parts, pairs = anatomy(model), list[LayerHead](heads_of(heads))
    for layer, index in pairs:
        parts.site(layer, index)
    return pairs


def top_heads(effects: PromptScores, count: int) -> list[LayerHead]:
    """The heads of highest mean effect, highest first; `effects` is `[prompt, layer, head]`."""
    mean = effects.nanmean(0).nan_to_num(nan=-torch.inf)  # undefined in blocks that do not attend
    return [divmod(index, mean.shape[1]) for index in mean.flatten().argsort(descending=True)[:count].tolist()]
