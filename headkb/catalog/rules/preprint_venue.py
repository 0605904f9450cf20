"""A preprint server stands as the venue.

`venue` is where a paper was published. That it is on arXiv is said by `arxiv`, and a paper that is nowhere else is `kind: preprint`.

Bad:

    venue: arXiv preprint arXiv:2211.00593

Good:

    kind: preprint
    arxiv: "2211.00593"
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "reviewed and unreviewed work would look alike, and one fact would stand in two places"
SERVER = re.compile(r"\b(?:arxiv|corr|biorxiv|ssrn|research square|preprints?)\b|^abs/", re.IGNORECASE)


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per paper whose venue is none."""
    for paper in catalog.papers.values():
        match = SERVER.search(paper.venue or "")
        if match is not None:
            message = f"{match[0]!r} is where a preprint lies, and no venue."
            yield Finding(
                paper, ("venue",), message, "leave `venue` out; write `kind: preprint`, and its id in `arxiv`"
            )
