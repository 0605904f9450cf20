"""A record that is begun: what is known of it, in the house style, and a question in ‹› where only a person knows the answer."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from headkb.catalog.kinds import Kind
from headkb.catalog.record_text import record_text
from headkb.catalog.schema.asking import QUESTION
from headkb.catalog.shape import Shape, shape_of

ASK = "‹"
"""First character of every answer that is still to be given; `headkb new` says which lines hold one."""


def draft(
    kind: Kind, values: Mapping[str, Any], record_id: str = "", *, ask: bool = False, root: Path | None = None
) -> str:
    """The YAML text of a record file: `values`, keys in the schema's order, and a question for what must be there and is not given.

    Args:
        kind: The kind of the record.
        values: What is known, by the keys of the file, of any depth. What is None or empty text counts as not given.
        record_id: The id that the record will have; some answers begin with it.
        ask: Whether to ask, too, for keys that the record can do without but should have.
        root: The catalog that it is for; where its schemas lie beside it, the first line names the one of the kind.

    Example:
        >>> print(draft("glossary", {"definition": "What a head attends to."}, "focus"), end="")
        # yaml-language-server: $schema=https://headkb.github.io/headkb/api/v1/schema/glossary.schema.json
        name: Focus
        definition: What a head attends to.
    """
    return record_text(kind, drafted(kind, values, record_id, ask=ask), root)


def drafted(kind: Kind, values: Mapping[str, Any], record_id: str = "", *, ask: bool = False) -> dict[str, Any]:
    """The same as plain data."""
    words = record_id.split("-")
    title = " ".join(words).capitalize()
    blanks = {"{today}": datetime.datetime.now(datetime.UTC).date().isoformat()}
    if record_id:
        blanks |= {
            "{id}": record_id,
            "{title}": title,
            "{head}": title if words[-1] in ("head", "heads") else f"{title} head",
            "{initials}": "".join(word[:1] for word in words).upper(),
        }
    return _mapping(shape_of(kind), values, blanks, ask)


def open_questions(text: str) -> list[tuple[int, str]]:
    """(line, question) for everything that is left to fill."""
    pieces = text.split(ASK)
    line, found = 1, []
    for before, piece in pairwise(pieces):
        line += before.count("\n")
        found.append((line, " ".join(piece.split("›")[0].split())))
    return found


def _mapping(shape: Shape, values: Mapping[str, Any], blanks: Mapping[str, str], new: bool) -> dict[str, Any]:
    """A mapping with its keys in order; `new` if it is begun here, so that what it should have is asked as well."""
    values = {key: value for key, value in values.items() if value is not None and value != ""}
    made: dict[str, Any] = {}
    for key in shape.keys:
        place = shape.key(key)
        if key in values:
            made[key] = _value(place, values[key], blanks)
        elif _is_needed(key in shape.required, place, {**values, **made}, new):
            made[key] = _begun(place, blanks)
    return {**made, **{key: value for key, value in values.items() if key not in made}}


def _value(shape: Shape, value: Any, blanks: Mapping[str, str], new: bool = False) -> Any:
    """What is given, with the gaps in it."""
    if isinstance(value, Mapping):
        if shape.keys:
            return _mapping(shape, value, blanks, new)
        return {key: _value(shape.key(key), inside, blanks, new) for key, inside in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_question(shape) if inside == QUESTION else _value(shape.item, inside, blanks, new) for inside in value]
    if value == QUESTION:
        return _question(shape)
    return value


def _begun(shape: Shape, blanks: Mapping[str, str]) -> Any:
    """What a value that is not given begins as."""
    start = (shape.asked or {}).get("start")
    if start is not None:
        return _value(shape, _with_blanks(start, blanks), blanks, new=True)
    if shape.is_list:
        return [_begun(shape.item, blanks) if shape.item.is_map else _question(shape)]
    if shape.keys:
        return _mapping(shape, {}, blanks, new=True)
    return _question(shape)


def _with_blanks(start: Any, blanks: Mapping[str, str]) -> Any:
    """A start with its blanks filled; a question where one cannot be."""
    if isinstance(start, Mapping):
        return {key: _with_blanks(value, blanks) for key, value in start.items()}
    if isinstance(start, list):
        return [_with_blanks(value, blanks) for value in start]
    if not isinstance(start, str):
        return start
    for blank, text in blanks.items():
        start = start.replace(blank, text)
    return QUESTION if "{" in start else start


def _question(shape: Shape) -> str:
    """The question of a place: what belongs there, the choices, and the usual one."""
    usual = ((shape.item.asked if shape.is_list else None) or shape.asked or {}).get("usual")
    return f"{ASK}{shape.words}{f'; usually {usual}' if usual else ''}›"


def _is_needed(required: bool, shape: Shape, beside: Mapping[str, Any], new: bool) -> bool:
    """Whether a key that is not given has to be asked for."""
    said = shape.asked or {}
    if any(key in beside for key in said.get("unless", ())):
        return False
    if (given := said.get("given")) and not any(key in beside for key in given):
        return False
    if any(
        beside.get(key) != value and not str(beside.get(key)).startswith(ASK)
        for key, value in said.get("when", {}).items()
    ):
        return False
    return required or (shape.asked is not None and (new or bool(said.get("must"))))
