"""The fuzzing tool counts what may not happen, and finds it when it does."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import NoReturn

import fuzz
import pytest

from headkb.errors import HeadkbError


def raiser(error: Exception) -> NoReturn:
    """Raise it."""
    raise error


def test_what_came_of_a_case() -> None:
    """Headkb's own exceptions are refusals; any other is named with its place; what takes long says so."""
    assert fuzz.tried(lambda: "accepted")[0] == "accepted"
    assert fuzz.tried(lambda: raiser(HeadkbError("no")))[0] == "refused"
    assert fuzz.tried(lambda: raiser(KeyError("x")))[0].startswith("KeyError in test_fuzz.py:")

    def busy() -> str:
        start = time.process_time()
        while time.process_time() - start < 0.02:
            pass
        return "accepted"

    assert fuzz.tried(busy)[1] >= 0.02


def test_mutations_are_files_that_may_be_read() -> None:
    """Text that can be written, within the size of a record, the same for the same seed, and not what it was."""
    base = (fuzz.DATA / "hostile" / "base" / "papers" / "odd.yaml").read_text(encoding="utf-8")
    made = [fuzz.mutated(base, random.Random(seed)) for seed in range(200)]
    assert max(len(text.encode("utf-8")) for text in made) <= fuzz.LARGEST
    assert made == [fuzz.mutated(base, random.Random(seed)) for seed in range(200)]
    assert sum(text != base for text in made) > 150


@pytest.mark.parametrize("kind", ["catalog", "table", "bibtex"])
def test_a_few_cases_of_each_kind_hold(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And the figures are printed."""
    assert fuzz.main(["--only", kind, "--cases", "20", "--seconds", "120"]) == 0
    assert f"{kind}: 20 cases" in capsys.readouterr().out


def test_a_crash_and_a_dead_process_are_findings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The case that did it is printed, and the exit code is 1."""
    import os

    def crash(rng: random.Random, root: Path) -> tuple[str, object]:
        return "the case", lambda: raiser(KeyError("x"))

    def death(rng: random.Random, root: Path) -> tuple[str, object]:
        return "the last case", lambda: os._exit(1)

    monkeypatch.setattr(fuzz, "SILENCE", 3.0)
    for case in (crash, death):
        monkeypatch.setitem(fuzz.CASES, "table", case)
        assert fuzz.main(["--only", "table", "--cases", "2", "--seconds", "5"]) == 1
    out = capsys.readouterr().out
    assert "KeyError in test_fuzz.py" in out
    assert "the process ended\n    'the last case'" in out
