"""Stages of the survey's framework."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from headkb.catalog.schema.asking import asked
from headkb.catalog.schema.common import Named, OneLine, Piece, Source, Text
from headkb.catalog.schema.ids import Id, StageId
from headkb.catalog.schema.lists import Distinct


class Category(Piece):
    """A group of head types inside a stage."""

    id: Id = Field(description="An id within the stage.")
    name: OneLine = Field(description="Its name.")
    definition: Text = Field(description="One sentence: what its head types have in common.")


class Transition(Piece):
    """How the work of one stage feeds another."""

    to: StageId = Field(description="Id of a stage.")
    note: Text = Field(description="What is passed on.")
    sources: tuple[Source, ...] = Field((), description="Where that is said.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"to {self.to}"


class Stage(Named):
    """One of the four stages into which the survey sorts head types."""

    kind: ClassVar[str] = "stages"
    facts: ClassVar[tuple[str, ...]] = ("abbreviation", "order", "analogy", "categories", "transitions")
    abbreviation: OneLine = Field(description="Its initials.", json_schema_extra=asked("{initials}"))
    order: int = Field(ge=1, le=9, description="Its place among the stages, from 1 to 9.")
    analogy: Text = Field(description="The step of human thinking that the survey compares it with.")
    definition: Text = Field(description="One sentence: what its heads do.")
    description: Text | None = Field(None, description="What else there is to say.")
    categories: Distinct[Category] = Field(min_length=1, description="Groups of head types inside it.")
    transitions: tuple[Transition, ...] = Field((), description="How its work feeds other stages.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is described.")
