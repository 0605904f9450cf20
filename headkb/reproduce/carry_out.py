"""A plan carried out, on a model or on published patterns: the one way from a plan to a run record."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.comparison import compare_with_table
from headkb.catalog.directions import score_direction
from headkb.catalog.published import get_published
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import BehaviourSeen, CausalCheck, CausalOutcome
from headkb.catalog.schema.run import Repeat, TableComparison, by_head
from headkb.direction import Direction
from headkb.errors import ReproductionError
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.reproduce.causal import CausalChecks
from headkb.reproduce.measure import Measurement
from headkb.reproduce.measurements import Measurements, OnBatch
from headkb.reproduce.plan import Plan, copied_model, expected_values
from headkb.reproduce.published import measure_published
from headkb.reproduce.record import facts_of, run_record, selected_heads, with_prompts
from headkb.reproduce.request import Request, limited, request

MORE_SEEDS = 2
"""Further seeds on which the heads of a recipe are scored again."""


def run_on_model(
    catalog: Catalog,
    plan: Plan,
    loaded: LoadedModel,
    on_batch: OnBatch | None = None,
    *,
    measurements: Measurements | None = None,
    checks: CausalChecks | None = None,
) -> Run:
    """Measure the plan's score on a loaded model and compare it with what is expected.

    A recipe is measured on the prompts of two more seeds, and the heads that it selects are put to its causal checks.

    Args:
        catalog: Where the expected values stand.
        plan: What to run.
        loaded: The model.
        on_batch: Called with (prompts done, prompts in all).
        measurements: What other plans on this model share with it, as its requests were announced there.
        checks: The causal checks of this model that plans share, so that none is measured twice; None = those of this plan alone.

    Raises:
        HeadkbError: If the score, the prompts or the model do not go together; the text says why.
    """
    expected = expected_values(catalog, plan, loaded.id)
    statement = catalog.statements.get(plan.claim or "")
    in_table = () if statement is None else catalog.column(statement)
    _check_heads([*(e.head for e in expected), *in_table], loaded, plan.parameters.get("part"))
    measurement = measure_plan(plan, loaded, on_batch, needs_of(catalog, plan), measurements)
    direction = plan_direction(catalog, plan)
    ranked = measurement.ranked(direction)
    if not ranked:
        raise ReproductionError(
            f"{plan.score} is defined for no head of {loaded.id} on these prompts, so nothing was measured. "
            "Try more or other prompts, or a model that can do the task."
        )
    facts = facts_of(measurement, direction)
    measured = by_head(facts["values"], facts.get("layers", ()))
    absent = [str(e.head) for e in expected if e.head not in measured]
    if absent:
        raise ReproductionError(
            f"cannot be compared: {plan.score} is not defined for {_some(absent)} of {loaded.id} on these prompts. Try more or "
            "other prompts."
        )
    if plan.recipe is None:
        if file := measurement.prompts.get("file"):
            expected = expected_values(catalog, plan, loaded.id, file["sha256"])
        facts = with_prompts({**facts, "copy_of": copied_model(catalog, plan, loaded.id)}, measurement, expected)
        return run_record(plan, loaded.id, facts, expected, table=_with_table(catalog, plan, measured))
    heads = selected_heads(plan, facts)
    repeated = heads or (ranked[0][0],)
    shared = measurements or Measurements(loaded)
    again = [shared.get(repeat_request(other, loaded, repeated), on_batch) for other in further_seeds(plan)]
    repeats = [_repeat(measurement, repeated) for measurement in again]
    # A causal check silences heads of the one stack that a model has.
    todo = plan.checks if len(loaded.passport.stacks) == 1 else ()
    made = checks or CausalChecks(loaded)
    start = time.process_time()
    causal = carry_out_checks(todo, made, heads) if heads else []
    behaviours = [] if heads else ask_behaviours(todo, made)
    asking = 0.0 if heads else time.process_time() - start
    seconds = facts["seconds"] + sum(measurement.provenance["seconds"] for measurement in again) + asking
    facts["seconds"] = round(seconds + sum(made.seconds(outcome.check, heads) for outcome in causal), 3)
    return run_record(plan, loaded.id, facts, expected, repeats=repeats, causal=causal, behaviours=behaviours)


def _with_table(catalog: Catalog, plan: Plan, measured: Mapping[HeadIndex, float]) -> TableComparison | None:
    """The comparison with the table of the plan's claim; None if it gives none.

    Raises:
        ReproductionError: If it gives one, and none of its heads was measured.
    """
    statement = catalog.statements.get(plan.claim or "")
    if statement is None or statement.claim.table is None:
        return None
    table = compare_with_table(catalog, statement, measured)
    if table is None:
        raise ReproductionError(
            f"cannot be compared: {plan.score} was measured for no head of the table {statement.claim.table.file}. Try more or other prompts."
        )
    return table


def carry_out_checks(
    checks: Iterable[CausalCheck], shared: CausalChecks, heads: Sequence[HeadIndex]
) -> list[CausalOutcome]:
    """The causal checks of a recipe's heads, in order; one that stands in for another only where the model does not show that one's behaviour."""
    made: dict[str, CausalOutcome] = {}
    for check in checks:
        first = made.get(check.instead_of or "")
        if check.instead_of is None or (first is not None and first.heads and not first.shown):
            made[check.id] = shared.run(check, heads)
    return list(made.values())


def ask_behaviours(checks: Iterable[CausalCheck], shared: CausalChecks) -> list[BehaviourSeen]:
    """Whether the model does what the checks need, where there is no head to silence: up to the first behaviour that it shows."""
    asked: list[BehaviourSeen] = []
    for check in checks:
        if check.expects != "stay":
            asked.append(shared.behaviour(check))
            if asked[-1].shown:
                break
    return asked


def _check_heads(heads: Sequence[HeadIndex], loaded: LoadedModel, part: Any) -> None:
    """Refuse to compare heads that the model does not have: that says nothing about the claim."""
    stack = loaded.passport.stack(part)
    widths = dict(zip(stack.layers, stack.n_heads, strict=True))
    absent = [str(head) for head in heads if head.head >= widths.get(head.layer, 0)]
    if absent:
        attending = "" if len(widths) == stack.n_layers else f", of which {', '.join(map(str, widths))} attend"
        raise ReproductionError(
            f"cannot be compared: {_some(absent)} {'does' if len(absent) == 1 else 'do'} not exist in {loaded.id}, which has "
            f"{stack.n_layers} layers of {max(stack.n_heads)} heads{attending}."
        )


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def plan_direction(catalog: Catalog, plan: Plan) -> Direction:
    """By which the heads are ordered: the side that the plan selects, or the direction of the score where it selects nothing."""
    return score_direction(catalog.scores, plan.score) if plan.threshold is None else plan.higher_is


def needs_of(catalog: Catalog, plan: Plan) -> tuple[str, ...]:
    """What the record of the plan's score says that it needs of a model."""
    record = catalog.scores.get(plan.score)
    return tuple(record.needs) if record else ()


