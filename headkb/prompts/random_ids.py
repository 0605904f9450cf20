"""Prompts of random tokens: plain, repeated, and with a delimiter that recurs.

Every generator draws from `torch.Generator().manual_seed(seed)` on the CPU, prompt by prompt in order, so a seed gives the same
prompts on every machine. Special tokens and placeholders are never drawn.
"""

from __future__ import annotations

from typing import Annotated, Any

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import OPENING
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


def draw(ids: Tensor, n: int, length: int, distinct: bool, generator: torch.Generator) -> Tensor:
    """Random ids, `[prompt, length]`; no id twice in a prompt if `distinct`."""
    if not distinct:
        # One call over the whole table, so that ids 100 … 19999 equal torch.randint(100, 20000, (n, length)) of other tools.
        return ids[torch.randint(len(ids), (n, length), generator=generator)]
    return torch.stack([ids[torch.randperm(len(ids), generator=generator)[:length]] for _ in range(n)])


def drawable(
    vocabulary: Vocabulary, low: int | None, high: int | None, needed: int, without: int | None = None
) -> Tensor:
    """Ordinary ids of a range, `[id]`, but one.

    Raises:
        HeadkbError: If there are fewer than `needed`.
    """
    ids = vocabulary.within(low, high)
    if without is not None:
        ids = ids[ids != without]
    if len(ids) < max(needed, 1):
        between = f" between {low if low is not None else 'the start'} and {high if high is not None else 'the end'}"
        raise HeadkbError(
            f"{vocabulary.name} has {len(ids)} ordinary tokens{between}; the prompts need {needed} different ones. "
            "Choose shorter prompts, --set distinct=false (distinct=False in Python), or a wider range of low and high."
        )
    return ids


def assemble(
    body: Tensor,
    vocabulary: Vocabulary,
    bos: Bos,
    positions: dict[str, Tensor],
    paired: dict[str, Tensor] | None = None,
    *,
    opened: bool = False,
    **facts: Any,
) -> Prompts:
    """Put the tokenizer's own tokens around the body `[prompt, length]` and shift the positions along.

    With `opened`, a tokenizer that puts nothing before texts writes `OPENING` there: where few symbols recur, a model without BOS
    takes every copy of the first one for the start of a text.
    """
    prefix, suffix = vocabulary.around(bos)
    if opened and not prefix and vocabulary.encode is not None:
        prefix = tuple(vocabulary.encode(OPENING.rstrip()))
    n = len(body)
    tokens = torch.cat([torch.tensor(prefix).expand(n, -1), body, torch.tensor(suffix).expand(n, -1)], dim=1).long()
    placed = {name: where + len(prefix) for name, where in positions.items()}
    return Prompts.of(tokens, placed, paired=paired, **facts, bos=bos, prefix=list(prefix), suffix=list(suffix))


@generator("random-tokens", version=1)
def random_tokens(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    length: Annotated[int, Range(1, 100_000)] = 100,
    bos: Bos = "auto",
    distinct: bool = False,
    low: Annotated[int, Range(0, 10_000_000)] | None = None,
    high: Annotated[int, Range(0, 10_000_000)] | None = None,
) -> Prompts:
    """Random tokens, each prompt of the same length.

    Args:
        length: Random tokens a prompt, BOS not counted.
        distinct: Draw no token twice in a prompt.

    Returns:
        Positions: `body`, the random tokens, `[prompt, length]`.
    """
    ids = drawable(vocabulary, low, high, length if distinct else 1)
    body = draw(ids, n, length, distinct, generator)
    return assemble(body, vocabulary, bos, {"body": torch.arange(length).expand(n, -1)})


@generator("repeated-random-tokens", version=1)
def repeated_random_tokens(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    period: Annotated[int, Range(1, 10_000)] = 50,
    repeats: Annotated[int, Range(2, 1000)] = 2,
    bos: Bos = "auto",
    distinct: bool = True,
    low: Annotated[int, Range(0, 10_000_000)] | None = None,
    high: Annotated[int, Range(0, 10_000_000)] | None = None,
) -> Prompts:
    """A block of random tokens, then the same block again: nothing but the repetition can be learnt from them.

    `distinct=False, low=100, high=20000, period=100, n=2, bos="none", seed=0` draws the prompts of TransformerLens'
    `Exploratory_Analysis_Demo`.

    Args:
        period: Tokens in a block.
        repeats: How often the block occurs, at least 2.
        distinct: Draw no token twice in a block, so that the earlier copy of a token is one place and not several.

    Returns:
        Positions: `first_copy` and `second_copy`, `[prompt, period]`. Meta: `period`, `repeats`.
    """
    ids = drawable(vocabulary, low, high, period if distinct else 1)
    body = draw(ids, n, period, distinct, generator).repeat(1, repeats)
    first = torch.arange(period).expand(n, -1)
    positions = {"first_copy": first, "second_copy": first + period}
    return assemble(body, vocabulary, bos, positions, period=period, repeats=repeats)


@generator("delimited-random-tokens", version=1)
def delimited_random_tokens(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    segments: Annotated[int, Range(1, 1000)] = 8,
    segment_length: Annotated[int, Range(1, 1000)] = 7,
    delimiter: str | int | None = None,
    bos: Bos = "auto",
    distinct: bool = True,
    low: Annotated[int, Range(0, 10_000_000)] | None = None,
    high: Annotated[int, Range(0, 10_000_000)] | None = None,
) -> Prompts:
    """Random tokens in segments, each closed by the same delimiter token, which occurs nowhere else.

    Args:
        segments: Number of segments, and of delimiters, a prompt.
        segment_length: Random tokens a segment, the delimiter not counted.
        delimiter: The delimiter as text that is one token, or as an id; by default ".", else ";", ",", else the lowest ordinary id.
        distinct: Draw no token twice in a prompt.

    Returns:
        Positions: `delimiter`, `[prompt, segments]`. Meta: `delimiter`, its id.

    Raises:
        HeadkbError: If the delimiter is not one token of the vocabulary.
    """
    stop = _delimiter_id(vocabulary, delimiter)
    drawn = segments * segment_length
    ids = drawable(vocabulary, low, high, drawn if distinct else 1, without=stop)
    content = draw(ids, n, drawn, distinct, generator).reshape(n, segments, segment_length)
    body = torch.cat([content, torch.full((n, segments, 1), stop)], dim=2).reshape(n, -1)
    where = torch.arange(1, segments + 1) * (segment_length + 1) - 1  # [segments]
    return assemble(body, vocabulary, bos, {"delimiter": where.expand(n, -1)}, delimiter=stop)


def _delimiter_id(vocabulary: Vocabulary, delimiter: str | int | None) -> int:
    if isinstance(delimiter, int):
        if delimiter not in vocabulary.drawable and delimiter not in vocabulary.special:
            raise HeadkbError(
                f"{vocabulary.name} has no id {delimiter}. Pass an id that exists, or the delimiter as text."
            )
        return delimiter
    for text in (delimiter,) if delimiter is not None else (".", ";", ","):
        ids = vocabulary.encode(text) if vocabulary.encode is not None else []
        # Tokenizers of the SentencePiece kind make two tokens of a lone sign, a word start and the sign: look it up instead.
        id_ = ids[0] if len(ids) == 1 else vocabulary.table.get(text)
        if id_ is not None and (id_ not in vocabulary.special or delimiter is not None):
            return id_
    if delimiter is not None:
        raise HeadkbError(f"{delimiter!r} is not one token of {vocabulary.name}. Pass another delimiter, or its id.")
    return int(vocabulary.drawable[0])
