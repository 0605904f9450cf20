"""The figure of an attention pattern: a square of all weights and a table, which `pattern.js` makes tokens to be explored of."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from headkb.catalog.atlas import pattern_of
from headkb.site.document import PatternFigure
from headkb.site.svg_cells import cells, short

TOLD = 3
"""Weights of a token that the table tells."""
LEAST = 0.03
"""A smaller weight is told only where it is the largest of its token."""


def pattern_html(node: PatternFigure, caption: str) -> str:
    """The figure as HTML.

    Args:
        node: The pattern.
        caption: Its caption as HTML.
    """
    names, rows = [short(token) for token in node.tokens], pattern_of(node.weights, len(node.tokens))
    body = "".join(
        f"<tr><td>{q}<th scope=row>{escape(names[q], quote=False)}<td>{escape(_told(row, names), quote=False)}"
        for q, row in enumerate(rows)
    )
    return (
        f'<figure class="hk-pat" data-needs="pattern" data-weights={node.weights} data-start={node.start}>'
        f"{_square(rows, node.label)}<figcaption>{caption}</figcaption>"
        '<details class="hk-fold" open><summary>The same as a table</summary>'
        '<table class="hk-pat-table"><thead><tr><th scope=col>No.<th scope=col>From token<th scope=col>looks at (number, weight)'
        f"</thead><tbody>{body}</table></details></figure>"
    )


def pattern_lines(node: PatternFigure) -> list[str]:
    """The table as lines: `4 jar: jar (2) 0.75, A (0) 0.25`."""
    names, rows = [short(token) for token in node.tokens], pattern_of(node.weights, len(node.tokens))
    return [f"{q} {names[q]}: {_told(row, names)}" for q, row in enumerate(rows)]


def _told(row: Sequence[float], names: Sequence[str]) -> str:
    """The largest weights of a token, each with the token that it looks at and the number of that."""
    top = sorted(range(len(row)), key=lambda k: (-row[k], k))[:TOLD]
    told = [k for k in top if row[k] >= LEAST] or top[:1]
    return ", ".join(f"{names[k]} ({k}) {row[k]:.2f}" for k in told)


def _square(rows: Sequence[Sequence[float]], label: str) -> str:
    """All weights: rows are queries, columns keys; the stronger the colour, the more attention, in tenths."""
    n = len(rows)
    edge = f"M0 0V{n}H{n}{'Z' if len(rows[0]) < n else 'V0Z'}"
    drawn = cells((k, q, weight) for q, row in enumerate(rows) for k, weight in enumerate(row))
    return (
        f'<svg class="hk-svg hk-pat-square" viewBox="-.2 -.2 {n + 0.4:g} {n + 0.4:g}" role="img" aria-label="{escape(label)}">'
        f'<path class="hk-pat-edge" d="{edge}"/><g transform="translate(0 .5)">{drawn}</g></svg>'
    )
