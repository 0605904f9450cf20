"""Where every key and value of a YAML text begins and ends, so that one can be changed and all the rest stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from headkb.catalog.source import MAX_DEPTH, Field, Loader


@dataclass(frozen=True)
class TextSpan:
    """A key, a scalar, a list or a mapping in a text.

    Attributes:
        field: Its place in the record; for a key that of its value.
        kind: What it is.
        value: The text of a key or scalar; empty for the others.
        start: Where it begins in the text.
        end: Where it ends; of a block collection, where the next thing begins.
        inline: Whether it stands between brackets.
        style: How a scalar is written: `"`, `'`, `|`, `>`, or nothing.
    """

    field: Field
    kind: str
    value: str
    start: int
    end: int
    inline: bool
    style: str = ""


def spans(text: str) -> list[TextSpan]:
    """Every key and value, in the order of the text; a collection comes after what is in it.

    Raises:
        yaml.YAMLError: If it is not YAML, or deeper than any record.

    Example:
        >>> [(span.kind, span.value) for span in spans("name: Focus")]
        [('key', 'name'), ('scalar', 'Focus'), ('map', '')]
    """
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def at(mark: Any) -> int:
        line: int = min(mark.line, len(starts) - 1)
        return min(starts[line] + int(mark.column), len(text))

    found: list[TextSpan] = []
    open_: list[_Open] = []
    loader = Loader(text)
    try:
        while (event := loader.get_event()) is not None:
            inline = any(level.inline for level in open_)
            if isinstance(event, yaml.ScalarEvent):
                level = open_[-1] if open_ else None
                is_key = level is not None and level.is_map and level.key is None
                field = (*level.field, event.value) if is_key and level is not None else _place(open_)
                if is_key and level is not None:
                    level.key = event.value
                kind = "key" if is_key else "scalar"
                span = TextSpan(
                    field, kind, event.value, at(event.start_mark), at(event.end_mark), inline, event.style or ""
                )
                found.append(span)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                if len(open_) == MAX_DEPTH:
                    raise yaml.YAMLError(f"deeper than {MAX_DEPTH} levels")
                is_map = isinstance(event, yaml.MappingStartEvent)
                open_.append(_Open(_place(open_), is_map, bool(event.flow_style), at(event.start_mark)))
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                level = open_.pop()
                kind = "map" if level.is_map else "list"
                found.append(TextSpan(level.field, kind, "", level.start, at(event.end_mark), level.inline))
            elif isinstance(event, yaml.AliasEvent):
                _place(open_)
    finally:
        loader.dispose()
    return found


@dataclass
class _Open:
    """A list or mapping that has begun: its place, and the key or number of what comes next."""

    field: Field
    is_map: bool
    inline: bool
    start: int
    key: str | None = None
    number: int = 0


def _place(open_: list[_Open]) -> Field:
    """The place of the value that comes now; the next one has another."""
    if not open_:
        return ()
    level = open_[-1]
    if level.is_map:
        key, level.key = level.key or "", None
        return (*level.field, key)
    level.number += 1
    return (*level.field, level.number - 1)
