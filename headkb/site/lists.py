"""Lists that may stand on several pages: what their rows weigh as HTML, how many fit into a room, and the list with some of them only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from headkb.site.document import Bullets, ChipColumn, Chips, DataTable, Element, Rest, Row
from headkb.site.links import Links
from headkb.site.to_html import cell_html, cell_words, chip_html, heading_html, node_html, row_html

EMPTY = len("<td></td>")
NAMED_FIRST = 3
"""Keys, showings and standings stand before the models in what the cells of a list stand for."""
COLUMN, GROUP = 400, 330
"""About what the headings of a column of chips and of a group in it weigh."""
Picked: TypeAlias = Sequence[int]
"""Places of rows in the whole list, in order."""


class Long(ABC):
    """A list of a page.

    Attributes:
        node: The list with all its rows.
        links: Names and addresses.
        page: The path for which links are written.
    """

    node: Any

    def __init__(self, node: Any, links: Links, page: str) -> None:
        self.node, self.links, self.page = node, links, page

    @property
    @abstractmethod
    def count(self) -> int:
        """How many rows there are."""

    @property
    def name(self) -> str:
        """What the rows are called, many of them."""
        return getattr(self.node, "name", "entries")

    @property
    def frame(self) -> int:
        """What the list weighs without any row."""
        return len(node_html(self.only((), Rest("", 0)), self.links, self.page).encode())

    def weight(self) -> int:
        """What all rows weigh."""
        return sum(self.weights())

    @abstractmethod
    def weights(self, rows: Picked | None = None) -> Iterator[int]:
        """What each row adds to the list, if those before it stand there."""

    @abstractmethod
    def only(self, rows: Picked, rest: Rest) -> Element:
        """The list with these rows."""

    def fitting(self, rows: Picked, room: float) -> int:
        """How many of these rows, from the first on, fit into a room; at least one, so that every page goes on."""
        count = 0
        for weight in self.weights(rows):
            room -= weight
            if room < 0 and count:
                break
            count += 1
        return count

    def kept(self, room: float) -> Picked:
        """The rows for the first page."""
        return range(self.fitting(range(self.count), room))

    def said(self, rows: Picked) -> str:
        """Which rows of the list these are."""
        return f"{rows[0] + 1:,} to {rows[-1] + 1:,} of {self.count:,} {self.name}"


class LongBullets(Long):
    """A list of items."""

    node: Bullets

    @property
    def count(self) -> int:  # noqa: D102
        return len(self.node.items)

    def weights(self, rows: Picked | None = None) -> Iterator[int]:  # noqa: D102
        for row in range(self.count) if rows is None else rows:
            yield len(cell_html(self.node.items[row], self.links, self.page).encode()) + len("<li></li>")

    def only(self, rows: Picked, rest: Rest) -> Bullets:  # noqa: D102
        return replace(self.node, items=tuple(self.node.items[row] for row in rows), rest=rest)


class LongTable(Long):
    """A table. One of head types against models or methods has only the columns in which something stands."""

    node: DataTable

    @property
    def count(self) -> int:  # noqa: D102
        return len(self.node.rows)

    def weights(self, rows: Picked | None = None) -> Iterator[int]:  # noqa: D102
        sparse, told = bool(self.node.groups), self.node.models.split(";")
        columns, models = set[int](), set[int]()
        for number, row in enumerate(self._rows(rows)):
            html = row_html(row, self.node, self.links, self.page)
            weight = len(html.encode()) + 1
            if sparse:
                filled = _filled(row)
                new = filled - columns
                columns |= filled
                headings = (heading_html(self.node, column, self.links, self.page) for column in new)
                weight += sum(len(heading.encode()) + len(" data-at=1000") for heading in headings)
                # In the rows before, the new columns are empty; in this one only those that others need.
                weight += EMPTY * (len(new) * number + len(columns) - len(row.cells))
            others = _models(row.facets) - models
            models |= others
            yield weight + sum(len(told[NAMED_FIRST + model].encode()) for model in others)

    def _rows(self, rows: Picked | None) -> list[Row]:
        return list(self.node.rows) if rows is None else [self.node.rows[row] for row in rows]

    def only(self, rows: Picked, rest: Rest) -> DataTable:  # noqa: D102
        node, some = self.node, self._rows(rows)
        models = named(node.models, some)
        if not node.groups:
            return replace(node, rows=tuple(some), models=models, rest=rest)
        places = sorted({0}.union(*map(_filled, some)))
        return replace(
            node,
            columns=tuple(node.columns[at] for at in places),
            groups=tuple(node.groups[at - 1] for at in places[1:]),
            rows=tuple(replace(row, cells=tuple(row.cells[at] for at in places)) for row in some),
            models=models,
            rest=rest,
            places=tuple(places),
        )

    def said(self, rows: Picked) -> str:
        """Which rows these are; of a table in the order of names, from which to which."""
        text = super().said(rows)
        if not self.node.groups:
            return text
        first, last = (cell_words(self.node.rows[row].cells[0], self.links) for row in (rows[0], rows[-1]))
        return f"{text}, {first} to {last}, with the columns in which something stands"


class LongChips(Long):
    """Chips in groups: the first page has some of each, the others follow group by group."""

    node: Chips

    @property
    def count(self) -> int:  # noqa: D102
        return len(self._chips())

    def _chips(self) -> list[Row]:
        return [chip for column in self.node.columns for group in column.groups for chip in group.chips]

    def _groups(self) -> list[tuple[int, int]]:
        """For each chip the number of its column, and that of its group among all."""
        groups = [number for number, column in enumerate(self.node.columns) for _ in column.groups]
        chips = [len(group.chips) for column in self.node.columns for group in column.groups]
        return [(groups[at], at) for at, count in enumerate(chips) for _ in range(count)]

    def weights(self, rows: Picked | None = None) -> Iterator[int]:  # noqa: D102
        chips, groups, told = self._chips(), self._groups(), self.node.models.split(";")
        models, begun = set[int](), set[Any]()
        for row in range(len(chips)) if rows is None else rows:
            others = _models(chips[row].facets) - models
            models |= others
            weight = sum(len(told[NAMED_FIRST + model].encode()) for model in others)
            column, group = groups[row]
            weight += 0 if column in begun else COLUMN
            weight += 0 if (column, group) in begun else GROUP
            begun |= {column, (column, group)}
            yield weight + len(chip_html(chips[row], self.node, self.links, self.page).encode())

    def kept(self, room: float) -> Picked:
        """As many of each group as fit, at least one, and of all groups about the same number if they have it."""
        chips = self._chips()
        rank = {path: number for number, path in enumerate(self.node.first)}
        groups, start = [], 0
        for group in (group for column in self.node.columns for group in column.groups):
            here = range(start, start + len(group.chips))
            groups.append(sorted(here, key=lambda at: rank.get(chips[at].id, len(rank))))
            start += len(group.chips)
        order = [
            row for nth in range(max(map(len, groups), default=0)) for group in groups for row in group[nth : nth + 1]
        ]
        counts = range(len(groups), len(order) + 1)
        fitting = bisect_right(counts, room, key=lambda count: sum(self.weights(sorted(order[:count]))))
        return sorted(order[: counts[max(fitting - 1, 0)]])

    def only(self, rows: Picked, rest: Rest) -> Chips:  # noqa: D102
        wanted, chips, start = set(rows), self._chips(), 0
        columns = []
        for column in self.node.columns:
            groups = []
            for group in column.groups:
                some = tuple(chips[at] for at in range(start, start + len(group.chips)) if at in wanted)
                start += len(group.chips)
                left = len(group.chips) - len(some) if rest.parts else 0
                groups += [replace(group, chips=some, left=left)] if some else []
            columns += [ChipColumn(column.title, tuple(groups))] if groups else []
        models = named(self.node.models, [chips[row] for row in rows])
        return replace(self.node, columns=tuple(columns), models=models, rest=rest)

    def said(self, rows: Picked) -> str:
        """How many of all these are."""
        return f"{len(rows):,} of {self.count:,} {self.name}"


def _filled(row: Row) -> set[int]:
    """The places of the cells in which something stands."""
    return {at for at, cell in enumerate(row.cells) if cell}


def _models(facets: Any) -> set[int]:
    """The numbers of the models that the cells of a row are about."""
    return {
        int(cell.partition(":")[0].rstrip("abcdefghijklmnopqrstuvwxyz")) for cell in facets.get("cells", "").split()
    }


def named(models: str, rows: Sequence[Row]) -> str:
    """What cells stand for, with only the models that are asked for by these rows; the others keep their places and are empty."""
    if not models:
        return ""
    told, used = models.split(";"), set[int]().union(*(_models(row.facets) for row in rows))
    kept = [text if number in used else "" for number, text in enumerate(told[NAMED_FIRST:])]
    return ";".join([*told[:NAMED_FIRST], *kept]).rstrip(";")


KINDS: tuple[tuple[type, type[Long]], ...] = ((Bullets, LongBullets), (DataTable, LongTable), (Chips, LongChips))


def long(node: Element, links: Links, page: str) -> Long | None:
    """A list that may be cut, or None: a row with an address of its own stays where it is."""
    if isinstance(node, DataTable) and any(row.id for row in node.rows):
        return None
    return next((make(node, links, page) for kind, make in KINDS if isinstance(node, kind)), None)
