"""Every number of the published tables in one sequence."""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog.catalog import Catalog


def head_values(catalog: Catalog) -> Iterator[tuple[str, str, int, int, float, int, str]]:
    """Every number of the published tables: claim, model, layer, head, value, its rank in the column, the strongest 1, and what heads are counted."""
    for name, statement in sorted(catalog.statements.items()):
        if statement.claim.table:
            ranks, heads_are = catalog.ranks(name), statement.claim.heads_are
            for head, value in sorted(catalog.column(statement).items()):
                yield name, statement.claim.model, head.layer, head.head, value, ranks[head], heads_are
