"""Ids: the words by which records name each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import StringConstraints

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema

ID_OF = "x-id-of"
"""Key of the JSON Schema of a field that holds the id of another record: its kind. The published schema leaves it out."""


@dataclass(frozen=True)
class IdOf:
    """Mark of a field that holds the id of another record: the kind it must be found in (see `headkb.catalog.references`)."""

    kind: str

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The JSON Schema of the id with the kind in it."""
        return {**handler(core_schema), ID_OF: self.kind}


ID_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
"""Matched to the end of the text: by pydantic, or with `fullmatch`."""
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
HeadId = Annotated[Id, IdOf("heads")]
PaperId = Annotated[Id, IdOf("papers")]
MethodId = Annotated[Id, IdOf("methods")]
BenchmarkId = Annotated[Id, IdOf("benchmarks")]
ScoreId = Annotated[Id, IdOf("scores")]
StageId = Annotated[Id, IdOf("stages")]
ModelId = Annotated[Id, IdOf("models")]
ClaimId = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=161),
    IdOf("claims"),
]
"""A single claim: `<file>/<claim>`."""

ID_FORM = "use lower-case words of a-z and 0-9 joined by hyphens, at most 80 characters, no word that is reserved"
RESERVED = frozenset(
    {"index", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
"""Ids that no record may have: `index` is the page of its kind's list, and no file can have one of the others on Windows."""

_ID = re.compile(ID_PATTERN)


def is_id(text: str) -> bool:
    """Whether `text` may be a record's id: lower-case words of letters and digits, joined by single hyphens, and not reserved."""
    return _ID.fullmatch(text) is not None and len(text) <= 80 and text not in RESERVED
