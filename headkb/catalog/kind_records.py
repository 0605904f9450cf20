"""The records of every kind in one place, by kind and id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from headkb.catalog import schema


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
