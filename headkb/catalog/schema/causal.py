"""The causal check of a head type: what silencing its heads must do to a behaviour, and what came of it in a run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import fmean
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from headkb.catalog.schema.common import (
    LARGEST,
    Distinct,
    Number,
    OneLine,
    Parameters,
    Piece,
    Seed,
    Sha256,
    Source,
    Text,
)
from headkb.catalog.schema.ids import Id
from headkb.head_index import HeadIndex

Result = Literal["confirmed", "refuted", "opposite", "undecided"]
"""`confirmed`: the prediction holds. `refuted`: it does not. `opposite`: the behaviour moves the other way by as much.
`undecided`: the model does not show the behaviour, or there is nothing to compare with."""

Behaviour = Literal["accuracy", "probability", "logit_diff", "loss", "mass"]
"""`accuracy` and `probability`: of the right token. `logit_diff`: right minus wrong, in logits. `loss`: its cross-entropy, in nats.
`mass`: the total probability of all tokens that answer any of the prompts, right or wrong."""

SEEDS = (1, 2, 3)
"""Seeds of the prompts of every check: none of them is the seed 0 on which recipes select heads, so the heads are tested on new prompts."""
DRAWS = 20
"""Random sets of as many heads of the same layers; all there are, where there are fewer."""
LEAST_DRAWS = 3
"""With fewer sets to compare with, a check decides nothing: beating two sets of heads happens by chance once in three."""
BEATEN = 0.95
"""Share of the random sets whose effect must be smaller, on the prompts of every seed; with fewer than 20 sets that means all of them."""
CONTROL_AT_MOST = 0.5
"""The mean effect of the random sets, as a share of the effect of the heads: above it, silencing just anything there does the harm."""


def _check_not_tiny(value: float) -> float:
    if 0 < abs(value) < 1 / LARGEST:
        raise ValueError("a number so near to 0 cannot be divided by; write 0")
    return value


NotTiny = Annotated[Number, AfterValidator(_check_not_tiny)]
"""A number that effects are shares of."""


class CausalCheck(Piece):
    """The prediction of a head type in a form that a machine can test: prompts, what is silenced, what must then happen."""

    id: Id = Field(description="A short id within the head type.")
    recipes: Distinct[Id] = Field((), description="Recipes whose heads it tests; empty = every recipe of the type.")
    instead_of: Id | None = Field(
        None,
        description="An earlier check for which this one stands in: the same part of the prediction in another form, made only where the "
        "model does not show the behaviour of that one.",
    )
    prompts: Id = Field(description="A generator of `headkb.prompts`.")
    parameters: Parameters = Field(default_factory=dict, description="`n` of each seed, and what the generator takes.")
    edit: Literal["mean", "zero", "resample", "knock-out"] = Field(
        "mean",
        description="What becomes of the heads: z is set to its mean over the prompts, to zero, or to what it is on the corrupted "
        "prompt; or attention to `keys` is forbidden and the rest renormalised.",
    )
    positions: OneLine | None = Field(
        None, description="Query positions at which it is done (means are then taken over these); none = all."
    )
    keys: OneLine | None = Field(
        None, description="With `knock-out`: the positions that may not be attended to; `first` is the first token."
    )
    metric: Behaviour = Field(description="What is measured of the answers.")
    at: OneLine = Field(
        "end",
        description="`end`: the answer after the last token. `every`: all tokens. Else: the tokens that follow these positions.",
    )
    expects: Literal["fall", "rise", "stay"] = Field("fall", description="What must happen to it.")
    size: Number = Field(
        0.1, gt=0, description="How far, as a share of the clean value, the behaviour must move (or may)."
    )
    clean: Number = Field(
        ge=0,
        description="The least clean value at which the model shows the behaviour at all; 0 for a loss, which every model has.",
    )
    reason: Text = Field(description="Which part of the prediction it tests, and why so.")
    sources: tuple[Source, ...] = Field((), description="Who did it so.")

    @model_validator(mode="after")
    def _whole(self) -> CausalCheck:
        if (self.edit == "knock-out") != (self.keys is not None):
            raise ValueError("`keys` says what a `knock-out` cuts off; no other edit takes it")
        if "seed" in self.parameters:
            raise ValueError(f"checks run on the seeds {', '.join(map(str, SEEDS))}; leave `seed` out")
        if self.metric == "logit_diff" and self.at != "end":
            raise ValueError("`logit_diff` compares two answers, and answers stand at `end`")
        return self


class OnSeed(Piece):
    """What the behaviour was on the prompts of one seed."""

    seed: Seed
    sha256: Sha256
    clean: NotTiny
    silenced: Number = Field(description="With the found heads silenced.")
    control: tuple[Number, ...] = Field((), description="With each random set silenced, in the order of `draws`.")


class CleanOnSeed(Piece):
    """What the behaviour was on the prompts of one seed, with nothing silenced."""

    seed: Seed
    sha256: Sha256
    clean: NotTiny


class BehaviourSeen(Piece):
    """Whether a model does what a causal check needs, asked where a recipe found no head that could be silenced."""

    check: CausalCheck
    seeds: tuple[CleanOnSeed, ...] = ()
    why: Text | None = Field(None, description="Why the model could not be asked.")

    @model_validator(mode="after")
    def _asked_or_why(self) -> BehaviourSeen:
        if bool(self.seeds) == bool(self.why):
            raise ValueError("give the `seeds` that were measured, or `why` none could be")
        return self

    @property
    def clean(self) -> float:
        """The behaviour, mean over seeds; NaN where it could not be asked."""
        return fmean(row.clean for row in self.seeds) if self.seeds else math.nan

    @property
    def shown(self) -> bool:
        """Whether the model shows the behaviour at all."""
        return bool(self.seeds) and self.clean >= self.check.clean and self.clean > 0


class CausalMeasurement(Piece):
    """What a causal check measured in one run, from which its result follows."""

    check: CausalCheck
    heads: Distinct[HeadIndex] = Field((), description="The heads that were silenced.")
    draws: tuple[tuple[HeadIndex, ...], ...] = Field(
        (),
        description="The random sets: as many heads of the same layers. Few where the heads alone decide, none where the model does not show "
        "the behaviour.",
    )
    seeds: tuple[OnSeed, ...] = ()
    interval: tuple[Number, Number] | None = Field(
        None, description="95 % bootstrap interval of the effect over the prompts of all seeds."
    )

    @model_validator(mode="after")
    def _shapes(self) -> CausalMeasurement:
        if any(len(row.control) != len(self.draws) for row in self.seeds):
            raise ValueError("every seed needs one `control` value for each of `draws`")
        return self

    @property
    def clean(self) -> float:
        """The behaviour as it is, mean over seeds."""
        return fmean(row.clean for row in self.seeds)

    @property
    def silenced(self) -> float:
        """The behaviour with the found heads silenced, mean over seeds."""
        return fmean(row.silenced for row in self.seeds)

    @property
    def control(self) -> tuple[float, ...]:
        """The behaviour with each random set silenced, mean over seeds."""
        return tuple(fmean(values) for values in zip(*(row.control for row in self.seeds), strict=True))

    @property
    def effect(self) -> float:
        """How far the behaviour moved as predicted, as a share of its clean value; for `stay`, how far it rose."""
        return self.moved(self.silenced)

    @property
    def control_effect(self) -> float:
        """The same with random sets silenced, mean over the sets."""
        return fmean(self.moved(value) for value in self.control)

    def moved(self, value: float) -> float:
        """The way from the clean value to this one, in the predicted direction, as a share of the clean value."""
        return (value / self.clean - 1) * (-1 if self.check.expects == "fall" else 1)

    @property
    def shown(self) -> bool:
        """Whether the model shows the behaviour at all."""
        return bool(self.seeds) and self.clean >= self.check.clean and self.clean > 0

    def decide(self) -> Result:
        """What the numbers say.

        A fall or rise is confirmed if the lower end of the interval of the effect reaches `size`, if on every seed the effect is
        larger than that of 95 % of the random sets, and if these move the behaviour at most half as far on average. It is the
        opposite if the behaviour moves by `size` the other way. That something stays is confirmed if the interval keeps within `size`.
        """
        if not self.shown or self.interval is None:
            return "undecided"
        size, (low, high) = self.check.size, self.interval
        if self.check.expects == "stay":
            return "confirmed" if -size <= low and high <= size else "refuted"
        if len(self.draws) < LEAST_DRAWS:
            return "undecided"
        if high <= -size:
            return "opposite"
        specific = self.control_effect <= CONTROL_AT_MOST * self.effect and all(map(self._beats, self.seeds))
        return "confirmed" if low >= size and specific else "refuted"

    def _beats(self, row: OnSeed) -> bool:
        sign = -1 if self.check.expects == "fall" else 1
        beaten = sum(sign * value < sign * row.silenced for value in row.control)
        return beaten >= BEATEN * len(row.control)


class CausalOutcome(CausalMeasurement):
    """What came of a causal check in one run."""

    result: Result
    why: Text | None = Field(None, description="Why nothing was decided.")

    @model_validator(mode="after")
    def _reason(self) -> CausalOutcome:
        if self.result == "undecided" and not self.why:
            raise ValueError("an undecided check says why in `why`")
        return self

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.check.id} {self.result}"


def counted(outcomes: Iterable[CausalOutcome]) -> list[CausalOutcome]:
    """The causal checks of a run that speak for or against a type, or should.

    A check of what stays that could not be made counts neither way: it only narrows what another check has shown. Nor does one for which
    another stood in.
    """
    outcomes = list(outcomes)
    replaced = {o.check.instead_of for o in outcomes}
    return [
        o for o in outcomes if o.result != "undecided" or (o.check.expects != "stay" and o.check.id not in replaced)
    ]


def causal_result(outcomes: Iterable[CausalOutcome]) -> Result | None:
    """What all causal checks of a run say together: the worst of the results that count; None without one."""
    results = {o.result for o in counted(outcomes)}
    return next((r for r in ("opposite", "refuted", "undecided", "confirmed") if r in results), None)
