"""Ids: the words by which records name each other."""

from __future__ import annotations

import re
from typing import Annotated, Literal, get_args

from pydantic import StringConstraints

Kind = Literal["heads", "papers", "methods", "benchmarks", "stages", "circuits", "models", "claims", "runs", "glossary"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
ClaimId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*$")]

_ID = re.compile(ID_PATTERN)
_WORD = re.compile(r"\bheads?\b")


def is_id(text: str) -> bool:
    """Whether `text` may be a record's id: lower-case words of letters and digits, joined by single hyphens."""
    return bool(_ID.match(text)) and len(text) <= 80


def normalise(name: str) -> str:
    """What is left of a name when spelling is taken out: case, accents, punctuation, spaces, the word "head".

    Two names that are equal after this are the same name: "S-Inhibition Head" and "s inhibition".
    """
    import unicodedata

    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    bare = re.sub(r"[^a-z0-9]", "", _WORD.sub("", text))
    return bare or re.sub(r"[^a-z0-9]", "", text)
