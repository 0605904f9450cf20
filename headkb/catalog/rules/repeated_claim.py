"""A claim of a file says the same as an earlier one.

Two claims of one source with the same type, model, heads, measure, numbers and statement, or with the same column of a table for one type, are one fact.

Bad:

    claims:
      - {id: movers, head: name-mover, model: gpt2, heads: [L9H9], statement: It moves names., …}
      - {id: gpt2-movers, head: name-mover, model: gpt2, heads: [L9H9], statement: It moves names., …}

Good: keep one, and put the id of the other into its `replaces` if it was released.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Claim

WHY = "a fact that is written twice counts twice"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per claim that an earlier one of the file makes needless."""
    for file in catalog.claims.values():
        first: dict[Hashable, str] = {}
        for index, claim in enumerate(file.claims):
            key = _said(claim)
            if key in first:
                message = f"it says what the claim {first[key]!r} says."
                fix = f"delete it; if its id was released, write `replaces: [{claim.id}]` into {first[key]}"
                yield Finding(file, ("claims", index, "id"), message, fix)
            first.setdefault(key, claim.id)


def _said(claim: Claim) -> Hashable:
    """What makes a claim a fact of its own."""
    about = (claim.head, claim.about, claim.model, claim.heads_are)
    if claim.table is not None:
        return (*about, claim.table.file, claim.table.column)
    numbers = (claim.measure, tuple(claim.values.items()), claim.value)
    return (*about, claim.heads, *numbers, claim.statement)
