"""A record names a score, prompt generator or parameter that headkb does not have.

Recipes, runs, measures and benchmarks name code by its id; recipes also pass keywords to it. Every score has a record in `scores/`.

Bad:

    recipes: [{id: default, score: inductoin, prompts: repeated-random-tokens, parameters: {lenght: 25}, …}]

Good:

    recipes: [{id: default, score: induction, prompts: repeated-random-tokens, parameters: {period: 25}, …}]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding
from headkb.catalog.schema import Kind
from headkb.catalog.source import Field
from headkb.catalog.vocabulary import GENERATORS, SET_PARAMETERS

ID = "unknown-code-name"
SEVERITY = "error"
WHY = "the recipe could not run"

Named = tuple[Kind, str, Field, str, Collection[str], str]


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per name that no code answers to."""
    for kind, record_id, field, name, known, what in _named(catalog):
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            fix = (
                f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(sorted(known)) or '(it takes none)'}"
            )
            yield Finding(kind, record_id, field, f"headkb has no {what} {name!r}.", fix)


def _named(catalog: Catalog) -> Iterator[Named]:
    scores = catalog.scores
    for head in catalog.heads.values():
        for index, recipe in enumerate(head.recipes):
            at: Field = ("recipes", index)
            yield "heads", head.id, (*at, "score"), recipe.score, scores, "score"
            yield "heads", head.id, (*at, "prompts"), recipe.prompts, GENERATORS, "prompt generator"
            takes = GENERATORS.get(recipe.prompts, frozenset(recipe.parameters)) | SET_PARAMETERS
            for key in recipe.parameters:
                yield (
                    "heads",
                    head.id,
                    (*at, "parameters", "", key),
                    key,
                    takes,
                    f"parameter of {recipe.prompts} called",
                )
            for key in recipe.score_parameters:
                record = scores.get(recipe.score)
                known = [n for n, p in record.parameters.items() if p.recipes] if record else recipe.score_parameters
                yield (
                    "heads",
                    head.id,
                    (*at, "score_parameters", "", key),
                    key,
                    known,
                    f"parameter of {recipe.score} called",
                )
        for index, test in enumerate(head.ablation.checks if head.ablation else ()):
            at = ("ablation", "checks", index)
            yield "heads", head.id, (*at, "prompts"), test.prompts, GENERATORS, "prompt generator"
            takes = GENERATORS.get(test.prompts, frozenset(test.parameters)) | {"n"}
            for key in test.parameters:
                what = f"parameter of {test.prompts} called"
                yield "heads", head.id, (*at, "parameters", "", key), key, takes, what
    for file in catalog.claims.values():
        for key, measure in file.measures.items():
            if measure.score:
                yield "claims", file.id, ("measures", key, "score"), measure.score, scores, "score"
            if measure.prompts:
                yield "claims", file.id, ("measures", key, "prompts"), measure.prompts, GENERATORS, "prompt generator"
    for benchmark in catalog.benchmarks.values():
        if benchmark.generator:
            yield "benchmarks", benchmark.id, ("generator",), benchmark.generator, GENERATORS, "prompt generator"
    for run in catalog.runs.values():
        yield "runs", run.id, ("score",), run.score, scores, "score"
        if run.prompts.generator:
            yield "runs", run.id, ("prompts", "generator"), run.prompts.generator, GENERATORS, "prompt generator"
