"""Results as plain text that fits a screen: at most 25 lines of 100 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headkb.direction import ORDERS

if TYPE_CHECKING:
    from headkb.analysis.head_column import HeadColumn, ScoredHead
    from headkb.analysis.head_table import HeadTable

LINES, COLUMNS = 25, 100
SHOWN = 5
"""Heads of each score in a table."""
_NAME = 28


def of_table(table: HeadTable) -> str:
    """One line a score with its strongest heads, one a score that failed with its reason."""
    layers = max((of.values.shape[0] for of in table.columns.values()), default=0)
    heads = max((of.values.shape[1] for of in table.columns.values()), default=0)
    scores = f"{len(table.columns)} score{'' if len(table.columns) == 1 else 's'}"
    first = f"{scores} of {layers} layers x {heads} heads of {table.model}"
    lines = _lines({name: of.top(SHOWN) for name, of in table.columns.items()})
    lines += [f"{name:<{_width(table.errors)}}  failed: {_one_line(error)}" for name, error in table.errors.items()]
    return _fitted([first, *lines], "for all: to_pandas(), save(), plot(), or the name of a score")


def of_column(column: HeadColumn) -> str:
    """The strongest heads of a score, one a line with its interval."""
    of = column.measurement
    first = f"{column.id} on {of.model}, {ORDERS[column.direction]}: {column.summary}"
    lines = [repr(row) for row in column.top(10)] or ["The score is defined for no head on these prompts."]
    count = int((~column.values.isnan()).sum())
    last = f"{count} heads" if not of.score.needs_prompts else f"{count} heads, {prompts_words(of.prompts)}"
    return _fitted([first, *lines, last])


def of_top(top: Mapping[str, Sequence[ScoredHead]]) -> str:
    """One line a score."""
    return _fitted(_lines(top)) if top else "no scores"


def prompts_words(prompts: Mapping[str, object]) -> str:
    """Which prompts, in words."""
    seed = f", seed {prompts['seed']}" if "seed" in prompts else ""
    return f"{prompts['n']} prompt{'s' if prompts['n'] != 1 else ''} of {prompts['generator']}{seed}"


def _lines(top: Mapping[str, Sequence[ScoredHead]]) -> list[str]:
    """Scores and their heads in columns of equal width; as many heads as a line holds."""
    cells = {name: [f"{row.head} {row.value:.3f}" for row in rows] for name, rows in top.items()}
    wide = max((len(cell) for row in cells.values() for cell in row), default=0)
    name_width = _width(top)
    room = max(1, (COLUMNS - name_width) // (wide + 2))
    return [
        f"{name:<{name_width}}  {'  '.join(f'{cell:<{wide}}' for cell in row[:room]) or 'defined for no head'}".rstrip()
        for name, row in cells.items()
    ]


def _width(names: Mapping[str, object]) -> int:
    return min(_NAME, max(map(len, names), default=0))


def _one_line(error: Exception) -> str:
    return " ".join(f"{error}".split()) or type(error).__name__


def _fitted(lines: Sequence[str], more: str = "") -> str:
    """The lines, cut where a screen ends; the last one says how many are left out."""
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"and {len(lines) - LINES + 1} more{f'; {more}' if more else ''}"]
    return "\n".join(line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…" for line in lines)
