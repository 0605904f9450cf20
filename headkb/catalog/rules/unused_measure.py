"""A measure is defined, and no claim of the file uses it.

Measures belong to the claims of their file. One that is left over comes from a claim that was renamed, or was never finished.

Bad:

    measures: {copying: {…}, mover-score: {…}}
    claims: [{id: movers, measure: copying, …}]

Good: give a claim its `measure: mover-score`, or delete the definition.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "the numbers that it defines are missing, or stand under another measure"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per measure without a number."""
    for file in catalog.claims.values():
        used = {claim.measure for claim in file.claims}
        for name in file.measures:
            if name not in used:
                message = f"no claim of the file uses the measure {name!r}."
                fix = f"add `measure: {name}` to the claim with its numbers, or delete it"
                yield Finding(file, ("measures", "", name), message, fix)
