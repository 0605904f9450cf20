"""Published numbers under our scores: what is read, what is refused, and what counts as a comparison."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest

from headkb import load_catalog
from headkb.catalog import Catalog
from headkb.catalog.load import load
from headkb.catalog.published import PUBLISHED, Published
from headkb.catalog.schema import Model
from headkb.errors import HeadkbError, ModelError, ReproductionError, UnknownNameError
from headkb.head_index import HeadIndex
from headkb.reproduce import Plan, measure_published, read_published, run_on_data, write_run
from headkb.reproduce.record import LONGEST_ID, run_id

WORDS = ["<|endoftext|>", "The", "ory", " form", "er", "."]
TOY = Published(("toy",), "jar-small", "a notebook", "six tokens", (1,), (0, 1))
PLAN = Plan("sparkle", "small-sparkle", "previous-token", None, claim="moss-1999-sparkle/small-sparkle")


@pytest.fixture
def fixtures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of published data: head 0 looks back by one, head 1 at itself; and the eigenvalues 1, 1, -1 + i, -1 - i."""
    folder = tmp_path / "gpt2_attention"
    folder.mkdir()
    back, same = np.eye(6, dtype=np.float32)[[0, 0, 1, 2, 3, 4]], np.eye(6, dtype=np.float32)
    np.savez(folder / "toy.npz", attention=np.stack([back, same]), tokens=np.asarray(WORDS))
    np.savez(folder / "values.npz", eigenvalues=np.asarray([3.0, 1.0, -1 + 1j, -1 - 1j], dtype=np.complex64))
    monkeypatch.setenv("HEADKB_FIXTURES", str(tmp_path))
    monkeypatch.setitem(PUBLISHED, "toy", TOY)
    values = Published(("values",), "jar-small", "a notebook", "no text", (1,), (1,), holds="eigenvalues")
    monkeypatch.setitem(PUBLISHED, "values", values)
    return folder


def model() -> Model:
    """Two layers of two heads."""
    shape = {"name": "Jar", "kind": "public", "family": "gpt2", "n_layers": 2, "n_heads": 2}
    return Model.model_validate({"id": "jar-small", **shape})


def test_words_begin_at_a_space_or_after_the_end_of_text(fixtures: Path) -> None:
    """A full stop without a space belongs to the word before it, as the notebook counts; <|endoftext|> belongs to none."""
    _, prompts, _ = read_published("toy")
    assert prompts.positions["word_start"].tolist() == [[-1, 1, 1, 3, 3, 3]]


def test_only_covered_layers_and_heads_get_values(fixtures: Path) -> None:
    """Layer 1 alone is there; head 0 is perfect, head 1 its opposite."""
    facts = measure_published(PLAN, "toy", model())
    assert (facts["layers"], facts["values"]) == ([1], [[1.0, 0.0]])


