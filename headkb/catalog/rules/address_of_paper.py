"""A source is the address of a paper that has a record.

A catalogued paper is named by its id. Then the fact is counted among what rests on the paper, shows authors and year, and follows the record when the
address changes.

Bad (papers/wang-2022-ioi.yaml says `arxiv: "2211.00593"`):

    sources: [{url: "https://arxiv.org/abs/2211.00593", locator: section 3}]

Good:

    sources: [{paper: wang-2022-ioi, locator: section 3}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.identifiers import Identifier, in_url
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "the fact is missing wherever the facts of the paper are collected"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per source by address whose paper is catalogued."""
    known = _known(catalog)
    for record, field, source in catalog.sources:
        found = in_url(source.url) if source.url else None
        paper = known.get(found) if found else None
        if paper is not None:
            message = f"{source.url} is papers/{paper}."
            yield Finding(record, (*field, "url"), message, f"write `paper: {paper}` in its place")


def _known(catalog: Catalog) -> dict[Identifier, str]:
    """Every identifier of a paper, as addresses have it, and the id of its record."""
    known: dict[Identifier, str] = {}
    for paper in catalog.papers.values():
        for name in ("arxiv", "doi", "openreview", "acl"):
            value = getattr(paper, name)
            if value is not None:
                known.setdefault((name, value), paper.id)
    return known
