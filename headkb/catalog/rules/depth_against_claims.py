r"""The depth that a head type's record states is not where its claimed heads lie.

The heads that claims assert of public models have a depth each, layer / (n_layers - 1); the page of the type shows their quartiles. With at least
five such heads, fewer than half of them inside `from` to `to` (half a layer more at either end allowed) contradict the range, and a `typical` that says
only early or only late contradicts a median on the other side of 0.5.

Bad (three quarters of the claimed heads lie above 0.6):

    depth: {typical: early, from: 0.1, to: 0.3, …}

Good:

    depth: {typical: second half, from: 0.6, to: 0.9, …}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.depths import ObservedDepth, observed_depth
from headkb.catalog.rules import Finding
from headkb.catalog.schema.head import Depth

WHY = "a range that the catalog's own claims contradict was taken from an example"
LOOKS_FOR = frozenset({"claims", "models"})

ENOUGH = 5
"""With fewer heads nothing is said about the rest of the type."""
EARLY = re.compile(r"\b(early|earlier|earliest|first|lower)\b", re.IGNORECASE)
LATE = re.compile(r"\b(late|later|last|upper|top|deep)\b", re.IGNORECASE)
BETWEEN = re.compile(r"\b(middle|half|quarter|any|all|every|spread|everywhere|second|third|fifths?)\b", re.IGNORECASE)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per head type whose stated depth its claims contradict."""
    for head in catalog.heads.values():
        seen = observed_depth(catalog, head.id) if head.depth else None
        if head.depth is None or seen is None or len(seen.places) < ENOUGH:
            continue
        low, middle, high = seen.quartiles
        where = f"half of the {len(seen.places)} heads claimed in {seen.models} public models lie from {low:.2f} to {high:.2f}"
        ranged = head.depth.start is not None or head.depth.end is not None
        if ranged and 2 * (inside := seen.within(head.depth)) < len(seen.places):
            field = "from" if head.depth.start is not None else "to"
            message = f"{inside} of {len(seen.places)} claimed heads lie in this range; {where}."
            yield Finding(
                head, ("depth", field), message, f"write from: {low:.2f}, to: {high:.2f}, or say what the range is of"
            )
        elif side := _other_side(head.depth, seen):
            message = f"{side!r} contradicts the claims: {where}, their median is {middle:.2f}."
            yield Finding(head, ("depth", "typical"), message, "say where the claimed heads lie")


def _other_side(depth: Depth, seen: ObservedDepth) -> str | None:
    """The word of the prose that puts the type into the half of the model where most of its heads are not."""
    if BETWEEN.search(depth.typical):
        return None
    early, late, median = EARLY.search(depth.typical), LATE.search(depth.typical), seen.quartiles[1]
    if late and not early and median < 0.5:
        return late[0]
    return early[0] if early and not late and median > 0.5 else None
