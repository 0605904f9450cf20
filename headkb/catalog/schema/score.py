"""Scores that headkb computes: one record for every function that the code registers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from headkb.catalog.schema.asking import ON_ONE_LINE, asked
from headkb.catalog.schema.common import Named, OneLine, Piece, Remark, Source, Text
from headkb.catalog.schema.ids import Id
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.method import Cost
from headkb.catalog.schema.numbers import Number, scalar
from headkb.direction import Direction

Need = Literal["pattern", "weights", "passes", "gradients", "answers", "training", "positions", "logits"]
"""`pattern`: attention patterns; `weights`: matrices; `passes`: runs of the model that are edited or taken apart; `gradients`: backward
passes; `answers`: prompts with the right next token; `training`: a probe is fitted; `positions`: prompts with named positions;
`logits`: a model with an unembedding."""

Value = Annotated[
    bool | int | float | str | None, BeforeValidator(lambda value: None if value == "null" else scalar(value))
]
"""A keyword's value; `null` = None."""


def _bound(value: float | None) -> str:
    return "any" if value is None else f"{value:g}"


class Bounds(Piece):
    """Smallest and largest value with the default parameters; a bound that is left out does not exist."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    least: Number | None = Field(None, description="The smallest value.", json_schema_extra=asked(usual="0"))
    most: Number | None = Field(None, description="The largest value.", json_schema_extra=asked(usual="1"))

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{_bound(self.least)} to {_bound(self.most)}"


class ParameterRecord(Piece):
    """What one keyword of a score does."""

    default: Value = Field(description="Value that the score has without it.")
    meaning: Text = Field(description="What it changes.")
    recipes: bool = Field(True, description="Whether a recipe may set it; token ids mean nothing without a tokenizer.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"= {self.default}"


class VariantRecord(Piece):
    """A published definition of the same idea, as parameters of the score."""

    named_by: ClassVar[tuple[str, ...]] = ("tool",)

    parameters: dict[str, Value] = Field(
        min_length=1, description="Keywords with which the score equals it.", json_schema_extra=ON_ONE_LINE
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is published.")
    tool: OneLine | None = Field(None, description="Name of the tool whose number it equals.")
    note: Text = Field(description="How it differs from the score itself, or on which prompts it is defined.")


class ScoreRecord(Named):
    """A number for every head of a model: what it means, where it comes from, and what it costs."""

    kind: ClassVar[str] = "scores"
    facts: ClassVar[tuple[str, ...]] = (
        "aliases",
        "needs",
        "formula",
        "range",
        "unit",
        "direction",
        "cost",
        "parameters",
        "variants",
    )
    summary: Text = Field(description="What a high value means, in one sentence.")
    needs: Distinct[Need] = Field(
        min_length=1, description="What of a model it reads.", json_schema_extra=asked(usual="pattern")
    )
    formula: Text = Field(description="LaTeX; A is the pattern, z a head's output before W_O, m the metric.")
    range: Bounds = Field(description="Smallest and largest value with the default parameters.")
    unit: OneLine = Field(description="Its unit: nats, logits.", json_schema_extra=asked(usual="unitless"))
    direction: Direction = Field(
        description="Whether the heads looked for have high values (`more`), low ones (`less`), or values far from 0 of either sign (`size`).",
        json_schema_extra=asked(usual="more"),
    )
    direction_reason: Text = Field(description="Why so, from the formula: what a value at either end says of the head.")
    cost: Cost = Field(description="P prompts or pairs, L layers, H heads a layer.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is defined, with a locator or a path.")
    pitfalls: tuple[Remark, ...] = Field((), description="Known ways to go wrong.")
    parameters: dict[str, ParameterRecord] = Field(default_factory=dict, description="Keyword → what it does.")
    variants: dict[Id, VariantRecord] = Field(default_factory=dict, description="Id → a published definition.")

    @model_validator(mode="after")
    def _located(self) -> ScoreRecord:
        for source in (*self.sources, *(s for variant in self.variants.values() for s in variant.sources)):
            if not source.located:
                raise ValueError("every source of a score needs a `locator`, or a `path` in its repository")
        return self

    @model_validator(mode="after")
    def _known_parameters(self) -> ScoreRecord:
        for name, variant in self.variants.items():
            if unknown := sorted(set(variant.parameters) - set(self.parameters)):
                raise ValueError(f"the variant {name} sets {unknown[0]}, which is none of the `parameters`")
        return self
