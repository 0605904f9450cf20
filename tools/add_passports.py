"""Write the passport of its model into every recorded run that has none, where those very weights can be loaded here.

    python tools/add_passports.py [CATALOG]

A run stays as it is where its model cannot be loaded, the weights have another hash than the run's, or its prompts cannot be made again
as they were. Nothing but the key `passport` is added.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from headkb import Catalog, catalog_path, load_catalog
from headkb.catalog.house_style import dump
from headkb.catalog.schema import Run
from headkb.catalog.shape import shape_of
from headkb.errors import HeadkbError
from headkb.models import LoadedModel, load_model
from headkb.prompts import make_prompts, prompts_hash
from headkb.reproduce.plan import plan_of_run
from headkb.reproduce.run_passport import run_passport


def main(root: Path) -> None:
    """Go through the runs of a catalog and count what became of them."""
    catalog = load_catalog(root)
    outcomes: Counter[str] = Counter()

    @cache
    def load(name: str, revision: str | None) -> LoadedModel | str:
        return _load(catalog, name, revision)

    for _, run in sorted(catalog.runs.items()):
        outcome = (
            add(root / "runs" / f"{run.id}.yaml", run, load(run.model, run.revision))
            if wanted(run)
            else "has one, or ran no model"
        )
        outcomes[outcome] += 1
    for outcome, count in outcomes.most_common():
        print(f"{count:4} {outcome}")


def wanted(run: Run) -> bool:
    """Whether a run had a model and says nothing of it yet."""
    return run.passport is None and run.model_source != "published-data"


def add(path: Path, run: Run, loaded: LoadedModel | str) -> str:
    """Write the passport into one run's file; what became of it, in words."""
    if isinstance(loaded, str):
        return loaded
    if loaded.passport.weights_sha256 != run.weights_sha256:
        return f"the weights of {run.model} here are others"
    plan = plan_of_run(run)
    keywords = dict(plan.parameters)
    n, seed = int(keywords.pop("n")), int(keywords.pop("seed"))
    prompts = make_prompts(str(plan.prompts), loaded, n, seed, **keywords)
    if prompts_hash(prompts) != run.prompts.sha256:
        return "the prompts are no longer the same"
    path.write_text(with_passport(path.read_text(encoding="utf-8"), run_passport(loaded, prompts)), encoding="utf-8")
    return "added"


def with_passport(text: str, passport: Mapping[str, object]) -> str:
    """The text of a run's file with the passport, as `headkb reproduce --record` would have written it."""
    lines = text.splitlines(keepends=True)
    at = next((number for number, line in enumerate(lines) if line.startswith(("cause:", "invalidation:"))), len(lines))
    return "".join([*lines[:at], dump({"passport": dict(passport)}, shape_of("runs")).rstrip() + "\n", *lines[at:]])


def _load(catalog: Catalog, name: str, revision: str | None) -> LoadedModel | str:
    try:
        return load_model(name, revision=revision, catalog_models=catalog.models)
    except HeadkbError as error:
        return str(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else catalog_path())
