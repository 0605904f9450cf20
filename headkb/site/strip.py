"""Where a value lies among those of all heads of its table: a drawing of a few bytes, with the lowest and the highest value in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from math import ceil, log

from headkb.site.document import Raw
from headkb.site.parts import number

BINS, LEVELS = 48, 8
"""Columns of the drawing, and how high they can be."""


def strip(values: Collection[float], value: float) -> Raw:
    """All values as a skyline, the one in question as a bar over its whole height, their ends below; a page has many of these."""
    low, high = min(values), max(values)
    ends = (number(low).replace("-", "−"), number(high).replace("-", "−"))
    at = place(value, low, high)
    svg = f"<svg viewBox='0 0 {BINS} {LEVELS}' preserveAspectRatio=none aria-hidden=true><path d={skyline(tuple(values))}"
    bar = f"/><path d=M{at}.5,0v{LEVELS}"
    return Raw(f"{svg} {bar} /></svg><p><b>{ends[0]}</b><b>{ends[1]}</b>", f"{ends[0]} to {ends[1]}")


def place(value: float, low: float, high: float) -> int:
    """The column of a value, from 0; the middle where all values are equal."""
    return min(BINS - 1, int((value - low) / (high - low) * BINS)) if high > low else BINS // 2
