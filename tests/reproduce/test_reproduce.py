"""From a plan to a record, and back: what a run says follows from its numbers, reruns notice drift, what cannot be had is left out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb import Catalog, ReproductionError
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.schema import Model, Run
from headkb.catalog.schema.run import Expected
from headkb.cli import main
from headkb.errors import ModelError
from headkb.head_index import HeadIndex, parse_head
from headkb.models import LoadedModel, load_model
from headkb.reproduce import (
    Plan,
    bundled,
    expected_values,
    facts_of,
    measure,
    plan_of_claim,
    plans_of_head,
    rerun,
    run_record,
    write_run,
)

SHAPE = {"name": "Exact", "kind": "exact", "family": "exact", "n_layers": 1, "n_heads": 4}
PLAN = Plan("sparkle", "default", "previous-token", "random-tokens", {"length": 20, "n": 8}, {}, 0.4, recipe="default")


@pytest.fixture(scope="module")
def exact() -> LoadedModel:
    """A hand-set model: L0H0 looks back by one, L0H1 at itself."""
    return load_model("exact-previous-token")


@pytest.fixture(scope="module")
def record(exact: LoadedModel) -> Run:
    """The plan's run on it."""
    measurement = measure("previous-token", exact, generator="random-tokens", parameters={"length": 20, "n": 8})
    expected = [Expected(head=HeadIndex(0, 0), value=1.0, tolerance=1e-6, reason="built so")]
    return run_record(PLAN, exact.id, facts_of(measurement, "more"), expected)


def exact_model() -> Model:
    """Its catalog record."""
    return Model.model_validate({"id": "exact-previous-token", **SHAPE})


def test_a_record_tells_everything_that_is_needed_to_repeat_it(record: Run) -> None:
    """Model, weights, prompts with seed and hash, versions and values are all there."""
    assert record.met() is True
    assert record.heads == (HeadIndex(0, 0), HeadIndex(0, 2))
    assert record.value_of(0, 1) == 0.0
    assert (record.prompts.generator, record.prompts.n, record.prompts.seed) == ("random-tokens", 8, 0)
    assert record.weights_sha256
    assert {"python", "torch", "transformers", "headkb"} <= record.versions.keys()


def test_a_rerun_meets_its_record_and_notices_a_changed_one(record: Run, exact: LoadedModel) -> None:
    """The same code gives the same values; a value that is not the recorded one is drift."""
    same = rerun(record, exact_model(), lambda *_: exact)
    assert (same.status, same.drift) == ("met", 0.0)
    values = [list(row) for row in record.values]
    values[0][3] = (values[0][3] or 0.0) + 0.01
    changed = record.model_copy(update={"values": tuple(map(tuple, values))})
    drifted = rerun(changed, exact_model(), lambda *_: exact)
    assert drifted.status == "drifted"
    assert drifted.drift == pytest.approx(0.01)


def test_other_prompts_or_weights_are_drift(record: Run, exact: LoadedModel) -> None:
    """Numbers that agree by chance on other inputs do not count."""
    prompts = record.prompts.model_copy(update={"sha256": "0" * 64})
    other = rerun(record.model_copy(update={"prompts": prompts}), exact_model(), lambda *_: exact)
    assert (other.status, "prompts" in other.note) == ("drifted", True)
    other_weights = dataclasses.replace(exact, passport=dataclasses.replace(exact.passport, weights_sha256="0" * 64))
    weights = rerun(record, exact_model(), lambda *_: other_weights)
    assert (weights.status, "weights" in weights.note) == ("drifted", True)


def test_a_model_that_cannot_be_had_is_left_out_with_the_reason(record: Run) -> None:
    """No network is no failure of the run."""

    def unreachable(*_: object) -> LoadedModel:
        raise ModelError("the hub cannot be reached.")

    result = rerun(record, exact_model(), unreachable)
    assert (result.status, result.note) == ("left-out", "the hub cannot be reached.")


def test_a_record_of_an_older_score_asks_to_be_made_anew(record: Run, exact: LoadedModel) -> None:
    """A score whose version changed gives other numbers by design."""
    with pytest.raises(ReproductionError, match="used version 9 of the score previous-token"):
        rerun(record.model_copy(update={"score_version": 9}), exact_model(), lambda *_: exact)


@pytest.mark.parametrize(
    ("expected", "met"),
    [
        ([("L0H0", 1.0)], True),
        ([("L0H0", 1.0), ("L0H1", 1.0)], False),
        ([("L0H0", 0.9)], False),
        ([("L0H0", -1.0)], False),
        ([], None),
    ],
)
def test_whether_a_run_meets_what_it_is_held_against_follows_from_its_numbers(
    expected: list[tuple[str, float]], met: bool | None, record: Run
) -> None:
    """Inside every tolerance, outside one, or held against nothing: L0H0 measures 1 and L0H1 measures 0."""
    held = [Expected(head=parse_head(head), value=value, tolerance=0.01, reason="a test") for head, value in expected]
    assert record.model_copy(update={"expected": tuple(held)}).met() is met


