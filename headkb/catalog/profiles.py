"""For each head of a model the heads whose published numbers are most like its own.

A head's profile is its place, from 0 to 1, in every published table that has a number for each head of its model: ranks, since tables have
different units and shapes. Two heads are as far apart as these places on the mean. Tables of one source about one head type, such as those
of fourteen lengths of text, count together as one. Where a model has fewer than three such groups, numbers that answer one question would
decide alone, and no head has neighbours.

Neighbours are found without comparing all pairs: two heads are at least as far apart as the means of their places, so heads are looked at
in the order of that mean, outwards from the one that is asked about, until no nearer one can come.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from typing import TYPE_CHECKING, NamedTuple

from headkb.catalog.glance import Glance, WithGlance, counted, listed
from headkb.catalog.indexing import index
from headkb.catalog.table_pairs import is_whole
from headkb.head_index import HeadIndex

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog
    from headkb.catalog.statement import Statement

FEWEST_GROUPS = 3
"""With numbers of fewer sources and head types a model has no profiles."""
NEIGHBOURS = 5
"""How many heads are told at most."""
ROUNDING = 1e-9


class NearHead(NamedTuple):
    """A head with a similar profile.

    Attributes:
        head: The head.
        distance: Mean difference between its places and those of the head asked about, 0 (the same in every table) to 1.
    """

    head: HeadIndex
    distance: float


@dataclass(frozen=True, repr=False)
class Profiles(WithGlance):
    """The places of a model's heads in its tables.

    Attributes:
        statements: The claims with these tables, those of one group one after the other; empty where there are too few groups.
        weights: What each counts; together 1.
        places: Head → its place in each.
    """

    statements: tuple[Statement, ...]
    weights: tuple[float, ...]
    places: Mapping[HeadIndex, tuple[float, ...]]

    def glance(self) -> Glance:
        """How many heads have a profile, and from which tables."""
        tables = listed(statement.id for statement in self.statements)
        return Glance("Profiles", f"of {counted(len(self.places), 'head')}", facts=(("tables", tables),))

    @cached_property
    def _by_mean(self) -> list[tuple[float, HeadIndex]]:
        return sorted((self._mean(at), head) for head, at in self.places.items())

    def _mean(self, at: Sequence[float]) -> float:
        return sum(weight * place for weight, place in zip(self.weights, at, strict=True))

    def _apart(self, one: Sequence[float], other: Sequence[float]) -> float:
        return sum(weight * abs(a - b) for weight, a, b in zip(self.weights, one, other, strict=True))

    def nearest(self, head: HeadIndex, most: int = NEIGHBOURS) -> tuple[NearHead, ...]:
        """The heads most like this one, nearest first and of equal ones the earlier in the model; empty if it has no profile."""
        mine = self.places.get(head)
        if mine is None:
            return ()
        mean = self._mean(mine)
        found: list[tuple[float, HeadIndex]] = []
        for least, other in _outwards(self._by_mean, mean):
            if len(found) == most and least > found[-1][0] + ROUNDING:
                break
            if other != head:
                insort(found, (round(self._apart(mine, self.places[other]), 9), other))
                del found[most:]
        return tuple(NearHead(other, away) for away, other in found)


def profiles_of(catalog: Catalog, model_id: str) -> Profiles:
    """The profiles of a model's heads; without heads where it has too few tables.

    Raises:
        CatalogError: If a table of the model cannot be read.
    """
    groups = index(
        ((s.file.id, s.claim.subject), s)
        for s in catalog.statements_of_model.get(model_id, [])
        if s.claim.table and catalog.about_query_heads(s) and is_whole(catalog, s, len(catalog.column(s)), share=1)
    )
    if len(groups) < FEWEST_GROUPS:
        return Profiles((), (), {})
    statements = tuple(s for group in groups.values() for s in group)
    weights = tuple(1 / len(groups) / len(group) for group in groups.values() for _ in group)
    columns = [_places(catalog.column(s)) for s in statements]
    return Profiles(statements, weights, {h: tuple(column[h] for column in columns) for h in sorted(columns[0])})


def _places(column: Mapping[HeadIndex, float]) -> dict[HeadIndex, float]:
    """Head → its rank among all of the column, lowest 0 and highest 1, equal values sharing their mean rank."""
    values = sorted(column.values())
    last = max(len(values) - 1, 1)
    return {h: (bisect_left(values, v) + bisect_right(values, v) - 1) / 2 / last for h, v in column.items()}


def _outwards(ordered: Sequence[tuple[float, HeadIndex]], start: float) -> Iterator[tuple[float, HeadIndex]]:
    """Heads of an ascending list with the distance of their number from `start`, nearest first."""
    above = bisect_left(ordered, (start,))
    up = ((number - start, head) for number, head in ordered[above:])
    down = ((start - number, head) for number, head in reversed(ordered[:above]))
    return merge(up, down)
