"""Lists of exceptions: each has a reason and a date; the shipped ones are well-formed."""

from __future__ import annotations

from pathlib import Path

import candidates
import external_links
import pytest
from reasons import read_reasons

COLUMNS = ("address", "result", "reason", "date")
GOOD = "https://example.org/a\tgone\tThe page is quoted as it was in 2024.\t2026-11-20"


def written(folder: Path, *lines: str) -> Path:
    """A list with these lines below its first."""
    path = folder / "list.tsv"
    path.write_text("\n".join(["\t".join(COLUMNS), *lines]) + "\n", "utf-8")
    return path


def test_an_exception_is_read(tmp_path: Path) -> None:
    """With its line, for messages."""
    (entry,), errors = read_reasons(written(tmp_path, GOOD), ["gone"], COLUMNS)
    assert errors == []
    assert (entry.what, entry.sort, entry.date, entry.line) == ("https://example.org/a", "gone", "2026-11-20", 2)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([GOOD.replace("The page is quoted as it was in 2024.", "")], "has no reason"),
        ([GOOD.replace("The page is quoted as it was in 2024.", "old")], "has no reason"),
        ([GOOD.replace("2026-11-20", "")], "'' is no date"),
        ([GOOD.replace("2026-11-20", "2026-02-30")], "'2026-02-30' is no date"),
        ([GOOD.replace("gone", "lost")], "one of gone, not 'lost'"),
        ([GOOD, GOOD], "stands there twice"),
        (["https://example.org/a gone"], "4 columns are needed, not 1"),
    ],
)
def test_an_exception_without_its_reason_is_an_error(lines: list[str], says: str, tmp_path: Path) -> None:
    """So is one without a date, of no known sort, or given twice; the error has file and line."""
    _, errors = read_reasons(written(tmp_path, *lines), ["gone"], COLUMNS)
    assert len(errors) == 1
    assert says in errors[0]
    assert f"list.tsv:{len(lines) + 1}:" in errors[0]


def test_a_list_without_its_first_line_is_an_error(tmp_path: Path) -> None:
    """The columns would be guessed."""
    (tmp_path / "list.tsv").write_text(GOOD, "utf-8")
    assert "list.tsv:1:" in read_reasons(tmp_path / "list.tsv", ["gone"], COLUMNS)[1][0]


def test_the_lists_of_the_repository_hold() -> None:
    """Both."""
    assert read_reasons(external_links.EXCEPTED, external_links.RESULTS[1:], external_links.COLUMNS)[1] == []
    assert read_reasons(candidates.DECLINED, candidates.DECISIONS, candidates.COLUMNS)[1] == []
