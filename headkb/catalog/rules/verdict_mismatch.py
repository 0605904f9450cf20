"""A run's verdict does not follow from its numbers, or a run does not name the claim or recipe that it tests.

`reproduced` and `verified-data`: every expected value is within its tolerance, and every causal check is confirmed. `deviating` and
`failed`: a value is outside, or a causal check is not confirmed. A comparison with a whole published table follows from the values and
the table, and is judged by the thresholds that its claim states; without one the run is `compared`. `found`: no causal check decides anything. `found` and `not-found`: the
heads listed are exactly those beyond the threshold. The result of a causal check follows from its own numbers; it silences only heads
that were found and compares them only with others. So no claim can be called reproduced without a run whose numbers say so.

A claim is rerun on the model that it is about. A quantised copy of that model can meet it and cannot put it off; such a run says `copy_of`.

Bad:

    expected: [{head: L0H0, value: 1.0, tolerance: 0.01, …}]
    values: [[0.5]]
    verdict: reproduced

Good:

    verdict: deviating
    cause: …
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog, CatalogError
from headkb.catalog.comparison import compare_with_table
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Run
from headkb.catalog.schema.run import after_causal
from headkb.catalog.source import Field

WHY = "a verdict that the numbers do not support is false"


Fault = tuple[Field, str, str]  # field, message, fix
RERUN = "run it again with `headkb reproduce`"
VERDICT: Field = ("verdict",)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per run whose verdict its numbers contradict."""
    for run in catalog.runs.values():
        if run.verdict != "invalidated":
            for field, message, fix in (
                *_subject(catalog, run),
                *_numbers(run),
                *_causal(run),
                *_against_table(catalog, run),
            ):
                yield Finding(run, field, message, fix)


def _subject(catalog: Catalog, run: Run) -> Iterator[Fault]:
    if run.recipe is None and run.claim is None:
        message = "the run names neither the recipe nor the claim that it tests."
        yield VERDICT, message, "add `recipe: id` of the head type, or `claim: file/claim`"
    if run.recipe and run.head in catalog.heads:
        recipes = {recipe.id for recipe in catalog.heads[run.head].recipes}
        if run.recipe not in recipes:
            fix = f"use one of {', '.join(sorted(recipes)) or '(none)'}"
            yield ("recipe",), f"{run.head} has no recipe {run.recipe!r}.", fix
    about, copied = catalog.statements.get(run.claim or ""), catalog.models.get(run.model)
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
    for index, outcome in enumerate(run.causal):
        check_id, numbers_say = outcome.check.id, outcome.decide()
        if outcome.result != numbers_say:
            message = f"the check {check_id} is called {outcome.result}, but its numbers say {numbers_say}."
            yield ("causal", index, "result"), message, RERUN
        others = {head for draw in outcome.draws for head in draw}
        if not set(outcome.heads) <= set(run.heads) or others & set(run.heads):
            message = f"the check {check_id} silences heads that were not found, or compares them with found ones."
            yield ("causal", index, "heads"), message, RERUN
    result = run.causal_result()
    verdict = after_causal("found", result)
    fix = f"write `verdict: {verdict}`"
    if run.verdict in ("found", "not-found") and verdict != "found":
        yield VERDICT, f"the verdict is {run.verdict}, but its causal checks are {result}.", fix
    elif (
        run.verdict in ("reproduced", "deviating", "failed")
        and not (run.expected or run.table)
        and run.verdict != verdict
    ):
        reason = f"nothing was expected of a value and its causal checks are {result}"
        yield VERDICT, f"the verdict is {run.verdict}, but {reason}.", fix


def _against_table(catalog: Catalog, run: Run) -> Iterator[Fault]:
    if run.table is None:
        return
    statement = catalog.statements.get(run.claim or "")
    if statement is None or statement.claim.table is None:
        yield ("table",), "the run is held against a table, but its claim gives none.", RERUN
        return
    try:
        again = compare_with_table(catalog, statement, run.scores())
    except CatalogError:
        return  # the rule bad-table says what is wrong with the file
    kept = {"tolerance": run.table.tolerance, "least_rank_correlation": run.table.least_rank_correlation}
    if again is None or again.model_dump() | kept != run.table.model_dump():
        says = "no head in common" if again is None else again.text()
        yield ("table",), f"the run says {run.table.text()}; its values and the table say {says}.", RERUN


def _numbers(run: Run) -> Iterator[Fault]:
    outside = [
        f"{e.head} is {run.value_of(*e.head)}, expected {e.value} ± {e.tolerance}"
        for e in run.expected
        if not e.met_by(run.value_of(*e.head))
    ]
    if run.table is not None and run.table.met() is False:
        outside.append(run.table.text())
    met, result = run.verdict in ("reproduced", "verified-data"), run.causal_result()
    lowered = result in ("refuted", "opposite")
    start = f"the verdict is {run.verdict}, but"
    if met and outside:
        fix = "write `verdict: deviating` with its `cause`, or run it again"
        yield VERDICT, f"{start} {'; '.join(outside[:3])}.", fix
    asked = bool(run.expected or run.table)
    if met and run.expected and lowered:
        fix = f"write `verdict: {after_causal('reproduced', result)}` with its `cause`"
        yield VERDICT, f"{start} a causal check is {result}.", fix
    if run.verdict in ("deviating", "failed") and asked and not outside and not lowered:
        yield VERDICT, f"{start} every expected value is met.", "write `verdict: reproduced`"
    if run.recipe and run.threshold is not None:
        beyond = set(run.beyond_threshold())
        if beyond != set(run.heads):
            message = f"`heads` has {len(run.heads)} heads, but {len(beyond)} lie beyond the threshold."
            yield ("heads",), message, RERUN
