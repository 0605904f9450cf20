"""Files beside records that changed, in numbers: published tables, training curves, atlases, and patterns of heads."""

from __future__ import annotations

import filecmp
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog, CatalogError
from headkb.catalog.diff.difference import FieldChange
from headkb.catalog.glance import counted
from headkb.catalog.patterns import SUFFIX, read_pattern
from headkb.catalog.schema import Atlas, Head, Model, Record
from headkb.catalog.statement import Statement
from headkb.catalog.tables import read_table

WITH_OTHER_DIGITS = "written with other digits"
"""What is said of numbers that differ in how they are written, and not in what they are."""
_DIGITS = 1e-6
"""Share of a table's largest number within which that is so."""
_Columns = Mapping[str, Mapping[Any, float]]


def files_beside(old: Catalog, new: Catalog, before: Record, after: Record) -> list[FieldChange]:
    """What differs in the files that lie beside a record; those of claims are compared claim by claim, by `table_change`."""
    if isinstance(before, Head):
        return _one(_pattern(_beside(old, before, SUFFIX), _beside(new, after, SUFFIX)))
    if isinstance(before, Atlas):
        tables = (_beside(old, before, ".csv"), _beside(new, after, ".csv"))
        texts = (_beside(old, before, ".heads.json"), _beside(new, after, ".heads.json"))
        said = "" if _alike(*tables) else numbers(*map(_columns, tables))
        other = FieldChange("heads", "other patterns or tokens of heads")
        return [*_one(FieldChange("table", said) if said else None), *_one(None if _alike(*texts) else other)]
    if isinstance(before, Model) and isinstance(after, Model):
        files = [
            catalog.root / "models" / str(record.training_curve) for catalog, record in ((old, before), (new, after))
        ]
        if before.training_curve and after.training_curve and not _alike(*files):
            said = numbers(_curve(old, before.id), _curve(new, after.id))
            return _one(FieldChange("training_curve", said) if said else None)
    return []


def table_change(old: Catalog, new: Catalog, before: Statement, after: Statement) -> FieldChange | None:
    """How many numbers of a claim's published table differ; None if none does, or either has no table."""
    if before.claim.table is None or after.claim.table is None:
        return None
    files = [
        catalog.root / "claims" / claim.table.file
        for catalog, claim in ((old, before.claim), (new, after.claim))
        if claim.table
    ]
    if _alike(*files) and before.claim.table.column == after.claim.table.column:
        return None
    try:
        said = numbers({"": old.column(before)}, {"": new.column(after)})
    except CatalogError as error:
        said = f"cannot be compared: {error.diagnostics[0].short()}"
    return FieldChange("table", said) if said else None


def numbers(old: _Columns, new: _Columns) -> str:
    """How many numbers of two tables differ and how far, of how many, and which columns came and went; empty if none does."""
    changed = total = come = went = 0
    largest = scale = 0.0
    for column in new.keys() & old.keys():
        before, after = old[column], new[column]
        both = before.keys() & after.keys()
        changed += sum(before[key] != after[key] for key in both)
        largest = max([largest, *(abs(before[key] - after[key]) for key in both)])
        scale = max([scale, *(abs(before[key]) for key in both)])
        come, went = come + len(after.keys() - before.keys()), went + len(before.keys() - after.keys())
        total += len(before.keys() | after.keys())
    how = WITH_OTHER_DIGITS if largest <= _DIGITS * scale else f"changed, the largest by {largest:.2g}"
    said = [f"{changed:,} of {total:,} numbers {how}"] if changed else []
    said += [f"{counted(count, 'number')} {word}" for count, word in ((come, "added"), (went, "removed")) if count]
    for word, columns in (("added", new.keys() - old.keys()), ("removed", old.keys() - new.keys())):
        said += (
            [f"{word} {'column' if len(columns) == 1 else 'columns'} {', '.join(sorted(columns))}"] if columns else []
        )
    return ", ".join(said)


def _pattern(old: Path, new: Path) -> FieldChange | None:
    if _alike(old, new):
        return None
    said = [_whose(path) for path in (old, new)]
    word = "drawn anew" if said[0] == said[1] else f"{said[0]} → {said[1]}"
    return FieldChange("pattern", word, *(text if text != "none" else None for text in said))


def _whose(path: Path) -> str:
    """Which head a pattern is of."""
    if not path.is_file():
        return "none"
    try:
        pattern = read_pattern(path)
    except (OSError, ValueError):
        return "a file that cannot be read"
    return f"{pattern.head} of {pattern.model}"


def _columns(path: Path) -> _Columns:
    try:
        return read_table(path)
    except (OSError, ValueError):
        return {}


def _curve(catalog: Catalog, model: str) -> _Columns:
    try:
        return catalog.training_curve(model)
    except (OSError, ValueError):
        return {}


def _beside(catalog: Catalog, record: Record, ending: str) -> Path:
    return catalog.root / record.kind / f"{record.id}{ending}"


def _alike(old: Path, new: Path) -> bool:
    """Whether two files have the same bytes, or neither is there."""
    try:
        return (
            filecmp.cmp(old, new, shallow=False) if old.is_file() and new.is_file() else old.is_file() == new.is_file()
        )
    except OSError:
        return False


def _one(change: FieldChange | None) -> list[FieldChange]:
    return [] if change is None else [change]
