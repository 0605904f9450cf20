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
from pathlib import Path

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Claim
from headkb.catalog.schema.claim import Table

WHY = "a table that cannot be read shows nothing, and a shifted one shows wrong values"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per table or curve that cannot be used, and per CSV that no record uses."""
    yield from _curves(catalog)
    used: set[str] = set()
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            if claim.table:
                used.add(claim.table.file)
                for part, message, fix in _faults(catalog, claim, claim.table):
                    yield Finding(file, ("claims", index, "table", part), message, fix)
    loose = () if catalog.refused.get("claims") else sorted((catalog.root / "claims").glob("*/*.csv"))
    for path in loose:
        name = f"{path.parent.name}/{path.name}"
        if name not in used and path.parent.name in catalog.claims:
            message, fix = f"no claim uses the table {name}.", "add a claim with this `table`, or delete the file"
            yield Finding(catalog.claims[path.parent.name], ("claims",), message, fix)


def _curves(catalog: Catalog) -> Iterator[Finding]:
    fix = "write the header step,<series> and one row per step, ascending"
    used = {model.training_curve for model in catalog.models.values()}
    for model in catalog.models.values():
        name = f"models/{model.training_curve}"
        if model.training_curve and not _is_file(catalog.root / name):
            yield Finding(model, ("training_curve",), f"there is no file {name}.", fix)
        elif model.training_curve:
            try:
                catalog.training_curve(model.id)
            except (OSError, ValueError) as error:
                yield Finding(model, ("training_curve",), f"{name}: {error}.", fix)
    loose = () if catalog.refused.get("models") else sorted((catalog.root / "models").glob("*.csv"))
    for path in loose:
        if path.name not in used and path.stem in catalog.models:
            message = f"models/{path.name} is no model's training curve."
            fix = "name it in `training_curve`, or delete the file"
            yield Finding(catalog.models[path.stem], ("name",), message, fix)


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _faults(catalog: Catalog, claim: Claim, written: Table) -> Iterator[tuple[str, str, str]]:
    """The key at fault, the message and the fix."""
    name = f"claims/{written.file}"
    if not _is_file(catalog.root / name):
        yield "file", f"there is no file {name}.", "put the CSV there, or correct the name"
        return
    try:
        table = catalog.table(written.file)
    except (OSError, ValueError) as error:
        yield "file", f"{name}: {error}.", "write the header layer,head,<columns> and one row per head"
        return
    if written.column not in table:
        yield "column", f"{name} has no column {written.column!r}.", f"use one of {', '.join(table)}"
        return
    heads = list(table[written.column])
    if heads != sorted(heads):
        yield "file", f"{name} is not sorted by layer and head.", "sort the rows"
    model = catalog.models.get(claim.model)
    key_value = claim.heads_are == "key-value"
    last_of_layer = {head.layer: head for head in sorted(heads)}.values()
    if model and not all(model.holds(head, key_value) for head in last_of_layer):
        outside = [head for head in heads if not model.holds(head, key_value)]
        message = f"{name} has {len(outside)} heads outside {claim.model}, first {outside[0]}."
        yield "file", message, "count layers and heads from 0"
