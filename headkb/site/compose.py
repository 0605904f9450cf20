"""Helpers that page modules put together nodes with: sections, facts and tables without their empty parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from headkb.catalog.schema import Paper
from headkb.site.document import Bullets, Cell, DataTable, Element, Facts, Heading, Prose, Row, table

T = TypeVar("T")
K = TypeVar("K")
FILTER_FROM = 12
"""A table of claims or runs can be filtered if it has more rows than this."""


class Titled(Protocol):
    """A record with a title in words."""

    def title_text(self) -> str: ...  # noqa: D102


N = TypeVar("N", bound=Titled)


def newest(papers: Iterable[Paper]) -> list[Paper]:
    """Papers by date, newest first; ids break ties (runs: `Catalog.newest_runs`)."""
    return sorted(papers, key=lambda paper: (paper.date, paper.id), reverse=True)


def by_name(records: Iterable[N]) -> list[N]:
    """Records in the order of their names."""
    return sorted(records, key=lambda record: record.title_text().casefold())


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """Items by their key, groups and members in the order in which they come."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def one_line(text: str | None) -> str:
    """Text of a record without its line breaks; empty for None."""
    return " ".join((text or "").split("\n"))


def counted(count: int, noun: str) -> str:
    """`1 model`, `2 models`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def prose(text: str | None, *, lead: bool = False) -> list[Element]:
    """A text, if there is one."""
    return [Prose(text, lead)] if text else []


def facts(*rows: tuple[str, Cell | None], style: str = "") -> Facts:
    """Names and values; a name without a value is left out."""
    return Facts(tuple((name, value) for name, value in rows if value), style)


def section(title: Cell, anchor: str, nodes: Element | Sequence[Element], level: int = 2) -> list[Element]:
    """A heading with what stands below it; nothing at all where that is an empty list, or nodes without entries."""
    below = list(nodes) if isinstance(nodes, Sequence) else [nodes]
    if not any(_holds_something(node) for node in below):
        return []
    return [Heading(title, anchor, level), *below]


def _holds_something(node: Element) -> bool:
    return bool(
        node.items if isinstance(node, Bullets) else node.rows if isinstance(node, (DataTable, Facts)) else True
    )


def table_of(
    items: Iterable[T],
    columns: Mapping[str, Callable[[T], Cell]],
    facets: Callable[[T], Mapping[str, str]] | None = None,
    labels: Mapping[str, str] | None = None,
    **options: Any,
) -> DataTable:
    """A table with a row per item, without the columns in which nothing stands.

    Args:
        items: What the rows are about.
        columns: Title of each column → its cell for an item.
        facets: The values of an item by which readers may filter (`q`: other words that find it).
        labels: Facet → its label; without labels the table cannot be filtered.
        options: `caption`, `name`, `style` and the like of `DataTable`.
    """
    rows = tuple(Row(tuple(cell(item) for cell in columns.values()), facets(item) if facets else {}) for item in items)
    return table(tuple(columns), rows, facets=labels or {}, **options)


def long_table(columns: tuple[str, ...], rows: tuple[Row, ...], labels: Mapping[str, str], name: str) -> DataTable:
    """A table without empty columns, with filters where it is long, by what its rows differ in."""
    differing = {key: label for key, label in labels.items() if len({row.facets.get(key) for row in rows}) > 1}
    return table(columns, rows, facets=(differing or labels) if len(rows) > FILTER_FROM else {}, name=name)


def listing(
    items: Iterable[T],
    columns: Mapping[str, Callable[[T], Cell]],
    facets: Callable[[T], Mapping[str, str]] | None = None,
    labels: Mapping[str, str] | None = None,
    *,
    name: str = "rows",
    none: str = "None yet.",
) -> list[Element]:
    """A table of records (see `table_of`), or the sentence `none` where there is not one."""
    grid = table_of(items, columns, facets, labels, name=name)
    return [grid] if grid.rows else [Prose(none)]
