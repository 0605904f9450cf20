"""Terms of the field."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from headkb.catalog.schema.common import Distinct, Named, OneLine, Piece, Source, Text


class Symbol(Piece):
    """A mathematical symbol and its meaning."""

    symbol: OneLine
    meaning: Text


class Term(Named):
    """A word of the field, explained."""

    kind: ClassVar[str] = "glossary"
    definition: Text
    everyday: bool = Field(
        False,
        description="The name is an everyday word, too: a mention in running text is mostly not the term, and is no link.",
    )
    description: Text | None = None
    symbols: tuple[Symbol, ...] = ()
    see_also: Distinct[OneLine] = ()
    sources: tuple[Source, ...] = ()
