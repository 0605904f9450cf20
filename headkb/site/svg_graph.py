"""A layered graph, drawn at build time: each box stands below everything that feeds it, and edges go around the boxes between.

Boxes hold the places at which heads work, links to each head, and what stands for the claims that name them; `assets/graph.js` adds that a
box or arrow under the pointer or in focus leaves only what it is joined to in full colour.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from headkb.site.svg import ARROW, svg, text

WIDTH, GAP_X, GAP_Y, LANE, LINE, TARGET, A_ROW = 178.0, 20.0, 58.0, 18.0, 16.0, 24.0, 3
Point = tuple[float, float]


@dataclass(frozen=True)
class GraphBox:
    """A box: what stands in it from top to bottom, and where its words lead.

    Attributes:
        key: Its id in the record.
        title: Its name, leading to `href`.
        href: An address; empty if it leads nowhere.
        at: The position at which it works; empty if no source says one.
        heads: Name and address of each head; the address is empty where a head has no page.
        note: Small words below.
        css: The class of its frame.
    """

    key: str
    title: str
    href: str = ""
    at: str = ""
    heads: Sequence[tuple[str, str]] = ()
    note: Sequence[str] = ()
    css: str = "hk-node"

    @property
    def names(self) -> list[str]:
        """The lines of its title."""
        return wrap(self.title, 21) or [""]

    @property
    def height(self) -> float:
        """What it needs."""
        rows = -(-len(self.heads) // A_ROW)
        title = max(len(self.names) * LINE + 8, TARGET)
        return 10 + (LINE if self.at else 0) + title + rows * TARGET + len(self.note) * 14 + (4 if self.note else 0)


@dataclass(frozen=True)
class GraphArrow:
    """An edge: its ends, the word written on it, and what is said of it where it is chosen."""

    start: str
    end: str
    word: str
    said: str = ""


def graph(boxes: Sequence[GraphBox], arrows: Sequence[GraphArrow], label: str) -> str:
    """The drawing.

    Args:
        boxes: Nodes, those of earlier positions first where some stand side by side.
        arrows: Edges; one letter is written large.
        label: What the drawing shows, for readers who do not see it.
    """
    level = _levels([item.key for item in boxes], arrows)
    drawn = [arrow for arrow in arrows if arrow.start != arrow.end]
    rows = _rows(boxes, drawn, level)
    size = {item.key: item.height for item in boxes}
    heights = [max([size[key] for key in row if key in size], default=0.0) for row in rows]
    place = _place(rows, heights)
    full = max(x + _width(key) for key, (x, _) in place.items()) + 10
    leaves = {
        b.key: sorted((e for e in drawn if e.start == b.key), key=lambda e: _toward(place, e, level, 1)) for b in boxes
    }
    enters = {
        b.key: sorted((e for e in drawn if e.end == b.key), key=lambda e: _toward(place, e, level, -1)) for b in boxes
    }
    parts, taken = [ARROW], list[Point]()
    for arrow in drawn:
        down = level[arrow.end] >= level[arrow.start]
        # Edges part along the side of a box, in the order of where they lead.
        start = _port(place[arrow.start], size[arrow.start], leaves[arrow.start], arrow, bottom=down)
        end = _port(place[arrow.end], size[arrow.end], enters[arrow.end], arrow, bottom=not down)
        lanes = [(*place[_lane(arrow, depth)], heights[depth]) for depth in _between(level, arrow)]
        parts.append(_edge(start, lanes, (end[0], end[1] + (-2 if down else 2)), arrow, taken))
    parts += [_box(item, *place[item.key]) for item in boxes]
    return svg(full, 20 + sum(heights) + (len(rows) - 1) * GAP_Y, "".join(parts), label, needs="graph")


def _levels(keys: Sequence[str], arrows: Sequence[GraphArrow]) -> dict[str, int]:
    """The longest way to each node from a start; loops stop counting after as many steps as there are nodes."""
    level = dict.fromkeys(keys, 0)
    for _ in keys:
        for arrow in arrows:
            if arrow.start != arrow.end and level[arrow.end] <= level[arrow.start] < len(keys) - 1:
                level[arrow.end] = level[arrow.start] + 1
    used = sorted(set(level.values()))
    return {key: used.index(value) for key, value in level.items()}


def _between(level: Mapping[str, int], arrow: GraphArrow) -> range:
    """The levels that an edge passes, in its direction."""
    start, end = level[arrow.start], level[arrow.end]
    return range(start + 1, end) if end >= start else range(start - 1, end, -1)


def _lane(arrow: GraphArrow, depth: int) -> str:
    """The name of the narrow place that an edge keeps free on a level that it passes."""
    return f"|{arrow.start}|{arrow.end}|{arrow.word}|{depth}"


def _width(key: str) -> float:
    return LANE if key.startswith("|") else WIDTH


def _rows(boxes: Sequence[GraphBox], arrows: Sequence[GraphArrow], level: Mapping[str, int]) -> list[list[str]]:
    """Boxes and lanes of every level, ordered so that each stands near what it is joined to."""
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for item in boxes:
        rows[level[item.key]].append(item.key)
    joined: dict[str, list[str]] = {}
    for arrow in arrows:
        chain = [arrow.start, *(_lane(arrow, depth) for depth in _between(level, arrow)), arrow.end]
        for depth, key in zip(_between(level, arrow), chain[1:-1], strict=True):
            rows[depth].append(key)
        for one, two in itertools.pairwise(chain):
            joined.setdefault(one, []).append(two)
            joined.setdefault(two, []).append(one)
    flat = [0.0] * len(rows)
    for sweep in range(8):
        at = {key: x + _width(key) / 2 for key, (x, _) in _place(rows, flat).items()}
        order = rows if sweep % 2 == 0 else rows[::-1]
        near = [set(row) for row in order]
        for number, row in enumerate(order[1:], start=1):
            before = near[number - 1]
            pulls = {k: [at[j] for j in joined.get(k, []) if j in before] or [at[k]] for k in row}
            row.sort(key=lambda k: sum(pulls[k]) / len(pulls[k]))
    return rows


def _place(rows: list[list[str]], heights: Sequence[float]) -> dict[str, Point]:
    """The upper left corner of every box and lane; rows are centred."""
    widths = [sum(_width(key) + GAP_X for key in row) - GAP_X for row in rows]
    place: dict[str, Point] = {}
    y = 10.0
    for depth, row in enumerate(rows):
        x = 10 + (max(widths) - widths[depth]) / 2
        for key in row:
            place[key] = (x, y)
            x += _width(key) + GAP_X
        y += heights[depth] + GAP_Y
    return place


def _toward(place: Mapping[str, Point], arrow: GraphArrow, level: Mapping[str, int], way: int) -> float:
    """Where an edge goes next from its start (`way` 1), or comes from last at its end (-1)."""
    lanes = [place[_lane(arrow, depth)][0] + LANE / 2 for depth in _between(level, arrow)]
    other = place[arrow.end if way == 1 else arrow.start][0] + WIDTH / 2
    return lanes[0 if way == 1 else -1] if lanes else other


def _port(corner: Point, height: float, side: Sequence[GraphArrow], arrow: GraphArrow, *, bottom: bool) -> Point:
    x = corner[0] + WIDTH * (side.index(arrow) + 1) / (len(side) + 1)
    return x, corner[1] + (height if bottom else 0)


def _edge(
    start: Point, lanes: Sequence[tuple[float, float, float]], end: Point, arrow: GraphArrow, taken: list[Point]
) -> str:
    """A smooth line through the middle of its lanes, with its word near the end, where no other word stands yet."""
    path, at = f"M{start[0]:.0f} {start[1]:.0f}", start
    down = end[1] >= start[1]
    for left, top, height in lanes:
        x, foot = left + LANE / 2, top + height
        enter, leave = ((x, top), (x, foot)) if down else ((x, foot), (x, top))
        path += f"{_curve(at, enter)}V{leave[1]:.0f}"
        at = leave
    path += _curve(at, end)
    word = arrow.word.upper() if len(arrow.word) == 1 else arrow.word
    spot = next((p for p in _spots(at, end) if all(_apart(p, other, word) for other in taken)), (end[0], end[1] - 14))
    taken.append(spot)
    title = f"<title>{escape(arrow.said, quote=False)}</title>" if arrow.said else ""
    return (
        f'<g class="hk-link" data-from="{escape(arrow.start)}" data-to="{escape(arrow.end)}">{title}'
        f'<path class="hk-wide-edge" d="{path}"/><path class="hk-edge" d="{path}" marker-end="url(#hk-arrow)"/>'
        f'<g class="hk-via">{text(*spot, word, "hk-small", "middle")}</g></g>'
    )


def _spots(start: Point, end: Point) -> Iterator[Point]:
    """Points of the last curve, from the end back."""
    for share in (0.72, 0.56, 0.86, 0.42, 0.3):
        ease = share * share * (3 - 2 * share)
        yield start[0] + (end[0] - start[0]) * ease, start[1] + (end[1] - start[1]) * share + 4


def _apart(one: Point, other: Point, word: str) -> bool:
    return abs(one[1] - other[1]) > 12 or abs(one[0] - other[0]) > 12 + 5 * len(word)


def _curve(start: Point, end: Point) -> str:
    bend = (end[1] - start[1]) * 0.5
    return f"C{start[0]:.0f} {start[1] + bend:.0f} {end[0]:.0f} {end[1] - bend:.0f} {end[0]:.0f} {end[1]:.0f}"


def _box(item: GraphBox, x: float, y: float) -> str:
    """A box with its position, its linked title, its heads one by one, and its small words."""
    middle, top = x + WIDTH / 2, y + 6
    parts = [
        f'<rect class="{item.css}" x="{x:.0f}" y="{y:.0f}" width="{WIDTH:.0f}" height="{item.height:.0f}" rx="4"/>'
    ]
    if item.at:
        parts.append(text(middle, top + 11, f"at {item.at}", "hk-small hk-at", "middle"))
        top += LINE
    tall = max(len(item.names) * LINE + 8, TARGET)
    first = top + (tall - len(item.names) * LINE) / 2 + 12
    lines = "".join(text(middle, first + LINE * i, line, "hk-strong", "middle") for i, line in enumerate(item.names))
    parts.append(_link(lines, item.href, x + 6, top, WIDTH - 12, tall))
    top += tall
    for row in (item.heads[at : at + A_ROW] for at in range(0, len(item.heads), A_ROW)):
        slot = (WIDTH - 12) / A_ROW
        left = middle - slot * len(row) / 2
        for number, (name, href) in enumerate(row):
            word = text(left + slot * (number + 0.5), top + 16, name, "", "middle")
            parts.append(_link(word, href, left + slot * number, top, slot, TARGET))
        top += TARGET
    parts += [text(middle, top + 12 + 14 * i, line, "hk-small", "middle") for i, line in enumerate(item.note)]
    return f'<g class="hk-box-of" data-node="{escape(item.key)}">{"".join(parts)}</g>'


def _link(inner: str, href: str, x: float, y: float, width: float, height: float) -> str:
    """Words with the ground on which a click counts; words alone where they lead nowhere."""
    if not href:
        return inner
    ground = f'<rect class="hk-hit" x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"/>'
    return f'<a href="{escape(href)}">{ground}{inner}</a>'
