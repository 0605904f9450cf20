"""Runs: what happened when our code met a model, with everything needed to repeat it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from headkb.catalog.glance import in_words
from headkb.catalog.schema.causal import BehaviourSeen, CausalOutcome, Result, causal_result
from headkb.catalog.schema.common import Date, OneLine, Piece, Record, Sha256, Source, Text, Versions
from headkb.catalog.schema.ids import ClaimId, HeadId, Id, ModelId, ScoreId
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.numbers import Count, Layer, Number, Parameters, Seed, Size
from headkb.catalog.schema.passport import RunPassport
from headkb.catalog.schema.run_prompts import RunPrompts
from headkb.direction import Direction, Side, strength, strongest_first
from headkb.head_index import HeadIndex

HeadValue = Annotated[Number | None, BeforeValidator(lambda value: None if value == "null" else value)]
"""A head's value; `null` where the run did not measure the head."""


def by_head(values: Sequence[Sequence[float | None]], layers: Sequence[int] = ()) -> dict[HeadIndex, float]:
    """Rows of values, `[layer][head]`, as head → value; None is left out. `layers` says which layers the rows are, if not all."""
    return {
        HeadIndex(layer, head): value
        for layer, row in zip(layers or range(len(values)), values, strict=True)
        for head, value in enumerate(row)
        if value is not None
    }


def beyond(values: Mapping[HeadIndex, float], threshold: Number | None, side: Side) -> tuple[HeadIndex, ...]:
    """The heads whose value is at or beyond the threshold, strongest first; none without a threshold."""
    if threshold is None:
        return ()
    least = strength(threshold, side)
    return tuple(head for head, value in strongest_first(values, side) if strength(value, side) >= least)


class Expected(Piece):
    """A value that the run is held against, with the independent reason to believe it."""

    head: HeadIndex
    value: Number
    tolerance: Number = Field(gt=0)
    reason: Text = Field(description="Why this value: a construction, a claim, a published table.")
    source: Source | None = None

    def distance(self, value: float | None) -> float:
        """How far a measured value lies from this one; infinite where none was measured."""
        return math.inf if value is None else abs(value - self.value)

    def met_by(self, value: float | None) -> bool:
        """Whether a measured value lies within the tolerance, its edge included; one that was not measured does not."""
        # In floats 0.9 - 0.85 is a little more than 0.05.
        return self.distance(value) <= self.tolerance * (1 + 1e-9)

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.head} {self.value:g} ± {self.tolerance:g}"


class TableComparison(Piece):
    """A run held against a whole published table, in the sign and unit of the table; `heads` are those on both sides."""

    heads: Size = Field(description="How many heads were compared.")
    of: Size = Field(description="How many heads the table has.")
    rank_correlation: Number | None = Field(
        None, ge=-1, le=1, description="Spearman's coefficient; none where there is no order."
    )
    largest_difference: Number = Field(ge=0)
    largest_at: HeadIndex
    top: Size = Field(
        description="How many of the strongest heads were looked for on both sides, by the measure's direction."
    )
    top_shared: Count = Field(description="How many of them are among those of both sides.")
    tolerance: Number | None = Field(None, gt=0, description="Largest difference that the claim allows.")
    least_rank_correlation: Number | None = Field(None, description="Rank correlation that the claim asks for.")

    @property
    def whole(self) -> bool:
        """Whether every head of the table was compared."""
        return self.heads == self.of

    @property
    def too_far(self) -> bool:
        """Whether a single number lies outside the tolerance, which other heads cannot mend."""
        return self.tolerance is not None and self.largest_difference > self.tolerance

    def met(self) -> bool | None:
        """Whether the heads compared meet what the claim asks for; None if it asks for nothing."""
        if self.tolerance is None and self.least_rank_correlation is None:
            return None
        order = -1.0 if self.rank_correlation is None else self.rank_correlation
        return not self.too_far and (self.least_rank_correlation is None or order >= self.least_rank_correlation)

    def text(self) -> str:
        """The comparison on one line."""
        allowed = "" if self.tolerance is None else f" (allowed {self.tolerance:g})"
        least = "" if self.least_rank_correlation is None else f" (asked {self.least_rank_correlation:g})"
        order = "none" if self.rank_correlation is None else f"{self.rank_correlation:.3f}"
        return (
            f"{self.heads} of {self.of} heads, rank correlation {order}{least}, "
            f"largest difference {self.largest_difference:.4g} at {self.largest_at}{allowed}, "
            f"{self.top_shared} of the top {self.top} shared"
        )

    def brief(self) -> str:
        """The piece in a few words."""
        return self.text()


class Repeat(Piece):
    """The score of the found heads, or of the strongest one, on prompts of another seed."""

    seed: Seed
    sha256: Sha256
    values: dict[HeadIndex, Number]


class Invalidation(Piece):
    """Why a run no longer counts."""

    named_by: ClassVar[tuple[str, ...]] = ("reason",)

    date: Date
    reason: Text


