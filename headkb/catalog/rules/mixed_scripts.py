"""A name mixes letters of two scripts in one word.

Cyrillic \u0441 looks like Latin c, and Greek \u03bf like o. Such letters come from copied text or from somebody who wants two names to look alike. A word that is
Greek or Cyrillic as a whole, and symbols such as \u03b1 or \u03bc, are not meant.

Bad (with a Cyrillic c):

    name: Indu\u0441tion head

Good:

    name: Induction head
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Paper, Record
from headkb.catalog.source import Field

WHY = "no search for the name finds it, and nobody can see why"
WORD = re.compile(r"\w+")
ALIKE = frozenset(
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd\u03c1"
)
"""Greek letters that look like Latin ones."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per name with a word that looks like another word."""
    for record, field, name in _names(catalog):
        for word in WORD.findall(name) if not name.isascii() else ():
            foreign = _foreign(word)
            if foreign is not None:
                letter = unicodedata.name(foreign, "a letter of another script").lower()
                message = f"the word {word!r} holds {foreign!r}, which is {letter}, among Latin letters."
                yield Finding(record, field, message, "type the word anew")


def _foreign(word: str) -> str | None:
    """The first letter that only looks Latin, in a word that has Latin letters; None elsewhere."""
    if not any(letter.isascii() and letter.isalpha() for letter in word):
        return None
    for letter in word:
        if letter in ALIKE or unicodedata.name(letter, "").startswith(
            ("CYRILLIC", "ARMENIAN", "CHEROKEE", "FULLWIDTH")
        ):
            return letter
    return None


def _names(catalog: Catalog) -> Iterator[tuple[Record, Field, str]]:
    for record in catalog.written_by_hand:
        if record.kind == "claims":
            continue
        for index, name in enumerate(record.names()):
            first = "title" if isinstance(record, Paper) else "name"
            yield record, (("aliases", index - 1, "name") if index else (first,)), name
    for paper in catalog.papers.values():
        for index, author in enumerate(paper.authors):
            yield paper, ("authors", index), author
