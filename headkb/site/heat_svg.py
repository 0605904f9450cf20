"""A heat map of all heads as an SVG file that needs nothing else: its colours are written into it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from headkb.direction import Direction, shades
from headkb.head_index import HeadIndex

CELL, LEFT, TOP = 26, 44, 56
MORE, LESS, NONE = "#1f5fa8", "#b3541e", "#e4e4e4"


def heat_svg(
    values: Mapping[HeadIndex, float], n_layers: int, n_heads: int, title: str, unit: str, direction: Direction
) -> str:
    """One cell a head, rows are layers and columns heads; blue above zero, brown below, grey where nothing was measured.

    Args:
        values: Head → value.
        n_layers: Rows.
        n_heads: Columns.
        title: Shown above the map, and its text alternative.
        unit: Of the values, shown with each on hover.
        direction: What is shown deepest, as `headkb.direction.shades`.
    """
    depth = shades(values, direction)
    width, height = max(LEFT + CELL * n_heads + 8, 8 * len(title) + 16), TOP + CELL * n_layers + 8
    parts = [_text(8, 20, title, "start", 14), _text(LEFT - 8, TOP - 8, "layer", "end", 11)]
    parts += [_text(LEFT + CELL * h + CELL // 2, TOP - 8, str(h), "middle", 11) for h in range(n_heads)]
    for layer in range(n_layers):
        y = TOP + CELL * layer
        parts.append(_text(LEFT - 8, y + 17, str(layer), "end", 11))
        for h in range(n_heads):
            head = HeadIndex(layer, h)
            parts.append(_cell(LEFT + CELL * h, y, head, values.get(head), depth.get(head, 1.0), unit))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif"><rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _cell(x: int, y: int, head: HeadIndex, value: float | None, depth: float, unit: str) -> str:
    known = "not measured" if value is None else f"{value:.4g} {unit}"
    colour = NONE if value is None else MORE if value >= 0 else LESS
    box = f'x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}"'
    return f'<rect {box} fill="{colour}" fill-opacity="{depth:.2f}" stroke="#d0d0d0"><title>{head}: {escape(known)}</title></rect>'


def _text(x: int, y: int, content: str, anchor: str, size: int) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="#222222">{escape(content)}</text>'
