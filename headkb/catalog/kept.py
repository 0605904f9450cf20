"""A catalog read with the help of what was kept of the last reading: what parsing its files gave, so that only the schemas are left to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headkb.catalog.catalog import Catalog
from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.load import load, load_kind, without_garbage_collection
from headkb.catalog.prepared import Prepared, PreparedPart
from headkb.catalog.schema import Record

PART = "files"


def load_kept(prepared: Prepared) -> tuple[Catalog, list[Diagnostic]]:
    """As `load`; from what was kept where no file has changed, and keeping it where one has.

    The records of a kind are made when the first of them is asked for, of what was kept: files that change meanwhile make no difference.
    """
    part = prepared.get(PART)
    if part is not None:
        kinds: dict[Kind, Any] = {kind: LazyRecords(prepared.root, kind, part) for kind in KINDS}
        return Catalog(root=prepared.root, **kinds, refused=_refused(part)), problems_of(part)
    parsed: dict[str, Any] = {}
    catalog, problems = load(prepared.root, parsed)
    refused = {kind: {stem: asdict(d) for stem, d in some.items()} for kind, some in catalog.refused.items() if some}
    prepared.put(PART, {"problems": [asdict(d) for d in problems], "refused": refused}, parsed)
    return catalog, problems


def problems_of(part: PreparedPart) -> list[Diagnostic]:
    """The problems of the files that were read for a part."""
    return [Diagnostic(**problem) for problem in part.about["problems"]]


def _refused(part: PreparedPart) -> dict[Kind, dict[str, Diagnostic]]:
    refused: Mapping[str, Mapping[str, Any]] = part.about["refused"]
    return {kind: {stem: Diagnostic(**d) for stem, d in refused.get(kind, {}).items()} for kind in KINDS}


class LazyRecords(Mapping[str, Record]):
    """The records of a kind by id, made of parsed files when they are first asked for."""

    def __init__(self, root: Path, kind: Kind, part: PreparedPart) -> None:
        """Of a part that `load_kept` wrote."""
        self._root, self._kind, self._part = root, kind, part

    @cached_property
    def _records(self) -> dict[str, Any]:
        schema = KINDS[self._kind].schema
        rows = {name.partition("/")[2]: data for name, data in self._part.rows(f"{self._kind}/").items()}
        try:
            with without_garbage_collection():
                return {stem: schema.model_validate({**data, "id": stem}) for stem, data in rows.items()}
        except ValidationError:  # they were valid when they were kept
            return load_kind(self._root, self._kind)[0]

    def __getitem__(self, key: str) -> Record:
        record: Record = self._records[key]
        return record

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)
