"""Stages of the survey's framework."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from headkb.catalog.schema.common import Distinct, Named, OneLine, Piece, Source, Text
from headkb.catalog.schema.ids import Id, StageId


class Category(Piece):
    """A group of head types inside a stage."""

    id: Id
    name: OneLine
    definition: Text


class Transition(Piece):
    """How the work of one stage feeds another."""

    to: StageId
    note: Text
    sources: tuple[Source, ...] = ()

    def brief(self) -> str:
        """The piece in a few words."""
        return f"to {self.to}"


class Stage(Named):
    """One of the four stages into which the survey sorts head types."""

    kind: ClassVar[str] = "stages"
    facts: ClassVar[tuple[str, ...]] = ("abbreviation", "order", "analogy", "categories", "transitions")
    abbreviation: OneLine
    order: int = Field(ge=1, le=9)
    analogy: Text = Field(description="The step of human thinking that the survey compares it with.")
    definition: Text
    description: Text | None = None
    categories: Distinct[Category] = Field(min_length=1)
    transitions: tuple[Transition, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
