"""Where a value lies among those of all heads of its table: a drawing of a few bytes, since a page has dozens of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from html import escape
from math import ceil, log

from headkb.site.document import Raw
from headkb.site.parts import number

BINS, LEVELS, STEP = 36, 6, 3
"""Columns of a drawing, how high they can be, and how wide they are; so the whole is eighteen times as wide as high."""


def strip(values: Collection[float], value: float) -> Raw:
    """All values as a skyline from the lowest to the highest, the one in question as a bar, and both ends below it."""
    low, high = min(values), max(values)
    sky = f'<path d="{skyline(tuple(sorted(values)))}"/><path d="M{STEP * column(value, low, high) + 1} 0v{LEVELS}"/>'
    drawn = f"<svg class=hk-sky viewBox=0,0,{BINS * STEP},{LEVELS}>{sky}</svg>"
    ends = [number(end).replace("-", "−") for end in (low, high)]
    return Raw(f"{drawn}<small>{escape(ends[0])}<i> to </i>{escape(ends[1])}</small>", " to ".join(ends))


def column(value: float, low: float, high: float) -> int:
    """The column that a value falls into, from 0; the middle one where all values are equal.

    Example:
        >>> [column(value, -1.0, 1.0) for value in (-1.0, 0.0, 1.0)]
        [0, 18, 35]
    """
    return min(BINS - 1, int((value - low) / (high - low) * BINS)) if high > low else BINS // 2


@lru_cache(maxsize=1024)
def skyline(values: tuple[float, ...]) -> str:
    """The outline of how many values fall into each column, as an SVG path; a single one can be seen beside hundreds.

    Heights grow with the logarithm of the number.

    Example:
        >>> skyline((0.0, 1.0, 1.0, 1.0))
        'M0 6V3h3V6h102V0h3V6'
    """
    found = Counter(column(value, values[0], values[-1]) for value in values)
    most = max(found.values())
    heights = [ceil(LEVELS * log(1 + found[at]) / log(1 + most)) for at in range(BINS)]
    path, level, run = f"M0 {LEVELS}", 0, 0
    for height in [*heights, 0]:
        if height != level:
            path += f"h{STEP * run}V{LEVELS - height}" if run else f"V{LEVELS - height}"
            level, run = height, 0
        run += 1
    return path
