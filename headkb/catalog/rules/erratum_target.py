"""An erratum does not say which document it corrects.

`in` is `survey`, `list`, or the id of a catalogued paper.

Bad:

    errata: [{in: the paper, …}]

Good:

    errata: [{in: survey, …}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "a correction must name what it corrects"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per erratum about an unknown document."""
    for _, record in catalog.records():
        for index, erratum in enumerate(record.errata):
            if erratum.where not in ("survey", "list") and erratum.where not in catalog.papers:
                yield Finding(
                    record,
                    ("errata", index, "in"),
                    f"{erratum.where!r} is neither `survey`, `list` nor the id of a paper.",
                    "write `in: survey`, `in: list`, or a paper's id",
                )
