"""The kinds of record, one frozen pydantic model each."""

from __future__ import annotations

from headkb.catalog.schema.atlas import Atlas
from headkb.catalog.schema.benchmark import Benchmark
from headkb.catalog.schema.circuit import Circuit, Node
from headkb.catalog.schema.claim import Claim, ClaimFile
from headkb.catalog.schema.common import Alias, Erratum, Record, Source
from headkb.catalog.schema.glossary import Term
from headkb.catalog.schema.head import Head
from headkb.catalog.schema.method import Method
from headkb.catalog.schema.model import Model
from headkb.catalog.schema.paper import Paper
from headkb.catalog.schema.run import Run
from headkb.catalog.schema.score import ScoreRecord
from headkb.catalog.schema.stage import Stage
from headkb.catalog.schema.tool import Tool
from headkb.catalog.spelling import normalise
from headkb.head_index import HeadIndex, parse_head

__all__ = [
    "Alias",
    "Atlas",
    "Benchmark",
    "Circuit",
    "Claim",
    "ClaimFile",
    "Erratum",
    "Head",
    "HeadIndex",
    "Method",
    "Model",
    "Node",
    "Paper",
    "Record",
    "Run",
    "ScoreRecord",
    "Source",
    "Stage",
    "Term",
    "Tool",
    "normalise",
    "parse_head",
]
