"""Acronyms of three words, and years of which a later one is asked for: answers inside a word or number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import torch

from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts, collect
from headkb.prompts.lines import Reading, Unfit, encoded, fill, one, pick, read, singles
from headkb.prompts.lists import CAPITALISED, LASTING
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("acronyms", version=1, needs_tokenizer=True)
def acronyms(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    letter: Annotated[int, Range(1, 3)] = 3,
    bos: Bos = "auto",
) -> Prompts:
    """Three capitalised words and their acronym in brackets, up to the letter asked for.

    Args:
        vocabulary: A tokenizer's, in which single capital letters are tokens.
        letter: Which letter is asked for, 1 to 3.

    Returns:
        Positions: `word1`, `word2`, `word3`, all their tokens; `capital1` …, the first token of each; `letter1` …, the letters already there;
        `target`, the first token of the word whose letter is asked for; `end`. Paired: `answers`, the letter; `wrong`, that of the word in
        `corrupted`, which replaces the one asked for.

    Source:
        García-Carrasco et al. 2024 (arXiv:2405.04156): "The W1 W2 W3 (A1A2"; words ours, of any number of tokens, where theirs have two.
    """

    def drafts() -> Iterator[Draft | Unfit]:
        while True:
            *words, other = pick(CAPITALISED, generator, 4)
            if words[letter - 1][0] == other[0]:
                continue
            swapped = [*words[: letter - 1], other, *words[letter:]]
            right, wrong = words[letter - 1][0], other[0]
            try:
                draft = Draft(
                    _spelled(vocabulary, words, letter, right, wrong),
                    _spelled(vocabulary, swapped, letter, wrong, right),
                )
            except Unfit as unfit:
                yield unfit
            else:
                yield draft

    return collect(vocabulary, n, drafts(), bos, "acronyms", letter=letter)


def _spelled(vocabulary: Vocabulary, words: list[str], letter: int, right: str, wrong: str) -> Reading:
    """The words and their acronym up to the letter asked for, built in tokens: tokenizers would join the letters that a model writes one by one."""
    reading = read(vocabulary, fill("The {a:word1} {b:word2} {c:word3} (", dict(zip("abc", words, strict=True))))
    *before, answer, rival = [
        _letter(vocabulary, sign) for sign in (*(word[0] for word in words[: letter - 1]), right, wrong)
    ]
    marks = dict(reading.marks)
    marks |= {f"capital{at}": marks[f"word{at}"][:1] for at in (1, 2, 3)} | {"target": marks[f"word{letter}"][:1]}
    marks |= {f"letter{at}": [len(reading.ids) + at - 1] for at in range(1, letter)}
    return Reading([*reading.ids, *before], marks, answer, rival)


def _letter(vocabulary: Vocabulary, sign: str) -> int:
    """The token of a capital letter right behind an opening bracket."""
    opened, ids = encoded(vocabulary, "a ("), encoded(vocabulary, f"a ({sign}")
    if len(ids) != len(opened) + 1 or ids[: len(opened)] != opened:
        raise Unfit(f"{sign} behind a bracket is no token of its own")
    return ids[-1]


@generator("greater-than", version=1, needs_tokenizer=True, derived={"year_rest": ("year", 0)})
def greater_than(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """Something lasted from one year to another of the same century: the second must be greater.

    Args:
        vocabulary: A tokenizer's that writes a year as century and rest (GPT-2), or digit by digit.

    Returns:
        Positions: `noun`; `year`, all tokens of the first year; `year_rest`, its last token; `end`. Paired: `answers`, a later year's next token, and `wrong`, an
        earlier one's, both at least a decade away; `corrupted`, the first year ending in 01; `years`, the first years; `year_tokens`, token
        ids of 00 to 99 behind a century, a list of 100 a prompt, -1 where it is no token of its own.

    Source:
        Hanna et al. 2023 (arXiv:2305.00586): the sentence form and the 01 corruption; nouns ours.
    """
    nouns = singles(vocabulary, LASTING, 5)

    while True:
        century, rest = (
            int(torch.randint(11, 18, (1,), generator=generator)),
            int(torch.randint(20, 80, (1,), generator=generator)),
        )
        later = rest // 10 * 10 + 10 + int(torch.randint(90 - rest // 10 * 10, (1,), generator=generator))
        sooner = int(torch.randint(10, rest // 10 * 10, (1,), generator=generator))
        noun = one(nouns, generator)
        template = "The {noun:noun} lasted from the year {year:year} to the year {century}"
        lines = [
            fill(
                template,
                {"noun": noun, "year": f"{century}{first:02d}", "century": str(century)},
                f"{later:02d}",
                f"{sooner:02d}",
            )
            for first in (rest, 1)
        ]
        yield Draft(
            lines[0], lines[1], facts={"years": century * 100 + rest, "year_tokens": _rests(vocabulary, century)}
        )


def _rests(vocabulary: Vocabulary, century: int) -> list[int]:
    """The token of each two-digit rest behind a century, -1 where it is none of its own."""
    opened = vocabulary.text_of(f"year {century}")
    texts = (vocabulary.text_of(f"year {century}{rest:02d}") for rest in range(100))
    return [ids[-1] if len(ids) == len(opened) + 1 and ids[: len(opened)] == opened else -1 for ids in texts]
