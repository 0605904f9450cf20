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
from headkb.catalog.schema import HeadIndex, Run
from headkb.catalog.schema.run import after_causal
from headkb.catalog.source import Field

SEVERITY = "error"
WHY = "a verdict that the numbers do not carry is false"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per run whose verdict its numbers contradict."""
    for run in catalog.runs.values():
        if run.verdict == "invalidated":
            continue
        if run.recipe is None and run.claim is None:
            yield Finding(
                run,
                ("verdict",),
                "the run names neither the recipe nor the claim that it tests.",
                "add `recipe: id` of the head type, or `claim: file/claim`",
            )
        recipes = {r.id for r in catalog.heads[run.head].recipes} if run.head in catalog.heads else set()
        if run.recipe and run.head in catalog.heads and run.recipe not in recipes:
            yield Finding(
                run,
                ("recipe",),
                f"{run.head} has no recipe {run.recipe!r}.",
                f"use one of {', '.join(sorted(recipes)) or '(none)'}",
            )
        yield from _numbers(run)
        yield from _causal(run)


def _causal(run: Run) -> Iterator[Finding]:
    for index, outcome in enumerate(run.causal):
        at: Field = ("causal", index, "result")
        drawn = outcome.decide()
        if outcome.result != drawn:
            yield Finding(
                run,
                at,
                f"the check {outcome.check.id} is called {outcome.result}, but its numbers say {drawn}.",
                "run it again with `headkb reproduce`",
            )
        compared = {head for draw in outcome.draws for head in draw}
        if not set(outcome.heads) <= set(run.heads) or compared & set(run.heads):
            yield Finding(
                run,
                ("causal", index, "heads"),
                f"the check {outcome.check.id} silences heads that were not found, or compares them with found ones.",
                "run it again with `headkb reproduce`",
            )
    result = run.causal_result()
    drawn_verdict = after_causal("found", result)
    if run.verdict in ("found", "not-found") and drawn_verdict != "found":
        yield Finding(
            run,
            ("verdict",),
            f"the verdict is {run.verdict}, but its causal checks are {result}.",
            f"write `verdict: {drawn_verdict}`",
        )
    elif run.verdict in ("reproduced", "deviating", "failed") and not run.expected and run.verdict != drawn_verdict:
        yield Finding(
            run,
            ("verdict",),
            f"the verdict is {run.verdict}, but nothing was expected of a value and its causal checks are {result}.",
            f"write `verdict: {drawn_verdict}`",
        )


def _numbers(run: Run) -> Iterator[Finding]:
    outside = []
    for expected in run.expected:
        if run.distance(expected) > expected.tolerance:
            value = run.value_of(*HeadIndex.of(expected.head))
            outside.append(f"{expected.head} is {value}, expected {expected.value} ± {expected.tolerance}")
    if run.verdict in ("reproduced", "verified-data") and outside:
        yield Finding(
            run,
            ("verdict",),
            f"the verdict is {run.verdict}, but {'; '.join(outside[:3])}.",
            "write `verdict: deviating` with its `cause`, or run it again",
        )
    lowered = run.causal_result() in ("refuted", "opposite")
    if run.verdict in ("reproduced", "verified-data") and run.expected and lowered:
        yield Finding(
            run,
            ("verdict",),
            f"the verdict is {run.verdict}, but a causal check is {run.causal_result()}.",
            f"write `verdict: {after_causal('reproduced', run.causal_result())}` with its `cause`",
        )
    if run.verdict in ("deviating", "failed") and run.expected and not outside and not lowered:
        yield Finding(
            run,
            ("verdict",),
            f"the verdict is {run.verdict}, but every expected value is met.",
            "write `verdict: reproduced`",
        )
    if run.recipe and run.threshold is not None:
        beyond = set(run.beyond_threshold())
        if beyond != set(run.heads):
            yield Finding(
                run,
                ("heads",),
                f"`heads` has {len(run.heads)} heads, but {len(beyond)} lie beyond the threshold.",
                "run it again with `headkb reproduce`",
            )
