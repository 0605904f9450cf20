"""Tables of runs, as several pages show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from headkb.catalog.schema import Run
from headkb.site.compose import newest
from headkb.site.document import Element, Prose, Row, table
from headkb.site.evidence import badge
from headkb.site.parts import Context, bullets, ref, score_ref
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
MANY_RUNS = 8


def run_nodes(context: Context, runs: Sequence[Run], without: str, facet: str, name: str) -> list[Element]:
    """Runs of one head type, model or score, newest first; where they are many, those that found nothing are only counted.

    Args:
        context: The catalog and its links.
        runs: The runs.
        without: The column that would say the same in every row.
        facet: The filter of the list of all runs that leaves just these.
        name: Its value.
    """
    ordered = newest(runs)
    quiet = [r for r in ordered if r.verdict == "not-found"] if len(ordered) > MANY_RUNS else []
    listed = [r for r in ordered if r not in quiet]
    first, hidden = listed[:MANY_RUNS], len(listed[MANY_RUNS:])
    columns = [i for i, column in enumerate(RUN_COLUMNS) if column != without]
    rows = tuple(Row(tuple(row.cells[i] for i in columns)) for row in run_rows(context, first))
    nodes: list[Element] = [table(tuple(RUN_COLUMNS[i] for i in columns), rows)] if rows else []
    if quiet:
        other = "model" if facet == "head" else "head"
        names = Counter(context.links.name(f"{other}s/{getattr(r, other)}") for r in quiet)
        where = ", ".join(f"{plain(n)}{f' ({k} runs)' if k > 1 else ''}" for n, k in sorted(names.items()))
        nodes.append(bullets([(badge("not-found"), f" {len(quiet)} runs: {where}.")]))
    if quiet or hidden:
        more = f"{hidden} more runs are not shown here. " if hidden else ""
        nodes.append(
            Prose(f"{more}[All {len(runs)} runs](@runs/?{urlencode({facet: name})}) with values and settings.")
        )
    return nodes
