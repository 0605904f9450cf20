"""What `headkb sweep` prints of its cells, and the run records that it writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from headkb.catalog import Catalog
from headkb.catalog.directions import score_direction
from headkb.catalog.pinning import unrepeatable
from headkb.catalog.schema import Run
from headkb.catalog.schema.run import by_head
from headkb.cli.common import emit, print_json, print_json_line, printing
from headkb.cli.sweep_progress import SweepProgress, clock
from headkb.cli.troubles import Troubles
from headkb.direction import strongest_first
from headkb.errors import ReproductionError

if TYPE_CHECKING:
    from headkb.scale import CellResult, SweepCell, SweepFile


def print_result(catalog: Catalog, result: CellResult, progress: SweepProgress, as_json: bool) -> None:
    """A line of a cell that has just got its result."""
    if as_json:
        print_json_line(as_data(result))
        return
    left = progress.seconds_left()
    pace = f"{result.seconds:.1f} s" + ("" if left is None else f"; about {clock(left)} left")
    what = _found(catalog, result) if result.state == "done" else result.cause
    emit(f"{progress.done}/{progress.total} {result.state:<8} {result.name}: {what} ({pace})")


def as_data(result: CellResult) -> dict[str, Any]:
    """A result as JSON-ready data, with its runs and its provenance as objects."""
    runs = [json.loads(run) for run in result.runs]
    provenance = json.loads(result.provenance) if result.provenance else {}
    return {**asdict(result), "runs": runs, "provenance": provenance}


def _found(catalog: Catalog, result: CellResult) -> str:
    """What was found, in a few words."""
    if result.kind == "score":
        values = by_head([list(row) for row in result.measures[0].values])
        ranked = strongest_first(values, score_direction(catalog.scores, result.subject))
        return f"strongest {ranked[0][0]} {ranked[0][1]:.3f}" if ranked else "defined for no head"
    words = []
    for run in runs_of(result):
        if run.claim:
            words.append(catalog.evidence.judged(run).word)
        else:
            heads = ", ".join(map(str, run.heads[:3])) + (
                f" and {len(run.heads) - 3} more" if len(run.heads) > 3 else ""
            )
            words.append(f"{run.recipe} {heads or 'no head'}")
    return "; ".join(words) + (f"; left out: {result.cause}" if result.cause else "")


def runs_of(result: CellResult) -> list[Run]:
    """The run records of a result."""
    return [Run.model_validate_json(run) for run in result.runs]


def dry_run(cells: Sequence[SweepCell], states: Mapping[str, tuple[str, str, float]], as_json: bool) -> None:
    """Print every cell with what its worker takes and whether it has a result, and how much is to be fetched and held."""
    rows = [
        {
            "cell": cell.name,
            "key": cell.key,
            "memory_gb": round(cell.loading.room / 1e9, 2),
            "parameters": cell.loading.weights.parameters,
            "on_this_machine": cell.loading.weights.stored is not None,
            "state": states[cell.key][0] if cell.key in states else "to do",
        }
        for cell in cells
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for header, justify in (("cell", "left"), ("worker, GB", "right"), ("state", "left")):
        table.add_column(header, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        table.add_row(str(row["cell"]), f"{row['memory_gb']:.1f}", str(row["state"]))
    todo = [cell for cell in cells if cell.key not in states]
    loadings = {cell.loading for cell in todo}
    models = {loading.weights for loading in loadings}
    absent = [weights for weights in models if weights.stored is None]
    with printing() as console:
        console.print(table)
        console.print(
            f"{len(cells)} cells, {len(todo)} to do: {len(models)} models, of which {len(absent)} are to be fetched"
            + (f" (about {sum(w.parameters or 0 for w in absent) * 2 / 1e9:.1f} GB in halves)" if absent else "")
            + f"; the largest worker takes about {max((w.room for w in loadings), default=0) / 1e9:.1f} GB"
        )


def check_recording(sweep: SweepFile) -> None:
    """Refuse to record, before anything is measured, what would give no run record or two of one name.

    Raises:
        click.UsageError: With what to write instead.
    """
    if not sweep.recipes and not sweep.claims:
        raise click.UsageError(
            "--record writes runs of recipes and claims; scores have no run record. --export writes their values."
        )
    if sweep.seeds or len(sweep.dtypes) > 1:
        raise click.UsageError(
            "--record takes recipes and claims as they are written: leave `seeds` out of the file, and name one of `dtypes`."
        )


def record_runs(catalog: Catalog, results: Iterable[CellResult], troubles: Troubles, *, quiet: bool) -> None:
    """Write the runs of finished recipes and claims into the catalog; what others could not repeat is told instead."""
    from headkb.reproduce import write_run

    count = 0
    for result in results:
        for run in runs_of(result):
            try:
                _check_repeatable(catalog, run)
                write_run(run, catalog.root)
                count += 1
            except Exception as error:
                troubles(run.id, error)
    click.echo(f"{count} runs written into {catalog.root / 'runs'}", err=quiet)


def _check_repeatable(catalog: Catalog, run: Run) -> None:
    model = catalog.models.get(run.model)
    if model is None:
        raise ReproductionError(f"{run.model} has no record in models/. Add models/{run.model}.yaml first.")
    fault = unrepeatable(run.model_source, run.revision, run.weights_sha256, model.revision)
    if fault is not None:
        raise ReproductionError(f"this run cannot be recorded: {fault} Add the model's `revision` to the file.")
