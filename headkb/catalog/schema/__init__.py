"""The ten kinds of record, one frozen pydantic model each, and the registry that maps a folder to its model."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from headkb.catalog.schema.benchmark import Benchmark
from headkb.catalog.schema.circuit import Circuit, Node
from headkb.catalog.schema.claim import Claim, ClaimFile
from headkb.catalog.schema.common import Alias, Erratum, Record, Source
from headkb.catalog.schema.glossary import Term
from headkb.catalog.schema.head import Head
from headkb.catalog.schema.ids import KINDS, Kind, normalise
from headkb.catalog.schema.method import Method
from headkb.catalog.schema.model import Model
from headkb.catalog.schema.paper import Paper
from headkb.catalog.schema.run import Run
from headkb.catalog.schema.stage import Stage
from headkb.head_index import HeadIndex, parse_head

SCHEMAS: dict[Kind, type[Record]] = {
    "heads": Head,
    "papers": Paper,
    "methods": Method,
    "benchmarks": Benchmark,
    "stages": Stage,
    "circuits": Circuit,
    "models": Model,
    "claims": ClaimFile,
    "runs": Run,
    "glossary": Term,
}


def json_schema(kind: Kind) -> dict[str, Any]:
    """JSON Schema of a record *file* of this kind: what editors complete from. The `id` is the file's stem, so it is left out."""
    schema = TypeAdapter(SCHEMAS[kind]).json_schema(by_alias=True)
    schema["properties"].pop("id")
    schema["required"] = [name for name in schema.get("required", []) if name != "id"]
    return schema


__all__ = [
    "KINDS",
    "SCHEMAS",
    "Alias",
    "Benchmark",
    "Circuit",
    "Claim",
    "ClaimFile",
    "Erratum",
    "Head",
    "HeadIndex",
    "Kind",
    "Method",
    "Model",
    "Node",
    "Paper",
    "Record",
    "Run",
    "Source",
    "Stage",
    "Term",
    "json_schema",
    "normalise",
    "parse_head",
]
