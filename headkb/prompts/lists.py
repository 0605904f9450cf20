"""The words, pairs, facts and sentences that prompts are made of, read once from the plain files in `data/`.

Their order counts: a seed picks by place. Whoever changes a list raises the version of every generator that draws from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays text: `no` is a word

Words = tuple[str, ...]
Pairs = tuple[tuple[str, str], ...]


def read_lists(file: str) -> dict[str, Any]:
    """The lists of `data/<file>.yaml` by name; sequences are tuples, mappings keep their order, every leaf is text."""
    lists: dict[str, Any] = _frozen(yaml.load((DATA / f"{file}.yaml").read_text(encoding="utf-8"), Loader=_LOADER))
    return lists


def _frozen(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _frozen(value) for key, value in node.items()}
    return tuple(map(_frozen, node)) if isinstance(node, list) else node


_WORDS, _FACTS, _PAIRS = read_lists("words"), read_lists("facts"), read_lists("pairs")
_QUESTIONS, _SENTENCES, _LANGUAGES = read_lists("questions"), read_lists("sentences"), read_lists("languages")
_COREFERENCE = read_lists("coreference")

NAMES: Words = _WORDS["names"]
PLACES: Words = _WORDS["places"]
OBJECTS: Words = _WORDS["objects"]
COLOURS: Words = _WORDS["colours"]
THINGS: Words = _WORDS["things"]
POSITIVE: Words = _WORDS["positive"]
NEGATIVE: Words = _WORDS["negative"]
LIKED: Words = _WORDS["liked"]
DISLIKED: Words = _WORDS["disliked"]
LASTING: Words = _WORDS["lasting"]
CAPITALISED: Words = _WORDS["capitalised"]
CONCEPTS: Words = _WORDS["concepts"]
FEMALE: Words = _WORDS["female"]
MALE: Words = _WORDS["male"]
FEMALE_DEFINED: Words = _WORDS["female-defined"]
MALE_DEFINED: Words = _WORDS["male-defined"]
CATEGORIES: dict[str, Words] = _WORDS["categories"]
"""Category → members; no member belongs to another category of the list."""

ORDINAL_CLASSES: dict[str, Words] = {
    "numbers": tuple(str(number) for number in range(1, 201)),
    "number-words": _WORDS["number-words"],
    "ordinal-words": _WORDS["ordinal-words"],
    "days": _WORDS["days"],
    "day-prefixes": tuple(day[:3] for day in _WORDS["days"]),
    "months": _WORDS["months"],
    "month-prefixes": tuple(month[:3] for month in _WORDS["months"]),
    "letters": tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
}
"""The eight classes of the Succession benchmark, in order."""
CYCLES = frozenset({"days", "day-prefixes", "months", "month-prefixes"})
"""Classes whose last member is followed by the first."""


@dataclass(frozen=True)
class Relation:
    """What is asked of a subject, and the known facts.

    Attributes:
        template: With the slot `{subject:subject}`; the words that name the relation are the place `relation`.
        facts: (subject, attribute).
    """

    template: str
    facts: Pairs


RELATIONS: dict[str, Relation] = {
    name: Relation(_FACTS["templates"][name], tuple(facts.items())) for name, facts in _FACTS["facts"].items()
}

FRENCH: Pairs = tuple(_PAIRS["english-french"].items())
GERMAN: Pairs = tuple(_PAIRS["english-german"].items())
TASKS: dict[str, Pairs] = {
    "antonym": tuple(_PAIRS["antonym"].items()),
    "country-capital": RELATIONS["capital"].facts,
    "past-tense": tuple(_PAIRS["past-tense"].items()),
    "plural": tuple(_PAIRS["plural"].items()),
    "capitalize": tuple((word, word.capitalize()) for word in _PAIRS["capitalize"]),
    "number-word": tuple((str(number), word) for number, word in enumerate(_WORDS["number-words"], 1)),
    "english-french": FRENCH,
    "english-german": GERMAN,
}
"""Task → (input, output). All are one mapping from a word to a word, as in the function-vector tasks."""

CHOICES: tuple[Words, ...] = _QUESTIONS["choices"]
"""(question, right answer, three wrong ones)."""
YES: Words = _QUESTIONS["yes"]
NO: Words = _QUESTIONS["no"]
STATEMENTS: Pairs = _QUESTIONS["statements"]
"""(true, false) versions of one statement."""
ASKED: Pairs = _QUESTIONS["asked"]
"""(question, the statement that answers it with the same words)."""
NEEDLES: tuple[tuple[str, str, str], ...] = _QUESTIONS["needles"]
"""(opening, answer, question): opening and answer make the needle, a sentence without its full stop."""

SENTENCES: Words = _SENTENCES["english"]
SPLIT_SENTENCES: Words = _SENTENCES["split"]
RARE_SENTENCES: Words = _SENTENCES["rare"]
"""The rare word stands between asterisks."""
LINKED: Words = _SENTENCES["linked"]
"""Words that end in their marks, see `parse`."""
CONTRACTED: Words = _SENTENCES["contracted"]
REMARKS: Words = _SENTENCES["remarks"]
TOPICS: dict[str, Words] = _SENTENCES["topics"]
"""Topic → short sentences without a full stop."""
IOI: Words = _SENTENCES["ioi"]
"""With {first} and {second}, the two names in either order, {s2:s2}, {place} and {object}."""

COREFERENCE: Words = _COREFERENCE["names"] + _COREFERENCE["nouns"]
"""Sentences with their marks, see `headkb.prompts.pronouns`."""
FUNCTION_WORDS: frozenset[str] = frozenset(_COREFERENCE["function-words"].split())
"""Words that no pronoun stands for."""

STYLES: tuple[tuple[str, str, str], ...] = _LANGUAGES["styles"]
"""(question, plain answer, the same in the manner of an old play)."""
REPLIES: tuple[dict[str, tuple[str, str]], ...] = _LANGUAGES["replies"]
"""Language → (question, reply), the same content in each."""
LANGUAGES: dict[str, Words] = _LANGUAGES["languages"]
"""Language → sentences, the same content in each."""

RELATION_NAMES = ("determiner", "subject", "object")
WORD = re.compile(r"[^\s.]+|\.")
"""A word of a linked sentence, or its full stop."""


def parse(marked: str) -> tuple[str, list[tuple[str, int, int]]]:
    """A sentence of `LINKED` without its marks, and its links: (relation, index of the dependent word, index of its head word).

    `_d` marks a determiner of the next marked noun, `_s` the subject and `_o` the object of the one verb marked `_v`.

    Example:
        >>> parse("The_d cat_s saw_v a_d bird_o .")[1]
        [('determiner', 0, 1), ('subject', 1, 2), ('determiner', 3, 4), ('object', 4, 2)]
    """
    words = [word.partition("_") for word in marked.split()]
    marks = [mark for _, _, mark in words]
    verb = marks.index("v")
    links = []
    for at, mark in enumerate(marks):
        if mark == "d":
            noun = next(k for k in range(at + 1, len(marks)) if marks[k] in ("s", "o"))
            links.append(("determiner", at, noun))
        elif mark in ("s", "o"):
            links.append(("subject" if mark == "s" else "object", at, verb))
    return " ".join(word for word, _, _ in words).replace(" .", "."), links
