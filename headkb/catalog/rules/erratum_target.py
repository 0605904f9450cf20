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
from headkb.catalog.rules import Finding

WHY = "a correction must name what it corrects"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per erratum about an unknown document."""
    for _, record in catalog.records():
        for index, erratum in enumerate(record.errata):
            known = erratum.where in ("survey", "list") or erratum.where in catalog.papers
            if not known and catalog.refusal("papers", erratum.where) is None:
                message = f"{erratum.where!r} is neither `survey`, `list` nor the id of a paper."
                fix = "write `in: survey`, `in: list`, or a paper's id"
                yield Finding(record, ("errata", index, "in"), message, fix)
