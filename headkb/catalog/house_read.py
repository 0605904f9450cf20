"""YAML text → the tree that `headkb.catalog.house_style` writes: every value with the form that it has in the file, every comment at its place."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

from headkb.catalog.house_style import Items, Member, Scalar
from headkb.catalog.source import MAX_DEPTH, Loader

_COMMENT = re.compile(r"(?:^|(?<=\s))#")
_OPENING = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
_HEADER = re.compile(r"[|>][-+0-9]*")


class UnwritableError(ValueError):
    """A file whose form the house style cannot keep; the text says why."""


class _Comment(NamedTuple):
    """A comment that has its line for itself: the line and the column from 0."""

    line: int
    column: int
    text: str


def read_tree(text: str) -> Items:
    """The tree of one record.

    Raises:
        UnwritableError: If it is no mapping, or holds what records may not: anchors, tags, keys of several words.
        yaml.YAMLError: If it is not YAML.
    """
    loader = Loader(text)
    try:
        events: list[Any] = []
        depth = 0
        while (event := loader.get_event()) is not None:
            events.append(event)
            depth += type(event) in _OPENING
            depth -= type(event) in _CLOSING
            if depth > MAX_DEPTH:
                raise UnwritableError(f"line {event.start_mark.line + 1}: deeper than {MAX_DEPTH} levels")
    finally:
        loader.dispose()
    lines = text.split("\n")
    alone, behind = _comments(lines, events) if _COMMENT.search(text) else ([], {})
    builder = _Builder(lines, alone)
    for event in events:
        builder.take(event)
    root = builder.root
    if not isinstance(root, Items) or root.kind != "map" or not root.parts:
        raise UnwritableError("a record is a mapping of keys to values")
    root.below = (*root.below, *builder.taken(len(lines)))
    for line, comment in behind.items():
        builder.put_beside(line, comment)
    return root


def _comments(lines: list[str], events: list[Any]) -> tuple[list[_Comment], dict[int, str]]:
    """The comments on lines of their own, and line → the one behind its values.

    A comment begins with a `#` at the start of a line or after a space, behind the last value of its line and in no text of several lines.
    """
    ends: dict[int, int] = {}
    inside: set[int] = set()
    for event in events:
        begin, first, last, column = (
            event.start_mark.column,
            event.start_mark.line,
            event.end_mark.line,
            event.end_mark.column,
        )
        if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
            inside.update(range(first + 1, _block_end(lines, event)))
            header = _HEADER.match(lines[first], begin)
            last, column = first, header.end() if header else len(lines[first])
        elif isinstance(event, yaml.ScalarEvent):
            inside.update(range(first, last))
        ends[last] = max(ends.get(last, 0), column)
    alone, behind = [], {}
    for number, line in enumerate(lines):
        if "#" in line and number not in inside and (match := _COMMENT.search(line, ends.get(number, 0))):
            comment = line[match.start() :].rstrip()
            if line[: match.start()].strip(" -"):
                behind[number] = comment
            else:
                alone.append(_Comment(number, match.start(), comment))
    return alone, behind


def _block_end(lines: list[str], event: Any) -> int:
    """The line after the last one of a block text; blank lines at its end are not of it."""
    first: int = event.start_mark.line + 1
    last: int = min(event.end_mark.line, len(lines))
    indent = next((len(line) - len(line.lstrip(" ")) for line in lines[first:] if line.strip()), 0)
    while last < len(lines) and (not lines[last].strip() or lines[last].startswith(" " * indent)) and indent:
        last += 1
    while last > first and (not lines[last - 1].strip() or not lines[last - 1].startswith(" " * indent)):
        last -= 1
    return last


class _Builder:
    """Takes the events of one document in order, and puts comments to the values above, beside or below which they stand."""

    def __init__(self, lines: list[str], alone: list[_Comment]) -> None:
        self.lines = lines
        self.comments = alone
        self.root: Items | Scalar | None = None
        self.open: list[
            tuple[Items, int, Member | None]
        ] = []  # a collection, its column, and the part that waits for its value
        self.on_line: dict[int, Member] = {}  # line → the last part of a block that begins on it

    def take(self, event: Any) -> None:
        """Put one event where it belongs."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self.refuse_properties(event)
            text = self.text(event)
            if self.open and self.open[-1][0].kind == "map" and self.open[-1][2] is None:
                self.key(text, event)
            else:
                self.value(text, event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.refuse_properties(event)
            if self.open and self.open[-1][0].kind == "map" and self.open[-1][2] is None:
                raise UnwritableError(f"line {event.start_mark.line + 1}: a key must be one word")
            items = Items("map" if kind is yaml.MappingStartEvent else "list", bool(event.flow_style))
            self.value(items, event)
            self.open.append((items, event.start_mark.column, None))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.close(event)
        elif kind is yaml.AliasEvent:
            raise UnwritableError(f"line {event.start_mark.line + 1}: anchors and aliases are not allowed")

    def refuse_properties(self, event: Any) -> None:
        """Refuse anchors and tags."""
        if event.anchor is not None or event.tag is not None:
            raise UnwritableError(f"line {event.start_mark.line + 1}: anchors and tags are not allowed")

    def text(self, event: Any) -> Scalar:
        """A scalar in the form that it has."""
        first, last = event.start_mark.line, event.end_mark.line
        if event.style not in ("|", ">"):
            # Broken over lines as they came: nothing of that form is meant.
            return Scalar(event.value, (event.style or "plain") if first == last else "")
        header = _HEADER.match(self.lines[first], event.start_mark.column)
        if header is None or any(digit in header[0] for digit in "123456789"):
            raise UnwritableError(f"line {first + 1}: a text whose indentation is written as a number")
        lines = self.lines[first + 1 : _block_end(self.lines, event)]
        if not lines or "+" in header[0]:
            raise UnwritableError(f"line {first + 1}: an empty text, or one that ends in empty lines")
        indent = next(len(line) - len(line.lstrip(" ")) for line in lines if line.strip())
        return Scalar(event.value, event.style, header[0], tuple(line[indent:] for line in lines))

    def key(self, text: Scalar, event: Any) -> None:
        """The next key of the innermost mapping."""
        items, column, _ = self.open[-1]
        part = Member(text, Scalar(""))
        self.begin(part, items, event.start_mark.line)
        self.open[-1] = (items, column, part)

    def value(self, value: Items | Scalar, event: Any) -> None:
        """Put a value to its key, or into its list."""
        if not self.open:
            self.root = value
            return
        items, column, part = self.open[-1]
        if part is not None:
            part.value = value
            self.open[-1] = (items, column, None)
        else:
            self.begin(Member(None, value), items, event.start_mark.line)

    def begin(self, part: Member, items: Items, line: int) -> None:
        """A part of a collection begins on this line."""
        items.parts.append(part)
        if not items.inline:
            part.above = self.taken(line)
            self.on_line[line] = part

    def close(self, event: Any) -> None:
        """A collection ends; the comments in it that stand above nothing are its last lines, or go above the brackets."""
        items, column, _ = self.open.pop()
        if not self.comments:
            return
        if not items.inline:
            # Where a list is not indented, a comment in its column is as well one of the next key.
            items.below = self.taken(event.start_mark.line, column + (bool(self.open) and self.open[-1][1] == column))
        elif self.open and not self.open[-1][0].inline:
            part = self.on_line[max(line for line in self.on_line if line <= event.start_mark.line)]
            part.above = (*part.above, *self.taken(event.start_mark.line))

    def put_beside(self, line: int, comment: str) -> None:
        """A comment behind values: beside the part that begins on this line, else above the last one that began."""
        part = self.on_line.get(line)
        if part is not None:
            part.beside = comment
        else:
            part = self.on_line[max(other for other in self.on_line if other <= line)]
            part.above = (*part.above, comment)

    def taken(self, line: int, least: int = 0) -> tuple[str, ...]:
        """The comments before a line that stand at a column or further right; each is taken once."""
        found = []
        while self.comments and self.comments[0].line < line and self.comments[0].column >= least:
            found.append(self.comments.pop(0).text)
        return tuple(found)
