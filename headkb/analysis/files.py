"""A table of heads as a file: CSV and Parquet with one row a head, JSON with everything that is known of each score."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from headkb.catalog.writing import write_bytes
from headkb.errors import HeadkbError, need_installed

if TYPE_CHECKING:
    from headkb.analysis.head_table import HeadTable


def save(table: HeadTable, path: Path) -> Path:
    """Write the table, whole or not at all; errors are those of `HeadTable.save`."""
    return write_bytes(path, encoded(table, file_form(path)))


def file_form(path: Path) -> str:
    """`csv`, `json` or `parquet`, by the end of the name; asked before anything is computed.

    Raises:
        HeadkbError: If it is none of these, or a package is missing for it.
    """
    form = path.suffix.lower().removeprefix(".")
    if form not in ("csv", "json", "parquet"):
        raise HeadkbError(
            f"{path.name} ends in {f'.{form}' if form else 'no suffix'}. Choose a name that ends in .csv, .json or .parquet."
        )
    if form == "parquet":
        need_installed("a Parquet file", ("pyarrow",), "notebook")
    return form


def encoded(table: HeadTable, form: str, top: int = 10) -> bytes:
    """The bytes of a table as `csv`, `json` or `parquet`."""
    if form == "parquet":
        return _parquet(table)
    return (csv_text(table) if form == "csv" else json_text(table, top)).encode("utf-8")


def csv_text(table: HeadTable) -> str:
    """`layer,head` and the columns of each score, every digit of the values, empty = undefined."""
    names, rows = table.rows()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([["" if value is None else value for value in row] for row in rows])
    return out.getvalue()


def json_text(table: HeadTable, top: int = 10) -> str:
    """`HeadTable.data` as `headkb score SCORE --json` prints it."""
    return json.dumps(table.data(top), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _parquet(table: HeadTable) -> bytes:
    """One row a head; what `data()` says beside the values stands in the file's metadata under `headkb`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names, rows = table.rows()
    kinds = [pa.int32(), pa.int32(), *(pa.float64() for _ in names[2:])]
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    data = table.data(0)
    facts = [
        {key: value for key, value in of.items() if key not in ("top", "values")}
        for of in (data if isinstance(data, list) else [data])
    ]
    metadata = {"headkb": json.dumps(facts, ensure_ascii=False, allow_nan=False)}
    out = io.BytesIO()
    pq.write_table(pa.table(arrays, pa.schema(zip(names, kinds, strict=True), metadata=metadata)), out)
    return out.getvalue()
