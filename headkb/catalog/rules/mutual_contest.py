"""Two claims contest each other, each in its own file.

A contradiction is written once, on the claim that came later or that says so; both pages show it.

Bad, in two files:

    - {id: gpt2-movers, contests: [moss-1999/gpt2-none], …}
    - {id: gpt2-none, contests: [wang-2022-ioi/gpt2-movers], …}

Good: keep it on the claim whose source speaks of the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "one dispute would be listed as two"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per pair, on the claim whose paper is the earlier one."""
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            own = f"{file.id}/{claim.id}"
            for position, other in enumerate(claim.contests):
                back = catalog.statements.get(other)
                both = back is not None and own != other and own in back.claim.contests
                if both and (_day(catalog, own), own) < (_day(catalog, other), other):
                    message = f"{other} contests this claim as well."
                    field = ("claims", index, "contests", position)
                    yield Finding(file, field, message, "keep it there, and delete it here")


def _day(catalog: Catalog, statement: str) -> str:
    """When the source of a claim appeared; the end of time where it has no paper."""
    paper = catalog.papers.get(catalog.statements[statement].paper or "")
    return paper.first_public if paper else "9999"
