"""Two identifiers of one paper belong to two papers.

A link with the label `Paper` to arXiv, OpenReview, the ACL Anthology or a DOI holds an identifier, and so do the DOIs of arXiv and of the ACL.
Each must be the one that the record states.

Bad:

    arxiv: "2211.00593"
    links: [{label: Paper, url: "https://arxiv.org/abs/2211.00539"}]

Good:

    arxiv: "2211.00593"
    links: [{label: Paper, url: "https://arxiv.org/abs/2211.00593"}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.identifiers import in_doi, in_url
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper
from headkb.catalog.source import Field

WHY = "one of the two leads readers and bibliographies to another paper"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per address or DOI that contradicts an identifier of its record."""
    for paper in catalog.papers.values():
        for field, name, value in _said_elsewhere(paper):
            own = getattr(paper, name)
            if own is not None and own.casefold() != value.casefold():
                message = f"it is the address of {value}, but `{name}` is {own}."
                yield Finding(paper, field, message, "look up which is right, and correct the other")


def _said_elsewhere(paper: Paper) -> Iterator[tuple[Field, str, str]]:
    """Every identifier that stands inside another value: where, which, and what it is."""
    if paper.doi is not None and (found := in_doi(paper.doi)):
        yield ("doi",), *found
    for index, link in enumerate(paper.links):
        if link.label == "Paper" and (found := in_url(link.url)):
            yield ("links", index, "url"), *found
