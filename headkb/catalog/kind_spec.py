"""What the package must know about a kind of record; `headkb.catalog.kinds` says it for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from headkb.catalog.schema import Record

# Pieces of JSON Schema for the fields that programs may rely on.
TEXT: dict[str, Any] = {"type": "string"}
TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
OBJECTS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
HEAD: dict[str, Any] = {"type": "string", "pattern": r"^L\d+H\d+$", "description": "Layer and head, counted from 0."}
HEADS: dict[str, Any] = {"type": "array", "items": HEAD}
WITH_ID: dict[str, Any] = {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": TEXT}}}


@dataclass(frozen=True, kw_only=True)
class KindSpec:
    """One kind of record.

    Attributes:
        schema_name: The name of `schema` in `headkb.catalog.schema`, which is imported when it is first asked for.
        singular: The word for one record on the command line and in messages.
        label: The word for one record in the search box of the site.
        title: Title of its list on the site.
        description: What the list holds, in one sentence.
        columns: What `headkb list` shows after id and name, the most useful first: keys of the record, `#papers` for how many there are.
        meaning: Keys whose change alters what a record says, as opposed to how much it says (`headkb diff`).
        weight: How early its records come in a search, 0 to 9; 0 leaves them out of the search box of the site.
        name_field: The key that holds a record's own name; None for kinds whose records have only an id.
        made_by: The command that writes such records, if people do not.
        identifiers: Keys besides id, name and aliases that also name the record in look-ups.
        stable: JSON Schema of the fields that keep name and meaning while the version of the export stays, beside `id`.
    """

    schema_name: str
    singular: str
    label: str
    title: str
    description: str
    columns: tuple[str, ...]
    meaning: frozenset[str]
    weight: int
    name_field: Literal["name", "title"] | None = "name"
    made_by: str = ""
    identifiers: tuple[str, ...] = ()
    stable: Mapping[str, Any] = field(default_factory=dict)

    @property
    def schema(self) -> type[Record]:
        """The model of its files."""
        model: type[Record] = getattr(import_module("headkb.catalog.schema"), self.schema_name)
        return model

    def full_schema(self) -> dict[str, Any]:
        """JSON Schema of a record *file*, keys in the order of the house style: what the kind says, then what every record may say.

        The `id` is the file's stem, so it is left out. What `headkb new` asks and how things are written stands in it, too (`x-…`).
        """
        from pydantic import TypeAdapter

        from headkb.catalog.schema import Record

        schema = TypeAdapter(self.schema).json_schema(by_alias=True)
        known = schema["properties"]
        about_record = [name for name in Record.model_fields if name in known]
        own = [name for name in known if name not in about_record]
        schema["properties"] = {name: known[name] for name in (*own, *about_record) if name != "id"}
        schema["required"] = [name for name in schema.get("required", []) if name != "id"]
        return schema

    def json_schema(self) -> dict[str, Any]:
        """The same for other programs, without what only headkb reads: what editors complete from."""
        plain: dict[str, Any] = _without_own(self.full_schema())
        return plain


def _without_own(node: Any) -> Any:
    """A piece of JSON Schema without the keys that are headkb's own."""
    if isinstance(node, dict):
        return {key: _without_own(value) for key, value in node.items() if not key.startswith("x-")}
    return [_without_own(value) for value in node] if isinstance(node, list) else node
