"""Ways in which heads are found."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from headkb.catalog.schema.common import Named, OneLine, Piece, Placement, Remark, Source, Text

MethodClass = Literal[
    "modeling-free/modification-based",
    "modeling-free/replacement-based",
    "modeling-required/training-free",
    "modeling-required/training-required",
]


class Cost(Piece):
    """Price in passes through the model."""

    forward: OneLine
    backward: OneLine = "0"
    note: Text | None = None

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
    method_class: MethodClass = Field(alias="class")
    placement: Placement
    definition: Text
    description: Text | None = None
    formula: Text | None = None
    plain: Text | None = Field(None, description="The formula in words.")
    cost: Cost | None = None
    pitfalls: tuple[Remark, ...] = ()
    implementation: OneLine | None = Field(None, description="Where headkb computes it.")
    no_implementation: Text | None = Field(None, description="Why headkb does not.")
    sources: tuple[Source, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _code_or_reason(self) -> Method:
        if bool(self.implementation) == bool(self.no_implementation):
            raise ValueError("give either `implementation`, or `no_implementation` with the reason")
        return self