def test_files_of_several_layers_are_read_as_one(fixtures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file gives the next layer, and the hash is that of all; a file on another text is refused."""
    both = Published(("toy", "turned"), "jar-small", "a notebook", "six tokens", (0, 1), (0, 1))
    monkeypatch.setitem(PUBLISHED, "both", both)
    with np.load(fixtures / "toy.npz") as arrays:
        turned = arrays["attention"][::-1]
    np.savez(fixtures / "turned.npz", attention=turned, tokens=np.asarray(WORDS))
    facts = measure_published(PLAN, "both", model())
    assert facts["values"] == [[1.0, 0.0], [0.0, 1.0]]
    content = (fixtures / "toy.npz").read_bytes() + (fixtures / "turned.npz").read_bytes()
    assert facts["prompts"]["sha256"] == hashlib.sha256(content).hexdigest()
    np.savez(fixtures / "turned.npz", attention=turned, tokens=np.asarray([*WORDS[:5], "!"]))
    with pytest.raises(ModelError, match="both: its files hold attention on different texts"):
        measure_published(PLAN, "both", model())


def test_eigenvalues_give_the_copying_score(fixtures: Path) -> None:
    """Σ Re λ / Σ |λ| = 2 / (4 + 2√2), of the one head; the other was not measured."""
    plan = Plan("sparkle", "values", "ov-copying", None)
    assert measure_published(plan, "values", model())["values"] == [
        [None, pytest.approx(2 / (4 + 2 * 2**0.5), abs=1e-6)]
    ]


@pytest.mark.parametrize(
    ("score", "data", "error", "words"),
    [
        ("previous-token", "values", ModelError, "Only ov-copying does"),
        ("ov-copying", "toy", HeadkbError, "ov-copying reads a model, not patterns"),
        ("previous-token", "tay", UnknownNameError, "Did you mean 'toy'"),
        (
            "previous-token",
            "main-demo-l5h5",
            ModelError,
            "tools/extract_notebook_data.py of headkb's repository makes such a folder",
        ),
    ],
)
def test_data_and_score_must_go_together(
    score: str, data: str, error: type[Exception], words: str, fixtures: Path
) -> None:
    """Each mismatch is one sentence that says what is wrong and how to fix it."""
    with pytest.raises(error, match=words):
        measure_published(Plan("sparkle", "x", score, None), data, model())


def test_an_array_of_another_shape_is_refused(fixtures: Path) -> None:
    """Three heads for a model of two would shift every name."""
    np.savez(fixtures / "toy.npz", attention=np.zeros((3, 6, 6), dtype=np.float32), tokens=np.asarray(WORDS))
    with pytest.raises(ModelError, match="1 layers and 3 heads"):
        measure_published(PLAN, "toy", model())


@pytest.mark.parametrize(
    ("value", "standing"), [(0.9995, "formula-checked"), (0.99, "not-comparable"), (-0.5, "not-comparable")]
)
def test_published_data_check_the_formula_of_a_claim_and_put_none_off(
    value: float, standing: str, fixtures: Path, toy_copy: Path
) -> None:
    """Met, missed by more than its tolerance, or the opposite; of the head nothing is said, for no model was run."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("values: {L0H1: 0.9}", f"values: {{L1H0: {value}}}\n    tolerance: 0.001"))
    catalog, _ = load(toy_copy)
    run = run_on_data(catalog, PLAN, "toy")
    assert catalog.evidence.judged(run).standing == standing
    recorded = dataclasses.replace(catalog, runs={run.id: run}).evidence
    assert recorded.standing("moss-1999-sparkle/small-sparkle") == standing
    assert recorded.standing("moss-1999-sparkle/small-sparkle", HeadIndex(1, 0)) == "not-rerun"


def test_run_ids_tell_claim_and_data_and_stay_short() -> None:
    """A claim's run on data names both; too long a name is cut and told apart by a hash."""
    assert run_id(PLAN, "jar-small", "toy", "2026-01-02") == "jar-small-small-sparkle-toy-2026-01-02"
    assert run_id(PLAN, "jar-small", None, "2026-01-02") == "moss-1999-sparkle-small-sparkle-2026-01-02"
    long = [run_id(Plan("h", "c" * 80 + end, "s", None, claim="f/c"), "m", "d", "2026-01-02") for end in "ab"]
    assert len(long[0]) == LONGEST_ID
    assert long[0] != long[1]


def test_a_run_of_another_claim_is_not_overwritten(fixtures: Path, toy_copy: Path) -> None:
    """Two claims whose runs would share an id are told so."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("values: {L0H1: 0.9}", "values: {L1H0: 1.0}\n    tolerance: 0.001"))
    catalog, _ = load(toy_copy)
    run = run_on_data(catalog, PLAN, "toy")
    written = write_run(run, toy_copy)
    written.write_text(written.read_text().replace("moss-1999-sparkle/small-sparkle", "elm-2000/small-sparkle"))
    with pytest.raises(ReproductionError, match="a run of another claim"):
        write_run(run, toy_copy)
    written.write_text("claim: [")
    with pytest.raises(ReproductionError, match=rf"overwrite a file that is not a run: runs/{run.id}\.yaml:2:1: error"):
        write_run(run, toy_copy)


@pytest.fixture(scope="module")
def real() -> Catalog:
    """The shipped catalog."""
    return load_catalog()


def test_comparisons_within_a_thousandth(real: Catalog) -> None:
    """A claim verified to a thousandth has one run on published data, for every head whose value it gives; of a table, for what the data cover."""
    met, in_tables = [], 0
    for run in real.runs.values():
        strict = all(e.tolerance <= 1e-3 for e in run.expected)
        if run.model_source == "published-data" and strict and (run.table is None or run.table.met()):
            assert run.claim is not None
            assert {e.head for e in run.expected} == set(real.statements[run.claim].claim.values)
            met.append(run.claim)
            in_tables += run.table.heads if run.table else 0
    assert len(met) == len(set(met))
    assert in_tables == 4 * 48 + 2 * 24


def test_every_miss_on_published_data_is_explained(real: Catalog) -> None:
    """A run that misses published numbers says why."""
    missed = [r for r in real.runs.values() if r.model_source == "published-data" and r.met() is False]
    assert missed
    assert all(run.cause for run in missed)


def test_every_run_on_data_names_data_that_headkb_knows(real: Catalog) -> None:
    """So `--check` can rerun each where its file is at hand."""
    named = {run.prompts.data for run in real.runs.values() if run.model_source == "published-data"}
    assert named <= set(PUBLISHED)
