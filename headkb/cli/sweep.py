"""`headkb sweep`: many models, scores, recipes or claims, seeds and dtypes, here or on a Ray cluster."""

from __future__ import annotations

import importlib.util
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headkb.catalog import Catalog
from headkb.cli.common import emit, open_catalog, own_catalog_root
from headkb.cli.extras import need_torch
from headkb.cli.going_on import STOPPED
from headkb.cli.path_names import PathName
from headkb.cli.sweep_progress import SweepProgress
from headkb.cli.sweep_results import check_recording, dry_run, print_result, record_runs
from headkb.cli.troubles import Troubles

if TYPE_CHECKING:
    from headkb.scale import Crew, ReadSweep, SweepCell
    from headkb.scale.store import ResultStore


@click.command("sweep")
@click.argument("file", type=PathName(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option(
    "--ray",
    "address",
    is_flag=False,
    flag_value="",
    metavar="[ADDRESS]",
    help="Run on a Ray cluster: HOST:PORT; `local`, a new one on this machine; without ADDRESS, one that runs here, else a new one.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Workers at once; by default as many as CPUs, GPUs and memory allow.",
)
@click.option(
    "--out",
    type=PathName(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the results; by default FILE with .results in place of its ending.",
)
@click.option(
    "--dry-run",
    "estimate",
    is_flag=True,
    help="Print the cells, what each takes and which are finished; measure nothing.",
)
@click.option("--retry", is_flag=True, help="Measure again what failed before.")
@click.option(
    "--tries",
    type=click.IntRange(1, 100),
    default=3,
    show_default=True,
    metavar="N",
    help="How often a cell is begun that ends its worker each time.",
)
@click.option(
    "--export",
    "table",
    type=PathName(dir_okay=False, path_type=Path),
    metavar="TABLE",
    help="Write the values of all finished cells, one row a head, to a .parquet, .csv or .jsonl file.",
)
@click.option("--record", is_flag=True, help="Write the runs of finished recipes and claims into the catalog.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a finished cell, each as soon as it is there."
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    file: Path,
    address: str | None,
    jobs: int | None,
    out: Path | None,
    estimate: bool,
    retry: bool,
    tries: int,
    table: Path | None,
    record: bool,
    as_json: bool,
) -> None:
    """Measure everything that FILE names: models × scores, recipes or claims × seeds × dtypes.

    Each combination is a cell. A finished cell is stored at once and never measured again: whatever stopped the command, typed again it
    goes on from there. A cell that fails is recorded with its cause, and the others go on.

    \b
    Example of FILE:
      models: [smollm2-135m-instruct-q4-1, organism-tasks]
      scores: [induction, previous-token]
      seeds: [0, 1, 2]

    \b
    Examples:
      headkb sweep sweep.yaml --dry-run          what there is to do, and what it takes
      headkb sweep sweep.yaml --export all.csv   measure, then write one row a head
      headkb sweep sweep.yaml --ray              on a Ray cluster, or one that is started here
    """
    need_torch("sweep")
    _need(["pyarrow", *(["ray"] if address is not None else [])])
    from headkb.scale import Schedule, carry_out_sweep, cells_of, read_sweep
    from headkb.scale.store import FORMS, ResultStore

    if table is not None and table.suffix not in FORMS:
        raise click.UsageError(f"--export {table}: its name must end in {', '.join(FORMS)}, which says its form.")
    read = read_sweep(file)
    if record:
        check_recording(read.sweep)
        own_catalog_root(ctx)
    catalog = open_catalog(ctx)
    cells = cells_of(read, catalog)
    store = ResultStore(out or file.with_suffix(".results"), lambda text: click.echo(f"warning: {text}.", err=True))
    states = store.states()
    if estimate:
        dry_run(cells, states, as_json)
        return
    finished = {key for key, (state, *_) in states.items() if state == "done" or not retry}
    todo = [cell for cell in cells if cell.key not in finished]
    troubles, stopped = Troubles(), False
    if todo:
        crew = _crew(read, catalog, address, jobs)
        progress = SweepProgress(cells, finished, crew.most)
        try:
            with progress, closing(carry_out_sweep(Schedule(todo, tries), crew)) as results:
                for result in results:
                    try:
                        store.add(result)
                    except OSError as error:
                        troubles(result.name, error)
                    progress.add(result)
                    print_result(catalog, result, progress, as_json)
        except KeyboardInterrupt:
            stopped = True
    _end(catalog, cells, store, table, record, troubles, as_json, stopped)


def _need(packages: Sequence[str]) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"`headkb sweep` needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed. Install "
            "with: pip install 'headkb[reproduce,scale]'"
        )


def _crew(read: ReadSweep, catalog: Catalog, address: str | None, jobs: int | None) -> Crew:
    """Workers of this machine or of a cluster."""
    from headkb.scale import LocalCrew, plugin_files, setup_of

    sweep = read.sweep
    setup = setup_of(catalog.root, plugin_files(read), sweep.cpus)
    gpus = sweep.gpus if sweep.device.startswith("cuda") else None
    if address is not None:
        from headkb.scale.on_ray import RayCrew

        return RayCrew(setup, address, jobs, sweep.cpus, gpus)
    import psutil
    import torch

    most = jobs or max(1, _cpus() // sweep.cpus)
    if gpus is not None:
        most = min(most, int(torch.cuda.device_count() / gpus)) if jobs is None else jobs
        if most < 1:
            raise click.UsageError(
                f"the device is cuda, and this machine has {torch.cuda.device_count()} GPUs where a worker takes {gpus:g}. Leave "
                "`device` out for the CPU, or run on a cluster with --ray."
            )
    free = psutil.virtual_memory().available * 0.9 if sweep.memory_gb is None else sweep.memory_gb * 1e9
    return LocalCrew(setup, most, int(free), gpus)


def _cpus() -> int:
    """CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _end(
    catalog: Catalog,
    cells: Sequence[SweepCell],
    store: ResultStore,
    table: Path | None,
    record: bool,
    troubles: Troubles,
    as_json: bool,
    stopped: bool,
) -> None:
    """Put the results together, write what was asked for, and say what there is; ends the command with its exit code."""
    try:
        store.compact()
    except OSError as error:
        troubles(str(store.folder), error)
    states = store.states()
    counted = Counter(states[cell.key][0] for cell in cells if cell.key in states)
    keys = [cell.key for cell in cells]
    if table is not None and not stopped:
        rows = store.export(table, keys)
        click.echo(f"{table}: {rows:,} rows, one a head", err=as_json)
    if record and not stopped:
        record_runs(catalog, store.results(keys), troubles, quiet=as_json)
    parts = [f"{counted[state]} {state}" for state in ("done", "failed", "poisoned") if counted[state]]
    left = len(cells) - counted.total()
    if left:
        parts.append(f"{left} not begun or not finished")
    click.echo(f"{len(cells)} cell{'s' * (len(cells) != 1)}: {', '.join(parts)}; in {store.folder}", err=as_json)
    if stopped:
        click.echo("stopped: the same command goes on from there.", err=True)
        raise SystemExit(STOPPED)
    troubles.end()
    if counted["failed"] + counted["poisoned"]:
        if not as_json:
            emit("What failed is recorded with its cause; --retry measures it again.")
        raise SystemExit(2)
