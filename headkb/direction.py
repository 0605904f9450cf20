"""Which values of a score the heads have that it looks for, and the order and the shades that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from headkb.head_index import HeadIndex

Side: TypeAlias = Literal["more", "less"]
"""High values or low ones."""
Direction: TypeAlias = Literal["more", "less", "size"]
"""`more`: high values; `less`: low ones; `size`: those far from 0, of either sign."""

ORDERS: Mapping[Direction, str] = {"more": "highest first", "less": "lowest first", "size": "furthest from zero first"}
"""How heads are listed, in words."""


def turned(direction: Direction, factor: float) -> Direction:
    """The direction of a score times a factor: a negative one turns more and less round.

    Example:
        >>> turned("more", -1), turned("more", 2), turned("size", -1)
        ('less', 'more', 'size')
    """
    if direction == "size" or factor >= 0:
        return direction
    return "less" if direction == "more" else "more"


def strength(value: float, direction: Direction) -> float:
    """How much a value is one that the score looks for: the larger, the more; comparable within one score only."""
    return value if direction == "more" else -value if direction == "less" else abs(value)


def strongest_first(values: Mapping[HeadIndex, float], direction: Direction) -> list[tuple[HeadIndex, float]]:
    """Heads with their values, the one that the score looks for most first; of equal ones the first head.

    Example:
        >>> [str(head) for head, _ in strongest_first({HeadIndex(0, 0): 0.2, HeadIndex(0, 1): -0.9}, "size")]
        ['L0H1', 'L0H0']
    """
    return sorted(values.items(), key=lambda item: (-strength(item[1], direction), item[0]))


def shades(values: Mapping[HeadIndex, float], direction: Direction) -> dict[HeadIndex, float]:
    """How deep the colour of each head is on a map, in [0, 1].

    For `more` and `size` the distance from zero against the largest, since values below zero have a colour of their own; for `less` the
    lowest value is deepest and the highest pale.
    """
    if direction == "less":
        low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
        return {head: (high - value) / (high - low) if high > low else 0.0 for head, value in values.items()}
    span = max(map(abs, values.values()), default=0.0) or 1.0
    return {head: abs(value) / span for head, value in values.items()}
