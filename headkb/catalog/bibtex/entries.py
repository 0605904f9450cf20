"""Text → BibTeX entries: bibtexparser finds the blocks, this module reads their values and says what cannot be read.

An entry that cannot be read is a `RefusedEntry` with its line; the others are read all the same.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import bibtexparser
from bibtexparser import model

from headkb.catalog.characters import visible
from headkb.errors import HeadkbError

MONTHS = {
    "jan": "January", "feb": "February", "mar": "March", "apr": "April", "may": "May", "jun": "June", "jul": "July",
    "aug": "August", "sep": "September", "oct": "October", "nov": "November", "dec": "December",
}  # fmt: skip
"""The strings that every BibTeX style defines."""
_BARE = re.compile(r"[^\s#{}\",=%()]+")
_LOST_ENTRY = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+", re.MULTILINE)
_LOST_FIELD = re.compile(r"^[ \t]*,|^[ \t]*[A-Za-z][\w-]*[ \t]*=[ \t]*[{\"0-9]", re.MULTILINE)
_SHOWN = 60


@dataclass(frozen=True)
class FieldText:
    """The text of a field, still TeX; `undefined` are names of strings in it that no `@string` defines."""

    text: str
    line: int
    undefined: tuple[str, ...] = ()


@dataclass(frozen=True)
class BibEntry:
    """An entry: key, kind (`article`) and fields by lower-case name; `line` is where it begins."""

    key: str
    kind: str
    line: int
    fields: Mapping[str, FieldText] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The TeX of a field; empty where there is none."""
        found = self.fields.get(name)
        return found.text if found else ""


@dataclass(frozen=True)
class RefusedEntry:
    """What was not read or not imported: where, what is wrong, and how to mend it."""

    key: str
    line: int
    what: str
    mend: str


class ValueRefusedError(Exception):
    """A field that cannot be read; carries what is wrong and the mend."""

    def __init__(self, what: str, mend: str) -> None:
        """Keep both."""
        self.what, self.mend = what, mend
        super().__init__(what)


def read_entries(text: str, name: str) -> tuple[list[BibEntry], list[RefusedEntry]]:
    """The entries of a file in its order, and what cannot be read.

    Raises:
        HeadkbError: If there is no entry at all: this is no BibTeX.
    """
    blocks = _blocks(text, name)
    strings = _strings(blocks)
    entries: list[BibEntry] = []
    refused: list[RefusedEntry] = []
    for block in blocks:
        if isinstance(block, (model.DuplicateBlockKeyBlock, model.DuplicateFieldKeyBlock)):
            block = block.ignore_error_block or block
        if isinstance(block, model.DuplicateFieldKeyBlock):
            block = block.ignore_error_block or block
        line = (block.start_line or 0) + 1
        if isinstance(block, model.Entry):
            try:
                entries.append(_entry(block, line, strings))
            except _AtLineError as error:
                refused.append(RefusedEntry(visible(block.key), error.line, error.what, error.mend))
        elif isinstance(block, model.ParsingFailedBlock):
            refused.append(_failed(block, line))
        elif isinstance(block, model.ImplicitComment):
            refused += _lost(block, line, entries)
    if not entries and not refused:
        raise HeadkbError(
            f"{name}:1: there is no BibTeX entry in this file; one begins like `@article{{key,`. Choose a .bib file."
        )
    return entries, refused


def _blocks(text: str, name: str) -> list[model.Block]:
    """The blocks of a file, their values untouched."""
    try:
        with _silent("bibtexparser"):
            return list(bibtexparser.parse_string(text, parse_stack=[]).blocks)
    except (RecursionError, IndexError, ValueError, KeyError) as error:
        raise HeadkbError(
            f"{name}: it cannot be read as BibTeX ({type(error).__name__}). Mind closing braces."
        ) from None


@contextmanager
def _silent(logger: str) -> Iterator[None]:
    """Without what a library logs: what it complains of is told with line and mend."""
    log = logging.getLogger(logger)
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


def _strings(blocks: Iterable[model.Block]) -> dict[str, FieldText]:
    """Name in lower case → text of every `@string`; the last one of a name counts, as in BibTeX."""
    strings = {name: FieldText(text, 1) for name, text in MONTHS.items()}
    for block in blocks:
        if isinstance(block, model.DuplicateBlockKeyBlock):
            block = block.ignore_error_block or block
        if isinstance(block, model.String):
            try:
                found = read_value(str(block.value), strings, (block.start_line or 0) + 1)
            except ValueRefusedError:
                continue  # what uses it is told that the string is not defined
            strings[block.key.casefold()] = found
    return strings


class _AtLineError(Exception):
    def __init__(self, line: int, what: str, mend: str) -> None:
        self.line, self.what, self.mend = line, what, mend
        super().__init__(what)


