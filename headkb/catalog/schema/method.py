"""Ways in which heads are found."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from headkb.catalog.schema.asking import ON_ONE_LINE, asked
from headkb.catalog.schema.common import Named, OneLine, Piece, Placement, Remark, Source, Text

MethodClass = Literal[
    "modeling-free/modification-based",
    "modeling-free/replacement-based",
    "modeling-required/training-free",
    "modeling-required/training-required",
]


class Cost(Piece):
    """Price in passes through the model."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    forward: OneLine = Field(description="Forward passes: P, L × P.", json_schema_extra=asked(usual="P"))
    backward: OneLine = Field("0", description="Backward passes.")
    note: Text | None = Field(None, description="What else it costs.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.forward} forward, {self.backward} backward"


class Method(Named):
    """A discovery method, placed in the survey's tree."""

    kind: ClassVar[str] = "methods"
    facts: ClassVar[tuple[str, ...]] = (
        "aliases",
        "method_class",
        "formula",
        "cost",
        "implementation",
        "no_implementation",
        "sources",
    )
    method_class: MethodClass = Field(
        alias="class",
        description="Its place in the survey's tree.",
        json_schema_extra=asked(usual="modeling-free/replacement-based"),
    )
    placement: Placement = Field(
        description="Who put it there: the survey, or this project.", json_schema_extra=asked()
    )
    definition: Text = Field(description="One sentence: what is done, and what it shows.")
    description: Text | None = Field(None, description="How it is done, and what for.")
    formula: Text | None = Field(None, description="LaTeX.")
    plain: Text | None = Field(None, description="The formula in words.")
    cost: Cost | None = Field(None, description="Price in passes through the model.")
    pitfalls: tuple[Remark, ...] = Field((), description="Known ways to go wrong.")
    implementation: OneLine | None = Field(None, description="Where headkb computes it.")
    no_implementation: Text | None = Field(
        None,
        description="Why headkb has no code for it.",
        json_schema_extra=asked(must=True, unless=("implementation",)),
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is described.")

    @model_validator(mode="after")
    def _code_or_reason(self) -> Method:
        if bool(self.implementation) == bool(self.no_implementation):
            raise ValueError("give either `implementation`, or `no_implementation` with the reason")
        return self
