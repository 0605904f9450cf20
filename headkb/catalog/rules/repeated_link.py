"""Two links of a record lead to one page.

Addresses are compared without `http` or `https`, `www.`, a slash at the end, and the version and form of an arXiv paper.

Bad:

    links:
      - {label: Paper, url: "https://arxiv.org/abs/2211.00593"}
      - {label: Paper, url: "https://arxiv.org/pdf/2211.00593v2"}

Good: keep one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.identifiers import in_url
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper, Tool

SEVERITY = "warning"
WHY = "readers open the same page twice and look for what is different"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per link whose page an earlier link of the record has."""
    records: list[Paper | Tool] = [*catalog.papers.values(), *catalog.tools.values()]
    for record in records:
        first: dict[object, str] = {}
        for index, link in enumerate(record.links):
            page = in_url(link.url) or link.url.partition("://")[2].removeprefix("www.").rstrip("/")
            if page in first:
                message = f"it leads to the same page as {first[page]}."
                yield Finding(record, ("links", index, "url"), message, "keep one of the two")
            first.setdefault(page, link.url)
