"""Layer × head tables: heat maps of scores, and the grid of roles. HTML tables, coloured by CSS variables.

End tags that HTML lets one leave out are left out: a map has up to 1,600 cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType

from headkb.catalog.schema import HeadIndex
from headkb.direction import Direction, shades

MAX_CELLS = 1600
"""Above this many heads a map is left out and only its top is listed: the page would grow beyond what a reader can use."""
SHOW_NUMBERS = 320
DEEPEST: Mapping[Direction, str] = {"more": "", "less": "; deepest: the lowest", "size": ""}
"""What a map's caption says of its colours, where the deepest is not the furthest from zero."""


def heat_map(
    values: Mapping[HeadIndex, float],
    n_layers: int,
    n_heads: int,
    link: Callable[[HeadIndex], str],
    label: str,
    direction: Direction,
) -> str:
    """A coloured cell per head; small maps show the numbers, large ones only the colour. Empty if the map would be too large.

    Args:
        values: Head → value.
        n_layers: Rows.
        n_heads: Columns.
        link: The address of a head's page, empty if it has none.
        label: What the map shows.
        direction: What is shown deepest, as `headkb.direction.shades`.
    """
    if n_layers * n_heads > MAX_CELLS or not values:
        return ""
    depth = shades(values, direction)
    numbers = n_layers * n_heads <= SHOW_NUMBERS
    head = "".join(f"<th scope=col>{h}" for h in range(n_heads))
    rows = []
    for layer in range(n_layers):
        cells = "".join(
            _cell(values.get(HeadIndex(layer, h)), depth, HeadIndex(layer, h), link, numbers) for h in range(n_heads)
        )
        rows.append(f"<tr><th scope=row>{layer}{cells}")
    kind = "hk-heat" if numbers else "hk-heat hk-tiny"
    return (
        f'<div class="hk-scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="{kind}">'
        f"<caption>{escape(label)} (rows: layers, columns: heads; hatched: not measured{DEEPEST[direction]})</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(
    value: float | None,
    depth: Mapping[HeadIndex, float],
    head: HeadIndex,
    link: Callable[[HeadIndex], str],
    numbers: bool,
) -> str:
    if value is None:
        return "<td class=n>"
    share = round(100 * depth[head])
    css = " class=m" if value < 0 else ""
    number = _short(value) if numbers else ""
    href = link(head) if numbers else ""
    inner = f'<a href="{escape(href)}" title="{head}">{number}</a>' if href else number
    return f"<td{css} style=--v:{share}>{inner}"


def _short(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:.0f}"
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def role_grid(
    cells: Mapping[HeadIndex, tuple[str, str, str, str]],
    n_layers: int,
    n_heads: int,
    label: str,
    pages: Mapping[HeadIndex, str] = MappingProxyType({}),
) -> str:
    """A cell per head with a role: classes, letters, address, words. Others are a dot with an address in `pages`, or empty.

    Without words a cell is told by its row and column alone; the pointer gets its name from the script of the site.
    """
    head = "".join(f"<th scope=col>{h}" for h in range(n_heads))
    rows = []
    for layer in range(n_layers):
        row = [_role_cell(HeadIndex(layer, h), cells, pages) for h in range(n_heads)]
        rows.append(f"<tr><th scope=row>L{layer}{''.join(row)}")
    return (
        f'<div class="hk-scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table class="hk-heat hk-known">'
        f"<caption>{escape(label)} (rows: layers, columns: heads)</caption><thead><tr><td></td>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _role_cell(
    head: HeadIndex, cells: Mapping[HeadIndex, tuple[str, str, str, str]], pages: Mapping[HeadIndex, str]
) -> str:
    if head in cells:
        classes, letters, href, words = cells[head]
        title = f' title="{escape(words)}"' if words else ""
        return f'<td class="{classes}"><a href={escape(href)}{title}>{escape(letters)}</a>'
    return f"<td><a href={escape(pages[head])} aria-label={head}>·</a>" if head in pages else "<td>"
