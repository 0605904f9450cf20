"""The catalog in memory: a read-only mapping per kind of record, and the look-ups across them.

Facts are stored once and turned round here: a paper says which heads it introduces, so the papers of a head are computed; claims
and runs name heads, so what is known of L9H9 is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeVar, overload

from headkb.catalog.kinds import KINDS, Kind, Records
from headkb.catalog.schema import Claim, ClaimFile, Head, HeadIndex, Model, Paper, Record, Run, normalise
from headkb.errors import UnknownNameError

V = TypeVar("V")


@dataclass(frozen=True)
class Statement:
    """One claim together with the file that holds it; `id` is `<file>/<claim>`."""

    id: str
    file: ClaimFile
    claim: Claim


@dataclass(frozen=True, kw_only=True)
class Catalog(Records):
    """Every record, by kind and id. Build it with `headkb.load_catalog()` or `headkb.catalog.load.load(folder)`."""

    root: Path

    def of(self, kind: Kind) -> Mapping[str, Record]:
        """All records of a kind, by id."""
        records: Mapping[str, Record] = getattr(self, kind)
        return records

    def records(self) -> Iterator[tuple[Kind, Record]]:
        """Every record of every kind."""
        for kind in KINDS:
            for record in self.of(kind).values():
                yield kind, record

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """Every single claim by its full id, `<file>/<claim>`."""
        return {
            f"{file.id}/{claim.id}": Statement(f"{file.id}/{claim.id}", file, claim)
            for file in self.claims.values()
            for claim in file.claims
        }

    @cached_property
    def names(self) -> dict[Kind, dict[str, str]]:
        """For every kind: normalised name, alias, former id or hub id → id."""
        table: dict[Kind, dict[str, str]] = {}
        for kind, spec in KINDS.items():
            known: dict[str, str] = {}
            for record in self.of(kind).values():
                extra = [getattr(record, name) for name in spec.identifiers]
                for name in [*record.replaces, *record.names(), *[e for e in extra if e]]:
                    known.setdefault(normalise(name), record.id)
            for record_id in self.of(kind):
                known[normalise(record_id)] = record_id
            table[kind] = known
        return table

    @overload
    def resolve(self, kind: Literal["heads"], name: str) -> Head: ...
    @overload
    def resolve(self, kind: Literal["models"], name: str) -> Model: ...
    @overload
    def resolve(self, kind: Kind, name: str) -> Record: ...
    def resolve(self, kind: Kind, name: str) -> Record:
        """The record that goes by `name`: an id, a name or an alias, however it is spelt.

        Raises:
            UnknownNameError: If there is none; the text has the nearest name.
        """
        records = self.of(kind)
        if name in records:
            return records[name]
        record_id = self.names[kind].get(normalise(name))
        if record_id is None:
            names = [n.casefold() for r in records.values() for n in r.names()]
            known = list(records) if get_close_matches(name.casefold(), records, n=1, cutoff=0.6) else names
            raise UnknownNameError(KINDS[kind].singular, name, known, f"`headkb list {kind}` shows all.")
        return records[record_id]

    @cached_property
    def papers_of_head(self) -> dict[str, list[tuple[Paper, str]]]:
        """Head id → (paper, role), oldest first."""
        papers = sorted(self.papers.values(), key=lambda p: (p.first_public, p.id))
        return _grouped((entry.id, (paper, entry.role)) for paper in papers for entry in paper.heads)

    @cached_property
    def statements_of_head(self) -> dict[str, list[Statement]]:
        """Head id → claims that assert the type or are about it."""
        return _grouped(
            (head_id, statement)
            for statement in self.statements.values()
            for head_id in dict.fromkeys([statement.claim.head, statement.claim.about])
            if head_id
        )

    @cached_property
    def runs_of_head(self) -> dict[str, list[Run]]:
        """Head id → runs, newest first."""
        return _grouped((r.head, r) for r in sorted(self.runs.values(), key=lambda r: (r.date, r.id), reverse=True))

    @cached_property
    def runs_of_claim(self) -> dict[str, list[Run]]:
        """Full claim id → runs that were held against it."""
        return _grouped((run.claim, run) for run in self.runs.values() if run.claim)

    def rung(self, statement_id: str, head: HeadIndex | None = None) -> str:
        """Where a claim stands on the evidence ladder, or what it says of one head.

        A claim is lifted only when every head that it gives a value for was rerun; one that deviates is enough to say so.
        """
        runs = self.runs_of_claim.get(statement_id, [])
        names = [str(head)] if head else list(self.statements[statement_id].claim.values)
        rungs = []
        for name in names:
            verdicts = {run.verdict_on(name) for run in runs}
            rungs.append(
                next((v for v in ("failed", "deviating", "verified-data", "reproduced") if v in verdicts), "reported")
            )
        return next(
            (r for r in ("failed", "deviating", "reported", "verified-data", "reproduced") if r in rungs), "reported"
        )

    def statements_about(self, model_id: str, head: HeadIndex) -> list[Statement]:
        """Claims that name this head of this model (tables are read by `table_values`)."""
        name = str(head)
        return [s for s in self.statements.values() if s.claim.model == model_id and name in s.claim.named_heads()]

    def table_values(self, model_id: str, head: HeadIndex) -> list[tuple[Statement, float]]:
        """Values of this head in published score tables."""
        values = []
        for statement in self.statements.values():
            table = statement.claim.table
            if table is None or statement.claim.model != model_id:
                continue
            value = self.table(table.file).get(table.column, {}).get(head)
            if value is not None:
                values.append((statement, value))
        return values

    @cached_property
    def _tables(self) -> dict[str, dict[str, dict[HeadIndex, float]]]:
        return {}

    def table(self, file: str) -> dict[str, dict[HeadIndex, float]]:
        """A published score table: column → head → value. Empty cells are left out. Raises OSError or ValueError."""
        if file not in self._tables:
            from headkb.catalog.tables import read_table

            self._tables[file] = read_table(self.root / "claims" / file)
        return self._tables[file]

    def training_curve(self, model_id: str) -> dict[str, dict[int, float]]:
        """The training curve of a model: series → step → value; empty where it has none. Raises OSError or ValueError."""
        file = self.models[model_id].training_curve
        if file is None:
            return {}
        from headkb.catalog.tables import read_curve

        return read_curve(self.root / "models" / file)


def _grouped(pairs: Iterable[tuple[str, V]]) -> dict[str, list[V]]:
    """The values of each key, in the order in which they come."""
    groups: dict[str, list[V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
