"""A record names a prompt generator, or a parameter of a generator or score, that headkb does not have, or gives one a value it does not take.

Recipes, runs, measures and benchmarks name generators by their ids; recipes also pass keywords to them and to their score.

Bad:

    recipes: [{id: default, score: induction, prompts: repeated-random-tokens, parameters: {lenght: 25}, …}]

Good:

    recipes: [{id: default, score: induction, prompts: repeated-random-tokens, parameters: {period: 25}, …}]
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from headkb.catalog import Catalog, code
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Record
from headkb.catalog.source import Field
from headkb.errors import HeadkbError
from headkb.keywords import COUNTS, Keyword, value_of

WHY = "the recipe could not run"

NOT_IN_RECORDS = frozenset({"file"})
"""Keywords that name a file of whoever calls."""

Use = tuple[Record, Field, str, Collection[str], str]


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per name that no code has."""
    for record, field, name, known, what in _uses(catalog):
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            fix = (
                f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(sorted(known)) or '(it takes none)'}"
            )
            yield Finding(record, field, f"headkb has no {what} {name!r}.", fix)
    for record, field, what, keyword, value in _values(catalog):
        try:
            value_of(what, keyword, value)
        except HeadkbError as error:
            wrong, _, fix = str(error).partition(". ")
            yield Finding(record, field, f"{wrong}.", fix[:1].lower() + fix[1:].rstrip("."))


def _uses(catalog: Catalog) -> Iterator[Use]:
    generators = code.generators()
    for head in catalog.heads.values():
        for index, recipe in enumerate(head.recipes):
            at: Field = ("recipes", index)
            yield head, (*at, "prompts"), recipe.prompts, generators, "prompt generator"
            takes = _keywords(recipe.prompts, recipe.parameters) | COUNTS.keys()
            for key in recipe.parameters:
                yield (head, (*at, "parameters", "", key), key, takes, f"parameter of {recipe.prompts} called")
            for key in recipe.score_parameters:
                score = catalog.scores.get(recipe.score)
                known = [n for n, p in score.parameters.items() if p.recipes] if score else recipe.score_parameters
                yield (head, (*at, "score_parameters", "", key), key, known, f"parameter of {recipe.score} called")
        for index, test in enumerate(head.ablation.checks if head.ablation else ()):
            at = ("ablation", "checks", index)
            yield head, (*at, "prompts"), test.prompts, generators, "prompt generator"
            takes = _keywords(test.prompts, test.parameters) | {"n"}
            for key in test.parameters:
                what = f"parameter of {test.prompts} called"
                yield head, (*at, "parameters", "", key), key, takes, what
    for file in catalog.claims.values():
        for key, measure in file.measures.items():
            if measure.prompts:
                yield file, ("measures", key, "prompts"), measure.prompts, generators, "prompt generator"
                takes = _keywords(measure.prompts, measure.parameters) | COUNTS.keys()
                for name in measure.parameters:
                    what = f"parameter of {measure.prompts} called"
                    yield file, ("measures", key, "parameters", "", name), name, takes, what
            if made := code.scores().get(measure.score or ""):
                for name in measure.score_parameters:
                    what = f"parameter of {made.id} called"
                    yield file, ("measures", key, "score_parameters", "", name), name, made.keywords, what
    for benchmark in catalog.benchmarks.values():
        if benchmark.generator:
            yield benchmark, ("generator",), benchmark.generator, generators, "prompt generator"
    for run in catalog.runs.values():
        if run.prompts.generator:
            yield run, ("prompts", "generator"), run.prompts.generator, generators, "prompt generator"


def _values(catalog: Catalog) -> Iterator[tuple[Record, Field, str, Keyword, object]]:
    """Every value that a recipe or causal check passes to a keyword that there is."""
    uses: list[tuple[Record, Field, code.CodeEntry | None, Mapping[str, object]]] = []
    for head in catalog.heads.values():
        for index, recipe in enumerate(head.recipes):
            at: Field = ("recipes", index)
            uses.append((head, (*at, "parameters"), code.generators().get(recipe.prompts), recipe.parameters))
            uses.append((head, (*at, "score_parameters"), code.scores().get(recipe.score), recipe.score_parameters))
        for index, test in enumerate(head.ablation.checks if head.ablation else ()):
            at = ("ablation", "checks", index, "parameters")
            uses.append((head, at, code.generators().get(test.prompts), test.parameters))
    for file in catalog.claims.values():
        for name, measure in file.measures.items():
            at = ("measures", name)
            uses.append((file, (*at, "parameters"), code.generators().get(measure.prompts or ""), measure.parameters))
            uses.append(
                (file, (*at, "score_parameters"), code.scores().get(measure.score or ""), measure.score_parameters)
            )
    for record, field, entry, values in uses:
        for key, value in values.items() if entry else ():
            known = {
                **(COUNTS if entry and entry.decorator == "generator" else {}),
                **(entry.keywords if entry else {}),
            }
            if entry and key in known:
                yield record, (*field, key), f"{key} of {entry.id}", known[key], value


def _keywords(name: str, parameters: Collection[str]) -> frozenset[str]:
    """What a generator takes; of one that is unknown, which is a finding of its own, whatever it was passed."""
    entry = code.generators().get(name)
    return frozenset(entry.keywords if entry else parameters) - NOT_IN_RECORDS
