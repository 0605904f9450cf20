"""Depths as dots on lines."""

from __future__ import annotations

from headkb.site.svg_depths import depth_strip


def test_every_head_is_a_dot_and_names_are_text() -> None:
    """A line for each model with as many dots as heads; a name with markup is shown, not run."""
    html = depth_strip({"<b>Odd</b> head": [("A & B", [0.0, 1.0]), ("C", [])]})
    assert html.count("<i style=--x:") == 2
    assert "--x:1.000" in html
    assert "&lt;b&gt;Odd&lt;/b&gt; head" in html
    assert "A &amp; B" in html
    assert html.count('<span class="hk-count">0</span>') == 1
