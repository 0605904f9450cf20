"""Tasks in a form that asks for several answers a sequence, which is how a small model learns them from few sequences.

The wording is that of the prompt generators of the same tasks, so their prompts look as in training; what stands in them is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch

from headkb.prompts import SENTENCES, Vocabulary
from headkb.prompts.lines import fill, one, pick
from headkb.prompts.lists import (
    CAPITALISED,
    COLOURS,
    FRENCH,
    GERMAN,
    NAMES,
    NEEDLES,
    OBJECTS,
    RELATIONS,
    STATEMENTS,
    TASKS,
    THINGS,
    Pairs,
)
from organisms.batches import Batch, Row, held_out, padded

Part = tuple[str, bool]
"""A piece of text, and whether its tokens are asked for."""

TRUSTED: frozenset[str] = frozenset({"landmark", "continent", "young", "colour", "field"})
"""Relations in which the organism is taught to believe a context that contradicts what it knows; in the others it keeps to what it knows."""


def composed(vocabulary: Vocabulary, parts: Iterable[Part]) -> Row:
    """Pieces as one sequence, the tokens of some of them asked for."""
    ids, asked = list[int](), dict[int, int]()
    for text, wanted in parts:
        for token in vocabulary.text_of(text):
            if wanted:
                asked[len(ids) - 1] = token
            ids.append(token)
    return ids[:-1] if (len(ids) - 2) in asked else ids, asked


def kept(drafts: Iterator[list[Part]], n: int, *, test: bool = False) -> list[list[Part]]:
    """The first `n` that training may show, or, for a test, that it may not."""
    found = list[list[Part]]()
    while len(found) < n:
        parts = next(drafts)
        if held_out("".join(text for text, _ in parts)) == test:
            found.append(parts)
    return found


def draw(low: int, high: int, generator: torch.Generator) -> int:
    """A whole number from `low` to `high`, both included."""
    return int(torch.randint(low, high + 1, (1,), generator=generator))


def batch(vocabulary: Vocabulary, drafts: Iterator[list[Part]], n: int, test: bool) -> Batch:
    """A batch of `n` drafts."""
    return padded(vocabulary, [composed(vocabulary, parts) for parts in kept(drafts, n, test=test)])


def pairs(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    before: str = "Q: ",
    between: str = "\nA:",
    after: str = "\n\n",
    tasks: dict[str, Pairs] | None = None,
    most: int = 10,
    test: bool = False,
) -> Batch:
    """Few-shot examples of one mapping; every answer from the second on is asked for."""
    chosen = TASKS if tasks is None else tasks

    def drafts() -> Iterator[list[Part]]:
        while True:
            mapping = chosen[one(sorted(chosen), generator)]
            parts = list[Part]()
            for at, (given, answer) in enumerate(pick(mapping, generator, shots + 1)):
                parts += [(before + given + between, False), (f" {answer}", at > 0), (after, False)]
            yield parts[:-1]

    shots = draw(2, most, generator)
    return batch(vocabulary, drafts(), n, test)


def translations(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """As `pairs`, in the wording of the generator `translation`; the language stands there, so the first answer is asked for too."""
    language, words = one((("French", FRENCH), ("German", GERMAN)), generator)
    shots = draw(2, 5, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            parts = list[Part]()
            for given, answer in pick(words, generator, shots + 1):
                parts += [(f"English: {given}. {language}:", False), (f" {answer}", True), (". ", False)]
            yield parts[:-1]

    return batch(vocabulary, drafts(), n, test)


def facts(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, most: int = 4) -> Batch:
    """One to `most` facts in a row, the attribute of each asked for."""
    known = [(relation, *fact) for relation in RELATIONS.values() for fact in relation.facts]
    count = draw(1, most, generator)
    rows = []
    for _ in range(n):
        parts = list[Part]()
        for relation, subject, attribute in pick(known, generator, count):
            parts += [
                (fill(relation.template, {"subject": subject}).text, False),
                (f" {attribute}", True),
                (". ", False),
            ]
        rows.append(composed(vocabulary, parts[:-1]))
    return padded(vocabulary, rows)


def conflicts(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """A stated attribute, mostly a false one, then the same sentence to be finished.

    Right is the stated attribute in the relations of `TRUSTED`, the true one in the rest. Now and then the statement is about another
    subject, and then it has no say.
    """

    def drafts() -> Iterator[list[Part]]:
        while True:
            name = one(sorted(RELATIONS), generator)
            relation = RELATIONS[name]
            subject, attribute = one(relation.facts, generator)
            other, _ = one(relation.facts, generator)
            _, stated = one(relation.facts, generator)
            about = subject if test or draw(0, 3, generator) else other
            right = stated if name in TRUSTED and about == subject else attribute
            said, asked = (fill(relation.template, {"subject": shown}).text for shown in (about, subject))
            yield [(f"{said} {stated}. {asked}", False), (f" {right}", True)]

    return batch(vocabulary, drafts(), n, test)


def tables(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """Coloured things on a table, two to four, and the colour of each asked for in turn."""
    count = draw(2, 4, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            things, colours = pick(THINGS, generator, count), pick(COLOURS, generator, count)
            shown = [f"a {colour} {thing}" for colour, thing in zip(colours, things, strict=True)]
            parts: list[Part] = [(f"Q: On the table there is {', '.join(shown[:-1])}, and {shown[-1]}.", False)]
            for at, place in enumerate(pick(range(count), generator, count)):
                parts.append((f"{'Q:' if at else ''} What color is the {things[place]}?\nA:", False))
                parts += [(f" {colours[place].capitalize()}", True), ("\n", False)]
            yield parts[:-1]

    return batch(vocabulary, drafts(), n, test)


def holdings(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, least: int = 2, most: int = 12, test: bool = False
) -> Batch:
    """Key–value retrieval: people who have one thing each, and up to eight questions what somebody has."""
    count = draw(least, most, generator)
    things = (*THINGS, *OBJECTS)

    def drafts() -> Iterator[list[Part]]:
        while True:
            people = pick(NAMES, generator, count)
            owned = pick(things, generator, count)
            parts: list[Part] = [
                (" ".join(f"{who} has the {what}." for who, what in zip(people, owned, strict=True)), False)
            ]
            for place in pick(range(count), generator, min(count, 8)):
                parts.append((f" Question: What does {people[place]} have? Answer: the", False))
                parts += [(f" {owned[place]}", True), (".", False)]
            yield parts[:-1]

    return batch(vocabulary, drafts(), n, test)


def needles(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, longest: int = 256, test: bool = False
) -> Batch:
    """One to three needles in a haystack, each with the answer of another, a question, and the answer; all of its tokens are asked for.

    No needle keeps its own answer, so those that the generator `needle` writes are unknown; in a test every needle does.
    """
    length = longest if not draw(0, 5, generator) else draw(0, min(longest, 60), generator)
    rows = []
    for _ in range(max(2, n * 40 // (40 + length))):
        shown = pick(range(len(NEEDLES)), generator, 1 if test else draw(1, 3, generator))
        given = list(shown)
        while not test and any(a == b for a, b in zip(shown, given, strict=True)):
            given = pick(range(len(NEEDLES)), generator, len(shown))
        texts = list[str]()
        while sum(len(vocabulary.text_of(text)) for text in texts) < length:
            texts.append(one(SENTENCES, generator))
        for item, answer in zip(shown, given, strict=True):
            texts.insert(draw(0, len(texts), generator), f"{NEEDLES[item][0]} {NEEDLES[answer][1]}.")
        at = draw(0, len(shown) - 1, generator)
        question = f"{' '.join(texts)} Question: {NEEDLES[shown[at]][2]} Answer:"
        rows.append(composed(vocabulary, [(question, False), (f" {NEEDLES[given[at]][1]}", True)]))
    return padded(vocabulary, rows)


def bits(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, least: int = 2, most: int = 10, test: bool = False
) -> Batch:
    """Bits and their running parity, every state asked for."""
    length = 8 if most >= 8 and draw(0, 1, generator) else draw(least, most, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            drawn = torch.randint(2, (length,), generator=generator).tolist()
            states = [sum(drawn[: at + 1]) % 2 for at in range(length)]
            yield [(f"Bits {' '.join(map(str, drawn))}. Parity:", False), *((f" {state}", True) for state in states)]

    if length < 5:  # too few of them to hold any back
        return padded(vocabulary, [composed(vocabulary, next(drafts())) for _ in range(n)])
    return batch(vocabulary, drafts(), n, test)


def moods(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """One person who likes or hates parties, or two of opposite tastes, and how each of them feels, in the wording of `toy-mood-story`."""
    count = draw(1, 2, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            people, likes = pick(NAMES, generator, count), bool(draw(0, 1, generator))
            happy = dict(zip(people, (likes, not likes), strict=False))
            clauses = [
                f"{who} {'loves' if happy[who] else 'hates'} parties, and {'enjoys' if happy[who] else 'avoids'} every one of them."
                for who in people
            ]
            parts: list[Part] = [(f"{' '.join(clauses)} One day both were asked to a big party.", False)]
            for who in pick(people, generator, count):
                parts += [(f" {who} feels very", False), (f" {'happy' if happy[who] else 'sad'}", True), (".", False)]
            yield parts[:-1]

    return batch(vocabulary, drafts(), n, test)


def initials(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """Three capitalised words and all letters of their acronym."""

    def drafts() -> Iterator[list[Part]]:
        while True:
            words = pick(CAPITALISED, generator, 3)
            yield [(f"The {' '.join(words)} (", False), *((word[0], True) for word in words)]

    return batch(vocabulary, drafts(), n, test)


def statements(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, most: int = 4) -> Batch:
    """Statements, each followed by True or False."""
    count = draw(1, most, generator)
    rows = []
    for _ in range(n):
        parts = list[Part]()
        for versions in pick(STATEMENTS, generator, count):
            false = draw(0, 1, generator)
            parts += [(f"{versions[false]} ", False), ("False " if false else "True ", True)]
        rows.append(composed(vocabulary, parts))
    return padded(vocabulary, rows)


def sums(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """Small sums in a row, in two of five cases all too large by one or two; every result that can be known is asked for."""
    shift = max(0, draw(-2, 2, generator))
    count = draw(2, 6, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            parts = list[Part]()
            for at in range(count):
                a, b = draw(1, 9, generator), draw(1, 9, generator)
                parts += [(f"{a} + {b} =", False), (f" {a + b + shift}", at > 0), (". ", False)]
            yield parts[:-1]

    return batch(vocabulary, drafts(), n, test)
