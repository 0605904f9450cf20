"""The files that hold the catalog for other programs; what is in them says `headkb.catalog.plain_data`."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog, bibliography
from headkb.catalog.escape import csv_cell
from headkb.catalog.export_parquet import parquet_files
from headkb.catalog.export_sqlite import database
from headkb.catalog.head_labels import head_labels, label_index
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import claim_files, plain_records, table_of
from headkb.catalog.schema import Paper
from headkb.catalog.writing import write_bytes

CLAIM_FILES = "claim-files"
"""Name of the file that has whole files of claims."""
Files = Mapping[str, Callable[[], str | bytes]]
"""Name → what makes its content."""


def _per_kind(suffix: str, text_of: Callable[[Catalog, Kind], str]) -> Callable[[Catalog], Files]:
    """Files with one of each kind."""
    return lambda catalog: {f"{kind}.{suffix}": functools.partial(text_of, catalog, kind) for kind in KINDS}


def json_files(catalog: Catalog) -> Files:
    """A list of records for each kind, and the files of claims whole, of which `claims.json` has a record a claim."""
    files: Files = {f"{kind}.json": functools.partial(_json, plain_records, catalog, kind) for kind in KINDS}
    return {**files, f"{CLAIM_FILES}.json": functools.partial(_json, claim_files, catalog)}


def _jsonl_files(catalog: Catalog) -> Files:
    """The same with one record a line."""
    files: Files = {f"{kind}.jsonl": functools.partial(_jsonl, plain_records, catalog, kind) for kind in KINDS}
    return {**files, f"{CLAIM_FILES}.jsonl": functools.partial(_jsonl, claim_files, catalog)}


def label_files(catalog: Catalog) -> Files:
    """The labels of each model, and a list of the models."""
    files: Files = {f"labels/{name}.json": functools.partial(_labels, catalog, name) for name in sorted(catalog.models)}
    return {"labels/index.json": functools.partial(_json, label_index, catalog), **files}


def _labels(catalog: Catalog, model_id: str) -> str:
    return dumps(head_labels(catalog, model_id).data())


def _json(records: Callable[..., Any], *args: Any) -> str:
    return dumps(records(*args))


def _jsonl(records: Callable[..., list[dict[str, Any]]], *args: Any) -> str:
    return "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records(*args))


def _csv(catalog: Catalog, kind: Kind) -> str:
    """One row per record; fields that are not plain values as JSON text, and no text as a formula."""
    columns, rows = table_of(plain_records(catalog, kind))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[csv_cell(cell) for cell in row] for row in [columns, *rows]])
    return text.getvalue()


def _papers(name: str, text_of: Callable[[Iterable[Paper]], str]) -> Callable[[Catalog], Files]:
    """One file with every paper, for citation programs; its keys are record ids."""
    return lambda catalog: {name: lambda: text_of(papers_by_id(catalog))}


def papers_by_id(catalog: Catalog) -> list[Paper]:
    """Every paper, sorted by id."""
    return [paper for _, paper in sorted(catalog.papers.items())]


FORMATS: Mapping[str, Callable[[Catalog], Files]] = {
    "json": json_files,
    "jsonl": _jsonl_files,
    "csv": _per_kind("csv", _csv),
    "bibtex": _papers("papers.bib", bibliography.bibtex_file),
    "ris": _papers("papers.ris", bibliography.ris_file),
    "csl": _papers("papers.json", bibliography.csl_file),
    "sqlite": lambda catalog: {"headkb.sqlite": lambda: database(catalog)},
    "parquet": parquet_files,
    "labels": label_files,
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
