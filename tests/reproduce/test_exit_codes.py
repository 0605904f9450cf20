"""`headkb reproduce` of what is not at hand: who names it is told by the exit code, who names nothing by a count."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch")

from headkb.cli import main

DATA = "gpt2-previous-token-transformer-explainer-0-2026-11-20"


@pytest.fixture(autouse=True)
def nothing_at_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No published data, no folder of models, and no hub."""
    for name in ("HEADKB_FIXTURES", "HEADKB_MODELS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path))


def reproduce(*arguments: str) -> Result:
    """The command with these words."""
    return CliRunner().invoke(main, ["reproduce", *arguments], catch_exceptions=False)


def exact_run() -> str:
    """A recorded run on a hand-set model, which every installation can rerun."""
    listed = CliRunner().invoke(main, ["list", "runs", "--json"])
    return next(
        str(run["id"])
        for run in json.loads(listed.output)
        if run["model_source"] == "exact" and run["score"] == "previous-token"
    )


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_a_named_run_that_is_left_out_ends_with_2_and_says_what_is_missing(check: list[str]) -> None:
    """With or without --check: nothing was compared, so nothing is right."""
    result = reproduce(DATA, *check)
    assert result.exit_code == 2
    assert "left-out" in result.output
    assert "HEADKB_FIXTURES" in result.output
    assert result.output.endswith("0 met, 0 drifted, 1 left out\n")


def test_if_some_of_what_was_named_is_rerun_that_decides() -> None:
    """The count says that one was left out."""
    result = reproduce(DATA, exact_run(), "--check")
    assert result.exit_code == 0
    assert result.output.endswith("1 met, 0 drifted, 1 left out\n")


def test_without_a_name_what_is_not_at_hand_is_only_counted(toy_copy: Path) -> None:
    """A catalog whose only run is on published data: the bare command asks for what this machine has, which is nothing."""
    record = Path(__file__).parents[2] / "catalog" / "runs" / f"{DATA}.yaml"
    (toy_copy / "runs").mkdir()
    lines = record.read_text(encoding="utf-8").replace("head: previous-token", "head: sparkle").splitlines()
    text = "\n".join("claim: moss-1999-sparkle/small-sparkle" if line.startswith("claim:") else line for line in lines)
    model = (toy_copy / "models" / "jar-small.yaml").read_text(encoding="utf-8")
    (toy_copy / "models" / "gpt2.yaml").write_text(model.replace("Jar small", "GPT-2 small"), encoding="utf-8")
    (toy_copy / "runs" / f"{DATA}.yaml").write_text(text + "\n", encoding="utf-8")
    bare = CliRunner().invoke(main, ["--catalog", str(toy_copy), "reproduce", "--check"], catch_exceptions=False)
    named = CliRunner().invoke(main, ["--catalog", str(toy_copy), "reproduce", DATA, "--check"], catch_exceptions=False)
    assert bare.output.endswith("0 met, 0 drifted, 1 left out\n"), bare.output
    assert (bare.exit_code, named.exit_code) == (0, 2)


def test_named_claims_of_which_none_can_be_run_end_with_2() -> None:
    """A measure without a score has nothing to run; without a name the same answer is a list."""
    result = reproduce("--claims", "fu-2024-moa")
    assert result.exit_code == 2
    assert "none run" in result.output


def test_a_typo_is_told_before_a_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading can take a minute; what was typed is read first, and only then the model."""
    loaded: list[str] = []

    def load(name: str, *_: object, **__: object) -> None:
        loaded.append(name)
        raise click.ClickException("loaded")

    monkeypatch.setattr("headkb.cli.reproduce.load_catalog_model", load)
    wrong = reproduce("inductoin", "--model", "exact-induction")
    assert wrong.exit_code == 2
    assert "Did you mean 'induction'" in wrong.output
    assert loaded == []
    assert "loaded" in reproduce("induction", "--model", "exact-induction").output
    assert len(loaded) == 1
