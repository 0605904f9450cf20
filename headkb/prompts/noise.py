"""Images and sound of noise, for models that read no tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import torch

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Vocabulary
from headkb.tensors import Prompts


@generator("noise-inputs", version=1, needs_tokens=False)
def noise_inputs(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, segments: Annotated[int, Range(1, 10_000)] = 4
) -> Prompts:
    """Images or sound of normal noise, for scores of positions alone.

    Args:
        segments: Number of segments of equal length that the positions are divided into.

    Returns:
        Positions: `segment_start`, `[prompt, pos]`. Tokens: 0 at every position that the model makes of its input.
    """
    if vocabulary.noise is None or vocabulary.positions is None:
        raise HeadkbError(f"{vocabulary.name} reads tokens, so it needs no noise. Use random-tokens.")
    if not 1 <= segments <= vocabulary.positions:
        raise HeadkbError(f"segments is {segments}; it must be 1 to {vocabulary.positions}, the number of positions.")
    length = -(-vocabulary.positions // segments)
    tokens = torch.zeros(n, vocabulary.positions, dtype=torch.long)
    starts = torch.arange(vocabulary.positions) // length * length
    return replace(Prompts.of(tokens, {"segment_start": starts.expand(n, -1)}), inputs=vocabulary.noise(n, generator))
