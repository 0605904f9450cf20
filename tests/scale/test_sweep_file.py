"""The file of a sweep: what is wrong in it is told with its line, why, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.models import load_model
from headkb.models.packages import is_installed
from headkb.scale import SweepFileError, cells_of, read_sweep


@pytest.fixture
def told(tmp_path: Path, real_catalog):
    """Texts of all problems of a file with this content."""

    def read(text: str) -> list[str]:
        path = tmp_path / "sweep.yaml"
        path.write_text(text)
        with pytest.raises(SweepFileError) as caught:
            cells_of(read_sweep(path), real_catalog)
        return [d.text() for d in caught.value.diagnostics]

    return read


def cells(tmp_path: Path, catalog, text: str):
    """The cells of a file with this content."""
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return cells_of(read_sweep(path), catalog)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "1:1", "`models: [gpt2]`"),
        ("models: [organism-tasks]\n", "1:1", "add `scores: [induction]`"),
        ("scores: [induction]\n", "1:1", "add `models: [organism-tasks]`"),
        ("model: [a]\nscores: [induction]\n", "1:1", "did you mean `models`?"),
        ("models: [organism-task]\nscores: [induction]\n", "1:10", "Did you mean 'organism-tasks'"),
        ("models:\n  - organism-tasks\n  - gpt2\nscores: [induction]\n", "3:5", "{model: gpt2, revision: …}"),
        ("models: [organism-tasks]\nscores: [inductoin]\n", "2:10", "Did you mean 'induction'?"),
        ("models: [organism-tasks]\nscores:\n  - {score: induction, variant: x}\n", "3:33", "it has "),
        (
            "models: [organism-tasks]\nscores: [induction]\nsettings: {lenght: 3}\n",
            "3:11",
            "no parameter named 'lenght'",
        ),
        ("models: [organism-tasks]\nscores: [induction]\nseeds: [0, one]\n", "3:12", "write digits only"),
        ("models: [organism-tasks]\nscores: [induction]\nseeds: [1, 1]\n", "3:8", "listed twice"),
        ("models: [organism-tasks]\nscores: [induction]\ndtypes: [float8]\n", "3:10", "did you mean `float"),
        ("models: [organism-tasks]\nrecipes: [indution]\n", "2:11", "induction"),
        (
            "models: [organism-tasks]\nrecipes: [induction]\nprompts: 3\n",
            "3:10",
            "recipes and claims say their prompts",
        ),
        ("claims: [nobody/nothing]\n", "1:10", "no claim"),
        ("models: [organism-tasks]\nscores: [induction]\ngpus: 0.5\n", "3:7", "add `device: cuda`"),
        ("models: [organism-tasks]\nscores: [induction]\nplugins: [none.py]\n", "3:10", "there is no plug-in"),
        ("models: [organism-tasks]\nscores: [induction]\nscores: [induction]\n", "3:1", "twice"),
    ],
)
def test_a_fault_is_told_at_its_place_with_what_to_write(told, text, place, words):
    """Line and column are those of the value or key; the text teaches."""
    found = [problem for problem in told(text) if words in problem]
    assert found
    assert f"sweep.yaml:{place}:" in found[0]
    assert "\n    why: " in found[0]
    assert "\n    fix: " in found[0]


def test_all_faults_are_told_at_once(told):
    """Two wrong models and a wrong score are three problems."""
    assert len(told("models: [nix, nada]\nscores: [inductoin]\n")) == 3


def test_cells_are_the_product(tmp_path, real_catalog):
    """Two models, two scores, three seeds, two dtypes: 24 cells, each with a key of its own."""
    found = cells(
        tmp_path,
        real_catalog,
        "models: [organism-tasks, organism-markov]\nscores: [induction, duplicate-token]\nseeds: [0, 1, 2]\n"
        "dtypes: [float32, bfloat16]\n",
    )
    assert len({cell.key for cell in found}) == len(found) == 24
    assert {(c.loading.weights.id, c.subject, c.seed, c.loading.dtype) for c in found} == {
        (model, score, seed, dtype)
        for model in ("organism-tasks", "organism-markov")
        for score in ("induction", "duplicate-token")
        for seed in (0, 1, 2)
        for dtype in ("float32", "bfloat16")
    }


def test_a_key_holds_what_decides_a_cell(tmp_path, real_catalog, monkeypatch):
    """Prompts, settings, part of the code and plug-ins change it; the file's name and the order in it do not."""
    base = "models: [organism-tasks]\nscores: [induction]\n"
    (tmp_path / "mine.py").write_text("from headkb.scores import score\n")

    def key(text: str) -> str:
        return str(cells(tmp_path, real_catalog, text)[0].key)

    first = key(base)
    assert key("scores: [{score: induction}]\nmodels: [{model: organism-tasks}]\nseeds: [0]\nprompts: 40\n") == first
    others = [
        base + more
        for more in ("prompts: 41\n", "settings: {prompts.period: 12}\n", "seeds: [1]\n", "dtypes: [float64]\n")
    ]
    assert len({first, *map(key, others)}) == 5
    monkeypatch.setattr("headkb.scale.cells.code_sha256", lambda: "0")
    assert key(base) != first


def test_a_key_holds_the_weights(tmp_path, real_catalog):
    """The same folder with one other number in it is another cell."""
    folder = tmp_path / "toy"
    model = load_model("organism-markov").model
    model.save_pretrained(folder)
    text = f"models: [{folder}]\nscores: [previous-token]\n"
    (cell,) = cells(tmp_path, real_catalog, text)
    next(model.parameters()).data[0, 0] += 1
    model.save_pretrained(folder)
    (other,) = cells(tmp_path, real_catalog, text)
    assert cell.loading.weights.identity != other.loading.weights.identity
    assert cell.key != other.key


def test_claims_are_run_on_the_models_that_they_are_about(tmp_path, real_catalog):
    """A claim about a model is a cell on it and on its quantised copy; on a model that it says nothing about it is refused."""
    claim = "saigyo-tsumugi/smollm2-l13h8"
    record = real_catalog.models["smollm2-135m-instruct-q4-1"]
    if is_installed(record.package):
        (cell,) = cells(tmp_path, real_catalog, f"claims: [{claim}]\nmodels: [{record.id}]\n")
        assert (cell.kind, cell.subject, cell.seed) == ("claim", claim, None)
    with pytest.raises(SweepFileError, match="names neither it nor a copy of it"):
        cells(tmp_path, real_catalog, f"claims: [{claim}]\nmodels: [organism-tasks]\n")


def test_recipes_keep_their_own_seed(tmp_path, real_catalog):
    """Without `seeds` a recipe is run as it is written: its cell has none."""
    (cell,) = cells(tmp_path, real_catalog, "models: [organism-tasks]\nrecipes: [induction]\n")
    assert cell.seed is None
