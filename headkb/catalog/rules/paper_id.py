"""A paper's id is not its first author, year and a word.

The id is the BibTeX key that others cite, so it is made in one way: the last name of the first author (or the organisation, where its name stands in
a link or the venue), the year of the first public version or of the venue, and a short word. A second paper of that author and year has a letter behind
the year; a first author whose name has no Latin letters is written as the author writes it.

Bad: `papers/ioi-circuit.yaml`, or `papers/wang-2020-ioi.yaml` for a paper of 2022.

Good: `papers/wang-2022-ioi.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.new_ids import id_words
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper

SEVERITY = "warning"
WHY = "whoever knows author and year guesses the id, and whoever cites the key must not cite another year"
FORM = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*?)-([0-9]{4})[a-z]{0,2}-[a-z0-9-]+")
GERMANIC = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
"""Letters that some write as two."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per id of another form, or of another author or year than the record's."""
    for paper in catalog.papers.values():
        match = FORM.fullmatch(paper.id)
        if match is None:
            message = f"the id {paper.id} is not first author, year and a word."
        elif match[2] not in (paper.date[:4], paper.first_public[:4]) and match[2] not in (paper.venue or ""):
            message = f"the id says {match[2]}, and the paper is of {paper.first_public[:4]}."
        elif paper.authors and not _names(paper, match[1]):
            message = f"the id says {match[1]}, and the first author is {paper.authors[0]}."
        else:
            continue
        fix = "rename the file, or correct the record; a released id goes into `replaces`"
        yield Finding(paper, ("title",), message, fix)


def _names(paper: Paper, word: str) -> bool:
    """Whether a word of an id is of the first author, or of an organisation that a link or the venue names."""
    bare, first = _letters(word), paper.authors[0]
    places = [first, first.casefold().translate(GERMANIC), paper.venue or "", *(link.url for link in paper.links)]
    return not _letters(first) or any(bare in _letters(place) for place in places)


def _letters(text: str) -> str:
    """The letters and digits of a text as ids have them."""
    return id_words(text).replace("-", "")
