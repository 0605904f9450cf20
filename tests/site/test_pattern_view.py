"""The figure of a pattern: a square and a table that read without script, and the weights that the script explores."""

from __future__ import annotations

import re

import pytest

from headkb.catalog.atlas import pattern_text
from headkb.site.document import PatternFigure
from headkb.site.links import Links
from headkb.site.pattern_view import pattern_html, pattern_lines
from headkb.site.to_html import node_html
from headkb.site.to_markdown import node_markdown

ROWS = [[1.0, 0, 0, 0], [0.4, 0.6, 0, 0], [0.1, 0.02, 0.88, 0], [0.3, 0.3, 0.3, 0.1]]
BOTH = [[0.0, 1.0], [1.0, 0.0]]


def figure(rows: list[list[float]] = ROWS, tokens: tuple[str, ...] = ("<s>", ' "A"', " b|c", "\n")) -> PatternFigure:
    """A pattern of some tokens."""
    return PatternFigure('L0H0 "x" <y>', tokens, pattern_text(rows), 2, "**Here** it looks.")


def test_the_table_tells_the_three_largest_weights() -> None:
    """Each with its token and number; what is below 0.03 only where nothing is larger, equal ones by their place."""
    assert pattern_lines(figure()) == [
        "0 <s>: <s> (0) 1.00",
        '1 "A": "A" (1) 0.60, <s> (0) 0.40',
        "2 b|c: b|c (2) 0.88, <s> (0) 0.10",
        '3 ⏎: <s> (0) 0.30, "A" (1) 0.30, b|c (2) 0.30',
    ]
    flat = [[1.0] if q == 0 else [0.01] * (q + 1) for q in range(3)]
    assert (
        pattern_lines(figure([[*row, *[0.0] * (3 - len(row))] for row in flat], ("a", "b", "c")))[2]
        == "2 c: a (0) 0.01"
    )


def test_it_reads_without_script() -> None:
    """Square, caption and an open table stand in the page; every text is escaped; the script is asked for."""
    html = pattern_html(figure(), "<b>Here</b>")
    assert html.startswith('<figure class="hk-pat" data-needs="pattern" data-weights=99')
    assert "<details" in html
    assert '<details class="hk-fold" open><summary>The same as a table</summary>' in html
    assert 'aria-label="L0H0 &quot;x&quot; &lt;y&gt;"' in html
    assert "<th scope=row>&lt;s&gt;<td>" in html
    assert "<s>" not in html
    assert html.count("<tr>") == 1 + 4
    assert not re.search(r"<button|<script|style=", html)


def test_the_square_shows_where_a_row_ends() -> None:
    """Below the diagonal of a causal pattern; all of it where queries see later keys."""
    assert 'd="M0 0V4H4Z"' in pattern_html(figure(), "")
    assert 'd="M0 0V2H2V0Z"' in pattern_html(figure(BOTH, ("a", "b")), "")


@pytest.mark.parametrize("rows", [ROWS, BOTH, [[1.0]]])
def test_the_weights_are_those_of_the_catalog(rows: list[list[float]]) -> None:
    """The script reads what `pattern_of` reads."""
    tokens = tuple("abcd"[: len(rows)])
    assert f"data-weights={pattern_text(rows)} data-start=2>" in pattern_html(figure(rows, tokens), "")


def test_both_forms_hold_the_caption() -> None:
    """On the page it stands in the figure, in the twin above the table."""
    links = Links({}, {})
    assert "<figcaption><strong>Here</strong> it looks.</figcaption>" in node_html(figure(), links, "x/")
    text = node_markdown(figure(), links, "x/")
    assert text.startswith("**Here** it looks.\n\n- 0 ")
    assert text.count("\n- ") == 4
