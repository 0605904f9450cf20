r"""A title, a venue or a name still has marks of BibTeX.

Braces that keep capitals, `\&`, `~`, `--` and a full stop at the end belong to the `.bib` file. Formulas between dollars may stay. A title in capitals
is written as a sentence or in title case; one of abbreviations may stay, and so may the full stop of one.

Bad:

    title: "{BERT}'s Attention \\& What It Looks At."

Good:

    title: BERT's Attention & What It Looks At
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import words
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper
from headkb.catalog.source import Field

WHY = "readers would see the marks, and an export to BibTeX would write them twice"
MARKS = re.compile(r"[{}]|(?<=\w)~(?=\w)|\\[^\s]|(?<=\w)--(?=\w)")

ABBREVIATED = re.compile(r"\.\w{0,3}\.$|\b(?:etc|al|vs|Inc|Ltd|Co|Jr|Sr)\.$")
"""The end of a title that keeps its full stop: `U.S.`, `etc.`, `…`."""
LONG_WORD = re.compile(r"[^\W\d_]{5}")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per field with such a mark."""
    for paper in catalog.papers.values():
        for field, text in _fields(paper):
            match = MARKS.search(words(text) if "$" in text else text)
            if match is not None:
                message = f"{match[0]!r} is a mark of BibTeX."
                yield Finding(paper, field, message, "write the text as it is printed")
        if paper.title.endswith(".") and not ABBREVIATED.search(paper.title):
            yield Finding(paper, ("title",), "the title ends with a full stop.", f"write {paper.title[:-1]!r}")
        elif paper.title.isupper() and len(paper.title.split()) > 2 and LONG_WORD.search(paper.title):
            yield Finding(paper, ("title",), "the title is in capitals.", f"write {paper.title.capitalize()!r}")


def _fields(paper: Paper) -> Iterator[tuple[Field, str]]:
    yield ("title",), paper.title
    if paper.venue:
        yield ("venue",), paper.venue
    for index, author in enumerate(paper.authors):
        yield ("authors", index), author