@pytest.fixture
def copying(toy_copy: Path) -> Path:
    """The invented catalog with an induction-like head type, its causal check, and the exact model that has such a head."""
    head = toy_copy / "heads" / "sparkle.yaml"
    recipe = "- {id: default, role: defining, score: induction, prompts: repeated-random-tokens, parameters: {period: 12, n: 6}, threshold: 0.4}"
    check = (
        "{intervention: set it to zero, prediction: copying ends, checks: [{id: copying, prompts: repeated-random-tokens, "
        "parameters: {period: 12, n: 6}, metric: accuracy, at: second_copy, clean: 0.5, reason: only induction can copy}]}"
    )
    lines = head.read_text().splitlines()
    lines = [f"  {recipe}" if line.startswith("  - {id: default") else line for line in lines]
    lines = [f"ablation: {check}" if line.startswith("ablation:") else line for line in lines]
    head.write_text("\n".join(lines) + "\n")
    scores = toy_copy / "scores"
    (scores / "induction.yaml").write_text((scores / "previous-token.yaml").read_text().replace("Glow", "Echo"))
    facts = SHAPE | {"n_layers": 2}
    (toy_copy / "models" / "exact-induction.yaml").write_text("\n".join(f"{k}: {v}" for k, v in facts.items()) + "\n")
    return toy_copy


