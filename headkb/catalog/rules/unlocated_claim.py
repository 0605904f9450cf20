"""A claim does not say where in its source it stands.

A claim's source needs a `locator` (section, table, figure, equation), or a file of a repository at a commit.

Bad:

    source: {paper: wang-2022-ioi}

Good:

    source: {paper: wang-2022-ioi, locator: section 3.2}
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "a number that nobody can find again cannot be trusted"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per claim whose source has no exact place."""
    for file in catalog.claims.values():
        for index, claim in enumerate(file.claims):
            if not claim.source.located:
                yield Finding(
                    file,
                    ("claims", index, "source"),
                    f"the source of claim {claim.id!r} has no exact place.",
                    "add `locator: table 2` (or figure, section, equation), or the repository's file with `path`",
                )
