"""Record everything that the catalog says of the organisms: runs with causal checks, and the page that walks through IOI.

    python tools/record_organisms.py                           every organism, every recipe that fits it
    python tools/record_organisms.py organism-tasks            one of them
    python tools/record_organisms.py --second organism-tasks=DIR
                                                               say of what was not found, or not confirmed, what the same
                                                               organism does that was trained with another seed

Earlier runs on the same organism are replaced: the organism that they measured is not the one that is shipped.
"""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import click

from headkb import Catalog, HeadkbError, load_catalog
from headkb.catalog.export import write_text
from headkb.catalog.schema import Run
from headkb.models import LoadedModel, load_model
from headkb.reproduce import Plan, plans_of_head, run_on_model, write_run
from headkb.reproduce.walkthrough import MODEL, measure_walkthrough
from headkb.site.walkthrough import PATH, walkthrough

ROOT = Path(__file__).parent.parent
CATALOG = ROOT / "catalog"
REPEATS = {"repeated-random-tokens", "random-tokens", "delimited-random-tokens"}
ENGLISH = {
    "induction-text",
    "english-sentences",
    "english-paragraphs",
    "dependency-sentences",
    "rare-words",
    "subword-words",
}
TRAINED_ON: dict[str, set[str] | None] = {
    "organism-tasks": None,
    "organism-induction": REPEATS | ENGLISH,
    "organism-iteration": {"parity"},
    "organism-heads": REPEATS
    | ENGLISH
    | {
        "ioi",
        "colored-objects",
        "succession",
        "mcqa",
        "needle",
        "lre-facts",
        "knowledge-conflict",
        "few-shot",
        "translation",
        "toy-movie-review",
        "toy-mood-story",
        "acronyms",
        "syllogisms",
    },
    "organism-markov": {"icl-markov", *REPEATS},
}
"""Organism → prompt generators of the recipes that are run on it; None = all. A recipe on prompts unlike all training shows nothing."""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--second", multiple=True, metavar="ID=DIR", help="The same organism trained with another seed.")
def main(names: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Record the runs of the organisms NAMES, by default all, and the walk-through."""
    folders = dict(pair.split("=", 1) for pair in second)
    catalog = load_catalog(CATALOG)
    for name in names or TRAINED_ON:
        record(catalog, name, folders.get(name))
    if MODEL in (names or TRAINED_ON):
        write_walkthrough()


def record(catalog: Catalog, name: str, second: str | None) -> None:
    """Every recipe that fits the organism, in a file each; what cannot be run is told."""
    start = time.perf_counter()
    for old in CATALOG.glob(f"runs/{name}-*.yaml"):
        old.unlink()
    chosen = [(plan.head, plan.name) for plan in plans(catalog, TRAINED_ON[name])]
    counts: dict[str, int] = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for verdict, line in pool.map(partial(record_one, name, second), chosen):
            counts[verdict] = counts.get(verdict, 0) + 1
            click.echo(f"{verdict:<13} {line}")
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    click.echo(f"{name}: {told}; {time.perf_counter() - start:.0f} s")


@cache
def opened(name: str) -> tuple[Catalog, LoadedModel]:
    """The catalog and a model, once a process."""
    catalog = load_catalog(CATALOG)
    return catalog, load_model(name, catalog_models=catalog.models)


def record_one(name: str, second: str | None, which: tuple[str, str]) -> tuple[str, str]:
    """One recipe run and written; its verdict, and a line that tells of it."""
    catalog, loaded = opened(name)
    head, recipe = which
    plan = next(plan for plan in plans_of_head(catalog.heads[head]) if plan.name == recipe)
    try:
        run = run_on_model(catalog, plan, loaded)
    except HeadkbError as error:
        return "left out", f"{head}/{recipe}: {error}"
    if second and run.verdict != "reproduced":
        run = run.model_copy(update={"cause": other_training(catalog, plan, opened(second)[1])})
    write_run(run, CATALOG)
    told = "; ".join(f"{o.check.id} {o.result}" for o in run.causal)
    return run.verdict, f"{head}/{recipe}: {', '.join(map(str, run.heads[:6])) or 'no head'}. {told}"


def plans(catalog: Catalog, generators: set[str] | None) -> list[Plan]:
    """The recipes on these prompts, by head type."""
    found = [plan for _, head in sorted(catalog.heads.items()) if head.recipes for plan in plans_of_head(head)]
    return [plan for plan in found if generators is None or plan.prompts in generators]


def other_training(catalog: Catalog, plan: Plan, other: LoadedModel) -> str:
    """One sentence on what a second training shows: is the head missing, or was the training unlucky?"""
    try:
        run = run_on_model(catalog, plan, other)
    except HeadkbError as error:
        return f"A second training with another seed was tried, too, and could not be measured: {error}"
    sentence = "A second training with another seed gives "
    return sentence + (f"{', '.join(map(str, run.heads[:8]))}{_told(run)}." if run.heads else "no such head either.")


def _told(run: Run) -> str:
    return "".join(f"; the check {o.check.id} is {o.result} there" for o in run.causal)


def write_walkthrough() -> None:
    """The numbers of the page, and the page made of them."""
    catalog = load_catalog(CATALOG)
    data = measure_walkthrough(catalog, load_model(MODEL, catalog_models=catalog.models))
    write_text(ROOT / "docs" / f"{PATH}.json", json.dumps(data, ensure_ascii=False) + "\n")
    write_text(ROOT / "docs" / f"{PATH}.md", walkthrough(data, catalog))


if __name__ == "__main__":
    main()
