"""`headkb reproduce` stopped in the middle, by a kill, by Ctrl-C, by a recipe that breaks, and typed again."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb import plugins  # noqa: E402
from headkb.cli import main  # noqa: E402
from headkb.scores import SCORES  # noqa: E402

PLUGIN = """\
import os, time
from headkb.scores import score

@score("noted", prompts="random-tokens")
def noted(pattern, prompts, *, name: str = ""):
    "Attention to the token before, of which every call is noted."
    with open(os.environ["NOTES"], "a") as notes:
        print(name, file=notes)
    deed = os.environ.get("DEED_AT_" + name)
    if deed == "hang":
        time.sleep(600)
    if deed == "interrupt":
        raise KeyboardInterrupt
    if deed == "break":
        raise RuntimeError("the inner part of torch")
    return pattern.diagonal(-1, -2, -1).mean(-1)
"""
RECIPE = "  - {{id: {0}, role: screen, score: noted, prompts: random-tokens, parameters: {{length: {1}, n: 2}}, score_parameters: {{name: {0}}}, threshold: 0.4}}"
LENGTHS = {"one": 8, "two": 9, "three": 10, "four": 8, "five": 11}
ORDER = ["one", "four", "two", "three", "five"]
"""Recipes on the same prompts follow each other."""


@pytest.fixture(autouse=True)
def world(toy_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A catalog with five recipes of a score that notes each call, a cache of its own, and registries as they were after it."""
    head = toy_copy / "heads" / "sparkle.yaml"
    recipes = "\n".join(RECIPE.format(*pair) for pair in LENGTHS.items())
    lines = [recipes if line.startswith("  - {id: default") else line for line in head.read_text().splitlines()]
    head.write_text("\n".join(lines) + "\n")
    (tmp_path / "noted.py").write_text(PLUGIN)
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setattr(plugins, "_loaded", set())
    before = dict(SCORES)
    yield
    SCORES.clear()
    SCORES.update(before)


def words(tmp_path: Path, *more: str) -> list[str]:
    """The command that runs every recipe."""
    catalog, plugin = str(tmp_path / "catalog"), str(tmp_path / "noted.py")
    return ["--catalog", catalog, "reproduce", "--all", "--model", "exact-previous-token", "--plugin", plugin, *more]


def run(tmp_path: Path, *more: str) -> Result:
    """The command in this process."""
    return CliRunner().invoke(main, words(tmp_path, *more))


def rows(text: str) -> dict[str, dict[str, Any]]:
    """What each recipe gave, by its id, in order, without the time that it took."""
    found = [json.loads(line) for line in text.splitlines()]
    return {
        row["recipe"]: {key: value for key, value in row.items() if key != "seconds"}
        for row in found
        if "recipe" in row
    }


def notes(tmp_path: Path) -> set[str]:
    """The recipes whose score was called since this was last asked."""
    path = tmp_path / "notes"
    found = set(path.read_text().split()) if path.exists() else set()
    path.unlink(missing_ok=True)
    return found


def kept_files(tmp_path: Path) -> list[Path]:
    """The files in which results are kept."""
    return list((tmp_path / "cache").rglob("*.jsonl"))