def test_found_heads_are_put_to_their_causal_check_recorded_and_rerun(copying: Path) -> None:
    """Score, other seeds, check with control: all of it stands in the record, is valid, and is met again."""
    runner, at = CliRunner(), ["--catalog", str(copying)]
    shown = runner.invoke(main, [*at, "reproduce", "sparkle", "--model", "exact-induction", "--record"])
    assert shown.output.startswith("met             sparkle/default in exact-induction: "), shown.output
    assert "copying, without L1H0: accuracy 1 → 0." in shown.output
    assert ", random heads 1 (3 sets of 1): confirmed" in shown.output
    assert "(falls by 9" in shown.output
    catalog, found = load(copying)
    assert [d.text() for d in [*found, *check(catalog)]] == []
    run = next(run for run in catalog.runs.values() if run.model == "exact-induction")
    (outcome,) = run.causal
    assert (outcome.result, outcome.heads) == ("confirmed", (HeadIndex(1, 0),))
    assert (catalog.evidence.outcome(run).construction, catalog.evidence.showings) == ("met", {})
    assert [(repeat.seed, repeat.values[HeadIndex(1, 0)]) for repeat in run.repeats] == [(1, 1.0), (2, 1.0)]
    assert runner.invoke(main, [*at, "reproduce", "--check"]).output.endswith("1 met, 0 drifted, 0 left out\n")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("silenced: 0.", "silenced: 1.", "a causal check moved by"),
        ("    L1H0: 1.0", "    L1H0: 0.5", "the score on another seed moved by"),
    ],
)
def test_drift_in_a_causal_check_or_on_another_seed_is_noticed(old: str, new: str, words: str, copying: Path) -> None:
    """A rerun repeats everything that the record tells."""
    runner, at = CliRunner(), ["--catalog", str(copying)]
    runner.invoke(main, [*at, "reproduce", "sparkle", "--model", "exact-induction", "--record"])
    (path,) = (copying / "runs").glob("exact-induction-*.yaml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert words in runner.invoke(main, [*at, "reproduce", "--check"]).output


def test_a_rerun_without_names_takes_the_runs_that_fit_and_tells_of_the_rest(record: Run) -> None:
    """Shortest first, so that as many as possible are rerun; what is left out is said."""
    runs = [record.model_copy(update={"id": name, "seconds": s}) for name, s in (("b", 9.0), ("a", 1.0), ("c", 2.0))]
    assert [run.id for run in bundled(runs, 4.0)] == ["a", "c"]
    assert [run.id for run in bundled(runs)] == ["a", "b", "c"]


def test_a_rerun_without_names_takes_some_runs_of_each_model(record: Run) -> None:
    """A public model's runs are long beside a toy's; its quickest are rerun all the same, but none that takes minutes."""
    quick = [record.model_copy(update={"id": f"toy-{n}", "seconds": 0.1}) for n in range(4)]
    of_public = {"slow": 15.0, "slower": 16.0, "third": 17.0}
    public = [record.model_copy(update={"id": n, "seconds": s, "model": "public"}) for n, s in of_public.items()]
    endless = record.model_copy(update={"id": "endless", "seconds": 100.0, "model": "other"})
    chosen = [run.id for run in bundled([*public, *quick, endless], 0.35)]
    assert chosen == ["slow", "slower", "toy-0", "toy-1", "toy-2"]


def test_nothing_found_is_a_result(exact: LoadedModel) -> None:
    """Without expectation and without a head beyond the threshold the record names none, and judges nothing."""
    measurement = measure("previous-token", exact, generator="random-tokens", parameters={"length": 20, "n": 8})
    run = run_record(dataclasses.replace(PLAN, threshold=2.0), exact.id, facts_of(measurement, "more"))
    assert (run.heads, run.met()) == ((), None)
    assert not {"verdict", "showing", "standing"} & run.data().keys()


def test_a_written_record_is_valid_and_reads_back(record: Run, toy_copy: Path) -> None:
    """What `--record` writes passes the catalog's own rules."""
    (toy_copy / "models" / "exact-previous-token.yaml").write_text(
        "\n".join(f"{k}: {v}" for k, v in SHAPE.items()) + "\n"
    )
    write_run(record, toy_copy)
    catalog, found = load(toy_copy)
    assert [d.text() for d in [*found, *check(catalog)]] == []
    assert catalog.runs[record.id] == record


def test_plans_come_from_recipes_and_claims(toy_catalog: Catalog) -> None:
    """A recipe is a plan; a claim without tolerance, and a head type without recipe, say why they are not."""
    (plan,) = plans_of_head(toy_catalog, toy_catalog.heads["sparkle"])
    assert (plan.score, plan.threshold, plan.parameters) == ("previous-token", 0.4, {"length": 20, "n": 8})
    with pytest.raises(ReproductionError, match="Nobody has said how it is measured"):
        plans_of_head(toy_catalog, toy_catalog.heads["twinkle"])
    with pytest.raises(ReproductionError, match="it has no `tolerance`"):
        plan_of_claim(toy_catalog.statements["moss-1999-sparkle/small-sparkle"])


def test_a_claim_with_tolerance_is_what_its_run_is_held_against(toy_copy: Path) -> None:
    """The published values become the expected ones, with the claim's source."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("values: {L0H1: 0.9}", "values: {L0H1: 0.9}\n    tolerance: 0.05"))
    catalog, _ = load(toy_copy)
    plan = plan_of_claim(catalog.statements["moss-1999-sparkle/small-sparkle"], on_data=True)
    (expected,) = expected_values(catalog, plan, "jar-small")
    assert (expected.head, expected.value, expected.tolerance) == (HeadIndex(0, 1), 0.9, 0.05)


def test_score_and_reproduce_on_the_command_line(toy_copy: Path) -> None:
    """The exact model's head comes first, its run is recorded, and --check meets it, then notices a change."""
    (toy_copy / "models" / "exact-previous-token.yaml").write_text(
        "\n".join(f"{k}: {v}" for k, v in SHAPE.items()) + "\n"
    )
    runner, at = CliRunner(), ["--catalog", str(toy_copy)]
    scored = runner.invoke(main, [*at, "score", "previous-token", "--model", "exact-previous-token", "--json"])
    assert json.loads(scored.output)["top"][0]["head"] == "L0H0"
    recorded = runner.invoke(main, [*at, "reproduce", "sparkle", "--model", "exact-previous-token", "--record"])
    assert recorded.output.startswith("met             sparkle/default in exact-previous-token")
    assert runner.invoke(main, [*at, "reproduce", "--check"]).output.endswith("1 met, 0 drifted, 0 left out\n")
    (path,) = (toy_copy / "runs").glob("*.yaml")
    path.write_text(path.read_text().replace("- [1.0, 0.0, 0.75", "- [1.0, 0.5, 0.75"))
    assert runner.invoke(main, [*at, "reproduce", "--check"]).exit_code == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["score", "inducton", "--model", "exact-induction"], "Did you mean 'induction'?"),
        (["score", "induction", "--model", "exact-inducton"], "Did you mean 'exact-induction'"),
        (["score", "induction", "--model", "/nowhere/at/all"], "no such directory"),
        (["reproduce", "twinkle", "--model", "exact-induction"], "has no recipe"),
        (["reproduce", "sparkel"], "Did you mean 'sparkle'?"),
        (["reproduce", "--record"], "--record goes with --model"),
        (["reproduce", "sparkle", "--data", "nothing"], "no published attention named 'nothing'"),
    ],
)
def test_wrong_use_gives_one_sentence_and_exit_code_2(
    args: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, whatever is misspelt or missing, and without a network."""
    monkeypatch.setattr("headkb.models.hub.reachable", lambda _: False)
    toy = Path(__file__).parent.parent / "data" / "catalog"
    result = CliRunner().invoke(main, ["--catalog", str(toy), *args])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert words in " ".join(result.output.split())
