"""Values of all heads of a model, as a map and a short list."""

from __future__ import annotations

from html import escape

from headkb.catalog import CatalogError, Statement
from headkb.catalog.schema import HeadIndex, Model
from headkb.direction import ORDERS, Direction, strongest_first
from headkb.site.document import DataTable, Element, Figure, Prose, Row
from headkb.site.heatmap import heat_map
from headkb.site.links import head_path
from headkb.site.parts import Context, heads_cell, number

FEW_VALUES, LISTED_HEADS = 4, 8
"""Fewer values than the first have no map; of all, so many are listed."""


def table_values(context: Context, statement: Statement) -> dict[HeadIndex, float]:
    """The numbers of a published score table; none where its file is missing or broken, which the validator reports."""
    try:
        return context.catalog.column(statement)
    except CatalogError:
        return {}


def value_nodes(
    context: Context,
    model: Model,
    values: dict[HeadIndex, float],
    name: str,
    page: str,
    direction: Direction,
    key_value: bool = False,
) -> list[Element]:
    """A heat map where it is of use, and always the strongest heads.

    Args:
        context: The catalog and its links.
        model: Whose heads they are.
        values: Head → value.
        name: What the values are.
        page: The address of the page, from which links start.
        direction: What is strong.
        key_value: Whether the heads are key-value heads, which have no pages.
    """

    def link(head: HeadIndex) -> str:
        known = not key_value and context.has_head_page(model.id, head)
        return context.links.relative(page, head_path(model.id, head)) if known else ""

    width = model.n_heads if not key_value else max((h.head for h in values), default=0) + 1
    few = len(values) < FEW_VALUES
    drawn = "" if few else heat_map(values, model.n_layers, width, link, f"{name}, {model.name}", direction)
    first = strongest_first(values, direction)[:LISTED_HEADS]
    rows = tuple(Row((heads_cell(context, model.id, [head]), number(value))) for head, value in first)
    nodes: list[Element] = []
    if drawn:
        nodes.append(Figure(drawn))
    elif not few:
        too_many = "heads are too many for a map on this page; the file below has all of them."
        nodes.append(Prose(f"{len(values):,} {too_many}"))
    caption = f"Strongest heads, {ORDERS[direction]}"
    return [*nodes, DataTable(("Head", escape(name)), rows, caption=caption, style="hk-narrow")]