def test_a_killed_run_goes_on_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """Killed in the third of five prompts' sets; the whole is what an uninterrupted run gives."""
    whole = rows(run(tmp_path, "--json").stdout)
    assert list(whole) == ORDER
    assert kept_files(tmp_path) == []
    assert notes(tmp_path) == set(ORDER)
    child = {**os.environ, "DEED_AT_three": "hang", "OMP_NUM_THREADS": str(torch.get_num_threads())}
    command = [sys.executable, "-m", "headkb", *words(tmp_path, "--json")]
    with subprocess.Popen(command, env=child, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = rows("".join(process.stdout.readline() for _ in range(3)))  # each is printed as it comes
        while not (tmp_path / "notes").exists() or "three" not in (tmp_path / "notes").read_text():
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    assert list(first) == ORDER[:3]
    assert notes(tmp_path) == {"one", "four", "two", "three"}
    (file,) = kept_files(tmp_path)
    with file.open("ab") as torn:
        torn.write(b'{"key": "3f')
    again = run(tmp_path, "--json")
    assert (again.exit_code, rows(again.stdout)) == (0, whole)
    assert list(rows(again.stdout)) == ORDER
    assert notes(tmp_path) == {"three", "five"}
    assert kept_files(tmp_path) == []


def test_a_stop_by_hand_says_what_is_kept_and_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line and exit code 130; what was kept is shown as kept; `--fresh` keeps nothing of it."""
    monkeypatch.setenv("DEED_AT_three", "interrupt")
    stopped = run(tmp_path)
    assert stopped.exit_code == 130
    assert (
        stopped.stderr
        == "stopped: 3 results are kept. The same command goes on from there; with --fresh it starts anew.\n"
    )
    monkeypatch.delenv("DEED_AT_three")
    monkeypatch.setenv("DEED_AT_five", "interrupt")
    notes(tmp_path)
    again = run(tmp_path)
    lines = [line for line in again.stdout.splitlines() if "sparkle/" in line]
    assert [" kept from 20" in line for line in lines] == [True, True, True, False]
    assert "4 results are kept" in again.stderr
    assert notes(tmp_path) == {"three", "five"}
    monkeypatch.delenv("DEED_AT_five")
    fresh = run(tmp_path, "--fresh")
    assert "kept from" not in fresh.output
    assert (fresh.exit_code, notes(tmp_path), kept_files(tmp_path)) == (0, set(ORDER), [])


def test_ctrl_c_before_the_first_result_and_other_words_keep_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command with other words has results of its own."""
    monkeypatch.setenv("DEED_AT_one", "interrupt")
    stopped = run(tmp_path)
    assert (stopped.exit_code, stopped.stderr) == (130, "stopped: no result was there yet.\n")
    monkeypatch.delenv("DEED_AT_one")
    monkeypatch.setenv("DEED_AT_two", "interrupt")
    assert "2 results are kept" in run(tmp_path).stderr
    assert "stopped: 2 results" in run(tmp_path, "--dtype", "float64").stderr
    assert len(kept_files(tmp_path)) == 2


def test_a_recipe_that_breaks_is_told_in_a_sentence_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, for something nobody foresaw went wrong."""
    monkeypatch.setenv("DEED_AT_four", "break")
    result = run(tmp_path, "--json")
    assert result.exit_code == 2
    assert list(rows(result.stdout)) == ["one", "two", "three", "five"]
    (failed,) = [row for row in map(json.loads, result.stdout.splitlines()) if row.get("id") == "sparkle/four"]
    assert "stopped on something it did not foresee (RuntimeError: the inner part of torch)" in failed["reason"]
    assert "Model: exact-previous-token: " in failed["reason"]
    assert kept_files(tmp_path) == []
    for name in ORDER:
        monkeypatch.setenv(f"DEED_AT_{name}", "break")
    assert run(tmp_path).exit_code == 2


def test_without_a_place_to_keep_results_it_is_told_once_and_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The results do not depend on it."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path / "file"))
    result = run(tmp_path)
    assert result.exit_code == 0
    assert result.stderr.count("warning: ") == 1
    assert "so a stopped command could not go on. Set HEADKB_CACHE." in result.stderr


def test_runs_that_cannot_be_written_are_printed_kept_and_written_when_they_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is told once, every recipe is measured, and the same command measures none again."""
    from headkb.catalog import writing

    monkeypatch.setattr("headkb.reproduce.check_recordable", lambda *_: None)
    # An exact model is none of this catalog's; what is tested is only where its runs go.
    written, full = [], True
    real = writing._write

    def write(path: Path, content: bytes) -> None:
        if full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(path)
        real(path, content)

    monkeypatch.setattr(writing, "_write", write)
    first = run(tmp_path, "--json", "--record")
    assert first.exit_code == 2
    assert list(rows(first.stdout)) == ORDER
    assert first.stderr.count("the disk is full, so ") == 1
    assert "4 more failed in the same way." in first.stderr
    assert notes(tmp_path) == set(ORDER)
    full = False
    again = run(tmp_path, "--json", "--record")
    assert (again.exit_code, notes(tmp_path), kept_files(tmp_path)) == (0, set(), [])
    assert rows(again.stdout) == rows(first.stdout)
    assert len({path.name for path in written if path.parent.name == "runs"}) == len(ORDER)
