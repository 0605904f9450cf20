"""The catalog as plain data for other programs, and the files that hold it.

Every record carries `id`. Links that the catalog stores on one side only are filled in on the other: a head's `papers`, `claims`,
`runs` and `disputes`, a paper's and a model's `claims`. Claims are flattened: one record per claim, with `id` = `<file>/<claim>`.
"""

from __future__ import annotations

import contextlib
import csv
import functools
import io
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog, Statement, bibliography
from headkb.catalog.depths import observed_depth
from headkb.catalog.escape import csv_cell
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema import Head, Model, Paper, Record, Run
from headkb.catalog.showing import Showing
from headkb.catalog.writing import write_bytes

SCHEMA_VERSION = 2
Files = dict[str, Callable[[], str | bytes]]
"""Name → what makes its content."""


def plain_records(catalog: Catalog, kind: Kind) -> list[dict[str, Any]]:
    """The records of one kind, sorted by id, as JSON-ready data."""
    if kind == "claims":
        return [claim_record(catalog, s) for _, s in sorted(catalog.statements.items())]
    return [plain_record(catalog, record) for _, record in sorted(catalog.of(kind).items())]


def plain_record(catalog: Catalog, record: Record) -> dict[str, Any]:
    """One record with its computed links."""
    data = record.data()
    if isinstance(record, Head):
        data.setdefault("aliases", [])
        data["papers"] = [{"id": p.id, "role": role} for p, role in catalog.papers_of_head.get(record.id, [])]
        data["claims"] = [s.id for s in catalog.statements_of_head.get(record.id, [])]
        data["runs"] = [run.id for run in catalog.runs_of_head.get(record.id, [])]
        data["showings"] = [showing_record(catalog, s) for s in catalog.evidence.showings_of_head.get(record.id, [])]
        data["disputes"] = [dispute.data() for dispute in catalog.disputes.of_type.get(record.id, ())]
        seen = observed_depth(catalog, record.id)
        data["depth_of_claims"] = seen.data() if seen else None
    elif isinstance(record, Paper):
        data.setdefault("arxiv", None)
        data.setdefault("links", [])
        data.setdefault("heads", [])
        data["claims"] = [s.id for s in catalog.statements_of_paper.get(record.id, [])]
    elif isinstance(record, Model):
        data["claims"] = [s.id for s in catalog.statements_of_model.get(record.id, [])]
        data["showings"] = [showing_record(catalog, s) for s in catalog.evidence.showings_of_model.get(record.id, [])]
    elif isinstance(record, Run):
        data.setdefault("heads", [])
        data |= run_outcome(catalog, record)
    return data


def run_outcome(catalog: Catalog, run: Run) -> dict[str, Any]:
    """What a run says, recorded or not, worked out from its numbers; see `headkb.catalog.evidence.Outcome`."""
    outcome = catalog.evidence.judged(run)
    return {**asdict(outcome), "outcome": outcome.word}


def showing_record(catalog: Catalog, showing: Showing) -> dict[str, Any]:
    """What the runs of a head type on one model show together."""
    return {
        "head": showing.head_type,
        "model": showing.model,
        "model_kind": catalog.models[showing.model].type,
        "showing": showing.word,
        "heads": [str(head) for head in showing.heads],
        "why": showing.why,
        "runs": [run.id for run in showing.runs],
    }


def claim_record(catalog: Catalog, statement: Statement) -> dict[str, Any]:
    """One claim with its standing and its runs."""
    claim, file = statement.claim, statement.file
    data = claim.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data |= {
        "id": statement.id,
        "head": claim.head,
        "heads": [str(head) for head in claim.named_heads()],
        "standing": catalog.evidence.standing(statement.id),
        "runs": [run.id for run in catalog.runs_of_claim.get(statement.id, [])],
    }
    if claim.measure:
        data["measure"] = {
            "id": claim.measure,
            **file.measures[claim.measure].model_dump(mode="json", exclude_unset=True),
        }
    data |= {key: said for key in ("paper", "no_paper", "no_table") if (said := getattr(file, key))}
    return {"id": data.pop("id"), **data}


def _per_kind(suffix: str, text_of: Callable[[Catalog, Kind], str]) -> Callable[[Catalog], Files]:
    """Files with one of each kind."""
    return lambda catalog: {f"{kind}.{suffix}": functools.partial(text_of, catalog, kind) for kind in KINDS}


def _jsonl(catalog: Catalog, kind: Kind) -> str:
    records = plain_records(catalog, kind)
    return "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records)


def _csv(catalog: Catalog, kind: Kind) -> str:
    """One row per record; fields that are not plain values as JSON text, and no text as a formula."""
    columns, rows = _table(plain_records(catalog, kind))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[csv_cell(cell) for cell in row] for row in [columns, *rows]])
    return text.getvalue()


def _sqlite(catalog: Catalog) -> bytes:
    """A database: one table per kind, and `head_values` with every number of the published score tables."""
    # Made in memory, so that it is written like every other file.
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        with base:
            for kind in KINDS:
                columns, rows = _table(plain_records(catalog, kind))
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


def _table(records: list[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Columns in the order in which they first occur, `id` first, and the rows."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    plain = (str, int, float, type(None))
    return columns, [
        [
            v if isinstance(v := record.get(c), plain) else json.dumps(v, ensure_ascii=False, allow_nan=False)
            for c in columns
        ]
        for record in records
    ]


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
