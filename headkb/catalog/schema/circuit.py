"""Circuits: head types working together on a task."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from headkb.catalog.schema.common import Distinct, Named, OneLine, Piece, Source, Text
from headkb.catalog.schema.ids import BenchmarkId, HeadId, Id, ModelId
from headkb.head_index import HeadIndex


class Node(Piece):
    """A group of heads with one role, or another component of the model."""

    id: Id
    head: HeadId | None = None
    heads: Distinct[HeadIndex] = ()
    component: OneLine | None = None
    role: Text

    @model_validator(mode="after")
    def _head_or_component(self) -> Node:
        if self.head is None and self.component is None:
            raise ValueError("a node names a `head` type, or a `component` such as MLP 0 or logits")
        return self


class Edge(Piece):
    """What one node passes to another, and through which input."""

    start: Id = Field(alias="from")
    end: Id = Field(alias="to")
    via: Literal["q", "k", "v", "residual", "logits"]
    note: Text | None = None


class Faithfulness(Piece):
    """How much of the behaviour the circuit accounts for, as published."""

    metric: OneLine
    value: OneLine
    note: Text | None = None
    sources: tuple[Source, ...] = Field(min_length=1)


class Circuit(Named):
    """A graph of nodes and edges, for one task in one model."""

    kind: ClassVar[str] = "circuits"
    task: Text
    benchmark: BenchmarkId | None = None
    model: ModelId | None = None
    definition: Text
    description: Text | None = None
    nodes: Distinct[Node] = Field(min_length=1)
    edges: Distinct[Edge] = ()
    faithfulness: tuple[Faithfulness, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
