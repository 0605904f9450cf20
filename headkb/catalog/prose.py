"""The sentences that people write into records, field by field, and what of them is neither code nor formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel

from headkb.catalog.inline import Token, parse
from headkb.catalog.references import marks
from headkb.catalog.schema import Record
from headkb.catalog.schema.common import Markdown, Source
from headkb.catalog.source import Field

_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|‘[^’]*’|'[^'\s]'")


def prose_and_sources(record: Record) -> tuple[list[tuple[Field, str]], list[tuple[Field, Source]]]:
    """Every text of the record in headkb's Markdown, and every source in it, each with its field.

    Names, places, addresses and formulas are no prose.
    """
    texts: list[tuple[Field, str]] = []
    sources: list[tuple[Field, Source]] = []
    _collect(record, (), texts, sources)
    return texts, sources


def words(text: str) -> str:
    """What a reader sees of a text as words: code, formulas and links to records are left out, a space in the place of each.

    Example:
        >>> words("Reads `W_Q` and **writes** what [[heads/induction]] heads copy.")
        'Reads   and writes what   heads copy.'
    """
    return "".join(_words(parse(text)))


def unquoted(text: str) -> str:
    """A text without what it quotes; a single character counts as quoted between straight single quotes, too.

    Example:
        >>> unquoted("The authors' “odd” word and the token '('.")
        "The authors'   word and the token  ."
    """
    return _QUOTED.sub(" ", text)


def formulas(text: str) -> Iterator[str]:
    """The formulas between dollars."""
    return _formulas(parse(text)) if "$" in text else iter(())


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.kind in ("strong", "em") or (token.kind == "link" and token.inner[0].text != token.target):
            yield from _words(token.inner)
        else:
            yield token.text if token.kind == "text" else " "


def _formulas(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.kind in ("math", "display"):
            yield token.text
        yield from _formulas(token.inner)


@cache
def _fields(schema: type[BaseModel]) -> Sequence[tuple[str, str, bool]]:
    """Every field of a schema: its name, how it is written in the file, and whether its texts are prose."""
    return [
        (name, info.alias or name, any(isinstance(m, Markdown) for m in [*info.metadata, *marks(info.annotation)]))
        for name, info in schema.model_fields.items()
        if name != "formula"
    ]


def _collect(value: Any, field: Field, texts: list[tuple[Field, str]], sources: list[tuple[Field, Source]]) -> None:
    """Add what lies at and below `value`, which is a piece, or a list or mapping of pieces."""
    if isinstance(value, BaseModel):
        if isinstance(value, Source):
            sources.append((field, value))
        given = value.model_fields_set
        for name, written, is_prose in _fields(type(value)):
            if name not in given:
                continue
            child = getattr(value, name)
            if isinstance(child, str):
                if is_prose:
                    texts.append(((*field, written), child))
            elif isinstance(child, (BaseModel, tuple, Mapping)):
                _collect(child, (*field, written), texts, sources)
    elif isinstance(value, tuple):
        if value and isinstance(value[0], BaseModel):
            for index, child in enumerate(value):
                _collect(child, (*field, index), texts, sources)
    else:
        for key, child in value.items():
            if not isinstance(child, BaseModel):
                break
            _collect(child, (*field, key), texts, sources)
