"""YAML text → plain data and the position of every key and value.

Scalars stay text (the schema decides types), so `5.10` and `2301.10500` keep their zeros. Data are built from parse events, one after the
other and without recursion, and depth, number and characters of the values are bounded while they come in. Everything that could
surprise a reader is refused with a position: duplicate keys, anchors, aliases, tags, characters that nobody sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from headkb.catalog.characters import first_odd
from headkb.catalog.record_files import Place, Problem, SourceError, read_text
from headkb.catalog.syntax import syntax_problem

MAX_DEPTH = 24
MAX_VALUES = 40_000
"""Keys, values, lists and mappings of one file; the largest record of the catalog has 4,000."""
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Field = tuple[str | int, ...]  # ("claims", 0, "head")

_ANCHOR = Problem(
    "anchor",
    (1, 1),
    "YAML anchors, aliases and merge keys are not allowed.",
    "write the value out where it is used; quote text that starts with `&` or `*`",
)
_MANY = Problem(
    "too-many-values",
    (1, 1),
    f"the record has more than {MAX_VALUES:,} keys and values.",
    "move long tables to a CSV beside the claim, and split the record",
)
_DEEP = Problem(
    "too-deep", (1, 1), f"the record nests deeper than {MAX_DEPTH} levels.", "flatten it: no kind needs more than 6"
)
_SECOND = Problem(
    "syntax", (1, 1), "a file holds one record, but a second document starts here.", "remove the `---` line"
)
_NOWHERE = "\0"
"""The key of a value that is dropped because its key was refused."""
_LONG_KEY = Problem("syntax", (1, 1), "a key must be one word.", "quote text that starts with a bracket")


def read(path: Path) -> dict[str, Any]:
    """The record in `path` as plain data: dicts, lists and text."""
    return parse(read_text(path))[0]


def places(path: Path) -> dict[Field, Place]:
    """The place of every value (and, under `field + ("", key)`, of every key) in a file that `read` accepts."""
    return parse(read_text(path), with_places=True)[1]


def parse(text: str, with_places: bool = False) -> tuple[dict[str, Any], dict[Field, Place]]:
    """One YAML document → (data, places). Raises SourceError with everything that is wrong."""
    if odd := first_odd(text):
        raise SourceError([_odd(odd.rule, _place_of(text, odd.at), odd.what)])
    builder, loader = _Builder(with_places), None
    try:
        loader = Loader(text)
        while (event := loader.get_event()) is not None:
            builder.take(event)
    except yaml.YAMLError as error:
        raise SourceError([*builder.problems, _syntax(error, text)]) from None
    finally:
        if loader is not None:
            loader.dispose()
    return builder.finish(), builder.places


@dataclass
class _Level:
    """An open list or mapping: what goes into it, its field, and the key whose value comes next; `place` is where it began."""

    data: Any
    field: Field
    place: Place
    key: str | None = None
    lost: bool = False  # its values have no place in the data: they belong to a key that is refused


class _Builder:
    """Takes the events of one document in order; holds the data, the places, and what is wrong so far."""

    def __init__(self, with_places: bool) -> None:
        self.with_places = with_places
        self.places: dict[Field, Place] = {}
        self.problems: list[Problem] = []
        self.levels: list[_Level] = []
        self.root: Any = None
        self.root_place: Place = (1, 1)
        self.documents = self.values = 0

    def take(self, event: Any) -> None:
        """Put one event where it belongs. Raises SourceError at once where a bound is passed."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self.scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self.open(event, {} if kind is yaml.MappingStartEvent else [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self.levels.pop()
        elif kind is yaml.AliasEvent:
            self.refuse(_ANCHOR, _place(event))
            level = self.levels[-1] if self.levels else None
            if level is not None and level.key is None and type(level.data) is dict:
                level.key = _NOWHERE
            else:
                self.put("", event)
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                self.refuse(_SECOND, _place(event))
                raise SourceError(self.problems)

    def finish(self) -> dict[str, Any]:
        """The record. Raises SourceError if it is none, or something in it was refused."""
        if self.documents == 0 or self.root == "":
            message, fix = "the file holds no record.", "`headkb new` writes one to start from"
            raise SourceError([*self.problems, Problem("empty", (1, 1), message, fix)])
        if not isinstance(self.root, dict):
            message, fix = "a record is a mapping of keys to values.", "begin with lines such as `name: Induction head`"
            self.problems.append(Problem("syntax", self.root_place, message, fix))
        if self.problems:
            raise SourceError(self.problems)
        record: dict[str, Any] = self.root
        return record

    def scalar(self, event: Any) -> None:
        """A key or a text."""
        if event.anchor is not None or event.tag is not None:
            self.properties(event)
        # Only escapes in double quotes can make characters that do not stand in the file.
        if event.style == '"' and (odd := first_odd(event.value) or _returned(event.value)):
            self.problems.append(_odd(odd[0], _place(event), odd[2]))
        level = self.levels[-1] if self.levels else None
        if level is not None and level.key is None and type(level.data) is dict:
            self.key(level, event)
        else:
            self.put(event.value, event)

    def key(self, level: _Level, event: Any) -> None:
        """The next key of the innermost mapping."""
        self.count()
        key = level.key = event.value
        if level.lost:
            return
        if key == "<<":
            self.refuse(_ANCHOR, _place(event))
        elif not key.isprintable():
            if not self.problems or self.problems[-1].place != _place(event):  # its characters are not refused already
                self.refuse(_LONG_KEY, _place(event))
            level.key = _NOWHERE
        elif key in level.data:
            fix = "keep one of the two, or join their values"
            self.problems.append(Problem("duplicate-key", _place(event), f"the key `{key}` appears twice.", fix))
        elif self.with_places:
            self.places[(*level.field, "", key)] = _place(event)

    def open(self, event: Any, data: Any) -> None:
        """A list or mapping begins."""
        if event.anchor is not None or event.tag is not None:
            self.properties(event)
        if len(self.levels) == MAX_DEPTH:
            raise SourceError([replace(_DEEP, place=_place(event))])
        level = self.levels[-1] if self.levels else None
        if level is not None and level.key is None and type(level.data) is dict:
            self.refuse(_LONG_KEY, _place(event))
            level.key = _NOWHERE
            self.count()
            self.levels.append(_Level(data, (), _place(event), lost=True))
            return
        field, lost = self.put(data, event)
        self.levels.append(_Level(data, field, _place(event), lost=lost))

    def put(self, value: Any, event: Any) -> tuple[Field, bool]:
        """Put a value into the innermost list or mapping; its field, and whether it was dropped instead."""
        self.count()
        if not self.levels:
            self.root, self.root_place = value, _place(event)
            if self.with_places:
                self.places[()] = self.root_place
            return (), False
        level = self.levels[-1]
        data, lost = level.data, level.lost
        if type(data) is dict:
            key: str | int = level.key or ""
            level.key = None
            lost = lost or key in data or key == "<<" or key == _NOWHERE
            if not lost:
                data[key] = value
        else:
            key = len(data)
            data.append(value)
        if not self.with_places or lost:
            return (), lost
        field = (*level.field, key)
        self.places[field] = _place(event)
        return field, False

    def count(self) -> None:
        """One more value. Raises SourceError when there are too many."""
        self.values += 1
        if self.values > MAX_VALUES:
            raise SourceError([_MANY])

    def properties(self, event: Any) -> None:
        """Refuse the anchor and the tag of a value."""
        if event.anchor is not None:
            self.refuse(_ANCHOR, _place(event))
        if event.tag is not None:
            fix = "remove the `!…` word; quote text that starts with `!`"
            self.problems.append(Problem("tag", _place(event), f"the tag `{event.tag[:80]}` is not allowed.", fix))

    def refuse(self, what: Problem, place: Place) -> None:
        """Note that something is refused here."""
        self.problems.append(replace(what, place=place))


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _place_of(text: str, at: int) -> Place:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _returned(value: str) -> tuple[str, int, str] | None:
    """A carriage return that was written as an escape; in the file itself it is only the end of a line."""
    return ("control-character", value.index("\r"), "U+000D is a control character") if "\r" in value else None


def _odd(rule: str, place: Place, what: str) -> Problem:
    fix = {
        "not-composed": "type the letter and its accent as one character, or let `headkb fix --write` do it",
        "invisible-character": "delete it or retype the line; `headkb fix --write` takes out byte-order marks and spaces of no width",
    }.get(rule, "delete it; where it cannot be seen, retype the line")
    return Problem(rule, place, f"{what}.", fix)


def _syntax(error: yaml.YAMLError, text: str) -> Problem:
    problem = syntax_problem(error, text)
    if "anchor" in problem.message or "alias" in problem.message:
        return replace(problem, rule="anchor", message=_ANCHOR.message, fix=_ANCHOR.fix)
    return problem
