"""`headkb reproduce` without a model: recorded runs once more."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

import click

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.cli.common import print_json_line, printing
from headkb.cli.groups import Reasons
from headkb.cli.net import sentence
from headkb.cli.progress import Steps
from headkb.errors import HeadkbError, ReproductionError, UnknownNameError

if TYPE_CHECKING:
    from headkb.reproduce import Kept, Rerun
    from headkb.reproduce.reruns import Load


def rerun_records(
    catalog: Catalog, ids: tuple[str, ...], load: Load, kept: Kept, everything: bool, as_json: bool
) -> set[str]:
    """Rerun the runs that the ids name, all of them, or those that fit into a few minutes; what came of them, as statuses."""
    from headkb.reproduce import bundled, rerun_all, summary_line

    chosen = _chosen_runs(catalog, ids)
    runs = chosen if ids or everything else bundled(chosen)
    results: list[Rerun] = []
    left = Reasons(as_json=False, word="left-out", width=9)
    with left, Steps(len(runs)) as steps:
        for done in rerun_all(catalog, runs, load, kept=kept, on_run=lambda run: steps.begin(run.id)):
            steps.close()
            steps.done += 1
            if done.error is not None and len(runs) == 1:
                raise done.error
            result = done.rerun
            if done.error is not None and not isinstance(done.error, HeadkbError):
                result = replace(result, note=sentence(done.error, result.run.id))
            results.append(result)
            if result.status == "left-out" and not as_json:
                left(result.run.id, result.note)
            else:
                _print_rerun(catalog, result, done.kept, as_json)
    if not as_json:
        click.echo(summary_line(results))
        if len(runs) < len(chosen):
            click.echo(f"{len(chosen) - len(runs)} longer runs are rerun by `headkb reproduce --all`.")
    return {result.status for result in results}


def _print_rerun(catalog: Catalog, result: Rerun, kept: str, as_json: bool) -> None:
    run = result.run
    word = catalog.evidence.outcome(run).word
    if as_json:
        drift = result.drift if isfinite(result.drift) else None
        print_json_line({"run": run.id, "status": result.status, "drift": drift, "note": result.note, "outcome": word})
        return
    note = result.note or f"largest difference {result.drift:.1e}; it says {word}"
    with printing() as console:
        console.print(f"{result.status:<9} {run.id}: {note}{f'; kept from {kept}' if kept else ''}")


def _chosen_runs(catalog: Catalog, ids: tuple[str, ...]) -> list[Run]:
    """The runs that the ids name, or all that are not invalidated."""
    standing = [run for _, run in sorted(catalog.runs.items()) if run.invalidation is None]
    if not ids:
        return standing
    chosen: dict[str, Run] = {}
    former = {old: run.id for run in catalog.runs.values() for old in run.replaces if old not in catalog.runs}
    for name in ids:
        catalog.raise_if_refused("runs", name)
        if name in catalog.runs or name in former:
            runs = [catalog.runs[former.get(name, name)]]
        elif "/" in name:
            runs = catalog.runs_of_claim.get(catalog.statement(name).id, [])
        else:
            try:
                head = catalog.resolve("heads", name)
            except UnknownNameError:
                known = [*catalog.heads, *catalog.runs, *catalog.statements]
                remedy = f"`headkb list runs` shows all runs.{catalog.refusals('heads', 'runs', 'claims')}"
                raise UnknownNameError("run, head type or claim", name, known, remedy) from None
            runs = [run for run in standing if run.head == head.id]
        if not runs:
            raise ReproductionError(
                f"no run of {name} is recorded. Run it on a model: headkb reproduce {name} --model gpt2."
                f"{catalog.refusals('runs')}"
            )
        chosen |= {run.id: run for run in runs}
    return list(chosen.values())
