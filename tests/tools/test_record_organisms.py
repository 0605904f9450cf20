"""Which recipes are recorded on an organism follows from its training."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import record_organisms

from headkb import Catalog
from headkb.prompts import GENERATORS
from organisms.registry import ORGANISMS


@pytest.mark.parametrize("name", sorted(ORGANISMS))
def test_the_recorded_runs_are_those_of_the_recipes_that_its_training_prepares_for(
    name: str, real_catalog: Catalog
) -> None:
    """Every task names generators that exist, and no recorded run is of a recipe that would not be run today."""
    assert ORGANISMS[name].teaches <= set(GENERATORS)
    today = {(plan.head, plan.name) for plan in record_organisms.plans(real_catalog, ORGANISMS[name])}
    recorded = {(run.head, run.recipe) for run in real_catalog.runs.values() if run.model == name and run.recipe}
    assert recorded
    assert recorded <= today


def test_an_organism_of_one_task_is_asked_for_nothing_else(real_catalog: Catalog) -> None:
    """A recipe on prompts unlike all training shows nothing."""
    prompts = {plan.prompts for plan in record_organisms.plans(real_catalog, ORGANISMS["organism-iteration"])}
    assert prompts == {"parity"}


def test_no_run_that_found_heads_says_that_another_training_finds_none_either(real_catalog: Catalog) -> None:
    """`either` belongs behind a run without heads only."""
    told = {run.id: run.cause or "" for run in real_catalog.runs.values() if run.heads}
    assert any("another seed gives no such head." in cause for cause in told.values())
    assert [name for name, cause in told.items() if "no such head either" in cause] == []
