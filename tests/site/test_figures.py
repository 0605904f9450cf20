"""Drawings and layer × head tables."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from headkb.catalog.schema import HeadIndex
from headkb.site.heatmap import MAX_CELLS, heat_map
from headkb.site.svg import GraphNode, depth_bar, flow, ranges_chart
from headkb.site.svg_curve import curve_chart
from headkb.site.svg_graph import WIDTH, GraphArrow, GraphBox, graph
from headkb.site.svg_years import years_chart

SVG = "{http://www.w3.org/2000/svg}"
STAGES = [GraphNode("a", "A & B", "L0H1", "../a/"), GraphNode("b", "B"), GraphNode("c", "<C>")]
BOXES = [
    GraphBox("a", "A & B", "../a/", "S2", [("L0H1", "../L0H1/"), ("L0H2", ""), ("L0H3", "../L0H3/"), ("L1H0", "")]),
    GraphBox("b", "B", note=["claims: – 1 not rerun"]),
    GraphBox("c", "<C>"),
]


def drawing(*arrows: tuple[str, str, str]) -> ET.Element:
    """The graph of the boxes with these arrows, without its frame."""
    framed = ET.fromstring(graph(BOXES, [GraphArrow(*arrow) for arrow in arrows], "a graph"))
    return framed[0]


def frames(root: ET.Element) -> dict[str, ET.Element]:
    """The frame of each box by its key."""
    return {g.get("data-node", ""): g[0] for g in root.iter(f"{SVG}g") if g.get("data-node")}


def test_drawings_are_well_formed() -> None:
    """Every drawing is valid XML, whatever the names hold."""
    drawn = [
        depth_bar(0.1, 0.5),
        flow(STAGES, [("a", "b"), ("a", "c"), ("c", "a"), ("x", "a")], "flow"),
        graph(
            BOXES,
            [GraphArrow("a", "b", "k", "<said>"), GraphArrow("b", "c", "logits"), GraphArrow("c", "a", "q")],
            "graph",
        ),
        ranges_chart([("<A>", "a/", 0, 0.3, "hk-s1")], "depth"),
    ]
    for text in drawn:
        found = [*ET.fromstring(f"<div>{text}</div>").iter(f"{SVG}svg")]
        assert found
        assert all(one.get("viewBox") for one in found)


def test_stages_are_drawn_twice_and_arrows_to_nowhere_not() -> None:
    """In a row and in a column that is no wider than a phone; an arrow from a stage that is not there is left out of both."""
    flat, tall = ET.fromstring(f"<div>{flow(STAGES, [('a', 'b'), ('a', 'c'), ('c', 'a'), ('x', 'a')], 'flow')}</div>")
    for one in (flat, tall):
        assert sum(p.get("class") == "hk-edge" for p in one.iter(f"{SVG}path")) == 3
    width, height = map(float, tall[0].get("viewBox", "").split()[2:])
    assert width <= 340 < float(flat[0].get("viewBox", "").split()[2])
    assert height > width / 2


def test_years_stand_at_one_place_in_every_row() -> None:
    """A column for each number that is not 0, the highest as tall as there is room, with its number above."""
    rows = {"Papers": {2020: 4, 2022: 2}, "<Contests>": {2022: 1}}
    root = ET.fromstring(years_chart(range(2020, 2023), rows, "years"))
    bars = [bar.attrib for bar in root.iter(f"{SVG}rect")]
    assert [bar["class"] for bar in bars] == ["hk-y0", "hk-y0", "hk-y1"]
    assert bars[1]["x"] == bars[2]["x"] != bars[0]["x"]
    assert [float(bar["height"]) for bar in bars] == [64, 32, 64]
    assert [text.text for text in root.iter(f"{SVG}text")] == [
        "Papers",
        "4",
        "2",
        "<Contests>",
        "1",
        "2020",
        "2021",
        "2022",
    ]
    assert all(bar["x"].endswith("%") for bar in bars), "it may be no wider than its page"


def test_graph_puts_each_node_below_its_inputs() -> None:
    """A chain is drawn from top to bottom."""
    boxes = frames(drawing(("a", "b", "k"), ("b", "c", "v")))
    bottoms = [float(r.get("y", "0")) + float(r.get("height", "0")) for r in boxes.values()]
    assert all(float(boxes[key].get("y", "0")) > bottom for key, bottom in zip("bc", bottoms, strict=False))


def test_edges_pass_boxes_by() -> None:
    """An edge over a level runs beside the boxes of that level, not through them."""
    root = drawing(("a", "b", "k"), ("b", "c", "v"), ("a", "c", "q"))
    middle = frames(root)["b"]
    left = float(middle.get("x", "0"))
    paths = [p.get("d", "") for p in root.iter(f"{SVG}path") if p.get("class") == "hk-edge"]
    passing = [float(re.split(r"[ V]", path)[-8]) for path in paths if "V" in path]
    assert len(passing) == 1
    assert not left <= passing[0] <= left + WIDTH


def test_a_box_links_each_head_and_holds_all_that_stands_in_it() -> None:
    """Heads with a page are links of their own, others words; grounds of links are large enough for a finger, and nothing leaves its box."""
    root = drawing(("a", "b", "k"), ("b", "c", "v"))
    links = [a.get("href") for a in root.iter(f"{SVG}a")]
    assert links == ["../a/", "../L0H1/", "../L0H3/"]
    assert all(
        float(r.get(side, "0")) >= 24
        for a in root.iter(f"{SVG}a")
        for r in a.iter(f"{SVG}rect")
        for side in ("width", "height")
    )
    for group in root.iter(f"{SVG}g"):
        if group.get("data-node"):
            frame = group[0]
            top, tall = float(frame.get("y", "0")), float(frame.get("height", "0"))
            assert all(top < float(t.get("y", "0")) < top + tall for t in group.iter(f"{SVG}text"))
    assert "at S2" in [t.text for t in root.iter(f"{SVG}text")]


def test_words_of_edges_stand_apart() -> None:
    """Three edges that leave one box side by side, and one that passes it: no two words on one spot."""
    root = drawing(("a", "b", "k"), ("a", "b", "q"), ("a", "b", "v"), ("b", "c", "logits"), ("a", "c", "q"))
    spots = [
        (float(t.get("x", "0")), float(t.get("y", "0")))
        for g in root.iter(f"{SVG}g")
        if g.get("class") == "hk-via"
        for t in g
    ]
    assert len(spots) == 5
    assert all(abs(a[0] - b[0]) > 8 or abs(a[1] - b[1]) > 10 for n, a in enumerate(spots) for b in spots[:n])


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
