"""Two papers carry the same arXiv id, DOI, OpenReview id or ACL id.

Bad: two files with `arxiv: "2211.00593"`.

Good: one file; move what the other knows into it and list the other id in `replaces`.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "one paper in two records splits what is known about it"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per identifier that another paper already has."""
    for name in ("arxiv", "doi", "openreview", "acl"):
        owner: dict[str, str] = {}
        for paper in catalog.papers.values():
            value = getattr(paper, name)
            if value is None:
                continue
            if value.casefold() in owner:
                yield Finding(
                    paper,
                    (name,),
                    f"papers/{owner[value.casefold()]} has the same {name} id, {value}.",
                    "keep one record and list the other id in its `replaces`",
                )
            owner.setdefault(value.casefold(), paper.id)
