"""Sentiment: a film review and a story about two people's moods, each with its opposite of the same length."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import fill, one, pick, singles, uniform
from headkb.prompts.lists import DISLIKED, LIKED, NAMES, NEGATIVE, POSITIVE
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

_REVIEW = "I thought this movie was {adj:adj}, I {verb:verb} it. Conclusion: This {=movie:sum} is"
_STORY = (
    "{a:name1} {v1:verb1} parties{=,:sum1} and {v2:verb2} every one of them. {b:name2} {v3:verb3} parties{=,:sum2} and {v4:verb4} every one "
    "of them. One day both were asked to a big party. {asked:query} feels very"
)


@generator("toy-movie-review", version=1, needs_tokenizer=True)
def toy_movie_review(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
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

    def drafts() -> Iterator[Draft]:
        count = 0
        while True:
            good = {"adj": one(positive, generator), "verb": one(liked, generator)}
            bad = {"adj": one(negative, generator), "verb": one(disliked, generator)}
            praised, damned = fill(_REVIEW, good, " great", " terrible"), fill(_REVIEW, bad, " terrible", " great")
            clean, other = (praised, damned) if count % 2 == 0 else (damned, praised)
            yield Draft(clean, other, {"labels": 1 - count % 2})
            count += 1

    return collect(vocabulary, n, drafts(), bos, "toy-movie-review")


@generator("toy-mood-story", version=1, needs_tokenizer=True)
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
        count = 0
        while True:
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
            count += 1

    return collect(vocabulary, n, drafts(), bos, "toy-mood-story", **facts)
