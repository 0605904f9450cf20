"""What `headkb sweep` says before, instead of and after measuring; no worker is started."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("pyarrow")

from headkb import load_catalog
from headkb.cli import main
from headkb.cli.sweep_progress import SweepProgress
from headkb.scale import CellResult, CellWorker, cells_of, read_sweep, setup_of
from headkb.scale.store import ResultStore

SCORES = "models: [exact-previous-token, exact-entropy]\nscores: [previous-token]\nseeds: [0, 1]\nprompts: 4\n"
RECIPES = "models: [exact-previous-token]\nrecipes: [previous-token]\n"


@pytest.fixture
def sweep(tmp_path: Path):
    """Types `headkb sweep` on a file with this content."""

    def typed(text: str, *options: str, catalog: Path | None = None) -> Result:
        (tmp_path / "sweep.yaml").write_text(text)
        before = [] if catalog is None else ["--catalog", str(catalog)]
        return CliRunner().invoke(main, [*before, "sweep", str(tmp_path / "sweep.yaml"), *options])

    return typed


def measured(folder: Path, catalog_root: Path) -> int:
    """Measure all cells of the file in this folder here, and store them as the command does; how many there are."""
    catalog = load_catalog(catalog_root)
    cells = cells_of(read_sweep(folder / "sweep.yaml"), catalog)
    worker, store = CellWorker(setup_of(catalog_root, [], 1)), ResultStore(folder / "sweep.results")
    for cell in cells:
        for told in worker.work([cell]):
            if isinstance(told, CellResult):
                store.add(told)
    return len(cells)


def test_a_dry_run_measures_nothing(sweep, tmp_path):
    """Every cell with what its worker takes: 0.7 GB and one and a half times its weights in float32."""
    found = sweep(SCORES, "--dry-run", "--json")
    assert found.exit_code == 0, found.output
    rows = json.loads(found.stdout)
    assert [row["state"] for row in rows] == ["to do"] * 4
    assert {row["memory_gb"] for row in rows} == {round(0.7 + 1.5 * 4 * row["parameters"] / 1e9, 2) for row in rows}
    assert "4 cells, 4 to do: 2 models, of which 0 are to be fetched" in sweep(SCORES, "--dry-run").output
    assert not (tmp_path / "sweep.results").exists()


def test_what_is_finished_is_not_measured_again_and_can_be_exported(sweep, tmp_path):
    """Whoever stored it; the table has each head of each cell."""
    sweep(SCORES, "--dry-run")
    assert measured(tmp_path, Path(load_catalog().root)) == 4
    assert {row["state"] for row in json.loads(sweep(SCORES, "--dry-run", "--json").stdout)} == {"done"}
    found = sweep(SCORES, "--export", str(tmp_path / "heads.csv"))
    assert found.exit_code == 0, found.output
    assert "4 cells: 4 done" in found.output
    lines = (tmp_path / "heads.csv").read_text().splitlines()
    assert len(lines) - 1 == 2 * 2 * 4 * 1  # models × seeds × heads of the one layer
    assert len(list((tmp_path / "sweep.results").iterdir())) == 1


def test_runs_of_recipes_are_written_into_the_catalog(sweep, tmp_path, real_catalog):
    """Also those that an earlier command measured; the catalog takes them."""
    root = tmp_path / "catalog"
    shutil.copytree(real_catalog.root, root, ignore=shutil.ignore_patterns("runs", "atlases"))
    sweep(RECIPES, "--dry-run", catalog=root)
    assert measured(tmp_path, root) == 1
    found = sweep(RECIPES, "--record", catalog=root)
    assert found.exit_code == 0, found.output
    runs = load_catalog(root).runs
    recipes = real_catalog.heads["previous-token"].recipes
    assert {run.recipe for run in runs.values()} == {recipe.id for recipe in recipes}
    assert {run.model for run in runs.values()} == {"exact-previous-token"}
    assert f"{len(recipes)} runs written into" in found.output


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (SCORES, ["--record"], "scores have no run record"),
        (RECIPES + "seeds: [1]\n", ["--record"], "leave `seeds` out"),
        (RECIPES + "dtypes: [float32, float64]\n", ["--record"], "name one of `dtypes`"),
        (SCORES, ["--export", "heads.xlsx"], ".parquet, .csv, .jsonl"),
        ("models: [organism-taks]\nscores: [induction]\n", [], "sweep.yaml:1:10: error[wrong-value]"),
    ],
)
def test_wrong_usage_ends_with_2_and_what_to_type(sweep, tmp_path, text, options, words):
    """Before anything is measured."""
    found = sweep(text, *options)
    assert found.exit_code == 2
    assert words in found.output
    assert not (tmp_path / "sweep.results").exists()


def test_without_pyarrow_the_command_says_what_to_install(sweep, monkeypatch):
    """In one sentence."""
    monkeypatch.setattr("headkb.cli.sweep.importlib.util.find_spec", lambda name: None if name == "pyarrow" else name)
    found = sweep(SCORES)
    assert found.exit_code == 2
    assert "needs pyarrow, which is not installed" in found.output


def test_a_failure_of_before_is_told_by_the_exit_code(sweep, tmp_path):
    """It is not tried again without --retry."""
    text = "models: [exact-next-token]\nscores: [direct-logit-attribution]\n"
    sweep(text, "--dry-run")
    measured(tmp_path, Path(load_catalog().root))
    found = sweep(text)
    assert found.exit_code == 2
    assert "1 cell: 1 failed" in found.output
    assert "--retry measures it again" in found.output


def test_the_time_left_follows_the_pace(tmp_path, real_catalog, monkeypatch):
    """Two of four cells in ten seconds each leave twenty."""
    now = [100.0]
    monkeypatch.setattr("headkb.cli.sweep_progress.time.monotonic", lambda: now[0])
    (tmp_path / "sweep.yaml").write_text(SCORES)
    cells = cells_of(read_sweep(tmp_path / "sweep.yaml"), real_catalog)
    progress = SweepProgress(cells, set(), 1)
    assert progress.seconds_left() is None
    for cell in cells[:2]:
        now[0] += 10
        progress.add(CellResult(cell.key, "score", "x", "y", "float32", 0, "done", seconds=10.0))
    assert progress.seconds_left() == pytest.approx(20)
    assert progress.done == 2
