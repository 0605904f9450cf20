"""What a worker measures is what `headkb score` and `headkb reproduce` measure, to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.catalog.schema import Run
from headkb.errors import ReproductionError
from headkb.head_index import HeadIndex
from headkb.models import load_model
from headkb.reproduce import measure, plans_of_head, run_on_model
from headkb.scale import CellResult, CellWorker, cells_of, read_sweep, setup_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def work(tmp_path: Path, real_catalog):
    """Results of all cells of a file with this content, in the order of the cells; one worker measures them."""

    def measured(text: str, change=lambda cell: cell) -> list[CellResult]:
        path = tmp_path / "sweep.yaml"
        path.write_text(text)
        cells = [change(cell) for cell in cells_of(read_sweep(path), real_catalog)]
        worker = CellWorker(setup_of(real_catalog.root, [], 1))
        found = {told.key: told for told in worker.work(cells) if isinstance(told, CellResult)}
        return [found[cell.key] for cell in cells]

    return measured


@pytest.mark.parametrize("score", ["induction", "previous-token", "ov-copying", "direct-logit-attribution"])
def test_values_are_those_of_measure(work, real_catalog, score):
    """Alone, although the worker measured them in one pass with others; with both ends of the interval, and the prompts' hash."""
    results = work(
        "models: [organism-tasks]\nscores: [induction, duplicate-token, previous-token, ov-copying, direct-logit-attribution]\n"
        "prompts: 8\nseeds: [3]\n"
    )
    (found,) = [result for result in results if result.subject == score]
    needs = real_catalog.scores[score].needs
    alone = measure(score, load_model("organism-tasks"), parameters={"n": 8, "seed": 3}, needs=needs)
    assert found.state == "done"
    assert [list(row) for row in found.measures[0].values] == alone.values()
    provenance = json.loads(found.provenance)
    assert provenance["prompts"] == json.loads(json.dumps(alone.prompts))
    assert provenance["weights_sha256"] == alone.provenance["weights_sha256"]
    if alone.interval(HeadIndex(0, 0)) is None:
        assert found.measures[0].low == ()
    else:
        ends = found.measures[0].low[0][0], found.measures[0].high[0][0]
        assert ends == tuple(round(end, 6) for end in alone.interval(HeadIndex(0, 0)))


def test_runs_of_recipes_are_those_of_a_rerun(work, real_catalog):
    """All recipes of the type, with values and heads; each record is one that the catalog takes."""
    (found,) = work("models: [exact-previous-token]\nrecipes: [previous-token]\n")
    runs = [Run.model_validate_json(run) for run in found.runs]
    plans = plans_of_head(real_catalog, real_catalog.heads["previous-token"])
    loaded = load_model("exact-previous-token")
    alone = [run_on_model(real_catalog, plan, loaded) for plan in plans]
    assert {run.recipe: (run.values, run.heads) for run in runs} == {
        run.recipe: (run.values, run.heads) for run in alone
    }


def test_a_cell_that_cannot_be_measured_has_its_reason_and_the_others_their_values(work):
    """A model that predicts no next token has no direct logit attribution: what headkb refuses is told in its own words."""
    results = work("models: [exact-next-token]\nscores: [direct-logit-attribution, previous-token]\n")
    assert [result.state for result in results] == ["failed", "done"]
    assert "exact-next-token" in results[0].cause
    assert not results[0].measures


def test_other_weights_than_planned_are_refused(work):
    """As on a machine of a cluster that has another copy."""
    other = "sha256:" + "0" * 64

    def change(cell):
        weights = replace(cell.loading.weights, identity=other)
        return replace(cell, loading=replace(cell.loading, weights=weights))

    (found,) = work("models: [organism-markov]\nscores: [previous-token]\n", change)
    assert found.state == "failed"
    assert "other weights" in found.cause


def test_another_catalog_than_planned_is_refused(work):
    """What a recipe is must be the same on both sides."""
    (found,) = work(
        "models: [exact-previous-token]\nrecipes: [previous-token]\n", lambda cell: replace(cell, content="of another")
    )
    assert found.state == "failed"
    assert "the catalog of this worker" in found.cause


def test_a_worker_with_another_torch_refuses_to_work(real_catalog):
    """With both versions in the sentence."""
    setup = setup_of(real_catalog.root, [], 1)
    other = replace(setup, versions=tuple((n, "0.0" if n == "torch" else v) for n, v in setup.versions))
    with pytest.raises(ReproductionError, match=r"torch .* instead of 0\.0"):
        CellWorker(other)
