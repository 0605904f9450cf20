"""A plan carried out, on a model or on published patterns: the one way from a plan to a judged run."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.schema import Model, Run, parse_head
from headkb.catalog.schema.run import Repeat
from headkb.errors import ReproductionError
from headkb.models import LoadedModel
from headkb.reproduce.causal import run_check
from headkb.reproduce.measure import measure
from headkb.reproduce.plan import Plan, expected_values
from headkb.reproduce.published import get_published, measure_published
from headkb.reproduce.record import add_causal, judge, run_record
from headkb.scores import get_score

MORE_SEEDS = 2
"""Further seeds on which the heads of a recipe are scored again."""


def check_inputs(plan: Plan) -> None:
    """Refuse to run a claim on a model with other inputs than its source's.

    Raises:
        ReproductionError: If the claim's measure names no prompts and its score reads any.
    """
    if plan.claim and plan.prompts is None and get_score(plan.score).needs_prompts:
        raise ReproductionError(
            f"{plan.claim} cannot be rerun on a model: its measure names no prompts, because headkb cannot make the source's inputs. "
            "Where the source published its patterns, run it on them with --data."
        )


def run_on_model(
    catalog: Catalog, plan: Plan, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None
) -> Run:
    """Measure the plan's score on a loaded model and hold it against what is expected.

    A recipe is measured on the prompts of two more seeds, and the heads that it found are put to its causal checks.

    Raises:
        HeadkbError: If the score, the prompts or the model do not go together; the text says why.
    """
    check_inputs(plan)
    measurement = measure(
        plan.score,
        loaded,
        generator=plan.prompts,
        parameters=plan.parameters,
        score_parameters=plan.score_parameters,
        on_batch=on_batch,
    )
    if not measurement.ranked():
        raise ReproductionError(
            f"{plan.score} is defined for no head of {loaded.id} on these prompts, so nothing was measured. "
            "Try more or other prompts, or a model that can do the task."
        )
    run = run_record(plan, measurement, loaded.id, expected_values(catalog, plan, loaded.id))
    if plan.recipe is None:
        return run
    start = time.process_time()
    shown = run.heads or (measurement.ranked()[0 if plan.higher_is == "more" else -1][0],)
    repeats = [repeat_score(run, loaded, shown, run_seed(run) + step) for step in range(1, MORE_SEEDS + 1)]
    causal = [run_check(check, loaded, run.heads) for check in plan.checks] if run.heads else []
    return add_causal(run, causal, repeats, time.process_time() - start)


def run_seed(run: Run) -> int:
    """The seed of a run's own prompts."""
    return run.prompts.seed or 0


def repeat_score(run: Run, loaded: LoadedModel, heads: Sequence[str], seed: int) -> Repeat:
    """The score of some heads on prompts of another seed."""
    again = measure(
        run.score,
        loaded,
        generator=run.prompts.generator,
        parameters={**run.prompts.parameters, "n": run.prompts.n, "seed": seed},
        score_parameters=run.score_parameters,
    )
    means = {name: round(mean, 6) for name, mean, _, _ in again.ranked()}
    return Repeat(
        seed=seed, sha256=str(again.prompts["sha256"]), values={name: means[name] for name in heads if name in means}
    )


def run_on_data(catalog: Catalog, plan: Plan, data: str) -> Run:
    """The same on published patterns; only heads that the data cover are held against expected values.

    Raises:
        UnknownNameError: If there are no such data.
        ModelError: If their file is not at hand.
        ReproductionError: If the catalog lacks the model that they come from.
    """
    model = catalog.models.get(get_published(data).model)
    if model is None:
        raise ReproductionError(f"{data} comes from {get_published(data).model}, which has no record in models/.")
    facts = measure_published(plan, data, model)
    expected = [e for e in expected_values(catalog, plan, model.id) if _covered(facts, model, e.head)]
    return judge(plan, model.id, facts, expected, on_data=data)


def _covered(facts: dict[str, Any], model: Model, name: str) -> bool:
    head = parse_head(name)
    layers = facts["layers"] or list(range(model.n_layers))
    return (
        head is not None and head.layer in layers and facts["values"][layers.index(head.layer)][head.head] is not None
    )
