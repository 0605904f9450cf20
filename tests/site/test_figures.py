"""Drawings and layer × head tables."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from headkb.catalog.schema import HeadIndex
from headkb.site.heatmap import MAX_CELLS, heat_map
from headkb.site.svg import GraphNode, columns_chart, depth_bar, flow, ranges_chart
from headkb.site.svg_curve import curve_chart
from headkb.site.svg_graph import graph

BOXES = [GraphNode("a", "A & B", "L0H1", "../a/"), GraphNode("b", "B"), GraphNode("c", "<C>")]


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


def test_edges_pass_boxes_by() -> None:
    """An edge over a level runs beside the boxes of that level, not through them."""
    root = ET.fromstring(graph(BOXES, [("a", "b", "k"), ("b", "c", "v"), ("a", "c", "q")], "by-pass"))
    middle = next(r for r in root.iter("{http://www.w3.org/2000/svg}rect") if float(r.get("y", "0")) == 130)
    left, right = float(middle.get("x", "0")), float(middle.get("x", "0")) + float(middle.get("width", "0"))
    paths = [p.get("d", "") for p in root.iter("{http://www.w3.org/2000/svg}path") if p.get("class") == "hk-edge"]
    passing = [float(re.split(r"[ V]", path)[-8]) for path in paths if "V" in path]
    assert len(passing) == 1
    assert not left <= passing[0] <= right


def test_curve() -> None:
    """A curve starts at the left edge and ends at the right one; a score of 1 lies on the top line, 0 on the bottom line."""
    curves = {"loss": {0: 4.0, 100: 1.0}, "induction": {0: 0.0, 100: 1.0}, "previous_token": {0: 0.0, 100: 0.95}}
    root = ET.fromstring(curve_chart(curves, {"induction": "Induction & more"}, "curve"))
    lines = [
        p.get("d", "")[1:].split("L")
        for p in root.iter("{http://www.w3.org/2000/svg}path")
        if "hk-curve" in p.get("class", "")
    ]
    assert len(lines) == 3
    loss, induction, previous = [[tuple(map(float, point.split())) for point in line] for line in lines]
    assert {line[0][0] for line in (loss, induction, previous)} == {46.0}
    assert {line[-1][0] for line in (loss, induction, previous)} == {566.0}
    assert induction[0][1] - induction[-1][1] == 150
    assert loss[-1][1] - loss[0][1] == pytest.approx(90 * 3 / 4)
    names = [
        t for t in root.iter("{http://www.w3.org/2000/svg}text") if t.text in ("Induction & more", "previous_token")
    ]
    assert abs(float(names[0].get("y", "0")) - float(names[1].get("y", "0"))) >= 15


def test_curve_over_many_steps_is_logarithmic() -> None:
    """From 1 to 10,000 steps, equal factors lie at equal distances."""
    curves = {"induction": {1: 0.1, 100: 0.2, 10_000: 0.9}}
    root = ET.fromstring(curve_chart(curves, {}, "curve"))
    line = next(
        p.get("d", "") for p in root.iter("{http://www.w3.org/2000/svg}path") if "hk-curve" in p.get("class", "")
    )
    xs = [float(point.split()[0]) for point in line[1:].split("L")]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1], abs=0.2)


def test_heat_map() -> None:
    """A cell's share is its distance from zero against the largest; what was not measured is hatched; large maps are left out."""
    values = {HeadIndex(0, 0): 1.0, HeadIndex(0, 1): -0.5}
    text = heat_map(values, 1, 3, lambda head: f"{head}/" if head.head == 0 else "", "glow", "more")
    assert 'style=--v:100><a href="L0H0/" title="L0H0">1.00</a>' in text
    assert "<td class=m style=--v:50>-.50<td" in text
    assert "<td class=n></tbody>" in text
    assert heat_map(values, MAX_CELLS, 2, lambda head: "", "large", "more") == ""


def test_a_map_of_a_score_that_looks_for_low_values_is_deepest_there() -> None:
    """The lowest of 0.5, 1 and 2.5 has the whole colour, the highest none, and the caption says so; the same values shown for `more` differ."""
    values = {HeadIndex(0, 0): 0.5, HeadIndex(0, 1): 1.0, HeadIndex(0, 2): 2.5}
    less, more = (heat_map(values, 1, 3, lambda head: "", "far", direction) for direction in ("less", "more"))
    assert re.findall(r"--v:(\d+)", less) == ["100", "75", "0"]
    assert re.findall(r"--v:(\d+)", more) == ["20", "40", "100"]
    assert "deepest: the lowest" in less
    assert "deepest" not in more
