"""Indirect object identification: two names, one of them again, and the question who is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch

from headkb.errors import UnknownNameError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import fill, one, pick, uniform
from headkb.prompts.vocabulary import Bos, Vocabulary
from headkb.prompts.words import NAMES, OBJECTS, PLACES
from headkb.tensors import Prompts

Order = Literal["both", "ABBA", "BABA"]
Corruption = Literal["abc", "s2-io"]

# {first} and {second} are the two names in either order; the giver stands in the second clause and is never the answer.
TEMPLATES: tuple[str, ...] = (
    "When {first} and {second} got to the {place}, {s2:s2} handed a {object} to",
    "While {first} and {second} were waiting at the {place}, {s2:s2} passed a {object} to",
    "After {first} and {second} had walked to the {place}, {s2:s2} gave a {object} to",
    "Last week {first} and {second} met at the {place}, and {s2:s2} lent a {object} to",
    "Because {first} and {second} had found each other at the {place}, {s2:s2} showed a {object} to",
    "In the morning {first} and {second} drove to the {place}. There {s2:s2} offered a {object} to",
    "At noon {first} and {second} sat down near the {place}. Then {s2:s2} brought a {object} to",
    "Years ago {first} and {second} worked at the {place}. One day {s2:s2} sold a {object} to",
    "Yesterday {first} and {second} were late for the {place}, so {s2:s2} sent a {object} to",
    "Once {first} and {second} had left the {place}, {s2:s2} returned a {object} to",
    "Before {first} and {second} saw the {place}, {s2:s2} had promised a {object} to",
    "As {first} and {second} were cleaning the {place}, {s2:s2} threw a {object} to",
    "Though {first} and {second} had argued at the {place}, {s2:s2} wanted to give a {object} to",
    "Friends since childhood, {first} and {second} went to the {place}, where {s2:s2} gave a {object} to",
    "The day that {first} and {second} opened the {place}, {s2:s2} gave a {object} to",
)


def ioi(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    order: Order = "both",
    corruption: Corruption = "abc",
    bos: Bos = "auto",
) -> Prompts:
    """Indirect object identification: who is given something, out of two people of whom one gives.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts.
        generator: Source of all randomness.
        order: `ABBA`, the indirect object first; `BABA`, the subject first; `both`, in turn.
        corruption: `abc`, three other names in the three places; `s2-io`, the giver's second mention swapped for the other name, so
            that the answer swaps too.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions: `io`, `s1`, `s1_plus_1`, `s2`, `end`. Paired: `answers`, the indirect object; `wrong`, the subject; `corrupted`; `order`, of
        each prompt; `tokens_per_word` and `words_dropped` of the names.

    Source:
        Wang et al. 2022 (arXiv:2211.00593): fifteen templates, both orders, ABC as corruption; the sentences and lists are ours.
    """
    for given, known, kind in (
        (order, ("both", "ABBA", "BABA"), "order"),
        (corruption, ("abc", "s2-io"), "corruption"),
    ):
        if given not in known:
            raise UnknownNameError(f"{kind} of ioi", given, known, f"Choose one of {', '.join(known)}.")
    names, facts = uniform(vocabulary, NAMES, 5, "ioi")

    def drafts() -> Iterator[Draft]:
        count = 0
        while True:
            io, s, *others = pick(names, generator, 5)
            template = one(TEMPLATES, generator)
            abba = order == "ABBA" or (order == "both" and count % 2 == 0)
            first, second = ("{io:io}", "{s1:s1}") if abba else ("{s1:s1}", "{io:io}")
            template = template.replace("{first}", first).replace("{second}", second)
            words = {"place": one(PLACES, generator), "object": one(OBJECTS, generator)}
            clean = fill(template, {"io": io, "s1": s, "s2": s, **words}, f" {io}", f" {s}")
            if corruption == "abc":
                a, b, c = others
                other = fill(template, {"io": a, "s1": b, "s2": c, **words}, f" {io}", f" {s}")
            else:
                other = fill(template, {"io": io, "s1": s, "s2": io, **words}, f" {s}", f" {io}")
            count += 1
            yield Draft(clean, other, {"order": "ABBA" if abba else "BABA"})

    return collect(vocabulary, n, drafts(), bos, "ioi", derived={"s1_plus_1": ("s1", 1)}, **facts)
