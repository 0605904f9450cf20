"""Record everything that the catalog says of the organisms: runs with causal checks, and the page that walks through IOI.

    python tools/record_organisms.py                           every organism, every recipe that fits it
    python tools/record_organisms.py organism-tasks            one of them
    python tools/record_organisms.py --second organism-tasks=DIR
                                                               say of what was not found, or not confirmed, what the same
                                                               organism does that was trained with another seed

Earlier runs on the same organism are replaced: the organism that they measured is not the one that is shipped.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import click
import complete_runs
import ioi_walkthrough

from headkb import Catalog, HeadkbError, load_catalog
from headkb.catalog.schema import Run
from headkb.models import LoadedModel, load_model
from headkb.reproduce import Plan, plans_of_head, run_on_model, write_run
from organisms.registry import ORGANISMS, Organism

ROOT = Path(__file__).parent.parent
CATALOG = ROOT / "catalog"


@click.command()
@click.argument("names", nargs=-1)
@click.option("--second", multiple=True, metavar="ID=DIR", help="The same organism trained with another seed.")
def main(names: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Record the runs of the organisms NAMES, by default all, and the walk-through."""
    folders = dict(pair.split("=", 1) for pair in second)
    catalog = load_catalog(CATALOG)
    for name in names or ORGANISMS:
        record(catalog, name, folders.get(name))
    if ioi_walkthrough.MODEL in (names or ORGANISMS):
        catalog, loaded = opened(ioi_walkthrough.MODEL)
        ioi_walkthrough.write(catalog, ioi_walkthrough.measure(catalog, loaded))


def record(catalog: Catalog, name: str, second: str | None) -> None:
    """Every recipe that fits the organism, in a file each; what cannot be run is printed."""
    start = time.perf_counter()
    for old in CATALOG.glob(f"runs/{name}-*.yaml"):
        old.unlink()
    chosen = [(plan.head, plan.name) for plan in plans(catalog, ORGANISMS[name])]
    counts: dict[str, int] = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for word, line in pool.map(partial(record_one, name, second), chosen):
            counts[word] = counts.get(word, 0) + 1
            click.echo(f"{word:<13} {line}")
    summary = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    more = complete_runs.complete(load_catalog(CATALOG), name)
    click.echo(f"{name}: {summary}; {more}; {time.perf_counter() - start:.0f} s")


@cache
def opened(name: str) -> tuple[Catalog, LoadedModel]:
    """The catalog and a model, once a process."""
    catalog = load_catalog(CATALOG)
    return catalog, load_model(name, catalog_models=catalog.models)


def record_one(name: str, second: str | None, which: tuple[str, str]) -> tuple[str, str]:
    """One recipe run and written; what it says by itself, and a line that tells of it."""
    catalog, loaded = opened(name)
    head, recipe = which
    plan = next(plan for plan in plans_of_head(catalog, catalog.heads[head]) if plan.name == recipe)
    try:
        run = run_on_model(catalog, plan, loaded)
    except HeadkbError as error:
        return "left out", f"{head}/{recipe}: {error}"
    if second and run.causal_result() != "confirmed":
        run = run.model_copy(update={"cause": other_training(catalog, plan, opened(second)[1], found=bool(run.heads))})
    write_run(run, CATALOG)
    checks = "; ".join(f"{o.check.id} {o.result}" for o in run.causal)
    return catalog.evidence.judged(
        run
    ).word, f"{head}/{recipe}: {', '.join(map(str, run.heads[:6])) or 'no head'}. {checks}"


def plans(catalog: Catalog, organism: Organism) -> list[Plan]:
    """The recipes to run, by head type: on prompts unlike all training a recipe shows nothing."""
    recipes = [
        plan for _, head in sorted(catalog.heads.items()) if head.recipes for plan in plans_of_head(catalog, head)
    ]
    return [plan for plan in recipes if organism.every_recipe or plan.prompts in organism.teaches]


def other_training(catalog: Catalog, plan: Plan, other: LoadedModel, *, found: bool) -> str:
    """One sentence on what a second training shows: is the head missing, or was the training unlucky?

    `found` tells whether the first training has such heads.
    """
    try:
        run = run_on_model(catalog, plan, other)
    except HeadkbError as error:
        return f"A second training with another seed was tried, too, and could not be measured: {error}"
    sentence = "A second training with another seed gives "
    if run.heads:
        return f"{sentence}{', '.join(map(str, run.heads[:8]))}{_told(run)}."
    return sentence + ("no such head." if found else "no such head either.")


def _told(run: Run) -> str:
    return "".join(f"; the check {o.check.id} is {o.result} there" for o in run.causal)


if __name__ == "__main__":
    main()
