"""The threshold of a recipe lies where its score never goes, or where it always is.

The record of a score states the range that it has with its default parameters. A recipe that sets none of them needs a threshold inside it; one at
the lowest value of a score that counts upwards is passed by every head.

Bad (attention shares lie between 0 and 1):

    recipes: [{id: default, score: previous-token, threshold: 40, …}]

Good:

    recipes: [{id: default, score: previous-token, threshold: 0.4, …}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import ScoreRecord
from headkb.catalog.schema.head import Recipe

WHY = "the recipe would find no head in any model, or every head in all of them"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per recipe that decides nothing; a score that does not exist is a dangling reference."""
    for head in catalog.heads.values():
        for index, recipe in enumerate(head.recipes):
            score = catalog.scores.get(recipe.score)
            if score is not None and not recipe.score_parameters and not _decides(recipe, score):
                message = f"{recipe.threshold:g} parts no heads: {score.id} has values from {score.range.brief()}."
                fix = "write a threshold inside this range, in the unit of the score"
                yield Finding(head, ("recipes", index, "threshold"), message, fix)


def _decides(recipe: Recipe, score: ScoreRecord) -> bool:
    """Whether there can be heads on both sides of the threshold."""
    least, most, at = score.range.least, score.range.most, recipe.threshold
    downwards = (recipe.higher_is or score.direction) == "less"
    above_least = least is None or (at >= least if downwards else at > least)
    below_most = most is None or (at < most if downwards else at <= most)
    return above_least and below_most
