"""Atlases: every head of one model under every measure, with what is needed to measure it again."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from headkb.catalog.schema.common import Date, OneLine, Piece, Record, Sha256, Text, Versions
from headkb.catalog.schema.ids import Id, ModelId, ScoreId
from headkb.catalog.schema.numbers import Number, Size
from headkb.catalog.schema.passport import RunPassport
from headkb.catalog.schema.run_prompts import RunPrompts
from headkb.catalog.schema.score import Value


class AtlasPrompts(RunPrompts):
    """One set of prompts, which several columns share."""

    id: Id
    tokens: Size = Field(description="Real tokens of all prompts together, special tokens included.")


class Column(Piece):
    """One column of the table: a score of every head."""

    id: Id = Field(description="Name of the column in the table.")
    score: ScoreId
    version: Size = Field(description="Version of the score.")
    parameters: dict[str, Value] = Field(
        default_factory=dict, description="Parameters of the score, where not the defaults."
    )
    prompts: Id | None = Field(None, description="One of `prompts`; absent where the score reads weights alone.")
    unit: OneLine | None = Field(
        None, description="Where the parameters give another unit than the score's record says."
    )
    baseline: Number | None = Field(
        None,
        description="What the unchanged model does on these prompts, in the column's unit: its loss, its logit difference.",
    )


class LeftOut(Piece):
    """A column that this model cannot have."""

    id: Id
    score: ScoreId
    why: Text


class Atlas(Record):
    """The atlas of one model; its id is the model's. `<id>.csv` beside it holds the table, `<id>.heads.json` patterns and tokens."""

    kind: ClassVar[str] = "atlases"
    facts: ClassVar[tuple[str, ...]] = ("model", "dtype", "columns", "left_out", "prompts", "hardware", "date")
    model: ModelId
    model_source: Literal["exact", "directory", "package", "cache", "hub", "memory"]
    revision: OneLine | None = None
    weights_sha256: Sha256
    dtype: OneLine
    attention: OneLine
    versions: Versions
    hardware: OneLine = Field(description="Kind of machine and device.")
    seconds: Number = Field(ge=0, description="Processor time of all measures together, loading left out.")
    date: Date
    columns: tuple[Column, ...] = Field(min_length=1, description="In the order of the table.")
    left_out: tuple[LeftOut, ...] = Field((), description="Columns that were not measured, each with the reason.")
    prompts: tuple[AtlasPrompts, ...] = ()
    passport: RunPassport = Field(description="What the model was, as measured when it was loaded.")

    @model_validator(mode="after")
    def _whole(self) -> Atlas:
        if self.id != self.model:
            raise ValueError(f"an atlas is named after its model: call the file {self.model}.yaml")
        for name, ids in (("columns", [c.id for c in self.columns]), ("prompts", [p.id for p in self.prompts])):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two of the `{name}` share an id")
        sets = {p.id for p in self.prompts}
        for column in self.columns:
            if column.prompts is not None and column.prompts not in sets:
                raise ValueError(f"the column {column.id} names {column.prompts}, which is none of the `prompts`")
        return self

    def column(self, name: str) -> Column | None:
        """One column by its name; None if the atlas does not have it."""
        return next((column for column in self.columns if column.id == name), None)

    def title_text(self) -> str:
        """What it is an atlas of."""
        return f"Atlas of {self.model}"