def _entry(block: model.Entry, line: int, strings: Mapping[str, FieldText]) -> BibEntry:
    """An entry with its values read. Raises _AtLineError where one cannot be read."""
    fields: dict[str, FieldText] = {}
    for item in block.fields:
        name = item.key.strip().casefold()
        at = (item.start_line or 0) + 1
        try:
            value = read_value(str(item.value), strings, at)
        except ValueRefusedError as error:
            raise _AtLineError(at, f"`{visible(name)}`: {error.what}", error.mend) from None
        first = fields.setdefault(name, value)
        if first.text != value.text and name in ONCE:
            raise _AtLineError(at, f"`{name}` is given twice, with different texts", "keep one of the two")
        if first.text != value.text and name == "url":
            fields[name] = FieldText(f"{first.text} {value.text}", first.line)
    return BibEntry(visible(block.key.strip()), block.entry_type.strip().casefold(), line, fields)


ONCE = frozenset(
    ["title", "author", "year", "date", "month", "booktitle", "journal", "journaltitle", "doi", "eprint", "crossref"]
)
"""Fields whose second value would contradict the first."""


def read_value(raw: str, strings: Mapping[str, FieldText], line: int) -> FieldText:
    """A value: `{braces}`, `"quotes"`, numbers and names of strings, joined by `#`.

    Raises:
        ValueRefusedError: If something stands between its end and the comma, as where a comma is missing.

    Example:
        >>> read_value('iclr # " (Workshop)"', {"iclr": FieldText("ICLR", 1)}, 1).text
        'ICLR (Workshop)'
    """
    pieces: list[str] = []
    undefined: list[str] = []
    at, end = 0, len(raw)
    while at < end:
        if raw[at].isspace():
            at += 1
            continue
        if raw[at] in '{"':
            close = _closing(raw, at)
            pieces.append(raw[at + 1 : close])
            at = close + 1
        elif bare := _BARE.match(raw, at):
            found = strings.get(bare[0].casefold())
            if found is not None:
                pieces.append(found.text)
                undefined += found.undefined
            else:
                pieces.append(bare[0])
                undefined += [] if bare[0].isdigit() else [bare[0]]
            at = bare.end()
        else:
            raise ValueRefusedError(f"`{_short(raw[at:])}` is no value", "put the text into braces: {…}")
        while at < end and raw[at].isspace():
            at += 1
        if at == end:
            break
        if raw[at] != "#":
            raise ValueRefusedError(
                f"`{_short(raw[at:])}` stands behind its text, where a comma is needed", "put a comma before it"
            )
        at += 1
    return FieldText("".join(pieces), line, tuple(dict.fromkeys(undefined)))


def _closing(raw: str, at: int) -> int:
    """Where the brace or quote that opens at `at` closes."""
    quoted, depth, i = raw[at] == '"', 0, at
    while i < len(raw):
        character = raw[i]
        if character == "\\":
            i += 2
            continue
        if quoted and i > at and character == '"' and depth == 0:
            return i
        depth += (character == "{") - (character == "}")
        if not quoted and depth == 0:
            return i
        i += 1
    raise ValueRefusedError(f"`{_short(raw)}` is not closed", "close the brace or the quotation mark")


def _failed(block: model.ParsingFailedBlock, line: int) -> RefusedEntry:
    """An entry of which bibtexparser found no end."""
    raw = block.raw or ""
    key = next(iter(raw[raw.find("{") + 1 :].replace(",", " ").split()), "")
    why = str(getattr(block.error, "abort_reason", block.error)).strip().rstrip(".")
    if "Expected a `=`" in why or "comma after entry key" in why:
        return RefusedEntry(
            visible(_short(key)), line, f"the entry breaks off: {visible(why)}",
            "put a comma behind the key and behind each field, and `=` behind each field's name",
        )  # fmt: skip
    return RefusedEntry(
        visible(_short(key)), line, "a brace or a quotation mark that opens in this entry is not closed", "close it"
    )


def _lost(block: model.ImplicitComment, line: int, entries: list[BibEntry]) -> Iterator[RefusedEntry]:
    """What stands between entries and belongs to one: an `@` without its brace, fields behind a brace too many."""
    text = "\n".join("" if row.lstrip().startswith("%") else row for row in block.comment.splitlines())
    begins = _LOST_ENTRY.search(text)
    more = _LOST_FIELD.search(text[: begins.start()] if begins else text)
    if more and entries:
        entry = entries.pop()
        at = line + text.count("\n", 0, more.start())
        what = f"a brace closes too early: the entry ends there, and more of its fields follow in line {at}"
        yield RefusedEntry(entry.key, entry.line, what, "delete the brace that is too many")
    if begins:
        at = line + text.count("\n", 0, begins.start())
        what = f"`{_short(begins[0].strip())}` begins like an entry, but no brace follows"
        yield RefusedEntry(
            visible(begins[0].strip()), at, what, "write `@article{key,`, or `%` before what is no entry"
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return visible(line if len(line) <= _SHOWN else line[:_SHOWN] + "…")
