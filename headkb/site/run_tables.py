"""Tables of runs, as several pages show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode

from headkb.catalog.inline import plain
from headkb.catalog.schema import Run
from headkb.site.compose import counted, grouped, section, table_of
from headkb.site.document import Cell, Element, Prose, Row, table
from headkb.site.evidence import outcome_mark
from headkb.site.folded import folded
from headkb.site.measures import compared, is_formula_check, largest_difference
from headkb.site.parts import Context, bullets, keywords, kind_of, model_cell, ref, score_ref

RUN_COLUMNS = ("Date", "Outcome", "Head type", "Model", "Score", "Tests", "Heads found", "Cause")
RUN_FACETS = {
    "outcome": "Outcome",
    "head": "Head type",
    "model": "Model",
    "kind": "Kind of model",
    "tests": "Tests",
    "score": "Score",
    "year": "Year",
}
MANY_RUNS = 6
FIRST_HEADS = 8


def run_rows(context: Context, runs: Sequence[Run]) -> tuple[Row, ...]:
    """Rows of a table of runs, in the order given."""
    return tuple(
        Row(
            (
                ref("runs", run.id, run.date),
                outcome_mark(context.catalog.evidence.outcome(run)),
                ref("heads", run.head),
                model_cell(context, run.model),
                score_ref(run.score),
                recipe_cell(context, run) or ("claim ", ref("claims", run.claim or "")),
                _first_heads(run) or ("none" if run.recipe else "–"),
                run.cause or "",
            ),
            {
                "outcome": outcome_mark(context.catalog.evidence.outcome(run)).words,
                "model": context.name("models", run.model),
                "kind": kind_of(context, run.model),
                "head": context.name("heads", run.head),
                "tests": f"{context.catalog.evidence.outcome(run).role or 'former'} recipe" if run.recipe else "claim",
                "score": context.name("scores", run.score),
                "year": run.date[:4],
            },
        )
        for run in runs
    )


def recipe_cell(context: Context, run: Run) -> str:
    """The recipe of a run with what it is for its head type; empty for a run of a claim."""
    if run.recipe is None:
        return ""
    role = context.catalog.evidence.outcome(run).role
    return f"`{run.recipe}` ({role or 'no longer a recipe of the type'})"


def _first_heads(run: Run) -> Cell:
    first, rest = (", ".join(map(str, heads)) for heads in (run.heads[:FIRST_HEADS], run.heads[FIRST_HEADS:]))
    return (first, folded(len(run.heads) - FIRST_HEADS, rest)) if rest else first


def run_nodes(
    context: Context, runs: Sequence[Run], without: str, facet: str, name: str, most: int = MANY_RUNS
) -> list[Element]:
    """Runs of one head type, model or score, newest first; where they are many, recipes that found no head are only counted.

    Args:
        context: The catalog and its links.
        runs: The runs, newest first.
        without: The column that would say the same in every row.
        facet: The filter of the list of all runs that leaves just these.
        name: Its value.
        most: How many are listed.
    """
    quiet = [r for r in runs if r.recipe and not r.heads and not r.invalidation] if len(runs) > MANY_RUNS else []
    listed = [r for r in runs if r not in quiet]
    first, hidden = listed[:most], len(listed[most:])
    columns = [i for i, column in enumerate(RUN_COLUMNS) if column != without]
    rows = tuple(Row(tuple(row.cells[i] for i in columns)) for row in run_rows(context, first))
    nodes: list[Element] = [table(tuple(RUN_COLUMNS[i] for i in columns), rows)] if rows else []
    if quiet:
        nodes.append(bullets(_quiet(context, quiet, "models" if facet == "head" else "heads")))
    if quiet or hidden:
        more = f"{hidden} more runs are not shown here. " if hidden and first else ""
        nodes.append(
            Prose(f"{more}[All {len(runs)} runs](@runs/?{urlencode({facet: name})}) with values and settings.")
        )
    return nodes


def _quiet(context: Context, runs: Sequence[Run], other: str) -> list[Cell]:
    """Recipes that found no head, counted for each kind of model, with the models or head types that they were about."""
    lines: list[Cell] = []
    for kind, some in sorted(grouped(runs, lambda run: kind_of(context, run.model)).items(), reverse=True):
        names = Counter(context.links.name(f"{other}/{getattr(run, other.rstrip('s'))}") for run in some)
        where = ", ".join(f"{plain(n)}{f' ({k} runs)' if k > 1 else ''}" for n, k in sorted(names.items()))
        lines.append(f"{kind.capitalize()}: no head found in {counted(len(some), 'run')}: {where}.")
    return lines


INTRODUCTION = (
    "headkb’s scores applied to attention patterns and eigenvalues that others published, against the numbers that the same source printed. "
    "No model was run: this speaks of the formula, not of heads. One row is one run."
)


def verified_section(context: Context) -> list[Element]:
    """One row per run on published data, those inside their tolerance first; empty if there is none."""
    standing = {r.id: context.catalog.evidence.outcome(r).standing for r in context.catalog.runs.values()}
    runs = [run for run in context.catalog.runs.values() if is_formula_check(run)]
    if not runs:
        return []
    inside = [run for run in runs if standing[run.id] == "formula-checked"]
    counts = (
        f"{counted(len(runs), 'run')}: {len(inside)} formula checked, on {counted(sum(map(compared, inside)), 'value')}; "
        f"{len(runs) - len(inside)} not comparable, each with its cause."
    )
    table = table_of(
        sorted(runs, key=lambda run: (run not in inside, run.id)),
        {
            "Claim": lambda r: ref("claims", r.claim or ""),
            "Score": lambda r: (score_ref(r.score), keywords(r.score_parameters)),
            "Published data": lambda r: f"`{r.prompts.data}`",
            "Values": lambda r: str(compared(r)),
            "Largest difference": lambda r: f"{largest_difference(r):.1e}",
            "Tolerance": _tolerance,
            "Outcome": lambda r: (outcome_mark(context.catalog.evidence.outcome(r)), " ", ref("runs", r.id, r.date)),
            "Cause": lambda r: r.cause or "",
        },
    )
    return section("Checked on published numbers", "checked", [Prose(f"{INTRODUCTION} {counts}"), table])


def _tolerance(run: Run) -> str:
    if run.table is None:
        return f"{max(e.tolerance for e in run.expected):g}"
    return "none stated" if run.table.tolerance is None else f"{run.table.tolerance:g}"
