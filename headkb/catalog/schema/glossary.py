"""Terms of the field."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from headkb.catalog.glance import in_words
from headkb.catalog.schema.common import Distinct, Named, OneLine, Piece, Source, Text


class Symbol(Piece):
    """A mathematical symbol and its meaning."""

    symbol: OneLine
    meaning: Text

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{in_words(self.symbol)} {in_words(self.meaning)}"


class Term(Named):
    """A word of the field, explained."""

    kind: ClassVar[str] = "glossary"
    facts: ClassVar[tuple[str, ...]] = ("aliases", "description", "symbols", "see_also")
    definition: Text
    everyday: bool = Field(
        False,
        description="The name is an everyday word, too: a mention in running text is mostly not the term, and is no link.",
    )
    description: Text | None = None
    symbols: tuple[Symbol, ...] = ()
    see_also: Distinct[OneLine] = ()
    sources: tuple[Source, ...] = ()
