"""Lists of exceptions with a reason and a date: tables with tabs between, a line each, whose first line names the columns.

An exception without a reason, without a date, or given twice is an error of the file.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SHORTEST_REASON = 10
"""Letters below which a reason says nothing."""


@dataclass(frozen=True)
class Excepted:
    """One exception: what it is about, of which sort, why, since when, and the line of the file."""

    what: str
    sort: str
    reason: str
    date: str
    line: int


def read_reasons(path: Path, sorts: Sequence[str], columns: Sequence[str]) -> tuple[list[Excepted], list[str]]:
    """The exceptions of a file, and its errors as `file:line: what is wrong`.

    Args:
        path: The file.
        sorts: What may stand in the second column.
        columns: The names of the four columns.
    """
    found: dict[str, Excepted] = {}
    errors: list[str] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != list(columns):
        return [], [f"{path}:1: the first line is {' TAB '.join(columns)}"]
    for number, line in enumerate(lines[1:], start=2):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(columns):
            errors.append(f"{path}:{number}: {len(columns)} columns are needed, not {len(cells)}")
            continue
        what, sort, reason, date = cells
        if what in found:
            errors.append(f"{path}:{number}: {what} stands there twice")
        if sort not in sorts:
            errors.append(f"{path}:{number}: {columns[1]} is one of {', '.join(sorts)}, not {sort!r}")
        if len(reason) < SHORTEST_REASON:
            errors.append(f"{path}:{number}: {what} has no reason")
        if not _is_date(date):
            errors.append(f"{path}:{number}: {date!r} is no date of the form 2026-11-20")
        found[what] = Excepted(what, sort, reason, date, number)
    return list(found.values()), errors


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
