"""Drawings made at build time. Colours are CSS classes, so that they follow the light and the dark palette."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap


def svg(width: float, height: float, inner: str, label: str, *, needs: str = "", css: str = "") -> str:
    """An SVG element with a text alternative, in its natural size where there is room for it.

    One that `needs` a script of its own (`assets/NAME.js`) keeps that size and scrolls in a frame; `css` are further classes.
    """
    # Drawings with links are groups: an image may hold nothing that takes the focus.
    role = "group" if "<a " in inner else "img"
    size = f"width:{width:.0f}px;min-width:{width if needs else min(width, 560):.0f}px"
    kind, script = f"hk-svg {css}".strip(), f' data-needs="{needs}"' if needs else ""
    drawn = (
        f'<svg class="{kind}"{script} viewBox="0 0 {width:.0f} {height:.0f}" style="{size}" role="{role}" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )
    return f'<div class="hk-pan">{drawn}</div>' if needs else drawn


def text(x: float, y: float, content: str, css: str = "", anchor: str = "start") -> str:
    """A line of text."""
    kind = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{escape(content, quote=False)}</text>'


def depth_bar(start: float, end: float) -> str:
    """A range on the scale from the first layer to the last."""
    width = max(end - start, 0.01) * 290
    inner = (
        '<rect class="hk-rule" x="2" y="11" width="290" height="8" rx="4"/>'
        f'<rect class="hk-fill" x="{2 + start * 290:.1f}" y="11" width="{width:.1f}" height="8" rx="4"/>'
        + text(2, 36, "first layer")
        + text(292, 36, "last layer", anchor="end")
    )
    return svg(294, 42, inner, f"Depth from {start:.0%} to {end:.0%}")


ARROW = (
    '<defs><marker id="hk-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
    '<path d="M0 0L8 4L0 8z"/></marker></defs>'
)


@dataclass(frozen=True)
class GraphNode:
    """A box in a drawing, with the address it leads to."""

    key: str
    title: str
    detail: str = ""
    href: str = ""
    css: str = "hk-node"


def flow(boxes: Sequence[GraphNode], arrows: Sequence[tuple[str, str]], label: str) -> str:
    """Boxes in a row where there is room, else in a column: the style sheet shows one of the two drawings."""
    return f'<div class="hk-pan hk-flat">{_flat(boxes, arrows, label)}</div><div class="hk-pan hk-tall">{_tall(boxes, arrows, label)}</div>'


def _flat(boxes: Sequence[GraphNode], arrows: Sequence[tuple[str, str]], label: str) -> str:
    """Boxes in a row; arrows forward run straight or above, arrows back run below."""
    width, height, gap, top = 150.0, 62.0, 50.0, 70.0
    at = {box.key: 10 + i * (width + gap) for i, box in enumerate(boxes)}
    parts = [ARROW]
    for start, end, step in _steps(boxes, arrows):
        if step == 1:
            y = top + height / 2
            path = f"M{at[start] + width:.0f} {y:.0f}H{at[end] - 2:.0f}"
        elif step > 1:
            path = _arc(at[start] + width * 0.6, at[end] + width * 0.4, top, -18 - 12 * step)
        else:
            path = _arc(at[start] + width * 0.4, at[end] + width * 0.6, top + height, 18 + 12 * -step)
        parts.append(f'<path class="hk-edge" d="{path}" marker-end="url(#hk-arrow)"/>')
    parts += [box(item, at[item.key], top, width, height) for item in boxes]
    return svg(20 + len(boxes) * (width + gap) - gap, top * 2 + height, "".join(parts), label)


def _tall(boxes: Sequence[GraphNode], arrows: Sequence[tuple[str, str]], label: str) -> str:
    """Boxes in a column; arrows forward run straight or at the right, arrows back at the left."""
    width, height, gap, left = 170.0, 56.0, 36.0, 80.0
    at = {box.key: 10 + i * (height + gap) for i, box in enumerate(boxes)}
    # Of two drawings one is not shown, and what is defined in it neither.
    parts = [ARROW.replace('"hk-arrow"', '"hk-down"')]
    for start, end, step in _steps(boxes, arrows):
        if step == 1:
            x = left + width / 2
            path = f"M{x:.0f} {at[start] + height:.0f}V{at[end] - 2:.0f}"
        else:
            side, way = (left + width, 1) if step > 1 else (left, -1)
            x = side + way * (24 + 14 * abs(step))
            low, high = (
                at[start] + height * (0.62 if step > 1 else 0.38),
                at[end] + height * (0.38 if step > 1 else 0.62),
            )
            path = f"M{side:.0f} {low:.0f}C{x:.0f} {low:.0f} {x:.0f} {high:.0f} {side + 2 * way:.0f} {high:.0f}"
        parts.append(f'<path class="hk-edge" d="{path}" marker-end="url(#hk-down)"/>')
    parts += [box(item, left, at[item.key], width, height) for item in boxes]
    return svg(width + 2 * left, 20 + len(boxes) * (height + gap) - gap, "".join(parts), label)


def _steps(boxes: Sequence[GraphNode], arrows: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, int]]:
    """Start, end and the number of boxes from one to the other, for the arrows between boxes that are there."""
    order = {box.key: i for i, box in enumerate(boxes)}
    return ((start, end, order[end] - order[start]) for start, end in arrows if {start, end} <= order.keys())


def _arc(x1: float, x2: float, y: float, rise: float) -> str:
    return (
        f"M{x1:.0f} {y:.0f}C{x1:.0f} {y + rise:.0f} {x2:.0f} {y + rise:.0f} {x2:.0f} {y + (2 if rise > 0 else -2):.0f}"
    )


def box(item: GraphNode, x: float, y: float, width: float, height: float) -> str:
    """A box with its title and detail, linked where it leads somewhere."""
    columns = int(width / 8.2)
    inner = f'<rect class="{item.css}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6"/>'
    rows = [(row, "hk-strong") for row in wrap(item.title, columns) or [""]]
    rows += [(row, "hk-small") for row in wrap(item.detail, columns + 2)]
    top = y + height / 2 - (len(rows) - 1) * 7.5 + 4
    inner += "".join(text(x + width / 2, top + 15 * i, row, css, "middle") for i, (row, css) in enumerate(rows))
    return f'<a href="{escape(item.href)}">{inner}</a>' if item.href else f"<g>{inner}</g>"


def ranges_chart(rows: Sequence[tuple[str, str, float, float, str]], label: str) -> str:
    """A line per row: name, address, start, end (0 to 1), class; names stand left of the scale."""
    left, width, step = 210.0, 420.0, 20.0
    parts = [text(left, 14, "first layer", "hk-small"), text(left + width, 14, "last layer", "hk-small", "end")]
    bottom = 24 + step * len(rows)
    parts += [f'<path class="hk-grid" d="M{left + width * share:.0f} 20V{bottom:.0f}"/>' for share in (0.25, 0.5, 0.75)]
    for i, (name, href, start, end, css) in enumerate(rows):
        y = 24 + i * step
        parts.append(f'<a href="{escape(href)}">{text(left - 8, y + 13, name, "", "end")}</a>')
        parts.append(f'<rect class="hk-rule" x="{left:.0f}" y="{y + 6:.0f}" width="{width:.0f}" height="6" rx="3"/>')
        parts.append(
            f'<rect class="{css}" x="{left + start * width:.1f}" y="{y + 4:.0f}" width="{max((end - start) * width, 4):.1f}" height="10" rx="5"/>'
        )
    return svg(left + width + 12, 34 + step * len(rows), "".join(parts), label)
