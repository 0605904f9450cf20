"""Ask of recorded runs what was not asked when they were made.

    python tools/complete_runs.py [MODEL ...]

Of a recipe that found no head: whether the model does what the causal checks of its type need. Of a type that several recipes define: what
happens when the heads that pass all of them are silenced by themselves. The values that a run has stay as they are; a run stays as it is
where its model cannot be loaded here, or the weights have another hash than the run's.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import click

from headkb import Catalog, load_catalog
from headkb.catalog.schema import Head, Run
from headkb.catalog.showing import newest_by_recipe
from headkb.errors import HeadkbError
from headkb.models import LoadedModel, load_model
from headkb.reproduce import CausalChecks, write_run
from headkb.reproduce.carry_out import ask_behaviours
from headkb.reproduce.joint import with_joint_checks

CATALOG = Path(__file__).parent.parent / "catalog"


@click.command()
@click.argument("names", nargs=-1)
def main(names: tuple[str, ...]) -> None:
    """Complete the runs of the models NAMES, by default of every model that is at hand."""
    catalog = load_catalog(CATALOG)
    for name in names or sorted(catalog.runs_of_model):
        if catalog.models[name].type != "exact":
            click.echo(f"{name}: {complete(catalog, name)}")


def complete(catalog: Catalog, name: str) -> str:
    """The runs of one model, written as each is completed; in words, what became of them."""
    counts: Counter[str] = Counter()
    try:
        loaded = load_model(name, catalog_models=catalog.models)
    except HeadkbError as error:
        return str(error)
    checks = CausalChecks(loaded)
    runs = [run for run in catalog.runs_of_model[name] if run.weights_sha256 == loaded.passport.weights_sha256]
    for head_id in sorted({run.head for run in runs}):
        head = catalog.heads[head_id]
        newest = newest_by_recipe(run for run in runs if run.head == head_id)
        for run in newest.values():
            fuller = with_behaviours(head, run, loaded, checks)
            if fuller is not run:
                write_run(fuller, CATALOG)
                counts["behaviours"] += 1
                newest[run.recipe or ""] = fuller
        defining = [newest[recipe] for recipe in head.defining if recipe in newest]
        if defining:
            fuller = with_joint_checks(head, defining[-1], newest, checks)
            if fuller is not defining[-1]:
                write_run(fuller, CATALOG)
                counts["joint checks"] += 1
    return ", ".join(f"{count} runs with {what}" for what, count in counts.items()) or "nothing to ask"


def with_behaviours(head: Head, run: Run, loaded: LoadedModel, checks: CausalChecks) -> Run:
    """A run that found no head, with whether the model does what the checks of its recipe need; `run` itself where that was asked."""
    todo = head.checks_of(run.recipe or "")
    if run.heads or run.behaviours or not todo or len(loaded.passport.stacks) != 1:
        return run
    start = time.process_time()
    asked = tuple(ask_behaviours(todo, checks))
    return run.model_copy(update={"behaviours": asked, "seconds": round(run.seconds + time.process_time() - start, 3)})


if __name__ == "__main__":
    main()
