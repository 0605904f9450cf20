"""Numbers per year, drawn at build time: rows of columns over one axis, as wide as the page allows and never wider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

TALL, NAME, AXIS = 64.0, 24.0, 22.0
"""Heights of the highest column of a row, of its name, and of the years below."""


def years_chart(years: Sequence[int], rows: Mapping[str, Mapping[int, int]], label: str) -> str:
    """A row of columns for each name, each on a scale of its own with its numbers above.

    Args:
        years: The years on the axis, in order.
        rows: Name → year → number; a year without a number has none.
        label: What the drawing shows, for readers who do not see it.
    """
    step, parts, top = 100 / len(years), [], 0.0
    for number, (name, values) in enumerate(rows.items()):
        base, most = top + NAME + 16 + TALL, max(values.values(), default=1) or 1
        parts.append(f'<text x="0" y="{top + 16:.0f}" class="hk-strong">{escape(name, quote=False)}</text>')
        parts.append(f'<line x1="0" x2="100%" y1="{base:.0f}" y2="{base:.0f}" class="hk-grid"/>')
        for at, year in enumerate(years):
            if value := values.get(year, 0):
                height = max(TALL * value / most, 2)
                x, kind = (at + 0.17) * step, f"hk-y{number}"
                parts.append(
                    f'<rect class="{kind}" x="{x:.2f}%" y="{base - height:.1f}" width="{step * 0.66:.2f}%" height="{height:.1f}"/>'
                    f'<text x="{(at + 0.5) * step:.2f}%" y="{base - height - 4:.1f}" text-anchor="middle">{value:,}</text>'
                )
        top = base + 6
    parts += [
        f'<text x="{(at + 0.5) * step:.2f}%" y="{top + 14:.0f}" text-anchor="middle" class="hk-small">{year}</text>'
        for at, year in enumerate(years)
    ]
    return (
        f'<svg class="hk-svg hk-years" style="width:100%;max-width:760px;height:{top + AXIS:.0f}px" role="img" aria-label="{escape(label)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )
