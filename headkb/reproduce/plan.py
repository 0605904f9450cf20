"""What can be run: a head type's recipe, a claim whose measure names a score and prompts, a recorded run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog import Catalog, Statement
from headkb.catalog.directions import recipe_side
from headkb.catalog.schema import Head, Run
from headkb.catalog.schema.causal import CausalCheck
from headkb.catalog.schema.run import Expected
from headkb.direction import Side
from headkb.errors import ReproductionError
from headkb.exact import EXACT
from headkb.scores import get_score

EXACT_TOLERANCE = 1e-6


class NotRerunnableError(ReproductionError):
    """A claim cannot be run as its record stands; `reason` is the text without the claim's id."""

    def __init__(self, claim: str, reason: str) -> None:
        """Put both into the message."""
        self.claim, self.reason = claim, reason
        super().__init__(f"{claim} cannot be rerun: {reason}")


@dataclass(frozen=True)
class Plan:
    """One score on one kind of prompts, for one head type.

    Attributes:
        head: Head type that is looked for.
        name: Last part of the run's id: the recipe's id, or the claim's.
        score: Score id.
        prompts: Generator id; None where the run reads weights alone, or published data.
        parameters: Keywords of the generator, with `n` and `seed`.
        score_parameters: Keywords of the score.
        threshold: Score from which a head is selected; None = nothing is selected.
        higher_is: The side of the threshold on which a head is selected.
        recipe: Id of the recipe, if it is one.
        claim: Full id of the claim, if the plan comes from one.
        checks: Causal checks that the selected heads are put to.
    """

    head: str
    name: str
    score: str
    prompts: str | None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    score_parameters: Mapping[str, Any] = field(default_factory=dict)
    threshold: float | None = None
    higher_is: Side = "more"
    recipe: str | None = None
    claim: str | None = None
    checks: tuple[CausalCheck, ...] = ()


def plans_of_head(catalog: Catalog, head: Head) -> list[Plan]:
    """One plan per recipe; the records of the scores say which side counts.

    Raises:
        ReproductionError: If there is none, with the record's own reason.
    """
    if head.no_recipe:
        raise ReproductionError(f"{head.name} has no recipe: {head.no_recipe.reason} Needed: {head.no_recipe.needed}")
    return [
        Plan(
            head.id,
            r.id,
            r.score,
            r.prompts,
            r.parameters,
            r.score_parameters,
            r.threshold,
            recipe_side(catalog.scores, r),
            recipe=r.id,
            checks=head.checks_of(r.id),
        )
        for r in head.recipes
    ]


def plan_of_claim(statement: Statement, *, on_data: bool = False) -> Plan:
    """The claim's own measure as a plan.

    Args:
        statement: The claim.
        on_data: Whether its score is run on published data, so that no prompts are needed.

    Raises:
        NotRerunnableError: If a piece is missing; the text says which.
        UnknownNameError: If the measure names a score that does not exist.
    """
    claim = statement.claim
    measure = statement.file.measures.get(claim.measure or "")
    head = claim.head or claim.about
    if head is None:
        raise NotRerunnableError(statement.id, "it is about all heads, and runs are made for a head type.")
    if measure is None:
        raise NotRerunnableError(statement.id, "it states no number.")
    if measure.score is None:
        raise NotRerunnableError(
            statement.id,
            f"its measure names no score of headkb. Its number is “{measure.name}”, whose formula no score has.",
        )
    if measure.no_rerun is not None:
        raise NotRerunnableError(statement.id, f"its numbers are of another kind than the score's. {measure.no_rerun}")
    if not claim.values and claim.table is None:
        raise NotRerunnableError(
            statement.id,
            "it gives a number that belongs to no single head, and only numbers of heads, `values` or a `table`, are compared.",
        )
    if claim.heads_are == "key-value":
        raise NotRerunnableError(
            statement.id,
            "it gives numbers of key-value heads, and headkb scores query heads: several share each of its numbers.",
        )
    if claim.tolerance is None and claim.table is None:
        why = f" How its measure differs: {measure.differs}" if measure.differs else ""
        raise NotRerunnableError(statement.id, f"it has no `tolerance`, so nothing says when it is met.{why}")
    if measure.prompts is None and not on_data and get_score(measure.score).needs_prompts:
        raise NotRerunnableError(
            statement.id,
            "its measure names no prompts, because headkb cannot make the source's inputs. "
            "Where the source published its patterns, run it on them with --data.",
        )
    return Plan(
        head, claim.id, measure.score, measure.prompts, measure.parameters, measure.score_parameters, claim=statement.id
    )


def plan_of_run(run: Run) -> Plan:
    """The plan that a recorded run carried out."""
    counts = {"n": run.prompts.n, "seed": run.prompts.seed}
    return Plan(
        run.head,
        run.recipe or "claim",
        run.score,
        run.prompts.generator,
        {**run.prompts.parameters, **{name: count for name, count in counts.items() if count is not None}},
        run.score_parameters,
        run.threshold,
        run.higher_is,
        run.recipe,
        run.claim,
    )


def copied_model(catalog: Catalog, plan: Plan, model_id: str) -> str | None:
    """The model that the plan's claim is about, if the one that it runs on is a quantised copy of it; else None."""
    model = catalog.models.get(model_id)
    if not plan.claim or model is None or model.quantisation_of is None:
        return None
    about = catalog.statements[plan.claim].claim.model
    return about if model.quantisation_of == about else None


def expected_values(catalog: Catalog, plan: Plan, model_id: str, sentences_sha256: str | None = None) -> list[Expected]:
    """What the run is held against: the truth of a hand-set model, or the values of the plan's claim. Empty if neither.

    Args:
        catalog: Where the claim stands.
        plan: What is run.
        model_id: Catalog id of the model that it runs on.
        sentences_sha256: Hash of the user's own sentences that it ran on; those of the source have a tolerance of their own.
    """
    if plan.claim:
        statement = catalog.statements[plan.claim]
        own, reason = statement.claim.source_inputs, f"Claim {plan.claim}."
        tolerance = statement.claim.tolerance or 0.0
        if own is not None and own.sha256 == sentences_sha256:
            tolerance, reason = own.tolerance, f"{reason} Run on the source's own sentences."
        elif own is not None:
            reason = f"{reason} Run on other sentences than the source's."
        if copied := copied_model(catalog, plan, model_id):
            reason = f"{reason} Run on {model_id}, a quantised copy of {copied}."
        factor = statement.file.measures[statement.claim.measure or ""].factor
        return [
            Expected(
                head=head,
                value=value / factor,
                tolerance=tolerance / abs(factor),
                reason=reason,
                source=statement.claim.source,
            )
            for head, value in statement.claim.values.items()
        ]
    if model_id in EXACT and not plan.score_parameters:
        reason = "The weights are set by hand so that this head does exactly this."
        truth = EXACT[model_id].truth.get(plan.score, {})
        return [
            Expected(head=head, value=value, tolerance=EXACT_TOLERANCE, reason=reason) for head, value in truth.items()
        ]
    return []
