"""Mends of a record file that cannot change what it means: spelling of keys, ids and heads, addresses for identifiers, things said twice.

Each is made at its place in the text, and all the rest stays as it is, comments too. What would need a decision is left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

from headkb.catalog.arxiv import ArxivError, arxiv_id
from headkb.catalog.bibtex.identifiers import plain_doi
from headkb.catalog.house_style import Scalar, scalar
from headkb.catalog.kinds import Kind
from headkb.catalog.record_files import SourceError
from headkb.catalog.schema.paper import ARXIV_PATTERN, DOI_PATTERN
from headkb.catalog.shape import Shape, shape_of
from headkb.catalog.source import Field, parse
from headkb.catalog.spans import TextSpan, spans
from headkb.catalog.spelling import distance
from headkb.head_index import NAME_PATTERN, parse_head

ODD_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces that look like a common one."""
UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters that are drawn as nothing and part nothing: soft hyphens, spaces of no width, marks of byte order."""
_TRAILING = re.compile(r"(?<![ \t])[ \t]+$", re.MULTILINE)
_ROUNDS = 3


@dataclass(frozen=True)
class Mend:
    """One change: its line from 1, what stood there and what stands there now, and why."""

    line: int
    old: str
    new: str
    why: str


IdNow = Callable[[str, str], str]
"""(kind, what stands there) → the id that is meant, if a record had that id before or goes by that name; empty if none does."""


def mended(text: str, kind: Kind, id_now: IdNow) -> tuple[str, list[Mend]]:
    r"""The text of a record file with every safe mend, and the mends.

    Args:
        text: The text as it is, whether it can be read as a record or not.
        kind: The kind of the record.
        id_now: What is asked for ids that no record has.

    Example:
        >>> new, mends = mended("nmae: Focus\ndefinition: Where a head looks.\n", "glossary", lambda kind, name: "")
        >>> new.splitlines()[0], mends[0].why
        ('name: Focus', 'misspelt key')
    """
    text, mends = _mended_characters(text)
    for _ in range(_ROUNDS):
        found = sorted(_mends(text, shape_of(kind), id_now), key=lambda change: change.start)
        changes = [change for n, change in enumerate(found) if n == 0 or change.start >= found[n - 1].end]
        if not changes:
            break
        new = text
        for change in reversed(changes):
            new = new[: change.start] + change.new + new[change.end :]
        if not _readable(new) and _readable(text):
            break
        mends += [Mend(text.count("\n", 0, c.start) + 1, c.shown_old(text), c.shown or c.new, c.why) for c in changes]
        text = new
    return text, mends


@dataclass(frozen=True)
class _Change:
    """New text for a piece of the old; `shown` is what is told of it where that is something else."""

    start: int
    end: int
    new: str
    why: str
    shown: str = ""

    def shown_old(self, text: str) -> str:
        """What stood there, on one line."""
        return " ".join(text[self.start : self.end].strip(" ,\n-").split())


def _readable(text: str) -> bool:
    try:
        parse(text)
    except SourceError:
        return False
    return True


def _mended_characters(text: str) -> tuple[str, list[Mend]]:
    """The text composed (NFC), with common spaces, without spaces at the end of lines and what nobody sees."""
    mends: list[Mend] = []
    for why, change in (
        ("line ends of one kind", lambda t: t.replace("\r\n", "\n")),
        ("characters that nobody sees", lambda t: UNSEEN.sub("", t)),
        ("spaces that are no common ones", lambda t: ODD_SPACES.sub(" ", t)),
        ("letters in their composed form", lambda t: unicodedata.normalize("NFC", t)),
        ("spaces at the end of a line", lambda t: _TRAILING.sub("", t)),
    ):
        new = change(text)
        if new != text:
            lines = [n for n, (a, b) in enumerate(zip(text.split("\n"), new.split("\n"), strict=False), 1) if a != b]
            mends.append(Mend(min(lines, default=1), f"{max(len(lines), 1)} line(s)", "", why))
        text = new
    return text, mends


def _mends(text: str, shape: Shape, id_now: IdNow) -> Iterator[_Change]:
    try:
        found = spans(text)
    except yaml.YAMLError:
        return
    keys: dict[Field, set[str]] = {}
    words: dict[Field, list[TextSpan]] = {}
    for span in found:
        if span.kind == "scalar" and span.field and isinstance(span.field[-1], int):
            words.setdefault(span.field[:-1], []).append(span)
        elif span.kind == "key":
            keys.setdefault(span.field[:-1], set()).add(span.value)
    for span in found:
        if span.kind == "key":
            yield from _of_key(span, _at(shape, span.field[:-1]), keys[span.field[:-1]])
        elif span.kind == "scalar" and span.style not in ("|", ">"):
            yield from _of_value(span, _at(shape, span.field), id_now)
        elif span.kind == "list":
            yield from _said_twice(words.get(span.field, []), _at(shape, span.field))


def _at(shape: Shape, field: Field) -> Shape:
    """The place of a field."""
    for part in field:
        shape = shape.item if isinstance(part, int) else shape.key(part)
    return shape


def _of_key(span: TextSpan, shape: Shape, beside: set[str]) -> Iterator[_Change]:
    """A misspelt key that can only be one of those that are not there; a head in another spelling."""
    if shape.keys and span.value not in shape.keys:
        near = [key for key in shape.keys if distance(span.value, key, 2) <= (1 if len(key) < 5 else 2)]
        near = near or [key for key in shape.keys if key.replace("_", "") == span.value.casefold().replace("-", "").replace(" ", "").replace("_", "")]  # fmt: skip
        if len(near) == 1 and near[0] not in beside:
            yield _Change(span.start, span.end, near[0], "misspelt key")
    elif NAME_PATTERN in shape.node.get("patternProperties", {}) and (head := _head(span.value)) not in (None, *beside):
        yield _Change(span.start, span.end, str(head), "heads are written L9H6")


def _of_value(span: TextSpan, shape: Shape, id_now: IdNow) -> Iterator[_Change]:
    """One value in the one form that its place has."""
    new, why = _right(span.value, shape, id_now)
    if new and new != span.value:
        yield _Change(span.start, span.end, scalar(Scalar(new), shape, inside=span.inline), why, new)


def _right(value: str, shape: Shape, id_now: IdNow) -> tuple[str, str]:
    pattern = shape.node.get("pattern")
    if shape.id_of:
        return id_now(shape.id_of, value), "the id that the record has now"
    if pattern == NAME_PATTERN:
        return _head(value) or "", "heads are written L9H6"
    if pattern == ARXIV_PATTERN and not re.fullmatch(ARXIV_PATTERN, value):
        try:
            return arxiv_id(value), "the id alone, without address and version"
        except ArxivError:
            return "", ""
    if pattern == DOI_PATTERN and not re.fullmatch(DOI_PATTERN, value):
        doi = plain_doi(value)
        return (doi if re.fullmatch(DOI_PATTERN, doi) else ""), "the DOI alone, without address"
    return "", ""


def _head(value: str) -> str | None:
    """The one spelling of a head that is written in another; None for what is none."""
    try:
        return str(parse_head(value))
    except ValueError:
        return None


def _said_twice(items: list[TextSpan], shape: Shape) -> Iterator[_Change]:
    """Words that stand a second time in a list that holds nothing twice."""
    if not shape.node.get("uniqueItems"):
        return
    seen: set[str] = set()
    for n, item in enumerate(items):
        if item.value not in seen:
            seen.add(item.value)
        elif n and item.field[-1] == n:
            yield _Change(items[n - 1].end, item.end, "", "said twice", "")
