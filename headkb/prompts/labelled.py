"""Labelled examples, lists with a question for one category, and gendered nouns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import torch

from headkb.errors import HeadkbError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import Line, Reading, Unfit, fill, one, pick
from headkb.prompts.lists import CATEGORIES, FEMALE, FEMALE_DEFINED, MALE, MALE_DEFINED, TOPICS
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

LABELS = ("foo", "bar")


@generator("labelled-sentences", version=1, needs_tokenizer=True)
def labelled_sentences(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    shots: int = 4,
    answered: bool = False,
    bos: Bos = "auto",
) -> Prompts:
    """Sentences of two topics with meaningless labels, and one sentence more; corrupted, the labels of the examples exchanged.

    Args:
        n: Either label is right in turn, and the examples hold both equally often.
        shots: Examples, an even number.
        answered: Append the right label, so that it can be looked at as a query; then nothing is asked.

    Returns:
        Positions: `labels`, of the examples, and `before_labels`, the token before each, in the same order; with `answered` `final_label` and
        `before_final`; `end`. Paired: `answers` and `wrong`, the two labels. Meta: `topics` of each prompt's last sentence.

    Raises:
        HeadkbError: If `shots` is odd or too large.

    Source:
        Labels such as foo and bar: Yu & Ananiadou 2024 (arXiv:2402.02872), abstract. Four examples, a label appended: Cho et al. 2024
        (arXiv:2410.04468), hc495/ICL_Circuit@667f3778 Experiments/Exp3_Forerunner_Token_Head_Counting.ipynb. The sentences are ours.
    """
    most = min(map(len, TOPICS.values())) - 1
    if shots < 2 or shots % 2 or shots // 2 > most:
        raise HeadkbError(f"shots is {shots}; labelled-sentences needs an even number from 2 to {2 * most}.")

    def before(reading: Reading) -> Reading:
        marks = dict(reading.marks)
        for name, other in (("labels", "before_labels"), ("final_label", "before_final")):
            if name in marks:
                first = _first_tokens(marks[name], shots if name == "labels" else 1)
                marks |= {name: first, other: [at - 1 for at in first]}
        return replace(reading, marks=marks)

    def drafts() -> Iterator[Draft]:
        count = 0
        topics = list(TOPICS)
        while True:
            label_of = dict(zip(topics, LABELS if one((True, False), generator) else LABELS[::-1], strict=True))
            asked = next(topic for topic in topics if label_of[topic] == LABELS[count % 2])
            drawn = {topic: pick(TOPICS[topic], generator, shots // 2 + 1) for topic in topics}
            examples = [(drawn[topic][at], topic) for topic in topics for at in range(shots // 2)]
            examples = pick(examples, generator, shots)
            versions = []
            for swap in (False, True):
                labels = {topic: label_of[topics[1 - at] if swap else topic] for at, topic in enumerate(topics)}
                text = "".join(f"{sentence}: {{={labels[topic]}:labels}}; " for sentence, topic in examples)
                text += f"{drawn[asked][-1]}:"
                right, wrong = label_of[asked], next(label for label in LABELS if label != label_of[asked])
                if answered:
                    versions.append(fill(f"{text} {{={right}:final_label}}", {}))
                else:
                    versions.append(fill(text, {}, f" {right}", f" {wrong}"))
            other = None if answered else versions[1]
            yield Draft(versions[0], other, {"topics": asked}, before)
            count += 1

    return collect(vocabulary, n, drafts(), bos, "labelled-sentences")


def _first_tokens(places: Sequence[int], count: int) -> list[int]:
    """The first token of each of `count` marked words that have equally many tokens."""
    if len(places) % count:
        raise Unfit("the labels are of different lengths")
    return list(places)[:: len(places) // count]


@generator("category-lists", version=1, needs_tokenizer=True)
def category_lists(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, options: int = 4, bos: Bos = "auto"
) -> Prompts:
    """A list of words of different kinds, then the question which of them is of one kind; corrupted, the same list and another kind.

    Args:
        options: Words in the list, 2 to 8, each of another category.

    Returns:
        Positions: `items`, all tokens of the list; `item`, of the word asked for; `other_item`, of the word that the corrupted question asks for;
        `predicate`, the category's name; `end`. Paired: `answers`, the word; `wrong`, the other word. Meta: `categories` of each prompt.

    Source:
        Sharma et al. 2025 (arXiv:2510.26784): options first, then the criterion; sixteen categories there, eight here, wording and words ours.
    """
    if not 2 <= options <= len(CATEGORIES):
        raise HeadkbError(f"options is {options}; category-lists has 2 to {len(CATEGORIES)}.")

    def drafts() -> Iterator[list[Draft]]:
        while True:
            kinds = pick(list(CATEGORIES), generator, options)
            items = {kind: one(CATEGORIES[kind], generator) for kind in kinds}
            order = pick(kinds, generator, options)
            asked, *others = kinds
            yield [
                Draft(_listed(order, items, asked, other), _listed(order, items, other, asked), {"categories": asked})
                for other in others
            ]

    return collect(vocabulary, n, drafts(), bos, "category-lists")


def _listed(order: list[str], items: dict[str, str], asked: str, other: str) -> Line:
    extra = {asked: "+item", other: "+other_item"}
    items_text = ", ".join(f"{{={items[kind]}:items{extra.get(kind, '')}}}" for kind in order)
    text = f"Options: {items_text}. Which among these is a kind of {{={asked}:predicate}}? Answer:"
    return fill(text, {}, f" {items[asked]}", f" {items[other]}")


_GENDERED = (
    "The {noun:noun} said that",
    "The {noun:noun} was tired because",
    "The {noun:noun} went home when",
    "The {noun:noun} was sure that",
)


@generator("gendered-nouns", version=1, needs_tokenizer=True)
def gendered_nouns(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    nouns: Literal["stereotyped", "defined"] = "stereotyped",
    bos: Bos = "auto",
) -> Prompts:
    """A sentence such as "The nurse said that", to be followed by she or he; corrupted, the same sentence with a noun of the other gender.

    Args:
        n: Either gender in turn.
        nouns: `stereotyped`, occupations; `defined`, nouns such as queen and uncle, the control.

    Returns:
        Positions: `noun`, all its tokens; `end`. Paired: `answers`, the pronoun that fits the noun; `wrong`, the other one; `labels` (1 = she).

    Source:
        Vig et al. 2020 (arXiv:2004.12265): occupations, "said that", pronouns compared; sentences and lists are ours.
    """
    known = {"stereotyped": (FEMALE, MALE), "defined": (FEMALE_DEFINED, MALE_DEFINED)}

    def drafts() -> Iterator[list[Draft]]:
        count = 0
        while True:
            female = count % 2 == 0
            own, opposite = known[nouns] if female else known[nouns][::-1]
            pair = (" she", " he") if female else (" he", " she")
            template = one(_GENDERED, generator)
            # The first pair of nouns that this tokenizer writes with equally many tokens.
            yield [
                Draft(
                    fill(template, {"noun": noun}, *pair),
                    fill(template, {"noun": other}, *pair[::-1]),
                    {"labels": int(female)},
                )
                for noun in pick(own, generator, len(own))
                for other in pick(opposite, generator, len(opposite))
            ]
            count += 1

    return collect(vocabulary, n, drafts(), bos, "gendered-nouns")
