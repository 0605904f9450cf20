"""The check of regular expressions finds those that backtrack, in every way that code can use them, and passes those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest
import slow_patterns
from click.testing import CliRunner

SLOW = [
    r're.fullmatch(r"(a+)+", text)',  # exponential
    r're.search(r"(?:a|a)*$", text)',
    r're.sub(r"\s+$", "", text)',  # quadratic: every start of a run is tried
    r're.findall(r"<[^>]*>", text)',
    r're.match(r"\w*\d*\w*!", text)',
]
LINEAR = [
    r're.fullmatch(r"(?:a+)", text)',
    r're.match(r"\s+$", text)',  # tried at the start alone
    r're.sub(r"(?<!\s)\s+$", "", text)',
    r're.findall(r"<[^<>]*>", text)',
    r're.search(r"a++b", text)',
]


def written(code: str, folder: Path) -> Path:
    """A file with this line of code."""
    path = folder / "module.py"
    path.write_text(f"import re\n\nfound = {code}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("code", SLOW)
def test_a_slow_pattern_is_told_with_its_place(code: str, tmp_path: Path) -> None:
    """File, line, pattern and the text that shows it; the exit code is 1."""
    told = CliRunner().invoke(slow_patterns.main, [str(written(code, tmp_path))])
    assert told.exit_code == 1
    assert "module.py:3: " in told.output
    assert "1 patterns, 1 slow" in told.output


@pytest.mark.parametrize("code", LINEAR)
def test_a_linear_pattern_passes(code: str, tmp_path: Path) -> None:
    """Nothing is told of it."""
    told = CliRunner().invoke(slow_patterns.main, [str(written(code, tmp_path))])
    assert told.output == "1 patterns, 0 slow\n"


def test_a_named_pattern_is_tried_as_it_is_used(tmp_path: Path) -> None:
    """`match` tries one start, `search` every one."""
    path = tmp_path / "module.py"
    path.write_text('import re\nEND = re.compile(r"\\s+$")\nEND.match(text)\n', encoding="utf-8")
    assert [used.uses for used in slow_patterns.patterns([path])] == [("match",)]
    assert slow_patterns.slowest(next(slow_patterns.patterns([path]))) is None
    path.write_text('import re\nEND = re.compile(r"\\s+$")\nEND.search(text)\n', encoding="utf-8")
    assert slow_patterns.slowest(next(slow_patterns.patterns([path]))) is not None


def test_a_pattern_that_is_put_together_is_refused(tmp_path: Path) -> None:
    """It cannot be read from the source, so it cannot be held."""
    told = CliRunner().invoke(slow_patterns.main, [str(written('re.search("a" + other, text)', tmp_path))])
    assert told.exit_code == 1
    assert "module.py:3: the pattern is put together as the program runs" in told.output


def test_every_pattern_of_the_package_can_be_held() -> None:
    """None is put together as the program runs, but for those of the modules that the tool names."""
    assert len(list(slow_patterns.patterns(slow_patterns.sources()))) > 100
