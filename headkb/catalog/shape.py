"""What the schema says of each place in a record file: its keys in order, the words for it, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema.asking import ASKED, INLINE
from headkb.catalog.schema.common import LINE_PATTERN
from headkb.catalog.schema.ids import ID_OF

_TYPES = "x-types"
_NUMBERS = frozenset({"integer", "number", "boolean"})


@dataclass(frozen=True)
class Shape:
    """One place in files of a kind, as the JSON Schema of the kind describes it; `NOWHERE` where it says nothing."""

    node: Mapping[str, Any]
    defs: Mapping[str, Any]
    lists_hang: bool = False
    """Whether lists stand in the column of their key, as in files that commands write; in others they are indented."""
    _known: dict[str | None, Shape] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping, in the order in which a file has them; empty where any key may stand."""
        return tuple(self.node.get("properties", ()))

    @property
    def required(self) -> frozenset[str]:
        """The keys that must be there."""
        return frozenset(self.node.get("required", ()))

    @property
    def asked(self) -> Mapping[str, Any] | None:
        """What `headkb.catalog.schema.asking.asked` says of it."""
        said: Mapping[str, Any] | None = self.node.get(ASKED)
        return said

    @property
    def inline(self) -> bool:
        """Whether it is written on one line, however long."""
        return bool(self.node.get(INLINE))

    @property
    def is_line(self) -> bool:
        """Whether it is a text on one line, such as a name or a title."""
        return self.node.get("pattern") == LINE_PATTERN

    @property
    def id_of(self) -> str:
        """The kind of record whose id stands here; empty for every other value."""
        return str(self.node.get(ID_OF, ""))

    @property
    def is_map(self) -> bool:
        """Whether a mapping stands here."""
        return self.node.get("type") == "object"

    @property
    def is_list(self) -> bool:
        """Whether a list stands here."""
        return self.node.get("type") == "array"

    @cached_property
    def is_text(self) -> bool:
        """Whether text stands here and never a number, so that an editor must not read one."""
        types = self.node.get(_TYPES) or _types(self.node)
        return bool(types) and not any(kind in _NUMBERS for kind in types)

    @property
    def words(self) -> str:
        """What belongs here, in a few words: the description of the field, and its choices."""
        inside = self.item.node if self.is_list else self.node
        choices = inside.get("enum") or ([inside["const"]] if "const" in inside else [])
        said = str(self.node.get("description", "")).rstrip(".")
        if not choices:
            return said or str(self.node.get("type", "value"))
        *first, last = map(str, choices)
        listed = f"{', '.join(first)} or {last}" if first else last
        return f"{said}: {listed}" if said else listed

    def key(self, name: str) -> Shape:
        """The place of a key."""
        if name not in self._known:
            inside = self.node.get("properties", {}).get(name)
            more = next(iter(self.node.get("patternProperties", {}).values()), self.node.get("additionalProperties"))
            self._known[name] = self._at(inside if inside is not None else more)
        return self._known[name]

    @property
    def item(self) -> Shape:
        """The place of each item of a list."""
        if None not in self._known:
            self._known[None] = self._at(self.node.get("items"))
        return self._known[None]

    def _at(self, node: Any) -> Shape:
        return Shape(self._chosen(self._resolved(node)), self.defs) if isinstance(node, Mapping) else NOWHERE

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """The definition that a reference stands for; what is said beside the reference comes first."""
        while "$ref" in node:
            beside = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self.defs[str(node["$ref"]).rpartition("/")[2]], **beside}
        return node

    def _chosen(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of a value that may be left out, what it is where it is there; of several, the one that has parts, as the others have no places."""
        parts = [self._resolved(part) for part in node.get("anyOf", (node,))]
        parts = [part for part in parts if part.get("type") != "null"]
        types = [kind for part in parts for kind in _types(part)]
        with_parts = [part for part in parts if part.get("type") in ("object", "array")]
        chosen = with_parts[0] if with_parts else parts[0]
        return {**chosen, **{key: value for key, value in node.items() if key != "anyOf"}, _TYPES: types}


def _types(node: Mapping[str, Any]) -> list[str]:
    named = node.get("type", "string" if {"enum", "const"} & node.keys() else "boolean")
    return [named] if isinstance(named, str) else list(named)


NOWHERE = Shape({}, {})
"""A place of which no schema says anything."""


@cache
def shape_of(kind: Kind) -> Shape:
    """The shape of a file of a kind."""
    schema = KINDS[kind].full_schema()
    return Shape(schema, schema.get("$defs", {}), lists_hang=bool(KINDS[kind].made_by))
