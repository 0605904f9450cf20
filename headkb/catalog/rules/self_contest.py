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
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "a false conflict is shown to every reader of both claims"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per contest that cannot be one."""
    for full_id, statement in catalog.statements.items():
        index = statement.file.claims.index(statement.claim)
        for position, other_id in enumerate(statement.claim.contests):
            field = ("claims", index, "contests", position)
            other = catalog.statements.get(other_id)
            if other_id == full_id:
                yield Finding(statement.file, field, "a claim cannot contest itself.", "name the other claim")
            elif other and other.claim.model != statement.claim.model:
                yield Finding(
                    statement.file,
                    field,
                    f"{other_id} is about {other.claim.model}, not {statement.claim.model}.",
                    "contest only claims about the same model",
                )
