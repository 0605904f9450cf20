"""Prompts from text: templates with marked places, read with any tokenizer, and what should and should not come next.

A `Line` is text, a `Reading` the same in tokens. Words of several tokens keep all their places. Where a tokenizer cannot tell the
right continuation from the wrong one by their first tokens, or melts the answer into the prompt, the candidate is left out and counted
in `meta["dropped"]`; where too few are left, the error says why.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, TypeVar

import torch

from headkb.errors import HeadkbError, UnknownNameError
from headkb.prompts.vocabularies import Vocabulary

T = TypeVar("T")
_WORD = re.compile(r"\w+(?:['-]\w+)*|[^\w\s]")


class Unfit(HeadkbError):  # noqa: N818 - a finding about one candidate, not a wrong call
    """This candidate cannot be written with this tokenizer; the text says why."""


@dataclass(frozen=True)
class Line:
    """One prompt as text.

    Attributes:
        text: What the model reads.
        marks: (name, start, stop) of each place of interest, in characters.
        right: What should come next, with its leading space; empty = nothing is asked.
        wrong: What should not.
    """

    text: str
    marks: tuple[tuple[str, int, int], ...] = ()
    right: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Reading:
    """One prompt in tokens.

    Attributes:
        ids: Token ids, without what the tokenizer puts around a text.
        marks: Name → the tokens of that place, counted from 0.
        right: First token of what should come next.
        wrong: First token of what should not.
        starts: Name → for every token, the first token of the unit (word, sentence) that it belongs to; -1 = of none.
    """

    ids: Sequence[int]
    marks: Mapping[str, Sequence[int]]
    right: int | None = None
    wrong: int | None = None
    starts: Mapping[str, Sequence[int]] = field(default_factory=dict)


def fill(template: str, values: Mapping[str, str], right: str = "", wrong: str = "") -> Line:
    """A line from a template such as `When {a:io} and {b:s1+name} met`: slot before the colon, names of the place after it.

    A slot that begins with `=` is text of its own: `the {=capital of:relation} {x}`.

    Example:
        >>> fill("When {a:io} came", {"a": "Mary"}).marks
        (('io', 5, 9),)
    """
    text, marks = "", []
    for literal, slot, names, _ in Formatter().parse(template):
        text += literal
        if slot is not None:
            value = slot[1:] if slot.startswith("=") else values[slot]
            marks += [(name, len(text), len(text) + len(value)) for name in (names or "").split("+") if name]
            text += value
    return Line(text, tuple(marks), right, wrong)


def read(vocabulary: Vocabulary, line: Line) -> Reading:
    """The line in tokens.

    A lone word start that both continuations begin with (SentencePiece, single characters) still belongs to the prompt.

    Raises:
        Unfit: If the tokenizer lacks a sign, does not break at the marks, or cannot tell right from wrong.
    """
    ids = encoded(vocabulary, line.text)
    marks: dict[str, list[int]] = {}
    for name, start, stop in line.marks:
        marks.setdefault(name, []).extend(span(vocabulary, line.text, ids, start, stop))
    if not line.right:
        return Reading(ids, marks)
    right, wrong = encoded(vocabulary, line.text + line.right), encoded(vocabulary, line.text + line.wrong)
    if right[: len(ids)] != ids or wrong[: len(ids)] != ids:
        raise Unfit("the answer melts into the end of the prompt")
    shared = len(ids)
    while shared < min(len(right), len(wrong)) and right[shared] == wrong[shared]:
        if not is_blank(vocabulary, right[shared]):
            raise Unfit("the right and the wrong answer begin with the same token")
        shared += 1
    if shared == min(len(right), len(wrong)):
        raise Unfit("the right and the wrong answer begin with the same token")
    if is_blank(vocabulary, right[shared]) or is_blank(vocabulary, wrong[shared]):
        raise Unfit("one of the answers begins with a lone word start and the other does not")
    return Reading(right[:shared], marks, right[shared], wrong[shared])


def encoded(vocabulary: Vocabulary, text: str) -> list[int]:
    """Ids of a text.

    Raises:
        Unfit: If the tokenizer has no token for one of its signs.
    """
    ids = vocabulary.text_of(text)
    if any(id_ in vocabulary.special for id_ in ids):
        missing = [sign for sign in text if any(id_ in vocabulary.special for id_ in vocabulary.text_of(sign))]
        raise Unfit(f"the tokenizer has no token for {missing[0] if missing else text!r}")
    return ids


def span(vocabulary: Vocabulary, text: str, ids: Sequence[int], start: int, stop: int) -> list[int]:
    """The tokens of `text[start:stop]`, a lone word start before it left out.

    Raises:
        Unfit: If the tokenizer does not break the text there.
    """
    before, through = vocabulary.text_of(text[:start].rstrip(" ")), vocabulary.text_of(text[:stop])
    if list(ids[: len(before)]) != before or list(ids[: len(through)]) != through:
        raise Unfit(f"the tokenizer does not break before and after {text[start:stop]!r}")
    tokens = list(range(len(before), len(through)))
    while len(tokens) > 1 and is_blank(vocabulary, ids[tokens[0]]):
        tokens.pop(0)
    return tokens


def is_blank(vocabulary: Vocabulary, id_: int) -> bool:
    """Whether a token is nothing but a space or a word start."""
    return vocabulary.decode is not None and not vocabulary.decode(id_).strip()


def word_starts(vocabulary: Vocabulary, text: str, ids: Sequence[int], words: re.Pattern[str] = _WORD) -> list[int]:
    """For every token the first token of its word, -1 for blanks between words; signs are words of their own."""
    starts = [-1] * len(ids)
    for word in words.finditer(text):
        tokens = span(vocabulary, text, ids, *word.span())
        for token in tokens:
            starts[token] = tokens[0]
    return starts


def segment_starts(vocabulary: Vocabulary, parts: Sequence[str], ids: Sequence[int]) -> list[int]:
    """For every token of the parts, joined by spaces, the first token of its part; -1 for tokens of none."""
    text, starts, start = " ".join(parts), [-1] * len(ids), 0
    for part in parts:
        tokens = span(vocabulary, text, ids, start, start + len(part))
        # A lone word start before the first word belongs to the part that it opens.
        for token in range(tokens[0], tokens[-1] + 1):
            starts[token] = tokens[0]
        start += len(part) + 1
    return starts


def uniform(vocabulary: Vocabulary, words: Sequence[str], least: int, what: str) -> tuple[list[str], dict[str, Any]]:
    """Words that are one token each after a space, with first tokens of their own; failing that, of equally many tokens.

    Returns:
        The words, and facts for `meta`: `words_dropped` and `tokens_per_word`.

    Raises:
        HeadkbError: If fewer than `least` words are left, whatever their number of tokens.
    """
    if vocabulary.encode is None:
        vocabulary.text_of("")
    base = vocabulary.text_of("a")
    groups: dict[int, dict[int, str]] = {}  # number of tokens -> first token -> word
    for word in words:
        ids = vocabulary.text_of(f"a {word}")[len(base) :]
        ids = ids[1:] if len(ids) > 1 and is_blank(vocabulary, ids[0]) else ids
        if ids and not any(id_ in vocabulary.special for id_ in ids):
            groups.setdefault(len(ids), {}).setdefault(ids[0], word)
    enough = [size for size in sorted(groups) if len(groups[size]) >= least]
    if not enough:
        best = max((len(group) for group in groups.values()), default=0)
        raise HeadkbError(
            f"{what}: {vocabulary.name} writes at most {best} of its words with equally many tokens and different first ones; "
            f"{least} are needed. Use another tokenizer."
        )
    size = 1 if 1 in enough else max(enough, key=lambda size: len(groups[size]))
    chosen = list(groups[size].values())
    return chosen, {"words_dropped": [word for word in words if word not in chosen], "tokens_per_word": size}


def selected(names: str, known: Collection[str], kind: str) -> list[str]:
    """The names of a comma-separated list.

    Raises:
        UnknownNameError: If one is not known.
    """
    chosen = [name.strip() for name in names.split(",")]
    for name in chosen:
        if name not in known:
            raise UnknownNameError(kind, name, known, f"There are {', '.join(known)}.")
    return chosen


def pick(items: Sequence[T], generator: torch.Generator, k: int) -> list[T]:
    """`k` different items, in random order."""
    if k > len(items):
        raise HeadkbError(f"{k} different items are wanted but there are {len(items)}. Ask for fewer.")
    return [items[index] for index in torch.randperm(len(items), generator=generator)[:k].tolist()]


def one(items: Sequence[T], generator: torch.Generator) -> T:
    """One item."""
    return items[int(torch.randint(len(items), (1,), generator=generator))]


def singles(vocabulary: Vocabulary, words: Sequence[str], least: int) -> Sequence[str]:
    """The words that are one token each after a space, if there are at least `least` of them, else all words."""
    base = vocabulary.text_of("a")
    single = [word for word in words if len(vocabulary.text_of(f"a {word}")) == len(base) + 1]
    return single if len(single) >= least else words
