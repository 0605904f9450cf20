"""The comparisons with published numbers, on published patterns: which claim, which score, which data, how close."""

from __future__ import annotations

from headkb.catalog.schema import Run, parse_head
from headkb.site.compose import section, table_of
from headkb.site.document import Element, Prose
from headkb.site.evidence import badge
from headkb.site.parts import Context, keywords, ref

INTRODUCTION = (
    "headkb’s scores applied to attention patterns and eigenvalues that others published, against the numbers that the same source printed. "
    "One row is one claim on one published array; “heads” counts the single values compared."
)


def verified_section(context: Context) -> list[Element]:
    """One row per run on published data, those that were met first; empty if there is none."""
    runs = [r for r in context.catalog.runs.values() if r.model_source == "published-data" and r.claim]
    if not runs:
        return []
    met = [run for run in runs if run.verdict == "verified-data"]
    values = sum(len(run.expected) for run in met)
    counts = (
        f"{len(met)} comparisons are met, {values} values in all; {len(runs) - len(met)} are not, each with its cause."
    )
    table = table_of(
        sorted(runs, key=lambda r: (r.verdict != "verified-data", r.id)),
        {
            "Claim": lambda r: ref("claims", r.claim or ""),
            "Score": lambda r: f"`{r.score}`{keywords(r.score_parameters)}",
            "Published data": lambda r: f"`{r.prompts.data}`",
            "Heads": lambda r: str(len(r.expected)),
            "Largest difference": lambda r: f"{largest_difference(r):.1e}",
            "Tolerance": lambda r: f"{max(e.tolerance for e in r.expected):g}",
            "Run": lambda r: (badge(r.verdict), " ", ref("runs", r.id, r.date)),
        },
    )
    return section("Verified on published numbers", "verified", [Prose(f"{INTRODUCTION} {counts}"), table])


def largest_difference(run: Run) -> float:
    """How far the worst of the run's values lies from what was expected; infinite where one was not measured."""
    worst = 0.0
    for expected in run.expected:
        head = parse_head(expected.head)
        value = run.value_of(*head) if head else None
        worst = max(worst, float("inf") if value is None else abs(value - expected.value))
    return worst
