"""A number carries more digits than its source has.

A rounded number that was stored in single precision comes out with digits that nobody wrote: -0.747 as -0.746999979019165. Where at least half of the
long numbers of a table's column, or of a measure's values, are such decimals of five digits or fewer, each is written as the short one. No number
needs more than 17 digits. A number that is read from a paper, and not from a file of a repository, has at most six.

Bad:

    values: {L5H10: -0.746999979019165}

Good:

    values: {L5H10: -0.747}
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache

from headkb.catalog import Catalog
from headkb.catalog.digits import noise, significant
from headkb.catalog.record_files import read_beside
from headkb.catalog.rules import Finding
from headkb.catalog.schema import ClaimFile
from headkb.catalog.source import Field
from headkb.catalog.tables import MAX_BYTES

WHY = "digits that no source has look like precision, and are noise"
PRINTED = 6
"""Significant digits of a number in a paper."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per value with too many digits, and one per column of a table that holds such values."""
    rows = cache(lambda table: _rows(catalog, table))
    for file in catalog.claims.values():
        yield from _values(file)
        for index, claim in enumerate(file.claims):
            if claim.table is None:
                continue
            name = f"claims/{claim.table.file}"
            found = noise(_column(rows(claim.table.file), claim.table.column))
            if found:
                (cell, better), many = found[0], f"{len(found)} of its numbers" if len(found) > 1 else "one number"
                message = f"the column {claim.table.column} of {name} has noise in {many}, first {cell}."
                yield Finding(
                    file,
                    ("claims", index, "table", "column"),
                    message,
                    f"write {better}, and the others in the same way",
                )


def _rows(catalog: Catalog, table: str) -> list[list[str]]:
    """A table as it is written; nothing of one that cannot be read, which the rule `bad-table` reports."""
    try:
        return list(csv.reader(io.StringIO(read_beside(catalog.root / "claims" / table, MAX_BYTES), newline="")))
    except (OSError, ValueError, csv.Error):
        return []


def _column(rows: list[list[str]], column: str) -> list[str]:
    """The cells of a column; none where there is no such column."""
    place = rows[0].index(column) if rows and column in rows[0] else None
    return [] if place is None else [row[place] for row in rows[1:] if len(row) > place]


def _values(file: ClaimFile) -> Iterator[Finding]:
    """Values in the file itself, those of one measure together."""
    places: dict[str, list[tuple[Field, str, bool]]] = {}
    for index, claim in enumerate(file.claims):
        numbers: list[tuple[Field, float]] = [
            (("claims", index, "values", str(head)), value) for head, value in claim.values.items()
        ]
        if claim.value is not None:
            numbers.append((("claims", index, "value"), claim.value))
        printed = claim.source.repository is None
        places.setdefault(claim.measure or "", []).extend((at, repr(value), printed) for at, value in numbers)
    for listed in places.values():
        better = dict(noise(cell for _, cell, _ in listed))
        for field, cell, printed in listed:
            if cell in better:
                yield Finding(file, field, f"{cell} carries digits of its storage.", f"write {better[cell]}")
            elif printed and significant(cell) > PRINTED:
                message = f"{cell} has {significant(cell)} digits, and its source is no file of a repository."
                yield Finding(
                    file, field, message, "write the digits that the source prints, or name the file they stand in"
                )
