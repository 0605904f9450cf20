"""Tables of runs, as several pages show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from headkb.catalog.schema import Run
from headkb.site.compose import section, table_of
from headkb.site.document import Element, Prose, Row, table
from headkb.site.evidence import badge
from headkb.site.parts import Context, bullets, keywords, ref, score_ref
from headkb.site.text import plain


def run_rows(context: Context, runs: Sequence[Run]) -> tuple[Row, ...]:
    """Rows of a table of runs, in the order given."""
    return tuple(
        Row(
            (
                ref("runs", run.id, run.date),
                badge(run.verdict),
                ref("heads", run.head),
                ref("models", run.model),
                score_ref(run.score),
                _first_heads(run) or "none",
                run.cause or "",
            ),
            {
                "verdict": run.verdict,
                "model": context.name("models", run.model),
                "head": context.name("heads", run.head),
                "score": context.name("scores", run.score),
                "year": run.date[:4],
            },
        )
        for run in runs
    )


def _first_heads(run: Run) -> str:
    more = f" and {len(run.heads) - 8} more" if len(run.heads) > 8 else ""
    return ", ".join(map(str, run.heads[:8])) + more


RUN_COLUMNS = ("Date", "Verdict", "Head type", "Model", "Score", "Heads found", "Cause")
MANY_RUNS = 6


def run_nodes(
    context: Context, runs: Sequence[Run], without: str, facet: str, name: str, most: int = MANY_RUNS
) -> list[Element]:
    """Runs of one head type, model or score, newest first; where they are many, those that found nothing are only counted.

    Args:
        context: The catalog and its links.
        runs: The runs, newest first.
        without: The column that would say the same in every row.
        facet: The filter of the list of all runs that leaves just these.
        name: Its value.
        most: How many are listed.
    """
    quiet = [r for r in runs if r.verdict == "not-found"] if len(runs) > MANY_RUNS else []
    listed = [r for r in runs if r not in quiet]
    first, hidden = listed[:most], len(listed[most:])
    columns = [i for i, column in enumerate(RUN_COLUMNS) if column != without]
    rows = tuple(Row(tuple(row.cells[i] for i in columns)) for row in run_rows(context, first))
    nodes: list[Element] = [table(tuple(RUN_COLUMNS[i] for i in columns), rows)] if rows else []
    if quiet:
        other = "model" if facet == "head" else "head"
        names = Counter(context.links.name(f"{other}s/{getattr(r, other)}") for r in quiet)
        where = ", ".join(f"{plain(n)}{f' ({k} runs)' if k > 1 else ''}" for n, k in sorted(names.items()))
        nodes.append(bullets([(badge("not-found"), f" {len(quiet)} runs: {where}.")]))
    if quiet or hidden:
        more = f"{hidden} more runs are not shown here. " if hidden and first else ""
        nodes.append(
            Prose(f"{more}[All {len(runs)} runs](@runs/?{urlencode({facet: name})}) with values and settings.")
        )
    return nodes


INTRODUCTION = (
    "headkb’s scores applied to attention patterns and eigenvalues that others published, against the numbers that the same source printed. "
    "One row is one claim on what a source published of one text or matrix; “heads” counts the single values compared."
)


def _compared(run: Run) -> int:
    """How many single values were compared."""
    return run.table.heads if run.table else len(run.expected)


def _largest(run: Run) -> float:
    return run.table.largest_difference if run.table else max(run.distance(e) for e in run.expected)


def _tolerance(run: Run) -> str:
    if run.table is None:
        return f"{max(e.tolerance for e in run.expected):g}"
    return "none stated" if run.table.tolerance is None else f"{run.table.tolerance:g}"


def verified_section(context: Context) -> list[Element]:
    """One row per run on published data, those that were met first; empty if there is none."""
    runs = [r for r in context.catalog.runs.values() if r.model_source == "published-data" and r.claim]
    if not runs:
        return []
    met = [run for run in runs if run.verdict == "verified-data"]
    values, undecided = sum(map(_compared, met)), [run for run in runs if run.verdict == "compared"]
    counts = f"{len(met)} comparisons are met, {values} values in all; {len(runs) - len(met) - len(undecided)} are not, each with its cause."
    counts += f" {len(undecided)} more have no threshold that could decide." if undecided else ""
    table = table_of(
        sorted(runs, key=lambda r: (r.verdict != "verified-data", r.id)),
        {
            "Claim": lambda r: ref("claims", r.claim or ""),
            "Score": lambda r: (score_ref(r.score), keywords(r.score_parameters)),
            "Published data": lambda r: f"`{r.prompts.data}`",
            "Heads": lambda r: str(_compared(r)),
            "Largest difference": lambda r: f"{_largest(r):.1e}",
            "Tolerance": _tolerance,
            "Run": lambda r: (badge(r.verdict), " ", ref("runs", r.id, r.date)),
        },
    )
    return section("Verified on published numbers", "verified", [Prose(f"{INTRODUCTION} {counts}"), table])
