"""An author is not written as first name, then last name.

One entry is one person, or an organisation: no comma between the names, no two people in one entry, no "et al.", and not all in capitals. Authors
that are not known are left out.

Bad:

    authors: ["Moss, Ada", BO LICHEN, et al.]

Good:

    authors: [Ada Moss, Bo Lichen]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding

WHY = "bibliographies take the last word for the family name and each entry for a person"
OTHERS = re.compile(r"\b(?:et al\b|and others\b|others$)", re.IGNORECASE)
SEVERAL = re.compile(r" and | & |;")
ORGANISATION = re.compile(
    r"\b(?:of|for|institute|university|department|laboratory|laboratories|labs?|team|group|center|centre|college|school|academy|society|association"
    r"|foundation|council|consortium|company|corporation)\b",
    re.IGNORECASE,
)
"""Words of names that may hold an "and"."""
SUFFIX = re.compile(r"(?:Jr|Sr|I{2,3}|IV|Inc|Ltd|LLC|PBC|GmbH)\.?")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per author who is written otherwise."""
    for paper in catalog.papers.values():
        for index, author in enumerate(paper.authors):
            fault = _fault(author)
            if fault is not None:
                yield Finding(paper, ("authors", index), f"{author!r} {fault[0]}.", fault[1])


def _fault(author: str) -> tuple[str, str] | None:
    """What is wrong with a name, and what to type; None if nothing is."""
    if OTHERS.search(author):
        return "is no person", "write the other authors, or leave it out"
    if SEVERAL.search(author) and not ORGANISATION.search(author):
        return "is more than one person", "make an entry of each"
    if "," in author:
        last, _, first = author.partition(",")
        if SUFFIX.fullmatch(first.strip()):
            return "has a comma", f"write {f'{last.strip()} {first.strip()}'!r}"
        return "has its last name first", f"write {f'{first.strip()} {last.strip()}'!r}"
    capitals = [word for word in author.split() if len(word) > 2 and word.isalpha()]
    if len(author.split()) > 1 and capitals and author.isupper():
        return "is in capitals", f"write {author.title()!r}"
    return None
