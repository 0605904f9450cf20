"""A claim contests itself, or a claim about another model.

`contests` links claims that cannot both be right. Claims about different models do not contradict each other.

Bad:

    contests: [wang-2022-ioi/gpt2-medium-movers]   # in a claim about gpt2

Good:

    contests: [wang-2022-ioi/gpt2-movers]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "a false conflict is shown to every reader of both claims"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per `contests` that cannot be right."""
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            for position, other_id in enumerate(claim.contests):
                field = ("claims", index, "contests", position)
                other = catalog.statements.get(other_id)
                if other_id == f"{file.id}/{claim.id}":
                    yield Finding(file, field, "a claim cannot contest itself.", "name the other claim")
                elif other and other.claim.model != claim.model:
                    message = f"{other_id} is about {other.claim.model}, not {claim.model}."
                    yield Finding(file, field, message, "contest only claims about the same model")
