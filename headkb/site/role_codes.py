"""A short code for each head type, by which the grids of models name it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count

from headkb.catalog import Catalog
from headkb.catalog.inline import HEAD_ENDS


def role_codes(catalog: Catalog) -> Mapping[str, str]:
    """Head type → two or three letters that no other type has, the types with most papers first: `NM`, `In`."""
    codes: dict[str, str] = {}
    taken: set[str] = set()
    ordered = sorted(catalog.heads.values(), key=lambda head: (-len(catalog.papers_of_head.get(head.id, [])), head.id))
    for head in ordered:
        codes[head.id] = next(code for code in _codes(HEAD_ENDS.sub("", head.name)) if code not in taken)
        taken.add(codes[head.id])
    return codes


def _codes(name: str) -> Iterator[str]:
    """Codes that a name can have, the best first; numbers where other types have taken all that its letters give."""
    parts = [part for part in name.replace("-", " ").split() if part[0].isalnum()]
    initials = "".join(part[0].upper() for part in parts[:3])
    letters = [letter for letter in name if letter.isalnum()]
    short = [letters[0].upper() + letter.lower() for letter in letters[1:]]
    if len(initials) > 1:
        yield initials
    yield from short
    yield from (a + letter.lower() for a in short for letter in letters[1:])
    yield from (f"{letters[0].upper()}{number}" for number in count(1))
