"""A heat map that needs no style sheet."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from headkb.head_index import HeadIndex
from headkb.site.heat_svg import LESS, MORE, NONE, heat_svg


def test_every_head_has_a_cell_with_its_sign_size_and_value() -> None:
    """The largest value is opaque, half of it half so; negative values have another colour, and what was not measured says so."""
    values = {HeadIndex(0, 0): 2.0, HeadIndex(0, 1): -1.0, HeadIndex(1, 0): 0.0}
    root = ElementTree.fromstring(heat_svg(values, 2, 2, "a < b", "nats", "more"))
    cells = {}
    for cell in root.iter("{http://www.w3.org/2000/svg}rect"):
        for title in cell:
            head, _, said = str(title.text).partition(": ")
            cells[head] = (cell.get("fill"), cell.get("fill-opacity"), said)
    assert cells == {
        "L0H0": (MORE, "1.00", "2 nats"),
        "L0H1": (LESS, "0.50", "-1 nats"),
        "L1H0": (MORE, "0.00", "0 nats"),
        "L1H1": (NONE, "1.00", "not measured"),
    }
    assert root.get("aria-label") == "a < b"


def test_a_map_without_values_is_grey() -> None:
    """Nothing measured draws no colour and divides by nothing."""
    assert heat_svg({}, 1, 1, "x", "", "less").count(NONE) == 1


def test_the_lowest_value_is_opaque_where_low_ones_are_looked_for() -> None:
    """A distance of 0 is the deepest, the largest is pale."""
    text = heat_svg({HeadIndex(0, 0): 0.0, HeadIndex(0, 1): 4.0, HeadIndex(0, 2): 1.0}, 1, 3, "x", "", "less")
    assert [part.split('"')[0] for part in text.split('fill-opacity="')[1:]] == ["1.00", "0.00", "0.75"]
