"""A drawing of one head's attention pattern."""

from __future__ import annotations

from collections.abc import Sequence

from headkb.site.svg import svg, text


def pattern_chart(pattern: Sequence[Sequence[float]], tokens: Sequence[str], label: str) -> str:
    """A causal pattern as squares whose depth of colour is the attention: rows are the queries, columns the keys.

    Args:
        pattern: Attention after softmax, `[query_pos, key_pos]`; what lies above the diagonal, and what is below 0.05, is not drawn.
        tokens: The text of each position.
        label: What the drawing shows, its text alternative.
    """
    cell, left, top = 15, 92, 78
    size = len(tokens)
    inner = []
    for query, row in enumerate(pattern):
        inner.append(text(left - 5, top + cell * query + 11, tokens[query], anchor="end"))
        for key, value in enumerate(row[: query + 1]):
            if value >= 0.05:
                inner.append(
                    f'<rect class="hk-fill" x="{left + cell * key}" y="{top + cell * query}" width="{cell - 1}" height="{cell - 1}" '
                    f'fill-opacity="{value:.2f}"><title>{query} → {key}: {value:.2f}</title></rect>'
                )
    for key, token in enumerate(tokens):
        x, y = left + cell * key + 11, top - 5
        inner.append(f'<g transform="rotate(-60 {x} {y})">{text(x, y, token)}</g>')
    inner.append(f'<path class="hk-grid" d="M{left} {top}V{top + cell * size}H{left + cell * size}z"/>')
    return svg(left + cell * size + 60, top + cell * size + 6, "".join(inner), label)
