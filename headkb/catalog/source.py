"""YAML text → plain data and the position of every key and value. The only module that knows YAML.

Scalars stay text (the schema decides types), so `5.10` and `2301.10500` keep their zeros. Everything that could surprise a
reader or crash a parser is refused with a position: duplicate keys, anchors, aliases, tags, depth, size, encoding, control
characters. Nodes are composed in C; deep nesting is looked for first, since libyaml overflows its stack on it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 256_000
MAX_DEPTH = 24
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Place = tuple[int, int]  # line, column, both from 1
Field = tuple[str | int, ...]  # ("claims", 0, "head")

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
TEXT_TAGS = {"tag:yaml.org,2002:" + t for t in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value")}


@dataclass(frozen=True)
class Problem:
    """What `read` refuses: rule id, place, message and fix. `load` turns it into a Diagnostic."""

    rule: str
    place: Place
    message: str
    fix: str


class SourceError(Exception):
    """A file that cannot be read as one plain record; carries every `Problem` found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems."""
        self.problems = problems
        super().__init__("; ".join(p.message for p in problems))


def read_text(path: Path) -> str:
    """The file's text, decoded strictly. Raises SourceError on size, encoding, NUL and control characters."""
    if os.path.getsize(path) > MAX_BYTES:
        size = os.path.getsize(path)
        problem = Problem(
            "too-large",
            (1, 1),
            f"the file has {size:,} bytes; a record may have {MAX_BYTES:,}.",
            "move long tables to a CSV beside the claim, and split the record",
        )
        raise SourceError([problem])
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - (raw.rfind(b"\n", 0, error.start) + 1) + 1
        problem = Problem(
            "bad-encoding",
            (line, column),
            f"byte 0x{raw[error.start]:02x} is not UTF-8.",
            "save the file as UTF-8 without a byte-order mark",
        )
        raise SourceError([problem]) from None
    found = CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        problem = Problem(
            "control-character",
            (line, column),
            f"character U+{ord(found.group()):04X} is not allowed.",
            "delete it; it is invisible, so retype the line if need be",
        )
        raise SourceError([problem])
    return text


def read(path: Path) -> dict[str, Any]:
    """The record in `path` as plain data: dicts, lists and text."""
    text = read_text(path)
    data, _ = parse(text)
    return data


def places(path: Path) -> dict[Field, Place]:
    """The place of every value (and, under `field + ("", key)`, of every key) in a file that `read` accepts."""
    return parse(read_text(path), with_places=True)[1]


def parse(text: str, with_places: bool = False) -> tuple[dict[str, Any], dict[Field, Place]]:
    """One YAML document → (data, places). Raises SourceError with everything that is wrong."""
    problems: list[Problem] = []
    loader = None
    try:
        if _suspicious(text):
            problems = _check_events(text)
        loader = Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise SourceError([_syntax(error)]) from None
    finally:
        if loader is not None:
            loader.dispose()
    if node is None:
        raise SourceError(
            [Problem("empty", (1, 1), "the file holds no record.", "`headkb new` writes one to start from")]
        )
    if not isinstance(node, yaml.MappingNode):
        raise SourceError(
            [
                Problem(
                    "syntax",
                    _place(node),
                    "a record is a mapping of keys to values.",
                    "begin with lines such as `name: Induction head`",
                )
            ]
        )
    if problems:
        raise SourceError(problems)
    walker = _Walker(with_places)
    data = walker.walk(node, ())
    if walker.problems:
        raise SourceError(sorted(walker.problems, key=lambda p: p.place))
    return data, walker.places


def _place(node: Any) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _suspicious(text: str) -> bool:
    """Cheap test before libyaml composes: could the text hold an anchor, an alias, a tag, or nest beyond MAX_DEPTH?"""
    if any(mark in text for mark in "&*!") or "- - -" in text or "? ?" in text:
        return True
    if text.count("[") + text.count("{") > MAX_DEPTH:
        return True
    return any(line[:1] == " " and len(line) - len(line.lstrip(" ")) > MAX_DEPTH for line in text.splitlines())


def _check_events(text: str) -> list[Problem]:
    """Walk parse events, which use no stack: everything the plain subset forbids. Stops at the first node that is too deep."""
    found: list[Problem] = []
    depth = 0
    event: Any  # the stubs know neither tags nor that marks are always there
    for event in yaml.parse(text, Loader=Loader):
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            found.append(
                Problem(
                    "anchor",
                    place,
                    "YAML anchors and aliases are not allowed.",
                    "write the value out where it is used; quote text that starts with `&` or `*`",
                )
            )
        elif getattr(event, "tag", None) is not None:
            found.append(
                Problem(
                    "tag",
                    place,
                    f"the tag `{event.tag}` is not allowed.",
                    "remove the `!…` word; quote text that starts with `!`",
                )
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                deep = Problem(
                    "too-deep",
                    place,
                    f"the record nests deeper than {MAX_DEPTH} levels.",
                    "flatten it: no kind needs more than 6",
                )
                raise SourceError([*found, deep])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return found


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    problem = str(getattr(error, "problem", None) or error).strip()
    if "undefined alias" in problem or "anchor" in problem:
        return Problem(
            "anchor", place, "YAML anchors and aliases are not allowed.", "write the value out where it is used"
        )
    if "expected a single document" in str(error):
        return Problem(
            "syntax", place, "a file holds one record, but a second document starts here.", "remove the `---` line"
        )
    return Problem(
        "syntax",
        place,
        f"not readable as YAML: {problem}.",
        "mind the indentation, and put values that hold `: ` or ` #` or start with a bracket into double quotes",
    )


class _Walker:
    """Turns composed nodes into plain data, collecting places and repeated or odd keys."""

    def __init__(self, with_places: bool) -> None:
        self.with_places = with_places
        self.places: dict[Field, Place] = {}
        self.problems: list[Problem] = []

    def walk(self, node: Any, field: Field) -> Any:
        if self.with_places:
            self.places[field] = _place(node)
        if isinstance(node, yaml.ScalarNode):
            return node.value
        if isinstance(node, yaml.SequenceNode):
            return [self.walk(child, (*field, i)) for i, child in enumerate(node.value)]
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                self.problems.append(
                    Problem(
                        "syntax", _place(key_node), "a key must be one word.", "quote text that starts with a bracket"
                    )
                )
            elif key == "<<":
                self.problems.append(
                    Problem("anchor", _place(key_node), "YAML merge keys are not allowed.", "write the values out")
                )
            elif key in data:
                self.problems.append(
                    Problem(
                        "duplicate-key",
                        _place(key_node),
                        f"the key `{key}` is given twice.",
                        "keep one of the two, or join their values",
                    )
                )
            else:
                if self.with_places:
                    self.places[(*field, "", key)] = _place(key_node)
                data[key] = self.walk(value_node, (*field, key))
        return data


def yaml_files(folder: Path) -> Iterator[Path]:
    """Every `*.yaml` under a folder, sorted, so that results do not depend on the file system."""
    yield from sorted(p for p in folder.rglob("*") if p.suffix in (".yaml", ".yml"))


class _Dumper(yaml.SafeDumper):
    """Block style for records, one line for rows of numbers and small mappings."""


def _represent_list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    plain = all(not isinstance(item, (list, dict)) for item in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=plain)


_Dumper.add_representer(list, _represent_list)
_Dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign]


def dump(data: dict[str, Any]) -> str:
    """A record as YAML text that `parse` reads back; keys keep their order."""
    return str(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))
