"""The tables by which a grid can be coloured."""

from __future__ import annotations

import pytest

from headkb.catalog.atlas import atlas_table
from headkb.site.browser_tables import MEASURED, SILENCING, definitions, grid_tables
from headkb.site.links import claim_path
from headkb.site.parts import Context


@pytest.fixture(scope="module")
def context(real_context: Context) -> Context:
    """The shipped catalog."""
    return real_context


def test_every_published_table_is_offered_with_the_count_of_the_catalog(context: Context) -> None:
    """Each claim that brings a table, with as many values as its column has; those of key-value heads say how many heads share one."""
    offered = {t.id: t for m in context.catalog.models.values() for t in grid_tables(context, m) if not t.column}
    tables = {s.id: s for s in context.catalog.statements.values() if s.claim.table}
    assert offered.keys() == tables.keys()
    for name, table in offered.items():
        statement = tables[name]
        model = context.catalog.models[statement.claim.model]
        assert table.count == len(context.catalog.column(statement)), name
        assert table.direction == context.catalog.direction_of(statement)
        assert table.page == claim_path(statement)
        assert (table.share > 1) == (not context.catalog.about_query_heads(statement)), name
        assert table.share == 1 or table.share * (model.n_key_value_heads or 0) == model.n_heads
    assert sum(table.share > 1 for table in offered.values()) >= 5


def test_an_atlas_is_offered_with_every_column_that_has_values(context: Context) -> None:
    """With the direction of its score; silencing stands first, then the other columns, then what others published."""
    for model_id, view in context.atlases.items():
        tables = grid_tables(context, context.catalog.models[model_id])
        columns = {t.column: t for t in tables if t.column}
        values = atlas_table(context.catalog, view.atlas).values
        assert {name: t.count for name, t in columns.items()} == {n: len(v) for n, v in values.items() if v}
        assert all(t.direction == view.direction(name) for name, t in columns.items())
        groups = [t.group for t in tables]
        assert groups[0] == SILENCING
        assert groups.index(MEASURED) > groups.count(SILENCING) - 1


def test_silencing_is_what_takes_a_head_away(context: Context) -> None:
    """Published ablations stand in the first group, attention scores do not; ids are told apart and every measure is defined."""
    gpt2 = context.catalog.models["gpt2"]
    tables = grid_tables(context, gpt2)
    silencing = {t.name for t in tables if t.group == SILENCING}
    assert "Relative loss increase under mean ablation" in silencing
    assert not [name for name in silencing if "ttention" in name or "nduction" in name]
    assert len({t.id for t in tables}) == len(tables) == len({(t.group, t.name) for t in tables})
    said = definitions(context, gpt2)
    assert all(said[t.measure] for t in tables)
