"""A recipe says which side of its threshold counts though its score has a direction, or does not say it where the score has none.

The record of a score holds its direction: `more`, `less`, or `size`, where heads of either sign are meant. With the first two the
score decides on which side of the threshold a head counts, and a recipe that said so, too, could contradict it. With `size` the recipe
says which sign it means, in `higher_is`.

Bad (the direction of `cmr-distance` is `less`, that of `path-patching` is `size`):

    recipes:
      - {id: distance, score: cmr-distance, threshold: 0.5, higher_is: more, …}
      - {id: direct-effect, score: path-patching, threshold: -0.1, …}

Good:

    recipes:
      - {id: distance, score: cmr-distance, threshold: 0.5, …}
      - {id: direct-effect, score: path-patching, threshold: -0.1, higher_is: less, …}
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "the heads on the wrong side of the threshold would be called the ones that were looked for"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per recipe that says too much or too little; a score that does not exist is a dangling reference."""
    for head in catalog.heads.values():
        for index, recipe in enumerate(head.recipes):
            score, side = catalog.scores.get(recipe.score), recipe.higher_is
            if score is None:
                continue
            if score.direction == "size" and side is None:
                message = f"the direction of {score.id} is size: heads of either sign, and the recipe does not say which it means."
                yield Finding(
                    head,
                    ("recipes", index, "score"),
                    message,
                    "write `higher_is: more`, or `higher_is: less` for values at or below the threshold",
                )
            elif score.direction != "size" and side is not None:
                does = "repeats" if side == score.direction else "contradicts"
                message = f"`higher_is: {side}` {does} the direction of {score.id}, which is {score.direction}."
                fix = f"delete `higher_is`; if {score.id} is meant to have heads on both sides, argue it in scores/{score.id}.yaml"
                yield Finding(head, ("recipes", index, "higher_is"), message, fix)
