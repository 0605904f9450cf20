"""Two recipes of a head type are the same detection.

Score, prompts, the parameters of both and the side that counts make a recipe. Two that differ in their threshold alone measure one thing twice; another
threshold, or what the sources say about it, goes into the `note`.

Bad:

    recipes:
      - {id: default, score: induction, prompts: repeated-random-tokens, threshold: 0.4, …}
      - {id: strict, score: induction, prompts: repeated-random-tokens, threshold: 0.6, …}

Good: keep one recipe, and name the other threshold in its `note`.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "one measurement would count as two pieces of evidence, and every rerun would make it twice"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per recipe that an earlier one of the type repeats."""
    for head in catalog.heads.values():
        first: dict[object, str] = {}
        for index, recipe in enumerate(head.recipes):
            given = (sorted(recipe.parameters.items()), sorted(recipe.score_parameters.items()))
            key = (recipe.score, recipe.prompts, repr(given), recipe.higher_is)
            if key in first:
                message = f"it measures what the recipe {first[key]!r} measures."
                yield Finding(head, ("recipes", index), message, "keep one, and say the rest in its `note`")
            first.setdefault(key, recipe.id)