def request_of(plan: Plan, loaded: LoadedModel, needs: Collection[str] = ()) -> Request:
    """What a plan asks of a model; see `request`."""
    return request(
        plan.score,
        loaded,
        generator=plan.prompts,
        parameters=plan.parameters,
        score_parameters=plan.score_parameters,
        needs=needs,
    )


def measure_plan(
    plan: Plan,
    loaded: LoadedModel,
    on_batch: OnBatch | None = None,
    needs: Collection[str] = (),
    measurements: Measurements | None = None,
) -> Measurement:
    """The plan's score of every head of the model; see `measure`."""
    return (measurements or Measurements(loaded)).get(request_of(plan, loaded, needs), on_batch)


def further_seeds(plan: Plan) -> list[Plan]:
    """The plan on the prompts of further seeds."""
    return [at_seed(plan, int(plan.parameters.get("seed", 0)) + step) for step in range(1, MORE_SEEDS + 1)]


def at_seed(plan: Plan, seed: int) -> Plan:
    """The plan on the prompts of another seed."""
    return replace(plan, parameters={**plan.parameters, "seed": seed})


def repeat_request(plan: Plan, loaded: LoadedModel, heads: Sequence[HeadIndex]) -> Request:
    """What a plan asks of a model for some heads: for them alone where that is less work."""
    return limited(request_of(plan, loaded), heads)


def repeat_score(
    plan: Plan, loaded: LoadedModel, heads: Sequence[HeadIndex], seed: int, measurements: Measurements | None = None
) -> Repeat:
    """The plan's score of some heads on prompts of another seed."""
    asked = repeat_request(at_seed(plan, seed), loaded, heads)
    return _repeat((measurements or Measurements(loaded)).get(asked), heads)


def _repeat(again: Measurement, heads: Sequence[HeadIndex]) -> Repeat:
    means = by_head(again.values())
    return Repeat(
        seed=again.prompts["seed"],
        sha256=str(again.prompts["sha256"]),
        values={head: means[head] for head in heads if head in means},
    )


def run_on_data(catalog: Catalog, plan: Plan, data: str) -> Run:
    """The same on published patterns; only heads that the data cover are compared with expected values.

    Raises:
        UnknownNameError: If there are no such data.
        ModelError: If their file is missing.
        ReproductionError: If the catalog lacks the model that they come from.
    """
    model = catalog.models.get(get_published(data).model)
    if model is None:
        raise ReproductionError(f"{data} comes from {get_published(data).model}, which has no record in models/.")
    facts = measure_published(plan, data, model)
    covered = by_head(facts["values"], facts["layers"])
    expected = [e for e in expected_values(catalog, plan, model.id) if e.head in covered]
    return run_record(plan, model.id, facts, expected, data=data, table=_with_table(catalog, plan, covered))
