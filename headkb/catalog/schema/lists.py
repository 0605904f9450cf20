"""Lists that hold nothing twice."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic_core import CoreSchema

Listed = TypeVar("Listed")


def _check_distinct(entries: tuple[Listed, ...]) -> tuple[Listed, ...]:
    seen: set[Any] = set()
    for entry in entries:
        key = getattr(entry, "id", entry)
        if key in seen:
            raise ValueError(f"{key if isinstance(key, (str, int, tuple)) else 'the same entry'} is listed twice")
        seen.add(key)
    return entries


class _NothingTwice:
    """Says in the JSON Schema what the check holds entries to, as far as such a schema can."""

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core_schema), "uniqueItems": True}


Distinct = Annotated[tuple[Listed, ...], AfterValidator(_check_distinct), _NothingTwice()]
"""A list that holds nothing twice, and no two entries of one id."""
