"""A pattern as a drawing."""

from __future__ import annotations

from headkb.site.svg import pattern_chart


def test_a_pattern_is_drawn_below_its_diagonal_and_only_where_there_is_attention() -> None:
    """Four of the six squares carry attention worth seeing; what lies above the diagonal is never drawn."""
    drawing = pattern_chart([[1.0, 0.9, 0.9], [0.5, 0.5, 0.9], [0.2, 0.0, 0.04]], ["a", "<b>", "c"], "L0H0")
    assert drawing.count("<rect") == 4
    assert "2 → 0: 0.20" in drawing
    assert "&lt;b&gt;" in drawing
    assert 'aria-label="L0H0"' in drawing
