"""Drawings of squares: patterns and small maps."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from headkb.head_index import HeadIndex
from headkb.site.svg_cells import cells, pattern_chart, short, small_map

PATH = "{http://www.w3.org/2000/svg}path"


def squares(drawing: str) -> dict[tuple[int, int], tuple[float, bool]]:
    """Column and row → depth and whether it is below zero, of every square of a drawing."""
    found = {}
    for path in ElementTree.fromstring(drawing).iter(PATH):
        if path.get("class", "").startswith("hk-cells"):
            for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)", path.get("d", "")):
                for step in range(int(length)):
                    depth = float(path.get("stroke-opacity", "0"))
                    assert (int(column) + step, int(row)) not in found
                    found[int(column) + step, int(row)] = depth, "hk-below" in path.get("class", "")
    return found


def test_squares_of_one_depth_are_one_path_and_neighbours_one_stroke() -> None:
    """Nine equal squares in a row cost as much as one; what is nearest to nothing is not drawn; depth is rounded to tenths."""
    assert cells((column, 2, 1.0) for column in range(9)) == '<path class="hk-cells" stroke-opacity="1" d="M0 2h9"/>'
    assert cells([(0, 0, 0.04), (1, 0, -0.26), (2, 0, 0.05), (0, 1, 0.3)]) == (
        '<path class="hk-cells" stroke-opacity="0.1" d="M2 0h1"/><path class="hk-cells" stroke-opacity="0.3" d="M0 1h1"/>'
        '<path class="hk-cells hk-below" stroke-opacity="0.3" d="M1 0h1"/>'
    )
    assert "<title>about 0.7</title>" in cells([(0, 0, 0.7)], titles=True)


def test_a_stroke_does_not_run_on_into_the_next_row() -> None:
    """The last square of a row and the first of the next are not neighbours."""
    assert 'd="M1 0h1M0 1h1"' in cells([(1, 0, 1.0), (0, 1, 1.0)])


def test_a_pattern_has_a_square_wherever_there_is_attention() -> None:
    """Rows are queries and columns keys; a causal pattern stands in a triangle, another in a square."""
    causal = pattern_chart([[1.0], [0.52, 0.48], [0.2, 0.02, 0.78]], ["a", "<b>", "c"], 'L0H0 "x"')
    assert squares(causal) == {
        (0, 0): (1.0, False),
        (0, 1): (0.5, False),
        (1, 1): (0.5, False),
        (0, 2): (0.2, False),
        (2, 2): (0.8, False),
    }
    assert "&lt;b&gt;" in causal
    assert 'aria-label="L0H0 &quot;x&quot;"' in causal
    assert 'role="img"' in causal
    both = pattern_chart([[0.0, 1.0], [1.0, 0.0]], ["a", "b"], "x")
    assert squares(both) == {(1, 0): (1.0, False), (0, 1): (1.0, False)}
    assert "l24 24h-24z" not in both
    assert "l36 36h-36z" in causal
    assert "l24 24h-24z" in pattern_chart([[1.0, 0.0], [0.5, 0.5]], ["a", "b"], "x")


def test_a_map_has_a_square_for_every_head_that_is_far_from_zero() -> None:
    """Depth is the distance from zero against the largest; negative values are marked; heads without a value stay empty."""
    values = {HeadIndex(1, 0): -2.0, HeadIndex(0, 1): 1.0, HeadIndex(0, 0): 0.0}
    assert squares(small_map(values, 2, 2, "x")) == {(0, 1): (1.0, True), (1, 0): (0.5, False)}
    assert squares(small_map({}, 2, 2, "x")) == {}
    assert ElementTree.fromstring(small_map({}, 80, 64, "x")).get("viewBox") == "0 0 346 418"


def test_tokens_are_shortened_and_blanks_are_seen() -> None:
    """A space in front is left out, a token of blanks is not nothing, and a long token is cut."""
    assert [short(t) for t in (" old", "  ", "\n", "uncharacteristically", "")] == [
        "old",
        "␣␣",
        "⏎",
        "uncharacter…",
        "",
    ]
