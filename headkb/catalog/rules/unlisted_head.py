"""A claim asserts a head type that its paper does not list.

The papers of a head type are those whose `heads` name it. A claim says that the paper found such heads; then the paper stands on the type's page, too.

Bad (papers/wang-2022-ioi.yaml does not name the type):

    paper: wang-2022-ioi
    claims: [{id: gpt2-movers, head: name-mover, …}]

Good, in papers/wang-2022-ioi.yaml:

    heads: [{id: name-mover, role: introduces}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "the page of the head type would show the claim and not the paper"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per paper and type, at the first claim that asserts it; a type that does not exist is a dangling reference."""
    told: set[tuple[str, str]] = set()
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            paper = catalog.papers.get(claim.source.paper or file.paper or "")
            if claim.head is None or paper is None or (paper.id, claim.head) in told:
                continue
            told.add((paper.id, claim.head))
            if claim.head in catalog.heads and claim.head not in {entry.id for entry in paper.heads}:
                message = f"papers/{paper.id} does not list {claim.head} among its heads."
                fix = f"add `{{id: {claim.head}, role: observes}}` (or the role it has) to its `heads`"
                yield Finding(file, ("claims", index, "head"), message, fix)
