"""No paper says anything about a head type.

The papers of a head type are those whose `heads` name it. A type that no paper names has no source.

Bad: heads/sparkle.yaml exists, and no paper has `{id: sparkle, …}`.

Good, in the paper's file:

    heads: [{id: sparkle, role: introduces}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "a head type without a paper is an opinion"
LOOKS_FOR = frozenset({"papers"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per head type that no paper names."""
    for head in catalog.heads.values():
        if head.status == "active" and head.id not in catalog.papers_of_head:
            fix = f"add `{{id: {head.id}, role: introduces}}` to the `heads` of the paper that describes it"
            yield Finding(head, ("name",), "no paper names this head type.", fix)
