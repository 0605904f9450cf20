"""Heads as (layer, head) pairs: all of a model, those with given names, and those of highest effect."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import torch
from torch import nn

from headkb.attention import Site, anatomy
from headkb.errors import UnknownNameError
from headkb.methods.passes import layers_of
from headkb.tensors import PromptScores

LayerHead: TypeAlias = tuple[int, int]
_NAME = re.compile(r"L(\d+)H(\d+)")


def every_head(sites: Sequence[Site]) -> list[LayerHead]:
    """All heads of these layers, layer by layer."""
    return [(site.layer, head) for site in sites for head in range(site.n_heads)]


def chosen_heads(model: nn.Module, heads: Iterable[LayerHead] | None) -> list[LayerHead]:
    """These heads as a list; None = all. Raises UnknownNameError if the model has no such head."""
    return every_head(layers_of(model)) if heads is None else named_heads(model, heads)


def named_heads(model: nn.Module, heads: Iterable[LayerHead | str] | str) -> list[LayerHead]:
    """The heads as pairs, from pairs, names, or one text such as "L9H9, L9H6".

    Raises:
        UnknownNameError: If the model has no such head.
    """
    pairs, parts = list[LayerHead](), anatomy(model)
    layers_of(model)
    for head in (name.strip() for name in heads.split(",")) if isinstance(heads, str) else heads:
        if isinstance(head, str):
            match = _NAME.fullmatch(head)
            if match is None:
                raise UnknownNameError("head", head, (), "Write it L9H9, layer and head counted from 0.")
            head = int(match[1]), int(match[2])
        pairs.append((int(head[0]), int(head[1])))
    for layer, index in pairs:
        parts.site(layer, index)
    return pairs


def top_heads(effects: PromptScores, count: int) -> list[LayerHead]:
    """The heads of highest mean effect, highest first; `effects` is `[prompt, layer, head]`."""
    mean = effects.nanmean(0).nan_to_num(nan=-torch.inf)  # undefined in blocks that do not attend
    return [divmod(index, mean.shape[1]) for index in mean.flatten().argsort(descending=True)[:count].tolist()]
