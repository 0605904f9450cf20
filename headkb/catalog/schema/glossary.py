"""Terms of the field."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict, Field

from headkb.catalog.glance import in_words
from headkb.catalog.schema.asking import ON_ONE_LINE
from headkb.catalog.schema.common import Distinct, Named, OneLine, Piece, Source, Text


class Symbol(Piece):
    """A mathematical symbol and its meaning."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    symbol: OneLine = Field(description="LaTeX without dollars.")
    meaning: Text = Field(description="What it stands for.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{in_words(self.symbol)} {in_words(self.meaning)}"


class Term(Named):
    """A word of the field, explained."""

    kind: ClassVar[str] = "glossary"
    facts: ClassVar[tuple[str, ...]] = ("aliases", "description", "symbols", "see_also")
    definition: Text = Field(description="One or two sentences.")
    everyday: bool = Field(
        False,
        description="The name is an everyday word, too: a mention in running text is mostly not the term, and is no link.",
    )
    description: Text | None = Field(None, description="What else there is to say.")
    symbols: tuple[Symbol, ...] = Field((), description="Its symbols in formulas.")
    see_also: Distinct[OneLine] = Field((), description="Other records: kind/id.")
    sources: tuple[Source, ...] = Field((), description="Where it is defined.")
