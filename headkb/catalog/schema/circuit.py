"""Circuits: head types working together on a task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from headkb.catalog.glance import in_words
from headkb.catalog.schema.asking import ON_ONE_LINE, asked
from headkb.catalog.schema.common import Distinct, Named, OneLine, Piece, Source, Text
from headkb.catalog.schema.ids import BenchmarkId, HeadId, Id, ModelId
from headkb.head_index import HeadIndex


class Node(Piece):
    """A group of heads with one role, or another component of the model."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    id: Id = Field(description="A short id within the circuit.")
    head: HeadId | None = Field(
        None, description="Id of a head type.", json_schema_extra=asked(must=True, unless=("component",))
    )
    heads: Distinct[HeadIndex] = Field((), description="Its heads in `model`: L9H6.")
    component: OneLine | None = Field(None, description="What it is instead of heads: MLP 0, logits.")
    role: Text = Field(description="Its part in the circuit.")

    @model_validator(mode="after")
    def _head_or_component(self) -> Node:
        if self.head is None and self.component is None:
            raise ValueError("a node names a `head` type, or a `component` such as MLP 0 or logits")
        return self

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.id} ({in_words(self.heads)})" if self.heads else self.id


Via = Literal["q", "k", "v", "residual", "logits"]
_VIA = {"enum": list(get_args(Via))}


def _check_inputs(inputs: tuple[Via, ...]) -> tuple[Via, ...]:
    if len(set(inputs)) < len(inputs):
        raise ValueError("an input is listed twice")
    if len(inputs) > 1 and not set(inputs) <= {"q", "k", "v"}:
        raise ValueError(
            "only q, k and v are inputs of one head and may stand together; the residual stream and the logits stand alone"
        )
    return inputs


Inputs = Annotated[
    tuple[Via, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    Field(min_length=1),
    AfterValidator(_check_inputs),
    PlainSerializer(lambda inputs: inputs[0] if len(inputs) == 1 else list(inputs)),
    WithJsonSchema({"anyOf": [_VIA, {"type": "array", "items": _VIA, "minItems": 1, "uniqueItems": True}]}),
]
"""One input as a word, or a list of several of q, k and v."""


class Edge(Piece):
    """What one node passes to another, and through which input or inputs."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    start: Id = Field(alias="from", description="The node that writes.")
    end: Id = Field(alias="to", description="The node that reads.")
    via: Inputs = Field(description="One input, or a list of several of q, k and v.")
    note: Text | None = Field(None, description="What is passed.")
    sources: tuple[Source, ...] = Field((), description="Where that is said, if not in the circuit's own sources.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.start} → {self.end}"


class InModel(Piece):
    """The circuit in another model than the first."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    model: ModelId = Field(description="Id of a model.")
    heads: dict[Id, Distinct[HeadIndex]] = Field(
        default_factory=dict, description="Node → its heads in this model; nodes that are left out have none named."
    )
    same_heads: bool = Field(False, description="Whether the heads of every node were found at work here, too.")
    note: Text | None = Field(None, description="How it differs there.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where that is said.")

    @model_validator(mode="after")
    def _one_way(self) -> InModel:
        if self.heads and self.same_heads:
            raise ValueError("give the `heads` of each node in this model, or `same_heads`")
        return self


class Faithfulness(Piece):
    """How much of the behaviour the circuit accounts for, as published."""

    metric: OneLine = Field(description="What was measured.")
    value: OneLine = Field(description="The published figure.")
    note: Text | None = Field(None, description="What it was measured on.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it stands.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.metric}: {self.value}"


class Circuit(Named):
    """A graph of nodes and edges, for one task in one model or several."""

    kind: ClassVar[str] = "circuits"
    facts: ClassVar[tuple[str, ...]] = ("task", "models", "nodes", "edges", "faithfulness", "sources")
    task: Text = Field(description="What the circuit does.")
    benchmark: BenchmarkId | None = Field(None, description="The prompts that it was found on.")
    model: ModelId | None = Field(None, description="The model in which its heads are named.")
    also_in: tuple[InModel, ...] = Field((), description="Further models in which the circuit was found.")
    definition: Text = Field(description="One sentence: how it does that.")
    description: Text | None = Field(None, description="How it works, step by step, and how it was found.")
    nodes: Distinct[Node] = Field(min_length=1, description="Groups of heads, and other components.")
    edges: Distinct[Edge] = Field((), description="What the nodes pass to each other.")
    faithfulness: tuple[Faithfulness, ...] = Field((), description="How much of the behaviour it accounts for.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is described.")

    @model_validator(mode="after")
    def _models_are_distinct(self) -> Circuit:
        if self.also_in and self.model is None:
            raise ValueError("`also_in` names further models; name the first in `model`")
        if len(set(self.models)) < len(self.models):
            raise ValueError("a model is named twice in `model` and `also_in`")
        return self

    @property
    def models(self) -> tuple[str, ...]:
        """Every model in which it was found, the one of the record first."""
        return (*([self.model] if self.model else []), *(other.model for other in self.also_in))

    def heads_in(self, model: str) -> Iterator[tuple[Node, tuple[HeadIndex, ...]]]:
        """Every node with its heads in a model of the circuit."""
        other = next((some for some in self.also_in if some.model == model), None)
        for node in self.nodes:
            yield node, node.heads if other is None or other.same_heads else other.heads.get(node.id, ())
