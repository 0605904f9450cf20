"""Terms of the field."""

from __future__ import annotations

from typing import ClassVar

from headkb.catalog.schema.common import Named, OneLine, Piece, Source, Text


class Symbol(Piece):
    """A mathematical symbol and its meaning."""

    symbol: OneLine
    meaning: Text


class Term(Named):
    """A word of the field, explained."""

    kind: ClassVar[str] = "glossary"
    definition: Text
    description: Text | None = None
    symbols: tuple[Symbol, ...] = ()
    see_also: tuple[OneLine, ...] = ()
    sources: tuple[Source, ...] = ()
