"""Drawings of many equal squares whose depth of colour is a value: attention patterns, and small maps of all heads.

Squares of one depth are strokes of one path, in units of a square: a row of equal ones costs seven bytes, since dashes part them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from headkb.head_index import HeadIndex
from headkb.site.svg import svg

LEVELS = 10
"""Depths of colour; a value is drawn with the nearest, and what is nearest to none is not drawn."""
CELL = 12
LONGEST = 12
"""Characters of a token that fit beside a pattern."""


def cells(values: Iterable[tuple[int, int, float]], *, titles: bool = False) -> str:
    """One path for each depth and sign.

    Args:
        values: Column, row and value from -1 to 1 of each square, row by row.
        titles: Whether a path says its depth to the pointer, as a number.
    """
    strokes: dict[tuple[bool, int], list[list[int]]] = {}
    for column, row, value in values:
        if level := int(LEVELS * min(1.0, abs(value)) + 0.5):
            drawn = strokes.setdefault((value < 0, level), [])
            if drawn and drawn[-1][1] == row and sum(drawn[-1][::2]) == column:
                drawn[-1][2] += 1
            else:
                drawn.append([column, row, 1])
    parts = []
    for (below, level), drawn in sorted(strokes.items()):
        d = "".join(f"M{column} {row}h{length}" for column, row, length in drawn)
        path = f'<path class="hk-cells{" hk-below" if below else ""}" stroke-opacity="{level / LEVELS:g}" d="{d}"'
        parts.append(path + (f"><title>about {level / LEVELS:g}</title></path>" if titles else "/>"))
    return "".join(parts)


def pattern_chart(pattern: Sequence[Sequence[float]], tokens: Sequence[str], label: str) -> str:
    """A pattern as squares whose depth of colour is the attention, in tenths: rows are the queries, columns the keys.

    Args:
        pattern: Attention after softmax, `[query_pos, key_pos]`; rows may end at their query. What is below 0.05 is
            not drawn.
        tokens: The text of each position.
        label: What the drawing shows, its text alternative.
    """
    names = [short(token) for token in tokens]
    room = round(6.4 * max(map(len, names), default=0)) + 8
    left, top, side = room, round(0.87 * room) + 2, CELL * len(tokens)
    drawn = cells(((k, q, v) for q, row in enumerate(pattern) for k, v in enumerate(row)), titles=True)
    keys = "".join(
        f'<text transform="translate({left + CELL * k + 9} {top - 4})rotate(-60)">{escape(name, quote=False)}</text>'
        for k, name in enumerate(names)
    )
    queries = "".join(
        f'<text x="{left - 5}" y="{top + CELL * q + 10}">{escape(name, quote=False)}</text>'
        for q, name in enumerate(names)
    )
    causal = not any(weight for q, row in enumerate(pattern) for weight in row[q + 1 :])
    edge = f"M{left} {top}l{side} {side}h-{side}z" if causal else f"M{left} {top}h{side}v{side}h-{side}z"
    inner = (
        f'<path class="hk-grid" d="{edge}"/>{keys}<g text-anchor="end">{queries}</g>'
        f'<g transform="translate({left} {top + CELL / 2:g})scale({CELL})">{drawn}</g>'
    )
    return svg(left + side + room // 3, top + side + 6, inner, label)


def small_map(values: Mapping[HeadIndex, float], n_layers: int, n_heads: int, label: str) -> str:
    """All heads as squares without numbers: rows are layers, columns heads; depth is the distance from zero against the largest.

    Args:
        values: Head → value.
        n_layers: Rows.
        n_heads: Columns.
        label: What the drawing shows, its text alternative.
    """
    cell = max(3, min(10, 320 // n_heads))
    left, top, span = 18, 14, max(map(abs, values.values()), default=0.0) or 1.0
    marks = [0, *range(5, n_layers, 5)] if n_layers > 6 else range(n_layers)
    layers = "".join(f'<text x="{left - 4}" y="{top + cell * i + 9}">{i}</text>' for i in marks)
    heads = "".join(
        f'<text x="{left + cell * i + cell // 2}" y="10" text-anchor="middle">{i}</text>' for i in {0, n_heads - 1}
    )
    drawn = cells((head.head, head.layer, value / span) for head, value in sorted(values.items()))
    inner = (
        f'<rect class="hk-ground" x="{left}" y="{top}" width="{cell * n_heads}" height="{cell * n_layers}" data-cell="{cell}"/>'
        f'<g class="hk-tick" text-anchor="end">{layers}</g><g class="hk-tick">{heads}</g>'
        f'<g transform="translate({left} {top + cell / 2:g})scale({cell})">{drawn}</g>'
    )
    return svg(left + cell * n_heads + 8, top + cell * n_layers + 4, inner, label)


SIGNS = {n: chr(0x2400 + n) for n in range(0x20)} | {9: "⇥", 10: "⏎", 0x7F: "␡", 0x85: "⏎", 0x2028: "⏎", 0x2029: "⏎"}
"""A sign to be seen for each character that is none: breaks, tabs and other controls, which files would not keep as they are."""


def short(token: str) -> str:
    """A token as it fits beside a drawing: without spaces at its ends, blanks and breaks made visible."""
    name = token.strip(" ").translate(SIGNS) or "␣" * len(token)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
