"""One pass over pairs, so that a look-up takes no time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def index(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Key → every value that comes with it, in order."""
    table: dict[K, list[V]] = {}
    for key, value in pairs:
        table.setdefault(key, []).append(value)
    return table
