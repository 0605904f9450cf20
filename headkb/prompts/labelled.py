"""Labelled examples, lists with a question for one category, gendered nouns, and sentiment: texts of one kind against the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal

import torch

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts, collect
from headkb.prompts.lines import Line, Reading, Unfit, fill, one, pick, singles, uniform
from headkb.prompts.lists import (
    CATEGORIES,
    DISLIKED,
    FEMALE,
    FEMALE_DEFINED,
    LIKED,
    MALE,
    MALE_DEFINED,
    NAMES,
    NEGATIVE,
    POSITIVE,
    TOPICS,
)
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
    shots: Annotated[int, Range(0, 64)] = 4,
    answered: bool = False,
    bos: Bos = "auto",
) -> Drafts:
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

    topics = list(TOPICS)
    for count in itertools.count():
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


def _first_tokens(places: Sequence[int], count: int) -> list[int]:
    """The first token of each of `count` marked words that have equally many tokens."""
    if len(places) % count:
        raise Unfit("the labels are of different lengths")
    return list(places)[:: len(places) // count]


@generator("category-lists", version=1, needs_tokenizer=True)
def category_lists(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    options: Annotated[int, Range(2, 64)] = 4,
    bos: Bos = "auto",
) -> Drafts:
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

    while True:
        kinds = pick(list(CATEGORIES), generator, options)
        items = {kind: one(CATEGORIES[kind], generator) for kind in kinds}
        order = pick(kinds, generator, options)
        asked, *others = kinds
        yield [
            Draft(_listed(order, items, asked, other), _listed(order, items, other, asked), {"categories": asked})
            for other in others
        ]


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
) -> Drafts:
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

    for count in itertools.count():
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


_REVIEW = "I thought this movie was {adj:adj}, I {verb:verb} it. Conclusion: This {=movie:sum} is"
_STORY = (
    "{a:name1} {v1:verb1} parties{=,:sum1} and {v2:verb2} every one of them. {b:name2} {v3:verb3} parties{=,:sum2} and {v4:verb4} every one "
    "of them. One day both were asked to a big party. {asked:query} feels very"
)


@generator("toy-movie-review", version=1, needs_tokenizer=True)
def toy_movie_review(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """A film praised or damned in two words, and a conclusion to be drawn.

    Args:
        n: Positive and negative in turn.

    Returns:
        Positions: `adj`, `verb`; `sum`, the second "movie"; `end`. Paired: `answers` and `wrong`, great or terrible; `corrupted`, words of the
        opposite feeling; `labels` (1 = positive).

    Source:
        Tigges et al. 2023 (arXiv:2310.15154), ToyMovieReview: their form on one line; the word lists are ours.
    """
    lists = (POSITIVE, LIKED, NEGATIVE, DISLIKED)
    positive, liked, negative, disliked = (singles(vocabulary, words, 2) for words in lists)

    for count in itertools.count():
        good = {"adj": one(positive, generator), "verb": one(liked, generator)}
        bad = {"adj": one(negative, generator), "verb": one(disliked, generator)}
        praised, damned = fill(_REVIEW, good, " great", " terrible"), fill(_REVIEW, bad, " terrible", " great")
        clean, other = (praised, damned) if count % 2 == 0 else (damned, praised)
        yield Draft(clean, other, {"labels": 1 - count % 2})


@generator("toy-mood-story", version=2, needs_tokenizer=True)
def toy_mood_story(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
    """Two people of opposite tastes, and how one of them feels.

    Args:
        n: Who likes parties and who is asked about come in turn.

    Returns:
        Positions: `name1`, `verb1`, `verb2`, `sum1` (the comma of the first clause), `name2`, `verb3`, `verb4`, `sum2`; `query`, the name asked
        about; `sum`, that person's comma; `end`. Paired: `answers` and `wrong`, happy or sad; `corrupted`, tastes swapped; `labels` (1 = happy).

    Source:
        Tigges et al. 2023 (arXiv:2310.15154), ToyMoodStory: two clauses a person, then an invitation; wording and names are ours.
    """
    names, facts = uniform(vocabulary, NAMES, 2, "toy-mood-story")

    def drafts() -> Iterator[Draft]:
        for count in itertools.count():
            a, b = pick(names, generator, 2)
            second, first_likes = count % 2, count // 2 % 2 == 0
            template = _STORY.replace(f":sum{1 + second}}}", f":sum{1 + second}+sum}}")
            likes = dict(zip(("v1", "v2"), ("loves", "enjoys"), strict=True))
            hates = dict(zip(("v1", "v2"), ("hates", "avoids"), strict=True))
            people = {"a": a, "b": b, "asked": b if second else a}
            lines = []
            for swap in (False, True):
                one_, two = (likes, hates) if first_likes != swap else (hates, likes)
                words = {**people, **one_, "v3": two["v1"], "v4": two["v2"]}
                happy = (first_likes != swap) != bool(second)
                lines.append(fill(template, words, *((" happy", " sad") if happy else (" sad", " happy"))))
            yield Draft(lines[0], lines[1], facts={"labels": int(first_likes != bool(second))})

    return collect(vocabulary, n, drafts(), bos, "toy-mood-story", **facts)
