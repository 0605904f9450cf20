"""Values of all heads of a model, as a map and a short list."""

from __future__ import annotations

from html import escape

from headkb.catalog import CatalogError, Statement
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.document import DataTable, Element, Figure, Prose, Row
from headkb.site.heatmap import heat_map, top_heads
from headkb.site.links import head_path
from headkb.site.parts import Context, heads_cell, number

FEW_VALUES = 4


def table_values(context: Context, statement: Statement) -> dict[HeadIndex, float]:
    """The numbers of a published score table; none where its file is missing or broken, which the validator reports."""
    try:
        return context.catalog.column(statement)
    except CatalogError:
        return {}


def value_nodes(
    context: Context, model: Model, values: dict[HeadIndex, float], name: str, page: str, key_value: bool = False
) -> list[Element]:
    """A heat map where it is of use, and always the top heads."""

    def link(head: HeadIndex) -> str:
        known = not key_value and context.has_head_page(model.id, head)
        return context.links.relative(page, head_path(model.id, head)) if known else ""

    width = model.n_heads if not key_value else max((h.head for h in values), default=0) + 1
    few = len(values) < FEW_VALUES
    drawn = "" if few else heat_map(values, model.n_layers, width, link, f"{name}, {model.name}")
    rows = tuple(Row((heads_cell(context, model.id, [head]), number(value))) for head, value in top_heads(values))
    nodes: list[Element] = []
    if drawn:
        nodes.append(Figure(drawn))
    elif not few:
        too_many = "heads are too many for a map on this page; the file below has all of them."
        nodes.append(Prose(f"{len(values):,} {too_many}"))
    return [*nodes, DataTable(("Head", escape(name)), rows, caption="Furthest from zero", style="hk-narrow")]
