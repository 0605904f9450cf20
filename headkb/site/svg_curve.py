"""How a model developed while it was trained: loss above, head scores below, over the same steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log10

from headkb.site.svg import svg, text

LEFT, WIDTH, TOP, LOSS_HEIGHT, GAP, SCORE_HEIGHT = 46.0, 520.0, 18.0, 90.0, 34.0, 150.0
LOG_FROM = 50
"""From this ratio of the last step to the first positive one, steps are drawn on a logarithmic scale."""
Series = Mapping[int, float]


def curve_chart(curves: Mapping[str, Series], names: Mapping[str, str], label: str) -> str:
    """The drawing.

    Args:
        curves: Series → step → value; `loss` is in nats, every other series a score from 0 to 1.
        names: Words for the series.
        label: What the drawing shows, for readers who do not see it.
    """
    steps = sorted({step for series in curves.values() for step in series})
    scores = [key for key in curves if key != "loss"]
    bottom = TOP + (LOSS_HEIGHT + GAP if curves.get("loss") else 0)
    parts: list[str] = []
    if loss := curves.get("loss"):
        high = max(loss.values()) or 1.0
        parts += _panel(TOP, LOSS_HEIGHT, [(0.0, "0"), (high, f"{high:.1f}")], high, names.get("loss", "loss"))
        parts.append(_line(loss, steps, TOP, LOSS_HEIGHT, high, "hk-c0"))
    if scores:
        parts += _panel(bottom, SCORE_HEIGHT, [(0.0, "0"), (0.5, "0.5"), (1.0, "1")], 1.0, "head score")
        ends = _apart([(curves[key][max(curves[key])], key) for key in scores if curves[key]], 1.0, SCORE_HEIGHT)
        for number, key in enumerate(scores, start=1):
            if curves[key]:
                css = f"hk-c{(number - 1) % 4 + 1}"
                parts.append(_line(curves[key], steps, bottom, SCORE_HEIGHT, 1.0, css))
                y = bottom + ends[key]
                parts.append(text(LEFT + WIDTH + 8, y + 4, names.get(key, key), f"hk-t{css[-1]}"))
    floor = bottom + (SCORE_HEIGHT if scores else -GAP)
    scale = "training step, logarithmic" if _logarithmic(steps) else "training step"
    for step in _ticks(steps):
        parts.append(text(_x(step, steps), floor + 16, f"{step:,}", "hk-small", "middle"))
    parts.append(text(LEFT + WIDTH / 2, floor + 34, scale, "hk-small", "middle"))
    return svg(LEFT + WIDTH + 150, floor + 42, "".join(parts), label)


def _logarithmic(steps: Sequence[int]) -> bool:
    positive = [step for step in steps if step > 0]
    return bool(positive) and positive[-1] / positive[0] >= LOG_FROM


def _x(step: int, steps: Sequence[int]) -> float:
    if _logarithmic(steps):
        first = log10(next(s for s in steps if s > 0))
        share = (log10(max(step, 10**first)) - first) / (log10(steps[-1]) - first)
    else:
        share = (step - steps[0]) / ((steps[-1] - steps[0]) or 1)
    return LEFT + share * WIDTH


def _ticks(steps: Sequence[int]) -> list[int]:
    """Four to six round steps."""
    if _logarithmic(steps):
        first, last = next(s for s in steps if s > 0), steps[-1]
        return [tick for power in range(8) if first <= (tick := 10**power) <= last] or [first, last]
    span = steps[-1] - steps[0]
    unit = 10 ** max(len(str(span)) - 1, 0)
    unit = unit if span / unit >= 4 else max(unit // 2, 1) if span / unit >= 2 else max(unit // 5, 1)
    return list(range(-(-steps[0] // unit) * unit, steps[-1] + 1, unit))


def _line(series: Series, steps: Sequence[int], top: float, height: float, high: float, css: str) -> str:
    points = [
        f"{_x(step, steps):.1f} {top + height * (1 - min(max(value / high, 0), 1)):.1f}"
        for step, value in sorted(series.items())
    ]
    return f'<path class="hk-curve {css}" d="M{"L".join(points)}"/>'


def _panel(top: float, height: float, marks: Sequence[tuple[float, str]], high: float, name: str) -> list[str]:
    parts = [text(LEFT, top - 6, name, "hk-small")]
    for value, word in marks:
        y = top + height * (1 - value / high)
        parts.append(f'<path class="hk-grid" d="M{LEFT:.0f} {y:.1f}H{LEFT + WIDTH:.0f}"/>')
        parts.append(text(LEFT - 6, y + 4, word, "hk-small", "end"))
    return parts


def _apart(ends: Sequence[tuple[float, str]], high: float, height: float) -> dict[str, float]:
    """Where to write the names of the lines: at their ends, but not over one another."""
    placed: dict[str, float] = {}
    last = -20.0
    for value, key in sorted(ends, reverse=True):
        last = max(height * (1 - min(max(value / high, 0), 1)), last + 15)
        placed[key] = last
    return placed
