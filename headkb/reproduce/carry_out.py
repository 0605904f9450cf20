"""A plan carried out, on a model or on published patterns: the one way from a plan to a run record."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.catalog.schema.run import Repeat, by_head
from headkb.errors import ReproductionError
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.reproduce.causal import run_check
from headkb.reproduce.measure import Measurement, measure
from headkb.reproduce.plan import Plan, expected_values
from headkb.reproduce.published import get_published, measure_published
from headkb.reproduce.record import facts_of, run_record, selected_heads

MORE_SEEDS = 2
"""Further seeds on which the heads of a recipe are scored again."""


def run_on_model(
    catalog: Catalog, plan: Plan, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None
) -> Run:
    """Measure the plan's score on a loaded model and compare it with what is expected.

    A recipe is measured on the prompts of two more seeds, and the heads that it selects are put to its causal checks.

    Args:
        catalog: Where the expected values stand.
        plan: What to run.
        loaded: The model.
        on_batch: Called with (prompts done, prompts in all).

    Raises:
        HeadkbError: If the score, the prompts or the model do not go together; the text says why.
    """
    measurement = measure_plan(plan, loaded, on_batch)
    ranked = measurement.ranked()
    if not ranked:
        raise ReproductionError(
            f"{plan.score} is defined for no head of {loaded.id} on these prompts, so nothing was measured. "
            "Try more or other prompts, or a model that can do the task."
        )
    facts = facts_of(measurement)
    expected = expected_values(catalog, plan, loaded.id)
    if plan.recipe is None:
        return run_record(plan, loaded.id, facts, expected)
    start = time.process_time()
    heads = selected_heads(plan, facts)
    repeated = heads or (ranked[0 if plan.higher_is == "more" else -1][0],)
    seed = int(plan.parameters.get("seed", 0))
    repeats = [repeat_score(plan, loaded, repeated, seed + step) for step in range(1, MORE_SEEDS + 1)]
    causal = [run_check(check, loaded, heads) for check in plan.checks] if heads else []
    facts["seconds"] = round(facts["seconds"] + time.process_time() - start, 3)
    return run_record(plan, loaded.id, facts, expected, repeats=repeats, causal=causal)


def measure_plan(plan: Plan, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None) -> Measurement:
    """The plan's score of every head of the model; see `measure`."""
    return measure(
        plan.score,
        loaded,
        generator=plan.prompts,
        parameters=plan.parameters,
        score_parameters=plan.score_parameters,
        on_batch=on_batch,
    )


def repeat_score(plan: Plan, loaded: LoadedModel, heads: Sequence[HeadIndex], seed: int) -> Repeat:
    """The plan's score of some heads on prompts of another seed."""
    again = measure_plan(replace(plan, parameters={**plan.parameters, "seed": seed}), loaded)
    means = {head: round(mean, 6) for head, mean, _, _ in again.ranked()}
    return Repeat(
        seed=seed, sha256=str(again.prompts["sha256"]), values={head: means[head] for head in heads if head in means}
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
    return run_record(plan, model.id, facts, expected, data=data)
