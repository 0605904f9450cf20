"""The comparisons with published numbers, on published patterns: which claim, which score, which data, how close."""

from __future__ import annotations

from headkb.catalog.schema import Run
from headkb.site.document import Heading, Node, Prose, Row, Table
from headkb.site.evidence import badge
from headkb.site.parts import Context, as_json, ref

INTRODUCTION = (
    "headkb’s scores applied to attention patterns and eigenvalues that others published, against the numbers that the same source printed. "
    "One row is one claim on one published array; “heads” counts the single values compared."
)


def verified_section(context: Context) -> list[Node]:
    """One row per run on published data, those that were met first; empty if there is none."""
    runs = [r for r in context.catalog.runs.values() if r.model_source == "published-data" and r.claim]
    if not runs:
        return []
    met = [run for run in runs if run.verdict == "verified-data"]
    values = sum(len(run.expected) for run in met)
    rows = [_row(context, run) for run in sorted(runs, key=lambda r: (r.verdict != "verified-data", r.id))]
    counted = (
        f"{len(met)} comparisons are met, {values} values in all; {len(runs) - len(met)} are not, each with its cause."
    )
    columns = ("Claim", "Score", "Published data", "Heads", "Largest difference", "Tolerance", "Run")
    return [
        Heading("Verified on published numbers", "verified"),
        Prose(f"{INTRODUCTION} {counted}"),
        Table(columns, tuple(rows)),
    ]


def _row(context: Context, run: Run) -> Row:
    parameters = "".join(f", {key}={as_json(value)}" for key, value in run.score_parameters.items())
    return Row(
        (
            ref("claims", run.claim or ""),
            f"`{run.score}`{parameters}",
            f"`{run.prompts.data}`",
            str(len(run.expected)),
            f"{largest_difference(run):.1e}",
            f"{max(e.tolerance for e in run.expected):g}",
            (badge(run.verdict), " ", ref("runs", run.id, run.date)),
        )
    )


def largest_difference(run: Run) -> float:
    """How far the worst of the run's values lies from what was expected; infinite where one was not measured."""
    worst = 0.0
    for expected in run.expected:
        value = run.value_of(*expected.head)
        worst = max(worst, float("inf") if value is None else abs(value - expected.value))
    return worst
