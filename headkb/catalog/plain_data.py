"""The records as plain data, with the links that the catalog stores on one side only filled in on the other, and as a table.

A head has its `papers`, `claims`, `runs` and `disputes`, a paper and a model their `claims`. Claims are flattened: one record per claim, with
`id` = `<file>/<claim>`.
"""

from __future__ import annotations

import json
from copy import copy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from headkb.catalog.computed_fields import FILLED
from headkb.catalog.depths import observed_depth
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema import Head, Model, Paper, Record, Run
from headkb.errors import check_choice, need_installed

if TYPE_CHECKING:
    import pandas

    from headkb.catalog.catalog import Catalog
    from headkb.catalog.showing import Showing
    from headkb.catalog.statement import Statement


SCHEMA_VERSION = 2
"""Version of all exported data; it rises when a field that programs rely on is renamed or changes its meaning."""
LICENCE = "CC-BY-4.0"
"""Licence of the data, as SPDX writes it."""
CODE_LICENCE = "MIT"
"""That of the package's code."""


def plain_records(catalog: Catalog, kind: Kind) -> list[dict[str, Any]]:
    """The records of one kind, sorted by id, as JSON-ready data."""
    if kind == "claims":
        return [claim_record(catalog, s) for _, s in sorted(catalog.statements.items())]
    return [plain_record(catalog, record) for _, record in sorted(catalog.of(kind).items())]


def claim_files(catalog: Catalog) -> list[dict[str, Any]]:
    """The files of claims as they are written, sorted by id: what belongs to a source as a whole, and all its measures, stand here alone."""
    return [file.data() for _, file in sorted(catalog.claims.items())]


def plain_record(catalog: Catalog, record: Record) -> dict[str, Any]:
    """One record with its computed links; which these are says `headkb.catalog.computed_fields`."""
    data = record.data()
    filled = next((fields for kind, fields in FILLED.items() if kind == record.kind), {})
    data |= {key: copy(value) for key, value in filled.items() if key not in data}
    if isinstance(record, Head):
        data["papers"] = [{"id": p.id, "role": role} for p, role in catalog.papers_of_head.get(record.id, [])]
        data["claims"] = [s.id for s in catalog.statements_of_head.get(record.id, [])]
        data["runs"] = [run.id for run in catalog.runs_of_head.get(record.id, [])]
        data["showings"] = [showing_record(catalog, s) for s in catalog.evidence.showings_of_head.get(record.id, [])]
        data["disputes"] = [dispute.data() for dispute in catalog.disputes.of_type.get(record.id, ())]
        seen = observed_depth(catalog, record.id)
        data["depth_of_claims"] = seen.data() if seen else None
    elif isinstance(record, Paper):
        data["claims"] = [s.id for s in catalog.statements_of_paper.get(record.id, [])]
    elif isinstance(record, Model):
        data["claims"] = [s.id for s in catalog.statements_of_model.get(record.id, [])]
        data["showings"] = [showing_record(catalog, s) for s in catalog.evidence.showings_of_model.get(record.id, [])]
    elif isinstance(record, Run):
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


def table_of(records: list[dict[str, Any]]) -> tuple[list[str], list[list[Any]]]:
    """Columns in the order in which they first occur, `id` first, and the rows; what is no plain value as JSON text."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    plain = (str, int, float, type(None))
    return columns, [
        [
            v if isinstance(v := record.get(c), plain) else json.dumps(v, ensure_ascii=False, allow_nan=False)
            for c in columns
        ]
        for record in records
    ]


def data_frame(catalog: Catalog, kind: Kind) -> pandas.DataFrame:
    """The table of a kind as a DataFrame: the rows and columns of `headkb export csv --out DIR`, lists and mappings as Python objects.

    Raises:
        MissingExtraError: If pandas is not installed.
        UnknownNameError: If there is no such kind.
    """
    check_choice("kind", kind, list(KINDS))
    need_installed("to_pandas", ("pandas",), "notebook")
    import pandas

    records = plain_records(catalog, kind)
    return pandas.DataFrame(records, columns=table_of(records)[0])
