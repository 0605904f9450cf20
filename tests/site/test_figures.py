"""Drawings and layer × head tables."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from headkb.schema import HeadIndex
from headkb.site.heatmap import MAX_CELLS, heat_map, top_heads
from headkb.site.svg import Box, columns_chart, depth_bar, flow, graph, ranges_chart

BOXES = [Box("a", "A & B", "L0H1", "../a/"), Box("b", "B"), Box("c", "<C>")]


def test_drawings_are_well_formed() -> None:
    """Every drawing is valid XML, whatever the names hold."""
    drawn = [
        depth_bar(0.1, 0.5),
        flow(BOXES, [("a", "b"), ("a", "c"), ("c", "a"), ("x", "a")], "flow"),
        graph(BOXES, [("a", "b", "k"), ("b", "c", "logits"), ("c", "a", "q")], "graph"),
        columns_chart({"1999": 2, "2000": 0}, "years"),
        ranges_chart([("<A>", "a/", 0, 0.3, "hk-s1")], "depth"),
    ]
    for text in drawn:
        assert ET.fromstring(text).get("viewBox")


def test_graph_puts_each_node_below_its_inputs() -> None:
    """A chain is drawn from top to bottom."""
    root = ET.fromstring(graph(BOXES, [("a", "b", "k"), ("b", "c", "v")], "chain"))
    heights = [float(rect.get("y", "0")) for rect in root.iter("{http://www.w3.org/2000/svg}rect")]
    assert heights == sorted(heights)


def test_heat_map() -> None:
    """A cell's share is its distance from zero against the largest; what was not measured is hatched; large maps are left out."""
    values = {HeadIndex(0, 0): 1.0, HeadIndex(0, 1): -0.5}
    text = heat_map(values, 1, 3, lambda head: f"{head}/" if head.head == 0 else "", "glow")
    assert 'style=--v:100><a href="L0H0/" title="L0H0">1.00</a>' in text
    assert "<td class=m style=--v:50>-.50<td" in text
    assert "<td class=n></tbody>" in text
    assert heat_map(values, MAX_CELLS, 2, lambda head: "", "large") == ""
    assert top_heads(values) == [(HeadIndex(0, 0), 1.0), (HeadIndex(0, 1), -0.5)]
