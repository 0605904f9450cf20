"""Models whose heads are talked about."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from headkb.catalog.schema.common import Named, OneLine, Piece, Sha256, Source, Text
from headkb.catalog.schema.ids import ModelId
from headkb.head_index import HeadIndex

LEARNED = 0.95
"""Held-out accuracy from which a task counts as learned."""


class TaskAccuracy(Piece):
    """How often a trained model is right on prompts of one task that training never showed."""

    task: OneLine
    accuracy: float = Field(ge=0, le=1)
    answers: int = Field(ge=1, description="How many answers were asked for.")
    note: OneLine | None = Field(None, description="What was held out, or how an answer counts as right.")

    @property
    def learned(self) -> bool:
        """Whether the task counts as learned."""
        return self.accuracy >= LEARNED


class Card(Piece):
    """How a model of this project came about, and what it can do."""

    data: Text = Field(description="What it was trained on.")
    steps: int = Field(ge=1)
    seed: int = Field(ge=0)
    loss: float | None = Field(None, ge=0, description="Mean training loss over the last part of the curve.")
    accuracies: tuple[TaskAccuracy, ...] = ()
    not_learned: tuple[OneLine, ...] = Field(
        (), description="What training was to teach and did not, or what it never taught."
    )
    limits: Text | None = Field(None, description="What not to read into it.")
    command: OneLine = Field(description="The command that trains it again.")
    seconds: float | None = Field(None, gt=0, description="Wall-clock time of that training.")
    hardware: OneLine | None = None
    versions: dict[str, OneLine] = Field(default_factory=dict, description="Software that gave these very weights.")

    @model_validator(mode="after")
    def _every_failure_told(self) -> Card:
        failed = {result.task for result in self.accuracies if not result.learned}
        if failed - set(self.not_learned):
            raise ValueError(
                f"accuracy below {LEARNED} on {', '.join(sorted(failed - set(self.not_learned)))}: name it in `not_learned`"
            )
        return self


class Model(Named):
    """A model with the shape that head coordinates must fit into."""

    kind: ClassVar[str] = "models"
    type: Literal["public", "exact", "organism", "unreleased"] = Field(alias="kind")
    hub_id: Annotated[str, StringConstraints(pattern=r"^[\w.-]+(/[\w.-]+)?$")] | None = None
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{7,40}$")] | None = None
    quantisation_of: ModelId | None = Field(
        None, description="The full-precision model that this is a quantised copy of."
    )
    neuronpedia: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")] | None = Field(
        None,
        description="Its name on neuronpedia.org (`np_model_to_hf.json` of hijohnnylin/neuronpedia), if that shows its heads.",
    )
    weights_sha256: Sha256 | None = None
    family: OneLine
    architecture: OneLine | None = None
    n_layers: int = Field(ge=1, le=1000)
    n_heads: int = Field(ge=1, le=1000)
    n_key_value_heads: int | None = Field(None, ge=1, le=1000)
    d_model: int | None = Field(None, ge=1)
    d_head: int | None = Field(None, ge=1)
    parameters: OneLine | None = None
    licence: OneLine | None = None
    gated: bool | None = None
    modality: Literal["text", "vision-language", "vision", "audio", "other"] = "text"
    description: Text | None = None
    card: Card | None = Field(None, description="How it was trained, for a model that this project trained itself.")
    training_curve: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*\.csv$")] | None = Field(
        None, description="CSV beside the record: `step` and one column a series."
    )
    sources: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _grouped(self) -> Model:
        kv = self.n_key_value_heads
        if kv is not None and (kv > self.n_heads or self.n_heads % kv):
            raise ValueError(f"n_heads ({self.n_heads}) must be a multiple of n_key_value_heads ({kv})")
        return self

    def holds(self, head: HeadIndex, key_value: bool = False) -> bool:
        """Whether the coordinate exists in this model."""
        width = (self.n_key_value_heads or self.n_heads) if key_value else self.n_heads
        return head.layer < self.n_layers and head.head < width
