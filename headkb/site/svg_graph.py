"""A layered graph, drawn at build time: each box stands below everything that feeds it, and edges go around the boxes between."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from headkb.site.svg import ARROW, GraphNode, box, svg, text

WIDTH, HEIGHT, GAP_X, GAP_Y, LANE = 168.0, 66.0, 22.0, 54.0, 18.0
GraphEdge = tuple[str, str, str]
Point = tuple[float, float]


def graph(boxes: Sequence[GraphNode], edges: Sequence[GraphEdge], label: str) -> str:
    """The drawing.

    Args:
        boxes: Nodes with their text and address.
        edges: Start, end and the word to write on the edge; one letter is written large.
        label: What the drawing shows, for readers who do not see it.
    """
    level = _levels([item.key for item in boxes], edges)
    drawn = [edge for edge in edges if edge[0] != edge[1]]
    rows = _rows(boxes, drawn, level)
    place = _place(rows)
    full = max(x + _width(key) for key, (x, _) in place.items()) + 10
    leaves = {
        b.key: sorted((e for e in drawn if e[0] == b.key), key=lambda e: _toward(place, e, level, 1)) for b in boxes
    }
    enters = {
        b.key: sorted((e for e in drawn if e[1] == b.key), key=lambda e: _toward(place, e, level, -1)) for b in boxes
    }
    parts = [ARROW]
    for number, edge in enumerate(drawn):
        down = level[edge[1]] >= level[edge[0]]
        # Edges part along the side of a box, in the order of where they lead.
        start = _port(place[edge[0]], leaves[edge[0]].index(edge), len(leaves[edge[0]]), bottom=down)
        end = _port(place[edge[1]], enters[edge[1]].index(edge), len(enters[edge[1]]), bottom=not down)
        lanes = [place[_lane(edge, depth)] for depth in _between(level, edge)]
        parts.append(_edge(start, lanes, (end[0], end[1] + (-2 if down else 2)), edge[2], number))
    parts += [box(item, *place[item.key], WIDTH, HEIGHT) for item in boxes]
    return svg(full, 20 + len(rows) * (HEIGHT + GAP_Y) - GAP_Y, "".join(parts), label)


def _levels(keys: Sequence[str], edges: Sequence[GraphEdge]) -> dict[str, int]:
    """The longest way to each node from a start; loops stop counting after as many steps as there are nodes."""
    level = dict.fromkeys(keys, 0)
    for _ in keys:
        for start, end, _via in edges:
            if start != end and level[end] <= level[start] < len(keys) - 1:
                level[end] = level[start] + 1
    used = sorted(set(level.values()))
    return {key: used.index(value) for key, value in level.items()}


def _between(level: dict[str, int], edge: GraphEdge) -> range:
    """The levels that an edge passes, in its direction."""
    start, end = level[edge[0]], level[edge[1]]
    return range(start + 1, end) if end >= start else range(start - 1, end, -1)


def _lane(edge: GraphEdge, depth: int) -> str:
    """The name of the narrow place that an edge keeps free on a level that it passes."""
    return f"|{edge[0]}|{edge[1]}|{edge[2]}|{depth}"


def _width(key: str) -> float:
    return LANE if key.startswith("|") else WIDTH


def _rows(boxes: Sequence[GraphNode], edges: Sequence[GraphEdge], level: dict[str, int]) -> list[list[str]]:
    """Boxes and lanes of every level, ordered so that each stands near what it is joined to."""
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for item in boxes:
        rows[level[item.key]].append(item.key)
    joined: dict[str, list[str]] = {}
    for edge in edges:
        chain = [edge[0], *(_lane(edge, depth) for depth in _between(level, edge)), edge[1]]
        for depth, key in zip(_between(level, edge), chain[1:-1], strict=True):
            rows[depth].append(key)
        for one, two in itertools.pairwise(chain):
            joined.setdefault(one, []).append(two)
            joined.setdefault(two, []).append(one)
    for sweep in range(8):
        at = {key: x + _width(key) / 2 for key, (x, _) in _place(rows).items()}
        order = rows if sweep % 2 == 0 else rows[::-1]
        near = [set(row) for row in order]
        for number, row in enumerate(order[1:], start=1):
            before = near[number - 1]
            pulls = {k: [at[j] for j in joined.get(k, []) if j in before] or [at[k]] for k in row}
            row.sort(key=lambda k: sum(pulls[k]) / len(pulls[k]))
    return rows


def _place(rows: list[list[str]]) -> dict[str, Point]:
    """The upper left corner of every box and lane; rows are centred."""
    widths = [sum(_width(key) + GAP_X for key in row) - GAP_X for row in rows]
    place: dict[str, Point] = {}
    for depth, row in enumerate(rows):
        x = 10 + (max(widths) - widths[depth]) / 2
        for key in row:
            place[key] = (x, 10 + depth * (HEIGHT + GAP_Y))
            x += _width(key) + GAP_X
    return place


def _toward(place: dict[str, Point], edge: GraphEdge, level: dict[str, int], way: int) -> float:
    """Where an edge goes next from its start (`way` 1), or comes from last at its end (-1)."""
    lanes = [place[_lane(edge, depth)][0] + LANE / 2 for depth in _between(level, edge)]
    other = place[edge[1] if way == 1 else edge[0]][0] + WIDTH / 2
    return lanes[0 if way == 1 else -1] if lanes else other


def _port(corner: Point, index: int, count: int, *, bottom: bool) -> Point:
    return corner[0] + WIDTH * (index + 1) / (count + 1), corner[1] + (HEIGHT if bottom else 0)


def _edge(start: Point, lanes: Sequence[Point], end: Point, via: str, number: int) -> str:
    """A smooth line through the middle of its lanes, with its word near the start."""
    path, at = f"M{start[0]:.0f} {start[1]:.0f}", start
    down = end[1] >= start[1]
    first = end
    for corner in lanes:
        x, top, foot = corner[0] + LANE / 2, corner[1], corner[1] + HEIGHT
        enter, leave = ((x, top), (x, foot)) if down else ((x, foot), (x, top))
        path += f"{_curve(at, enter)}V{leave[1]:.0f}"
        first = enter if at is start else first
        at = leave
    path += _curve(at, end)
    share = 0.3 + 0.14 * (number % 3)
    word = text(
        start[0] + (first[0] - start[0]) * share + 4,
        start[1] + (first[1] - start[1]) * share,
        via.upper() if len(via) == 1 else via,
        "hk-small",
    )
    return f'<path class="hk-edge" d="{path}" marker-end="url(#hk-arrow)"/><g class="hk-via">{word}</g>'


def _curve(start: Point, end: Point) -> str:
    bend = (end[1] - start[1]) * 0.5
    return f"C{start[0]:.0f} {start[1] + bend:.0f} {end[0]:.0f} {end[1] - bend:.0f} {end[0]:.0f} {end[1]:.0f}"
