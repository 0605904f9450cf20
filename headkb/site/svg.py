"""Drawings made at build time. Colours are CSS classes, so that they follow the light and the dark palette."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap


def svg(width: float, height: float, inner: str, label: str) -> str:
    """An SVG element with a text alternative, in its natural size where there is room for it."""
    # Drawings with links are groups: an image may hold nothing that takes the focus.
    role = "group" if "<a " in inner else "img"
    size = f"width:{width:.0f}px;min-width:{min(width, 560):.0f}px"
    return (
        f'<svg class="hk-svg" viewBox="0 0 {width:.0f} {height:.0f}" style="{size}" role="{role}" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">{inner}</svg>'
    )


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
    '<defs><marker id="hk-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
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
    """Boxes in a row; arrows forward run straight or above, arrows back run below."""
    width, height, gap, top = 150.0, 62.0, 50.0, 70.0
    at = {box.key: 10 + i * (width + gap) for i, box in enumerate(boxes)}
    order = {box.key: i for i, box in enumerate(boxes)}
    parts = [ARROW]
    for start, end in arrows:
        if start not in at or end not in at:
            continue
        step = order[end] - order[start]
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


def columns_chart(values: Mapping[str, int], label: str) -> str:
    """A column per key with its number above."""
    step, height = 46.0, 150.0
    top = max(values.values(), default=1) or 1
    parts = []
    for i, (key, value) in enumerate(values.items()):
        x, h = 12 + i * step, height * value / top
        parts.append(f'<rect class="hk-fill" x="{x:.0f}" y="{20 + height - h:.1f}" width="30" height="{h:.1f}"/>')
        parts.append(
            text(x + 15, 14 + height - h, str(value), anchor="middle")
            + text(x + 15, 38 + height, key, "hk-small", "middle")
        )
    return svg(20 + step * len(values), height + 46, "".join(parts), label)


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
