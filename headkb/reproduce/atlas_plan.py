"""Which columns an atlas has: scores, on which prompts, and how many of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog import Catalog
from headkb.models import LoadedModel
from headkb.scores import SCORES, get_score

TEXT, SENTENCES = "english-paragraphs", "english-sentences"
"""The ordinary text: paragraphs, and single sentences where punctuation is marked."""
COUNTS: Mapping[str, int] = {TEXT: 10, SENTENCES: 40}
"""Prompts of these generators; the paragraphs are few, because every head is ablated on each of them."""
COUNT = 16
"""Prompts of every other generator."""


@dataclass(frozen=True)
class Wanted:
    """One column to be measured.

    Attributes:
        id: Its name in the table.
        score: Id of the score.
        generator: Prompts; None for a score that reads weights alone.
        parameters: Of the score, where not the defaults.
        unit: Where the parameters give another than the score's record says.
    """

    id: str
    score: str
    generator: str | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    unit: str | None = None


IN_TEXT = (
    Wanted("previous-token-in-text", "previous-token", SENTENCES),
    Wanted("duplicate-token-in-text", "duplicate-token", TEXT),
    Wanted("induction-in-text", "induction", TEXT),
    Wanted("punctuation-in-text", "attention-to-delimiter", SENTENCES, {"positions": "punctuation"}),
)
"""Pattern scores whose default prompts are made up, on ordinary text."""
WHOLE_MODEL = (
    Wanted("ov-copying", "ov-copying", None),
    Wanted("direct-logit-attribution", "direct-logit-attribution", "ioi"),
    Wanted("mean-ablation", "mean-ablation", TEXT, {"metric": "loss"}, "nats"),
)
"""What a head writes, and what breaks without it; the slowest last."""


def wanted_columns(catalog: Catalog, loaded: LoadedModel) -> list[Wanted]:
    """Every column of a model's atlas: all pattern scores of the catalog on their own prompts, some on ordinary text, and three more.

    A model that reads no tokens gets noise as prompts, and there is no ordinary text for it.
    """
    noise = loaded.passport.stack().positions is not None
    of_patterns = [s for _, s in sorted(SCORES.items()) if s.reads == "pattern" and s.id in catalog.scores]
    columns = [Wanted(score.id, score.id, "noise-inputs" if noise else score.prompts) for score in of_patterns]
    return [*columns, *(() if noise else IN_TEXT), *WHOLE_MODEL]


def count_of(generator: str) -> int:
    """How many prompts of a generator an atlas reads."""
    return COUNTS.get(generator, COUNT)


def reads_pattern(wanted: Wanted) -> bool:
    """Whether the column is read from patterns, so that it can share a pass with others."""
    return get_score(wanted.score).reads == "pattern"
