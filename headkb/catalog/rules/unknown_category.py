"""A head type's category does not belong to its stage.

Bad:

    stage: latent-reasoning
    category: semantic-information

Good:

    stage: in-context-identification
    category: semantic-information
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "the head type would appear in no row of the matrix"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per head type whose category its stage does not list."""
    for head in catalog.heads.values():
        stage = catalog.stages.get(head.stage)
        if stage and head.category not in {c.id for c in stage.categories}:
            yield Finding(
                head,
                ("category",),
                f"the stage {stage.id} has no category {head.category!r}.",
                f"use one of {', '.join(c.id for c in stage.categories)}",
            )
