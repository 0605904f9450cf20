"""No paper introduces a head type.

Papers `replicate`, `apply` and `contest` a type that some paper introduced; that paper should be in the catalog, too.

Bad: every paper of the type has `role: applies`.

Good: one paper has `role: introduces`.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "readers look for the first description"
LOOKS_FOR = frozenset({"papers"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per head type with papers, none of which introduces it."""
    for head_id, papers in catalog.papers_of_head.items():
        if head_id in catalog.heads and all(role != "introduces" for _, role in papers):
            fix = "set `role: introduces` in the paper that described it first"
            yield Finding(catalog.heads[head_id], ("name",), "no paper introduces this head type.", fix)
