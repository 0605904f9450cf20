"""A paper is listed, and nothing is said of it.

Imported entries have title, authors and date. What makes them worth a page is a `summary` of what is new, or the head types that the paper is about, or
claims taken from it. A summary of three words, or one that repeats the title, is none.

Bad:

    title: On Sparkle Heads in Jars
    date: 1999-05-01

Good:

    title: On Sparkle Heads in Jars
    date: 1999-05-01
    summary: {innovation: Names two kinds of heads that look for light.}
    summary_basis: abstract
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.spelling import normalise

SEVERITY = "warning"
WHY = "a page that says no more than a list of references helps nobody to choose what to read"
LOOKS_FOR = frozenset({"claims"})
FIX = "add `summary: {innovation: …}` in your own words with `summary_basis`, or the `heads` that it is about"
LEAST = 4
"""Words of a sentence that says something."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per paper without content."""
    for paper in catalog.papers.values():
        if paper.summary is None:
            if not paper.heads and paper.id not in catalog.statements_of_paper:
                yield Finding(paper, ("title",), "it has no summary, no heads and no claims.", FIX)
            continue
        said = paper.summary.innovation
        if len(said.split()) < LEAST or normalise(said) == normalise(paper.title):
            yield Finding(paper, ("summary", "innovation"), f"{said!r} does not say what is new.", FIX)
