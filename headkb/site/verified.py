"""The comparisons with published numbers, on published patterns: which claim, which score, which data, how close."""

from __future__ import annotations

from headkb.site.compose import section, table_of
from headkb.site.document import Element, Prose
from headkb.site.evidence import badge
from headkb.site.parts import Context, keywords, ref, score_ref

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
            "Score": lambda r: (score_ref(r.score), keywords(r.score_parameters)),
            "Published data": lambda r: f"`{r.prompts.data}`",
            "Heads": lambda r: str(len(r.expected)),
            "Largest difference": lambda r: f"{max(r.distance(e) for e in r.expected):.1e}",
            "Tolerance": lambda r: f"{max(e.tolerance for e in r.expected):g}",
            "Run": lambda r: (badge(r.verdict), " ", ref("runs", r.id, r.date)),
        },
    )
    return section("Verified on published numbers", "verified", [Prose(f"{INTRODUCTION} {counts}"), table])
