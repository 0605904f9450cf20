"""A plan carried out, on a model or on published patterns: the one way from a plan to a judged run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from headkb.catalog import Catalog
from headkb.errors import ReproductionError
from headkb.models import LoadedModel
from headkb.reproduce.measure import measure
from headkb.reproduce.plan import Plan, expected_values
from headkb.reproduce.published import get_published, measure_published
from headkb.reproduce.record import judge, run_record
from headkb.schema import Model, Run, parse_head


def run_on_model(
    catalog: Catalog, plan: Plan, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None
) -> Run:
    """Measure the plan's score on a loaded model and hold it against what is expected.

    Raises:
        HeadkbError: If the score, the prompts or the model do not go together; the text says why.
    """
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
    return run_record(plan, measurement, loaded.id, expected_values(catalog, plan, loaded.id))


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
