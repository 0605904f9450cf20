"""Training sequences of rules: syllogisms of letters, triples that follow one rule, two chains of propositional logic."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from headkb.prompts import Vocabulary
from headkb.prompts.lines import pick
from organisms.batches import Batch, Row, padded
from organisms.dense import Part, batch, draw

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def syllogisms(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, test: bool = False) -> Batch:
    """Two premises over three letters and the conclusion's last letter, up to three times."""
    count = draw(1, 3, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            parts = list[Part]()
            for _ in range(count):
                a, b, c = pick(LETTERS, generator, 3)
                parts += [
                    (f"All {a} are {b}. All {b} are {c}. Therefore, all {a} are", False),
                    (f" {c}", True),
                    (". ", False),
                ]
            yield parts[:-1]

    return batch(vocabulary, drafts(), n, test)


def triples(vocabulary: Vocabulary, n: int, generator: torch.Generator) -> Batch:
    """Two to five triples of arbitrary tokens that all follow ABA or all ABB; the third token is asked for from the second triple on."""
    between, after = vocabulary.text_of("^")[0], vocabulary.text_of("\n")[0]
    count, rows = draw(2, 5, generator), list[Row]()
    for _ in range(n):
        items = vocabulary.drawable[torch.randint(len(vocabulary.drawable), (2 * count,), generator=generator)].tolist()
        turned = draw(0, 1, generator)
        ids, asked = list[int](), dict[int, int]()
        for at in range(count):
            x, y = items[2 * at : 2 * at + 2]
            third = y if turned else x
            ids += [x, between, y, between]
            if at:
                asked[len(ids) - 1] = third
            ids += [third, after]
        rows.append((ids[:-2], asked))
    return padded(vocabulary, rows)


def chains(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, most: int = 3, test: bool = False) -> Batch:
    """One to `most` problems with a disjunction and a rule of one premise, and their proofs; the proofs are asked for."""
    count = draw(1, most, generator)

    def drafts() -> Iterator[list[Part]]:
        while True:
            parts = [part for _ in range(count) for part in _problem(generator)]
            yield parts

    return batch(vocabulary, drafts(), n, test)


def _problem(generator: torch.Generator) -> list[Part]:
    p, q, r, s, t = pick(LETTERS, generator, 5)
    true, false = pick([p, q], generator, 2)
    first = bool(draw(0, 1, generator))
    rules = [f"{p} or {q} implies {r}", f"{s} implies {t}"]
    needed, shown, end = (true, rules[0], r) if first else (s, rules[1], t)
    facts = [f"{letter} is {'false' if letter == false else 'true'}." for letter in pick([p, q, s], generator, 3)]
    told = " ".join(f"{rule}." for rule in pick(rules, generator, 2))
    return [
        (f"Rules: {told} Facts: {' '.join(facts)} Question: what is the truth value of {end}? Answer:", False),
        (f" {needed} is true. {shown}; {end} is true.", True),
        ("\n", False),
    ]