class Run(Record):
    """One run of one score on one model."""

    kind: ClassVar[str] = "runs"
    facts: ClassVar[tuple[str, ...]] = (
        "head",
        "recipe",
        "claim",
        "score",
        "model",
        "prompts",
        "threshold",
        "found",
        "expected",
        "table",
        "causal",
        "cause",
        "invalidation",
        "date",
    )
    head: HeadId = Field(description="The head type that the recipe looks for.")
    recipe: Id | None = None
    claim: ClaimId | None = None
    score: ScoreId
    score_version: Size
    score_parameters: Parameters = Field(default_factory=dict)
    model: ModelId
    copy_of: ModelId | None = Field(
        None, description="The model that the claim is about, where `model` is a quantised copy of it."
    )
    model_source: Literal["exact", "directory", "package", "cache", "hub", "published-data"]
    revision: OneLine | None = None
    weights_sha256: Sha256 | None = None
    prompts: RunPrompts
    dtype: OneLine
    attention: OneLine
    bos: OneLine = Field(description="The policy; what really stood before the prompts says `passport.before`.")
    batch_tokens: Size | None = Field(
        None, description="Tokens that went through the model at once at most, padding included."
    )
    versions: Versions
    hardware: OneLine = Field(description="Kind of machine and device.")
    seconds: Number = Field(
        ge=0,
        description="Processor time of the run by itself: a pass or a causal check that it shares with others counts for each.",
    )
    date: Date
    layers: Distinct[Layer] = Field((), description="Layers that `values` covers, where not all.")
    values: tuple[tuple[HeadValue, ...], ...] = Field(min_length=1, description="Mean score, `[layer][head]`.")
    intervals: dict[HeadIndex, tuple[Number, Number]] = Field(
        default_factory=dict, description="95 % bootstrap interval over prompts, for the heads named."
    )
    by_prompt: dict[HeadIndex, tuple[HeadValue, ...]] = Field(
        default_factory=dict, description="Score of each prompt, in order, for the heads that a claim gives a value."
    )
    repeats: tuple[Repeat, ...] = Field((), description="The same heads on prompts of other seeds.")
    threshold: Number | None = None
    higher_is: Side = Field("more", description="The side of the threshold on which a head was selected.")
    heads: Distinct[HeadIndex] = ()
    expected: tuple[Expected, ...] = ()
    table: TableComparison | None = Field(
        None, description="The comparison with a whole published table, where the claim gives one."
    )
    causal: tuple[CausalOutcome, ...] = Field(
        (), description="Causal checks of the head type, made with the heads found."
    )
    joint: tuple[CausalOutcome, ...] = Field(
        (),
        description="The same checks with only those heads that pass every defining recipe of the type, where others had been silenced "
        "with them; they stand in the run of the recipe that was run last.",
    )
    behaviours: tuple[BehaviourSeen, ...] = Field(
        (), description="Whether the model does what the causal checks need, where no head was found to silence."
    )
    rerun_tolerance: Number = Field(1e-4, gt=0, description="How far a rerun may drift before `--check` complains.")
    passport: RunPassport | None = Field(
        None, description="What the model was, as measured when it was loaded; runs on published data have none."
    )
    cause: Text | None = Field(None, description="Why nothing was shown, or a value was missed, where known.")
    invalidation: Invalidation | None = None

    @model_validator(mode="after")
    def _of_one_kind(self) -> Run:
        if (self.recipe is None) == (self.claim is None):
            raise ValueError("a run tests a `recipe` or a `claim`: name one of them")
        if self.behaviours and (self.heads or self.causal or self.joint):
            raise ValueError("`behaviours` are asked where no head was found that a causal check could silence")
        return self

    @model_validator(mode="after")
    def _a_row_a_layer(self) -> Run:
        if self.layers and len(self.layers) != len(self.values):
            raise ValueError(f"`layers` names {len(self.layers)} layers, but `values` has {len(self.values)} rows")
        return self

    @property
    def part(self) -> str | None:
        """The stack that was read, of a model that has several; None of others."""
        part = self.prompts.parameters.get("part")
        return None if part is None else str(part)

    def causal_result(self) -> Result | None:
        """What all causal checks of the run say together; None without a check."""
        return causal_result(self.causal)

    def scores(self) -> dict[HeadIndex, float]:
        """The mean score of every head that was measured, in order of layers and heads."""
        return by_head(self.values, self.layers)

    def value_of(self, layer: int, head: int) -> float | None:
        """The mean score of one head, None where it was not measured."""
        place = layer if not self.layers else self.layers.index(layer) if layer in self.layers else len(self.values)
        row = self.values[place] if place < len(self.values) else ()
        return row[head] if head < len(row) else None

    def distance(self, expected: Expected) -> float:
        """How far the score of a head lies from the value expected of it; infinite where the head was not measured."""
        return expected.distance(self.value_of(*expected.head))

    def met(self) -> bool | None:
        """Whether everything that the run is held against is met: every expected value and the whole table.

        None where it is held against nothing, or against a table whose claim states no threshold.
        """
        asked = None if self.table is None else self.table.met()
        if not self.expected:
            return asked
        return asked is not False and all(e.met_by(self.value_of(*e.head)) for e in self.expected)

    def beyond_threshold(self) -> tuple[HeadIndex, ...]:
        """The heads whose mean score is at or beyond the threshold, strongest first; none without a threshold."""
        return beyond(self.scores(), self.threshold, self.higher_is)

    def strongest(self, direction: Direction) -> tuple[HeadIndex, float] | None:
        """The head that comes first in a direction, with its value; None if none was measured."""
        return next(iter(strongest_first(self.scores(), direction)), None)

    def says(self) -> str:
        """What was run, and for what."""
        return f"{self.score} of every head of [[models/{self.model}]], looking for [[heads/{self.head}]] heads."

    @property
    def found(self) -> str:
        """The heads that the run found with their values, strongest first; `none` where it looked for some and found none."""
        heads = in_words({head: self.value_of(*head) for head in self.heads})
        return heads or ("none" if self.recipe else "")

    def title_text(self) -> str:
        """Score on model."""
        return f"{self.score} on {self.model}"
