"""A paper has neither an identifier nor a link.

One of `arxiv`, `doi`, `openreview`, `acl` or an entry of `links` leads readers to the text.

Bad:

    title: On Sparkle Heads in Jars
    venue: Journal of Jars

Good:

    title: On Sparkle Heads in Jars
    venue: Journal of Jars
    doi: 10.0000/jar.1999.1
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "a paper that cannot be opened cannot be checked"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per paper that no page is known of."""
    for paper in catalog.papers.values():
        if not (paper.arxiv or paper.doi or paper.openreview or paper.acl or paper.links):
            fix = "add `arxiv`, `doi`, `openreview` or `acl`, or `links: [{label: Paper, url: …}]`"
            yield Finding(paper, ("title",), "nothing leads to the text of this paper.", fix)
