"""The score on further seeds is measured for the heads of a recipe alone, and is the one that they have among all heads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch")

from headkb import Catalog
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel, load_model
from headkb.reproduce import Kept, Measurements, Plan, carry_out_all, run_on_model
from headkb.reproduce.carry_out import at_seed, measure_plan, repeat_request, repeat_score
from headkb.reproduce.plan import plans_of_head
from headkb.reproduce.request import Request
from headkb.sweeps import sweep_sets

RECIPES = {
    "activation-patching": ("letter-mover", "patched-letter"),
    "attention-knockout": ("mover", "subject-edges"),
    "zero-ablation": ("gather", "ablation-at-options"),
    "function-vector": ("function-vector", "antonym"),
    "path-patching": ("context", "path-to-logits"),
}
SOME = (HeadIndex(1, 0), HeadIndex(0, 2))


@pytest.fixture(scope="module")
def loaded(real_catalog: Catalog) -> LoadedModel:
    """The trained organism that does most tasks."""
    return load_model("organism-heads", catalog_models=real_catalog.models)


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[int, int]]]:
    """The heads that each sweep edits."""
    seen: list[list[tuple[int, int]]] = []

    def spy(model: Any, prompts: Any, sets: Any, *args: Any, **keywords: Any) -> Any:
        seen.append([head for one in sets for head in one])
        return sweep_sets(model, prompts, sets, *args, **keywords)

    monkeypatch.setattr("headkb.sweeps.every_head.sweep_sets", spy)
    return seen


def plan_of(catalog: Catalog, score: str) -> Plan:
    """A recipe of that score on few prompts, without its causal checks."""
    head, name = RECIPES[score]
    (plan,) = [plan for plan in plans_of_head(catalog, catalog.heads[head]) if plan.name == name]
    assert plan.score == score
    return replace(plan, parameters={**plan.parameters, "n": 6}, checks=())


@pytest.mark.parametrize("score", sorted(RECIPES))
def test_some_heads_have_the_values_that_they_have_among_all(
    real_catalog: Catalog, loaded: LoadedModel, edited: list[list[tuple[int, int]]], score: str
) -> None:
    """On the same prompts, while only they are edited."""
    plan = plan_of(real_catalog, score)
    repeat = repeat_score(plan, loaded, SOME, 1)
    assert all(set(heads) == set(SOME) for heads in edited)
    assert bool(edited) == (score != "path-patching")
    every = measure_plan(at_seed(plan, 1), loaded)
    assert repeat.sha256 == every.prompts["sha256"]
    assert list(repeat.values) == list(SOME)
    assert repeat.values == pytest.approx({head: every.summary.mean[head].item() for head in SOME}, abs=1e-6)


@pytest.mark.parametrize("threshold", [None, 1e9])
def test_a_run_repeats_its_heads_or_else_its_strongest_one(
    real_catalog: Catalog, loaded: LoadedModel, edited: list[list[tuple[int, int]]], threshold: float | None
) -> None:
    """The first sweep is over all heads, those of two more seeds are not, and the record names no heads as a parameter."""
    plan = plan_of(real_catalog, "zero-ablation")
    plan = plan if threshold is None else replace(plan, threshold=threshold)
    run = run_on_model(real_catalog, plan, loaded)
    first = measure_plan(plan, loaded)
    sizes = [len(heads) for heads in edited]
    assert sizes == [first.summary.mean.isfinite().sum(), *[len(run.repeats[0].values)] * 2, sizes[0]]
    assert [repeat.seed for repeat in run.repeats] == [1, 2]
    wanted = set(run.heads) or {first.ranked(run.higher_is)[0][0]}
    assert bool(run.heads) == (threshold is None)
    for repeat, heads in zip(run.repeats, edited[1:3], strict=True):
        assert set(repeat.values) == set(heads) == wanted
    assert "heads" not in run.score_parameters


def test_a_score_of_patterns_is_asked_for_as_before(real_catalog: Catalog, loaded: LoadedModel) -> None:
    """All heads, so that recipes share a pass; and requests for other heads are other requests."""
    pattern = Plan("sparkle", "one", "induction", "repeated-random-tokens", {"period": 12, "n": 4}, recipe="one")
    assert repeat_request(pattern, loaded, SOME).heads is None
    plan = plan_of(real_catalog, "zero-ablation")
    asked = [repeat_request(plan, loaded, heads) for heads in (SOME, SOME[::-1], SOME[:1], ())]
    assert asked[0].whole() == asked[1].whole()
    assert len({one.whole() for one in asked}) == 3
    assert asked[3].heads is None


def test_plans_in_a_row_hold_nothing_that_is_not_asked_for(
    real_catalog: Catalog, loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """What is announced is what is asked for, and the runs are those of each plan alone."""
    announced: list[Request] = []
    asked: list[Request] = []
    expect, get = Measurements.expect, Measurements.get

    def hear(self: Measurements, requests: Any) -> None:
        announced.extend(requests)
        expect(self, requests)

    def answer(self: Measurements, one: Request, *rest: Any) -> Any:
        asked.append(one)
        return get(self, one, *rest)

    monkeypatch.setattr(Measurements, "expect", hear)
    monkeypatch.setattr(Measurements, "get", answer)
    pattern = Plan("sparkle", "one", "induction", "repeated-random-tokens", {"period": 12, "n": 4}, recipe="one")
    plans = [plan_of(real_catalog, "zero-ablation"), pattern]
    carried = list(carry_out_all(real_catalog, plans, loaded, kept=Kept(tmp_path / "results.jsonl")))
    whole = [one.whole() for one in asked]
    assert {one.whole() for one in announced} == {one.whole() for one in asked if one.heads is None}
    assert len(whole) == len(set(whole)) == 6
    alone = [run_on_model(real_catalog, plan, loaded) for plan in plans]
    for one, run in zip(carried, alone, strict=True):
        assert one.run is not None
        assert one.run.repeats == run.repeats
