"""Which side of a score a recipe, a published measure or a run means. The record of the score says it, and everything else follows from that."""

from __future__ import annotations

from collections.abc import Mapping

from headkb.catalog.schema import Run, ScoreRecord
from headkb.catalog.schema.claim import Measure
from headkb.catalog.schema.head import Recipe
from headkb.direction import Direction, Side, turned

Scores = Mapping[str, ScoreRecord]
"""The records of the scores, by id."""


def score_direction(scores: Scores, score_id: str) -> Direction:
    """What its record says; `more` for a score without one, such as that of a plug-in."""
    return scores[score_id].direction if score_id in scores else "more"


def recipe_side(scores: Scores, recipe: Recipe) -> Side:
    """The side of the threshold on which a head counts: the score's direction, or what the recipe says where that is `size`."""
    direction = score_direction(scores, recipe.score)
    return direction if direction != "size" else recipe.higher_is or "more"


def measure_direction(scores: Scores, measure: Measure) -> Direction:
    """The direction of its score in the sign of the measure; `size`, the distance from zero, where it names no score."""
    record = scores.get(measure.score or "")
    return turned(record.direction, measure.factor) if record else "size"


def run_direction(scores: Scores, run: Run) -> Direction:
    """The side of its threshold; without one, as in the run of a claim, the direction of its score."""
    return score_direction(scores, run.score) if run.threshold is None else run.higher_is
