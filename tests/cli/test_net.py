"""Whatever goes wrong reaches the user as one sentence, and what was computed is not lost."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb.cli import main
from headkb.cli.net import sentence
from headkb.cli.troubles import Troubles
from tests import small_records

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "data" / "catalog"


def shell(command: str, catalog: Path = TOY, **environment: str) -> subprocess.CompletedProcess[str]:
    """A shell command in the project's folder; `headkb` is this tree's."""
    line = command.replace("headkb", f"{sys.executable} -m headkb --catalog {catalog}")
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(["bash", "-c", line], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def kept(text: str) -> str:
    """What lies in the file that a sentence names."""
    path = Path(re.search(r"is in (\S+\.txt)\.", text)[1])
    try:
        return path.read_text(encoding="utf-8")
    finally:
        path.unlink()


def test_an_exception_of_any_library_is_one_sentence_with_its_trace_in_a_file(monkeypatch) -> None:
    """Exit code 2, the command, what was raised, and where the trace is."""
    monkeypatch.setattr("headkb.catalog.look_ups.LookUps.records", lambda *_: 1 / 0)
    result = CliRunner().invoke(main, ["--catalog", str(TOY), "list", "heads"])
    assert result.exit_code == 2
    assert result.output.startswith(
        "Error: headkb list stopped on something it did not foresee (ZeroDivisionError: division by zero)."
    )
    assert "Traceback (most recent call last)" in kept(result.output)


def test_the_sentence_names_the_model_that_was_worked_on() -> None:
    """The first line of its passport."""
    error = RuntimeError("no kernel")
    error.add_note("gpt2: GPT2LMHeadModel, 12 layers of 12 heads")
    words = sentence(error, "headkb score")
    assert "(RuntimeError: no kernel). Model: gpt2: GPT2LMHeadModel, 12 layers of 12 heads." in words
    kept(words)


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full, so /x/y"), (errno.EACCES, "/x/y cannot be read or written")]
)
def test_what_the_file_system_refuses_needs_no_trace(number: int, words: str) -> None:
    """The file, the reason and what to do."""
    assert words in sentence(OSError(number, os.strerror(number), "/x/y"), "headkb export")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", ["list heads", "list heads --json", "show heads sparkle", "search sparkle"])
def test_a_result_that_stdout_does_not_take_lies_in_a_file(command: str) -> None:
    """Exit code 2, no traceback, and nothing lost."""
    ran = shell(f"headkb {command} > /dev/full")
    assert ran.returncode == 2, ran.stderr
    assert "the result could not be printed (No space left on device)" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    assert "parkle" in kept(ran.stderr)


@pytest.mark.parametrize("command", ["list heads", "list heads --json", "show heads sparkle"])
def test_a_closed_pipe_is_no_error(command: str) -> None:
    """`| head` ends the command quietly."""
    ran = shell(f"headkb {command} | true; exit ${{PIPESTATUS[0]}}")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("command", ["list papers --json", "list claims --json", "validate tests/data/broken"])
def test_what_a_code_page_lacks_is_written_as_an_escape(command: str) -> None:
    """A Windows pipe in cp1252, on the whole catalog."""
    ran = shell(f"headkb {command} > /dev/null", ROOT / "catalog", PYTHONIOENCODING="cp1252")
    assert ran.returncode in (0, 1)
    assert ran.stderr == ""


@pytest.mark.parametrize("command", [["export", "json"], ["render"]])
def test_a_folder_that_cannot_be_made_is_named(command: list[str]) -> None:
    """`/proc` takes no files."""
    result = CliRunner().invoke(main, ["--catalog", str(TOY), *command, "--out", "/proc/x"])
    assert result.exit_code == 2
    assert "/proc/x cannot be read or written" in result.output


def test_a_seed_beyond_64_bits_is_wrong_use() -> None:
    """Before anything is loaded."""
    result = CliRunner().invoke(main, ["score", "induction", "--seed", "9" * 20])
    assert result.exit_code == 2
    assert "is not in the range" in result.output


def test_a_run_is_written_although_it_cannot_be_printed_and_printed_although_it_cannot_be_written(
    monkeypatch, toy_catalog, capsys
) -> None:
    """Neither failure keeps the other from being done."""
    from headkb.cli import reproduce_claims

    done: list[str] = []
    one = small_records.run(heads="L0H1")
    monkeypatch.setattr(reproduce_claims, "print_run", lambda *_: done.append("printed"))
    monkeypatch.setattr("headkb.reproduce.write_run", lambda run, root: 1 / 0)
    troubles = Troubles()
    reproduce_claims.deliver(toy_catalog, one, troubles, record=True, as_json=False)
    assert len(troubles) == 1
    kept(capsys.readouterr().err)
    monkeypatch.setattr(reproduce_claims, "print_run", lambda *_: 1 / 0)
    monkeypatch.setattr("headkb.reproduce.write_run", lambda run, root: done.append("written"))
    with pytest.raises(ZeroDivisionError):
        reproduce_claims.deliver(toy_catalog, one, troubles, record=True, as_json=False)
    assert done == ["printed", "written"]
