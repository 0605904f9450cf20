"""A run's verdict does not follow from its numbers, or a compared run says not with which claim or recipe.

`reproduced` and `verified-data`: every expected head lies within its tolerance, and every causal check is confirmed. `deviating` and
`failed`: a value lies outside, or a causal check is not confirmed. `found`: no causal check decides anything. `found` and `not-found`: the
heads listed are exactly those beyond the threshold. The result of a causal check follows from its own numbers, and it silences only
heads that were found and compares them only with others. So no claim can call itself reproduced without a run whose numbers say so.

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

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding
from headkb.catalog.schema import Run
from headkb.catalog.schema.run import after_causal
from headkb.catalog.source import Field

ID = "verdict-mismatch"
SEVERITY = "error"
WHY = "a verdict that the numbers do not carry is false"


Fault = tuple[Field, str, str]
"""The field at fault, what is wrong, how to fix it."""
AGAIN = "run it again with `headkb reproduce`"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per run whose verdict its numbers contradict."""
    for run in catalog.runs.values():
        if run.verdict != "invalidated":
            for field, message, fix in (*_subject(catalog, run), *_numbers(run), *_causal(run)):
                yield Finding("runs", run.id, field, message, fix)


def _subject(catalog: Catalog, run: Run) -> Iterator[Fault]:
    if run.recipe is None and run.claim is None:
        message = "the run names neither the recipe nor the claim that it tests."
        yield ("verdict",), message, "add `recipe: id` of the head type, or `claim: file/claim`"
    if run.recipe and run.head in catalog.heads:
        recipes = {r.id for r in catalog.heads[run.head].recipes}
        if run.recipe not in recipes:
            message = f"{run.head} has no recipe {run.recipe!r}."
            yield ("recipe",), message, f"use one of {', '.join(sorted(recipes)) or '(none)'}"


def _causal(run: Run) -> Iterator[Fault]:
    for index, outcome in enumerate(run.causal):
        drawn = outcome.decide()
        if outcome.result != drawn:
            message = f"the check {outcome.check.id} is called {outcome.result}, but its numbers say {drawn}."
            yield ("causal", index, "result"), message, AGAIN
        compared = {head for draw in outcome.draws for head in draw}
        if not set(outcome.heads) <= set(run.heads) or compared & set(run.heads):
            message = (
                f"the check {outcome.check.id} silences heads that were not found, or compares them with found ones."
            )
            yield ("causal", index, "heads"), message, AGAIN
    result = run.causal_result()
    verdict = after_causal("found", result)
    if run.verdict in ("found", "not-found") and verdict != "found":
        message = f"the verdict is {run.verdict}, but its causal checks are {result}."
        yield ("verdict",), message, f"write `verdict: {verdict}`"
    elif run.verdict in ("reproduced", "deviating", "failed") and not run.expected and run.verdict != verdict:
        message = (
            f"the verdict is {run.verdict}, but nothing was expected of a value and its causal checks are {result}."
        )
        yield ("verdict",), message, f"write `verdict: {verdict}`"


def _numbers(run: Run) -> Iterator[Fault]:
    outside = [
        f"{e.head} is {run.value_of(*e.head)}, expected {e.value} ± {e.tolerance}"
        for e in run.expected
        if not e.met_by(run.value_of(*e.head))
    ]
    result = run.causal_result()
    lowered = result in ("refuted", "opposite")
    if run.verdict in ("reproduced", "verified-data") and outside:
        message = f"the verdict is {run.verdict}, but {'; '.join(outside[:3])}."
        yield ("verdict",), message, "write `verdict: deviating` with its `cause`, or run it again"
    if run.verdict in ("reproduced", "verified-data") and run.expected and lowered:
        message = f"the verdict is {run.verdict}, but a causal check is {result}."
        yield ("verdict",), message, f"write `verdict: {after_causal('reproduced', result)}` with its `cause`"
    if run.verdict in ("deviating", "failed") and run.expected and not outside and not lowered:
        message = f"the verdict is {run.verdict}, but every expected value is met."
        yield ("verdict",), message, "write `verdict: reproduced`"
    if run.recipe and run.threshold is not None:
        beyond = run.beyond_threshold()
        if set(beyond) != set(run.heads):
            message = f"`heads` has {len(run.heads)} heads, but {len(beyond)} lie beyond the threshold."
            yield ("heads",), message, AGAIN
