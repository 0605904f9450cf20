"""The records of every kind in one place, by kind and id."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from headkb.catalog import schema
from headkb.catalog.glance import WIDTH, Glance, WithGlance, counted
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.prose import prose_and_sources
from headkb.catalog.source import Field
from headkb.catalog.spelling import normalise

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog

R = TypeVar("R", bound=schema.Record)
FIRST = 20
"""Records that are named where all of a kind are shown at a glance."""


class ById(WithGlance, dict[str, R]):
    """The records of one kind: id → record. A dict that shows its first entries, where a dict would print every record whole."""

    def glance(self) -> Glance:
        """How many there are, and the first by id and name."""
        if not self:
            return Glance("no records")
        kind = next(iter(self.values())).kind
        longest = max(map(len, list(self)[:FIRST]))
        rows = [
            (key, textwrap.shorten(_named(record), WIDTH - longest - 4, placeholder=" …"))
            for key, record in list(self.items())[:FIRST]
        ]
        rest = (
            [("…", f'and {len(self) - FIRST:,} more; catalog.to_pandas("{kind}") has all')] if len(self) > FIRST else []
        )
        return Glance(f"catalog.{kind}", _number(kind, len(self)), facts=(*rows, *rest), page=f"{kind}/")


@dataclass(frozen=True)
class Records:
    """The records of each kind, by id."""

    heads: Mapping[str, schema.Head] = field(default_factory=dict)
    papers: Mapping[str, schema.Paper] = field(default_factory=dict)
    methods: Mapping[str, schema.Method] = field(default_factory=dict)
    scores: Mapping[str, schema.ScoreRecord] = field(default_factory=dict)
    benchmarks: Mapping[str, schema.Benchmark] = field(default_factory=dict)
    stages: Mapping[str, schema.Stage] = field(default_factory=dict)
    circuits: Mapping[str, schema.Circuit] = field(default_factory=dict)
    models: Mapping[str, schema.Model] = field(default_factory=dict)
    claims: Mapping[str, schema.ClaimFile] = field(default_factory=dict)
    runs: Mapping[str, schema.Run] = field(default_factory=dict)
    atlases: Mapping[str, schema.Atlas] = field(default_factory=dict)
    tools: Mapping[str, schema.Tool] = field(default_factory=dict)
    glossary: Mapping[str, schema.Term] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one in fields(Records):
            object.__setattr__(self, one.name, ById(getattr(self, one.name)))

    def of(self, kind: Kind) -> Mapping[str, schema.Record]:
        """All records of a kind, by id."""
        records: Mapping[str, schema.Record] = getattr(self, kind)
        return records

    def records(self) -> Iterator[tuple[Kind, schema.Record]]:
        """Every record of every kind."""
        for kind in KINDS:
            for record in self.of(kind).values():
                yield kind, record

    @cached_property
    def written_by_hand(self) -> list[schema.Record]:
        """Every record but runs and atlases, which tools write."""
        return [record for kind, record in self.records() if kind not in ("runs", "atlases")]

    @cached_property
    def prose(self) -> list[tuple[schema.Record, Field, str]]:
        """Every text that people wrote into records, with its field."""
        return self._prose_and_sources[0]

    @cached_property
    def sources(self) -> list[tuple[schema.Record, Field, schema.Source]]:
        """Every source that people gave, with its field."""
        return self._prose_and_sources[1]

    @cached_property
    def _prose_and_sources(
        self,
    ) -> tuple[list[tuple[schema.Record, Field, str]], list[tuple[schema.Record, Field, schema.Source]]]:
        found = [(record, prose_and_sources(record)) for record in self.written_by_hand]
        return (
            [(record, *text) for record, (texts, _) in found for text in texts],
            [(record, *source) for record, (_, sources) in found for source in sources],
        )

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


def _named(record: schema.Record) -> str:
    return counted(len(record.claims), "claim") if isinstance(record, schema.ClaimFile) else record.title_text()


def _number(kind: str, number: int) -> str:
    """`117 head types`."""
    words = {"claims": "files of claims", "atlases": "atlases"}
    label = next(spec.label.lower() for name, spec in KINDS.items() if name == kind)
    return f"{number:,} {label if number == 1 else words.get(kind, f'{label}s')}"


def catalog_glance(catalog: Catalog) -> Glance:
    """How many records of each kind there are, and how they are reached."""
    said = {kind: _number(kind, len(catalog.of(kind))) for kind in KINDS}
    said |= {"claims": f"{len(catalog.statements):,} claims of {len(catalog.claims):,} sources"}
    refused = sum(map(len, catalog.refused.values()))
    more = (
        ("refused", f"{counted(refused, 'file')} that cannot be read" if refused else ""),
        (
            "look up",
            'catalog.heads["induction"], catalog.resolve("heads", "S Inhibition Head"), catalog.to_pandas("claims")',
        ),
    )
    return Glance(f"Catalog({str(catalog.root)!r})", facts=(*said.items(), *more))
