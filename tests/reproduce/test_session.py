"""Plans one after the other on one model: nothing depends on their company, on the order, or on a stop in between."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from headkb import Catalog
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import CausalCheck
from headkb.models import LoadedModel, load_model
from headkb.reproduce import CausalChecks, Kept, Plan, carry_out_all, run_on_model

COPYING = CausalCheck(
    id="copying",
    prompts="repeated-random-tokens",
    parameters={"period": 8, "n": 2},
    metric="accuracy",
    at="second_copy",
    clean=0.5,
    reason="Only induction can copy.",
)


def plan(name: str, score: str, *wanted: CausalCheck, **parameters: Any) -> Plan:
    """A recipe on repeated random tokens."""
    keywords = {"period": 12, "n": 4, **parameters}
    return Plan("sparkle", name, score, "repeated-random-tokens", keywords, {}, 0.4, recipe=name, checks=wanted)


PLANS = [
    plan("one", "induction", COPYING),
    plan("other-prompts", "duplicate-token", period=11),
    plan("two", "previous-token", COPYING),
    plan("same-heads", "induction", COPYING, period=13),
    plan("impossible", "position-to-position"),
    plan("weights", "ov-copying"),
]


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    """A hand-set model with a previous-token head and an induction head."""
    return load_model("exact-induction")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Nothing yet."""
    return Kept(tmp_path / "results.jsonl")


def facts(run: Run | None) -> dict[str, Any]:
    """The record without its time."""
    return {} if run is None else {key: value for key, value in run.data().items() if key != "seconds"}


def test_runs_are_those_of_each_plan_alone_and_those_on_the_same_prompts_follow_each_other(
    toy_catalog: Catalog, loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The causal check of three recipes is made twice, for two of them found the same heads."""
    made: list[Any] = []

    real = CausalChecks._carry_out

    def check(self: CausalChecks, *args: Any) -> Any:
        made.append(args[1])
        return real(self, *args)

    monkeypatch.setattr(CausalChecks, "_carry_out", check)
    done = list(carry_out_all(toy_catalog, PLANS, loaded))
    assert [carried.plan.name for carried in done] == [
        "one",
        "two",
        "impossible",
        "weights",
        "other-prompts",
        "same-heads",
    ]
    assert len(made) == 2
    for carried in done:
        if carried.plan.name == "impossible":
            assert carried.run is None
            assert isinstance(carried.error, Exception)
            continue
        alone = run_on_model(toy_catalog, carried.plan, loaded)
        assert facts(carried.run) == facts(alone)
        assert not carried.kept


def test_a_stopped_series_goes_on_and_tries_again_what_failed(
    toy_catalog: Catalog, loaded: LoadedModel, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept is the run itself, with the causal check that another plan then need not make again."""
    whole = [facts(carried.run) for carried in carry_out_all(toy_catalog, PLANS, loaded)]
    first = carry_out_all(toy_catalog, PLANS, loaded, kept=kept)
    runs = [next(first).run for _ in range(2)]
    del first
    ran: list[str] = []
    made: list[Any] = []

    def noted(catalog: Catalog, a_plan: Plan, *args: Any, **keywords: Any) -> Run:
        ran.append(a_plan.name)
        return run_on_model(catalog, a_plan, *args, **keywords)

    monkeypatch.setattr("headkb.reproduce.session.run_on_model", noted)
    monkeypatch.setattr(CausalChecks, "_carry_out", lambda self, *args: made.append(args[1]))
    again = list(carry_out_all(toy_catalog, PLANS, loaded, kept=Kept(kept.path)))
    assert [carried.run for carried in again[:2]] == runs
    assert all(carried.kept for carried in again[:2])
    assert ran == ["impossible", "weights", "other-prompts", "same-heads"]
    assert made == []
    assert [facts(carried.run) for carried in again] == whole
    assert next(carry_out_all(toy_catalog, PLANS[4:5], loaded, kept=Kept(kept.path))).error is not None


def test_whatever_goes_wrong_in_one_plan_the_others_go_on(
    toy_catalog: Catalog, loaded: LoadedModel, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw says on which model; only a stop by hand ends the series."""

    def run(catalog: Catalog, a_plan: Plan, *args: Any, **keywords: Any) -> Run:
        if a_plan.name == "one":
            raise RuntimeError("the inner part of torch")
        if a_plan.name == "same-heads":
            raise KeyboardInterrupt
        return run_on_model(catalog, a_plan, *args, **keywords)

    monkeypatch.setattr("headkb.reproduce.session.run_on_model", run)
    series = carry_out_all(toy_catalog, PLANS, loaded, kept=kept)
    failed, two = next(series), next(series)
    assert "exact-induction: " in failed.error.__notes__[0]
    assert two.run is not None
    assert two.run.recipe == "two"
    with pytest.raises(KeyboardInterrupt):
        list(series)
    assert len(kept) == 3


def test_a_plan_that_cannot_be_asked_is_told_in_its_place(
    toy_catalog: Catalog, loaded: LoadedModel, kept: Kept
) -> None:
    """A score or prompts that do not exist."""
    wrong = [dataclasses.replace(PLANS[0], score="nothing"), dataclasses.replace(PLANS[0], prompts="none")]
    done = list(carry_out_all(toy_catalog, [*wrong, PLANS[0]], loaded, kept=kept))
    assert [type(carried.error).__name__ for carried in done] == ["UnknownNameError", "UnknownNameError", "NoneType"]


@pytest.mark.parametrize("damage", [{"causal_seconds": []}, {"run": {}}, {}, {"causal_seconds": None}])
def test_a_result_that_was_kept_and_is_damaged_is_made_again(
    toy_catalog: Catalog, loaded: LoadedModel, kept: Kept, damage: dict[str, Any]
) -> None:
    """As if nothing had been kept; the others are taken as they are."""
    list(carry_out_all(toy_catalog, PLANS[:2], loaded, kept=kept))
    first, *_ = kept._lines
    whole = kept._lines[first]
    kept._lines[first] = whole._replace(result={**whole.result, **damage} if damage else {})
    again = list(carry_out_all(toy_catalog, PLANS[:2], loaded, kept=kept))
    assert sorted(bool(carried.kept) for carried in again) == [False, True]
    assert all(carried.error is None for carried in again)
