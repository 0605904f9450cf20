"""What a training step sees: token ids, and at some positions the token that should come next."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headkb.prompts import Vocabulary

IGNORED = -100
"""Target of a position at which nothing is asked."""


@dataclass(frozen=True)
class Batch:
    """Sequences of one task.

    Attributes:
        tokens: Token ids, `[prompt, pos]`, padded on the right.
        targets: The token that should come next, `[prompt, pos]`; -100 where nothing is asked.
    """

    tokens: Tensor
    targets: Tensor


Row = tuple[Sequence[int], Mapping[int, int]]
"""Token ids of one sequence, and position → the token that should come next."""

Rows = Callable[[Vocabulary, int, torch.Generator], list[Row]]
"""`(vocabulary, n, generator)` → `n` sequences of a task."""


def padded(vocabulary: Vocabulary, rows: Sequence[Row]) -> Batch:
    """Rows as one batch, each opened as the tokenizer opens a text."""
    prefix = list(vocabulary.prefix)
    width = len(prefix) + max(len(ids) for ids, _ in rows)
    tokens = torch.full((len(rows), width), vocabulary.pad)
    targets = torch.full((len(rows), width), IGNORED)
    for at, (ids, asked) in enumerate(rows):
        tokens[at, : len(prefix) + len(ids)] = torch.tensor([*prefix, *ids])
        for position, token in asked.items():
            targets[at, len(prefix) + position] = token
    return Batch(tokens, targets)


def held_out(text: str) -> bool:
    """Whether a text is one of the fifth that training never shows; decided by its CRC-32, so that it is the same everywhere.

    Example:
        >>> held_out("The day after Monday is"), held_out("The day after Thursday is")
        (False, True)
    """
    return zlib.crc32(text.encode()) % 5 == 0
