"""The files that hold the catalog for other programs; what is in them says `headkb.catalog.plain_data`."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog, bibliography
from headkb.catalog.escape import csv_cell
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import plain_records, table_of
from headkb.catalog.schema import Paper
from headkb.catalog.writing import write_bytes

SCHEMA_VERSION = 2
Files = dict[str, Callable[[], str | bytes]]
"""Name → what makes its content."""


def _per_kind(suffix: str, text_of: Callable[[Catalog, Kind], str]) -> Callable[[Catalog], Files]:
    """Files with one of each kind."""
    return lambda catalog: {f"{kind}.{suffix}": functools.partial(text_of, catalog, kind) for kind in KINDS}


def _jsonl(catalog: Catalog, kind: Kind) -> str:
    records = plain_records(catalog, kind)
    return "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)


def _csv(catalog: Catalog, kind: Kind) -> str:
    """One row per record; fields that are not plain values as JSON text, and no text as a formula."""
    columns, rows = table_of(plain_records(catalog, kind))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[csv_cell(cell) for cell in row] for row in [columns, *rows]])
    return text.getvalue()


def _sqlite(catalog: Catalog) -> bytes:
    """A database: one table per kind, and `head_values` with every number of the published score tables."""
    # Made in memory, so that it is written like every other file.
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        with base:
            for kind in KINDS:
                columns, rows = table_of(plain_records(catalog, kind))
                names = ", ".join(f'"{c}"' for c in columns)
                base.execute(f'create table "{kind}" ({names or "id"})')
                if columns:
                    base.executemany(f'insert into "{kind}" values ({", ".join("?" * len(columns))})', rows)
            base.execute('create table "head_values" (claim, model, layer integer, head integer, value real)')
            for statement in catalog.statements.values():
                values = catalog.column(statement).items()
                numbers = [(statement.id, statement.claim.model, h.layer, h.head, v) for h, v in values]
                base.executemany("insert into head_values values (?, ?, ?, ?, ?)", numbers)
        return base.serialize()


def _papers(name: str, text_of: Callable[[Iterable[Paper]], str]) -> Callable[[Catalog], Files]:
    """One file with every paper, for citation programs; its keys are record ids."""
    return lambda catalog: {name: lambda: text_of(papers_by_id(catalog))}


def papers_by_id(catalog: Catalog) -> list[Paper]:
    """Every paper, sorted by id."""
    return [paper for _, paper in sorted(catalog.papers.items())]


FORMATS: Mapping[str, Callable[[Catalog], Files]] = {
    "json": _per_kind("json", lambda catalog, kind: dumps(plain_records(catalog, kind))),
    "jsonl": _per_kind("jsonl", _jsonl),
    "csv": _per_kind("csv", _csv),
    "bibtex": _papers("papers.bib", bibliography.bibtex_file),
    "ris": _papers("papers.ris", bibliography.ris_file),
    "csl": _papers("papers.json", bibliography.csl_file),
    "sqlite": lambda catalog: {"headkb.sqlite": lambda: _sqlite(catalog)},
    "schema": _per_kind("schema.json", lambda _, kind: dumps(KINDS[kind].json_schema())),
}
"""Format → the files that it has; `headkb export` says what is in them."""


def export(
    catalog: Catalog, form: str, out: Path, on_trouble: Callable[[str, Exception], None] | None = None
) -> list[Path]:
    """Write the catalog as files of a format; those that were written.

    Args:
        catalog: The catalog.
        form: One of `FORMATS`.
        out: The folder.
        on_trouble: Told the name of a file that failed, and why, while the others go on; None = raise.
    """
    written = []
    for name, make in FORMATS[form](catalog).items():
        try:
            content = make()
            written.append(write_bytes(out / name, content.encode("utf-8") if isinstance(content, str) else content))
        except Exception as error:
            if on_trouble is None:
                raise
            on_trouble(name, error)
    return written


def dumps(data: Any) -> str:
    """JSON as headkb writes it everywhere: UTF-8, two spaces, a final newline."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
