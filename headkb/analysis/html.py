"""Results as HTML for a notebook: static, escaped, the same when it is exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from headkb.direction import ORDERS
from headkb.head_index import HeadIndex
from headkb.site.heat_svg import heat_svg

if TYPE_CHECKING:
    from headkb.analysis.head_column import HeadColumn, ScoredHead

SHOWN = 5
"""Heads of each score in a table."""
MAPS, CELLS = 4, 1200
"""Heat maps are drawn of so many scores at most, and of so many heads each; `plot()` draws every one."""


def of_columns(columns: Sequence[HeadColumn], errors: Mapping[str, Exception], model: str) -> str:
    """A table of the strongest heads of each score, reasons of those that failed, and heat maps of the first."""
    rows = [_row(of.id, of.top(SHOWN), of.summary, ORDERS[of.direction]) for of in columns]
    rows += [
        f'<tr><th scope="row">{escape(name)}</th><td colspan="{SHOWN}">failed: {escape(str(error) or type(error).__name__)}</td></tr>'
        for name, error in errors.items()
    ]
    maps = "".join(_map(of) for of in columns[:MAPS] if of.values.numel() <= CELLS)
    return f"<div><p><b>{escape(model)}</b>: strongest heads of each score, mean over prompts</p>{_table(rows)}{maps}</div>"


def of_top(top: Mapping[str, Sequence[ScoredHead]]) -> str:
    """A table of the strongest heads of each score."""
    width = max((len(row) for row in top.values()), default=1)
    return _table([_row(name, row, "", "") for name, row in top.items()], width)


def _table(rows: Sequence[str], width: int = SHOWN) -> str:
    numbers = "".join(f'<th scope="col">{number}</th>' for number in range(1, width + 1))
    return f'<table><thead><tr><th scope="col">score</th>{numbers}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _row(name: str, values: Sequence[ScoredHead], summary: str, order: str) -> str:
    title = f' title="{escape(f"{order}: {summary}")}"' if summary or order else ""
    cells = "".join(_cell(value) for value in values)
    return f'<tr><th scope="row"{title}>{escape(name)}</th>{cells}</tr>'


def _cell(value: ScoredHead) -> str:
    between = "" if value.low is None else f' title="95 % interval {value.low:.3f} to {value.high:.3f}"'
    return f"<td{between}>{value.head} {value.value:.3f}</td>"


def _map(column: HeadColumn) -> str:
    n_layers, n_heads = column.values.shape
    values = {
        HeadIndex(layer, head): value
        for layer, row in enumerate(column.values.tolist())
        for head, value in enumerate(row)
        if value == value
    }
    title = f"{column.id} of {column.measurement.model}"
    return heat_svg(values, n_layers, n_heads, title, column.unit, column.direction)
