"""Every number of the published tables in one sequence."""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog.catalog import Catalog


def head_values(catalog: Catalog) -> Iterator[tuple[str, str, int, int, float, int]]:
    """Every number of the published tables: claim, model, layer, head, value, and its rank in the column, the strongest 1."""
    for name, statement in sorted(catalog.statements.items()):
        if statement.claim.table:
            ranks = catalog.ranks(name)
            for head, value in sorted(catalog.column(statement).items()):
                yield name, statement.claim.model, head.layer, head.head, value, ranks[head]
