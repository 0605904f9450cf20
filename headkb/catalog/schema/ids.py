"""Ids and head coordinates: the words by which records name each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import StringConstraints


@dataclass(frozen=True)
class IdOf:
    """Mark of a field that holds the id of another record: the kind it must be found in (see `headkb.catalog.references`)."""

    kind: str


ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
HeadId = Annotated[Id, IdOf("heads")]
PaperId = Annotated[Id, IdOf("papers")]
MethodId = Annotated[Id, IdOf("methods")]
BenchmarkId = Annotated[Id, IdOf("benchmarks")]
StageId = Annotated[Id, IdOf("stages")]
ModelId = Annotated[Id, IdOf("models")]
ClaimId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*$"), IdOf("claims")
]
"""A single claim: `<file>/<claim>`."""
HeadName = Annotated[str, StringConstraints(pattern=r"^L(?:0|[1-9]\d{0,3})H(?:0|[1-9]\d{0,3})$")]

_ID = re.compile(ID_PATTERN)
_HEAD = re.compile(r"^\s*(?:L|layer\s*)?(\d{1,4})\s*[.,:\sH/]\s*(?:H|head\s*)?(\d{1,4})\s*$", re.IGNORECASE)
_WORD = re.compile(r"\bheads?\b")


class HeadIndex(NamedTuple):
    """One head of one model, layer and head counted from 0; prints as `L9H6`."""

    layer: int
    head: int

    def __str__(self) -> str:
        return f"L{self.layer}H{self.head}"

    @classmethod
    def of(cls, name: str) -> HeadIndex:
        """`L9H6` → HeadIndex(9, 6), for a name that a schema has checked; `parse_head` reads what people type."""
        layer, head = name[1:].split("H")
        return cls(int(layer), int(head))


def parse_head(text: str) -> HeadIndex | None:
    """`L9H6`, `9.6`, `9,6`, `9:6`, `layer 9 head 6` → HeadIndex(9, 6); None if it is none of these."""
    match = _HEAD.match(text)
    return HeadIndex(int(match[1]), int(match[2])) if match else None


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
