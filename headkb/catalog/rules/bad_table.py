"""A claim's score table or a model's training curve is missing or malformed, or a table has heads that its model lacks.

A table is a CSV in the folder `claims/<file>/`, with the header `layer,head,<columns>`, one row per head, sorted. A curve is a CSV in `models/`,
with the header `step,<series>`, steps ascending.

Bad:

    table: {file: ji-an-2024-cmr/gpt2.csv, column: machting}

Good:

    table: {file: ji-an-2024-cmr/gpt2.csv, column: matching}
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "a table that cannot be read shows nothing, and a shifted one shows falsehoods"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per table or curve that cannot be used, and per CSV that no record uses."""
    yield from _curves(catalog)
    used: set[str] = set()
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            if claim.table is None:
                continue
            used.add(claim.table.file)
            for part, message, fix in _faults(
                catalog, claim.table.file, claim.table.column, claim.model, claim.heads_are == "key-value"
            ):
                yield Finding(file, ("claims", index, "table", part), message, fix)
    if (catalog.root / "claims").is_dir():
        for path in sorted((catalog.root / "claims").glob("*/*.csv")):
            name = path.relative_to(catalog.root / "claims").as_posix()
            if name not in used and path.parent.name in catalog.claims:
                yield Finding(
                    catalog.claims[path.parent.name],
                    ("claims",),
                    f"no claim uses the table {name}.",
                    "add a claim with this `table`, or delete the file",
                )


def _curves(catalog: Catalog) -> Iterator[Finding]:
    fix = "write the header step,<series> and one row per step, ascending"
    named = {model.training_curve for model in catalog.models.values()}
    for model in catalog.models.values():
        if model.training_curve is None:
            continue
        path = catalog.root / "models" / model.training_curve
        message = ""
        if path.is_symlink() or not path.is_file():
            message = f"there is no file models/{model.training_curve}."
        else:
            try:
                catalog.training_curve(model.id)
            except (OSError, ValueError) as error:
                message = f"models/{model.training_curve}: {error}."
        if message:
            yield Finding(model, ("training_curve",), message, fix)
    for path in sorted((catalog.root / "models").glob("*.csv")):
        if path.name not in named and path.stem in catalog.models:
            message = f"models/{path.name} is no model's training curve."
            yield Finding(
                catalog.models[path.stem], ("name",), message, "name it in `training_curve`, or delete the file"
            )


def _faults(catalog: Catalog, name: str, column: str, model_id: str, key_value: bool) -> Iterator[tuple[str, str, str]]:
    path = catalog.root / "claims" / name
    if path.is_symlink() or not path.is_file():
        yield "file", f"there is no file claims/{name}.", "put the CSV there, or correct the name"
        return
    try:
        table = catalog.table(name)
    except (OSError, ValueError) as error:
        yield "file", f"claims/{name}: {error}.", "write the header layer,head,<columns> and one row per head"
        return
    if column not in table:
        yield "column", f"claims/{name} has no column {column!r}.", f"use one of {', '.join(table)}"
        return
    heads = list(table[column])
    if heads != sorted(heads):
        yield "file", f"claims/{name} is not sorted by layer and head.", "sort the rows"
    model = catalog.models.get(model_id)
    outside = [h for h in heads if model and not model.holds(h, key_value)]
    if outside and model:
        yield (
            "file",
            f"claims/{name} has {len(outside)} heads outside {model.id}, first {outside[0]}.",
            "count layers and heads from 0",
        )
