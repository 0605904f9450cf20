"""A paper contests a head type without saying what it contests.

The role alone tells a reader that there is a dispute, and not what it is about. The `note` of the entry says it in one sentence, in your
own words; it stands in the box at the top of the head type's page.

Bad:

    heads: [{id: induction, role: contests}]

Good:

    heads:
      - id: induction
        role: contests
        note: Inductive copying is not needed to learn abstractive in-context tasks.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "readers would see a dispute and not what it is about"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per entry of role `contests` that has no note."""
    for paper in catalog.papers.values():
        for index, entry in enumerate(paper.heads):
            if entry.role == "contests" and not entry.note:
                fix = "add a `note` that says in one sentence what the paper contests"
                yield Finding(paper, ("heads", index, "role"), f"contests {entry.id} without a note.", fix)
