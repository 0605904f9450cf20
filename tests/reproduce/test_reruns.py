"""Many records rerun: by model, in one stream, and going on after a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from headkb.catalog import Catalog
from headkb.catalog.load import load
from headkb.catalog.schema import Run
from headkb.errors import ModelError
from headkb.models import LoadedModel, load_model
from headkb.reproduce import Kept, Plan, Rerun, facts_of, measure, rerun, rerun_all, run_record

SHAPE = "name: Exact\nkind: exact\nfamily: exact\nn_layers: 2\nn_heads: 4\n"
MODELS = ("exact-previous-token", "exact-induction")


@pytest.fixture
def catalog(toy_copy: Path) -> Catalog:
    """The invented catalog with two hand-set models."""
    for name in MODELS:
        (toy_copy / "models" / f"{name}.yaml").write_text(SHAPE)
    return load(toy_copy)[0]


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """Four records, the models in turn."""
    made = []
    for number, model in enumerate(MODELS * 2):
        loaded, parameters = load_model(model), {"length": 10, "n": 2, "seed": number}
        plan = Plan(
            "sparkle", f"r{number}", "previous-token", "random-tokens", parameters, {}, 0.4, recipe=f"r{number}"
        )
        measurement = measure("previous-token", loaded, generator="random-tokens", parameters=parameters)
        made.append(run_record(plan, model, facts_of(measurement, "more")))
    return made


def loader(loaded: list[str]):
    """Loads a model, and notes that it did."""

    def get(name: str, *_: Any) -> LoadedModel:
        loaded.append(name)
        return load_model(name)

    return get


def test_each_model_is_loaded_once_and_results_come_one_by_one(catalog: Catalog, runs: list[Run]) -> None:
    """The second model is not there before the first one's runs are done."""
    loaded: list[str] = []
    series = rerun_all(catalog, runs, loader(loaded))
    first = [next(series).rerun for _ in range(2)]
    assert [(one.run.model, one.status) for one in first] == [(MODELS[0], "met")] * 2
    assert loaded == [MODELS[0]]
    assert [done.rerun.run.model for done in series] == [MODELS[1]] * 2
    assert loaded == list(MODELS)


def test_a_stopped_rerun_goes_on_and_one_that_failed_is_tried_again(
    catalog: Catalog, runs: list[Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that drifted is a result, too; one that was left out for want of its model is not."""
    path, ran = tmp_path / "results.jsonl", list[str]()
    drifted = runs[2].model_copy(update={"values": ((0.5, 0.5, 0.5, 0.5),)})
    broken = runs[1].model_copy(update={"score_version": 9})
    some = [runs[0], broken, drifted]

    def unreachable(name: str, *_: Any) -> LoadedModel:
        if name == MODELS[1]:
            raise ModelError("the hub cannot be reached.")
        return load_model(name)

    first = list(rerun_all(catalog, some, unreachable, kept=Kept(path)))
    assert [done.rerun.status for done in first] == ["met", "drifted", "failed"]
    assert "Record it anew" in first[2].rerun.note

    def noted(run: Run, *args: Any) -> Rerun:
        ran.append(run.model)
        return rerun(run, *args)

    monkeypatch.setattr("headkb.reproduce.reruns.rerun", noted)
    again = list(rerun_all(catalog, [*some, runs[3]], unreachable, kept=Kept(path)))
    assert [done.rerun.status for done in again] == ["met", "drifted", "failed", "left-out"]
    assert [bool(done.kept) for done in again] == [True, True, False, False]
    assert ran == [MODELS[1]] * 2
    assert [done.rerun for done in again[:2]] == [done.rerun for done in first[:2]]


def test_an_error_that_nobody_foresaw_stops_no_other(
    catalog: Catalog, runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is `failed`, with the exception behind it."""

    def breaking(run: Run, *args: Any) -> Rerun:
        if run is runs[0]:
            raise RuntimeError("the inner part of torch")
        return rerun(run, *args)

    monkeypatch.setattr("headkb.reproduce.reruns.rerun", breaking)
    done = list(rerun_all(catalog, runs[:2], loader([])))
    assert [(one.rerun.status, type(one.error)) for one in done] == [("failed", RuntimeError), ("met", type(None))]
