"""A run's parts do not follow from its numbers, or a run does not fit the claim or recipe that it tests.

What a run says, `showing` or `standing`, is worked out from its numbers and written nowhere. What is written must follow from them: the
heads listed are exactly those beyond the threshold; the result of a causal check is that of its own numbers, and it silences only heads that
were found and compares them only with others; a comparison with a whole published table is that of the values and the table; and what a run
is held against is what its claim states, with the claim's own tolerance.

A claim is rerun on the model that it is about. A quantised copy of that model can meet it and cannot put it off; such a run says `copy_of`.

Bad:

    values: [[0.5, 0.1]]
    threshold: 0.4
    heads: [L0H1]

Good:

    values: [[0.5, 0.1]]
    threshold: 0.4
    heads: [L0H0]
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

from headkb.catalog import Catalog, CatalogError
from headkb.catalog.comparison import compare_with_table
from headkb.catalog.kinds import Kind
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Run
from headkb.catalog.source import Field

WHY = "what the numbers do not support is false"


Fault = tuple[Field, str, str]  # field, message, fix
RERUN = "run it again with `headkb reproduce`"
SAME = 0.1
"""How far what a run expects may lie from what the claim says, in tolerances: records round less than sources do."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding for each part of a run that its numbers contradict."""
    for run in catalog.runs.values():
        if run.invalidation is None and not _rests_on_refused(catalog, run):
            for field, message, fix in (
                *_subject(catalog, run),
                *_numbers(run),
                *_causal(run),
                *_against_values(catalog, run),
                *_against_table(catalog, run),
            ):
                yield Finding(run, field, message, fix)


def _rests_on_refused(catalog: Catalog, run: Run) -> bool:
    """Whether its claim, its model, or the score of the claim's measure stands in a file that was refused."""
    about = catalog.evidence.statement_of(run)
    score = about.measure.score if about and about.measure else None
    named: list[tuple[Kind, str | None]] = [("claims", run.claim), ("models", run.model), ("scores", score)]
    return any(name is not None and catalog.refusal(kind, name) is not None for kind, name in named)


def _subject(catalog: Catalog, run: Run) -> Iterator[Fault]:
    if run.recipe and run.head in catalog.heads:
        recipes = {recipe.id for recipe in catalog.heads[run.head].recipes}
        if run.recipe not in recipes:
            fix = f"use one of {', '.join(sorted(recipes)) or '(none)'}"
            yield ("recipe",), f"{run.head} has no recipe {run.recipe!r}.", fix
    about, copied = catalog.evidence.statement_of(run), catalog.models.get(run.model)
    if about is not None and run.model != about.claim.model:
        model = about.claim.model
        if copied is None or copied.quantisation_of != model:
            message = f"the claim is about {model}, and {run.model} is neither that nor a quantised copy of it."
            yield ("model",), message, f"run it on {model}, or write `quantisation_of: {model}` into the copy's record"
        elif run.copy_of != model:
            message = f"{run.model} is a quantised copy of {model}, and the run does not say so."
            yield ("model",), message, f"write `copy_of: {model}`"
    elif run.copy_of is not None:
        yield ("copy_of",), f"{run.model} is the claim's own model, or there is no claim.", "delete `copy_of`"


def _causal(run: Run) -> Iterator[Fault]:
    made = {"causal": run.causal, "joint": run.joint}
    for key, index, outcome in [(key, i, outcome) for key, some in made.items() for i, outcome in enumerate(some)]:
        check_id, numbers_say = outcome.check.id, outcome.decide()
        if outcome.result != numbers_say:
            message = f"the check {check_id} is called {outcome.result}, but its numbers say {numbers_say}."
            yield (key, index, "result"), message, RERUN
        others = {head for draw in outcome.draws for head in draw}
        # A joint check may compare with heads that pass one of the type's recipes, for those do not pass all of them.
        found = set(run.heads if key == "causal" else outcome.heads)
        if not set(outcome.heads) <= set(run.heads) or others & found:
            message = f"the check {check_id} silences heads that were not found, or compares them with found ones."
            yield (key, index, "heads"), message, RERUN


def _against_values(catalog: Catalog, run: Run) -> Iterator[Fault]:
    statement = catalog.evidence.statement_of(run)
    if statement is None or statement.measure is None:
        return
    claim, factor = statement.claim, statement.measure.factor
    own, file = claim.source_inputs, run.prompts.file
    allowed = own.tolerance if own and file and file.sha256 == own.sha256 else claim.tolerance
    for index, expected in enumerate(run.expected):
        said = claim.values.get(expected.head)
        if said is None or abs(said - factor * expected.value) > abs(factor) * expected.tolerance * SAME:
            claimed = "nothing of it" if said is None else f"{said:g}"
            message = f"the run expects {factor * expected.value:g} of {expected.head}, but the claim says {claimed}."
            yield ("expected", index, "value"), message, RERUN
        elif allowed is None or not isclose(allowed, abs(factor) * expected.tolerance):
            message = f"the run allows {abs(factor) * expected.tolerance:g} at {expected.head}, which its claim does not state."
            yield ("expected", index, "tolerance"), message, RERUN


def _against_table(catalog: Catalog, run: Run) -> Iterator[Fault]:
    if run.table is None:
        return
    statement = catalog.evidence.statement_of(run)
    if statement is None or statement.claim.table is None:
        yield ("table",), "the run is held against a table, but its claim gives none.", RERUN
        return
    try:
        again = compare_with_table(catalog, statement, run.scores())
    except CatalogError:
        return  # the rule bad-table says what is wrong with the file
    if again != run.table:
        says = "no head in common" if again is None else again.text()
        yield ("table",), f"the run says {run.table.text()}; its values and the table say {says}.", RERUN


def _numbers(run: Run) -> Iterator[Fault]:
    if run.recipe and run.threshold is not None:
        beyond = set(run.beyond_threshold())
        if beyond != set(run.heads):
            message = f"`heads` has {len(run.heads)} heads, but {len(beyond)} lie beyond the threshold."
            yield ("heads",), message, RERUN
