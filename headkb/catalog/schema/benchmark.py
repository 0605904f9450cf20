"""Data sets and prompt families that heads are studied on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from headkb.catalog.schema.asking import asked
from headkb.catalog.schema.common import Named, OneLine, Placement, Remark, Source, Text
from headkb.catalog.schema.ids import HeadId, Id
from headkb.catalog.schema.lists import Distinct


class Benchmark(Named):
    """A task with its format, size and licence."""

    kind: ClassVar[str] = "benchmarks"
    facts: ClassVar[tuple[str, ...]] = (
        "aliases",
        "type",
        "task",
        "format",
        "size",
        "licence",
        "generator",
        "hub_id",
        "heads",
    )
    type: Literal["mechanism", "common"] = Field(
        alias="kind",
        description="For a mechanism, made to see heads at work, or a common test of models.",
        json_schema_extra=asked(usual="mechanism"),
    )
    placement: Placement | None = Field(None, description="Who says so.")
    definition: Text = Field(description="One sentence: what it holds.")
    task: Text = Field(description="What is asked of the model.")
    format: Text | None = Field(None, description="What an item looks like.")
    size: Text | None = Field(None, description="How many items there are.")
    licence: OneLine | None = Field(None, description="Its licence.")
    generator: Id | None = Field(None, description="A generator of `headkb.prompts`.")
    hub_id: OneLine | None = Field(None, description="Its name on the Hugging Face hub.")
    heads: Distinct[HeadId] = Field((), description="Head types that were found with it.")
    cautions: tuple[Remark, ...] = Field((), description="What to mind when using it.")
    description: Text | None = Field(None, description="What else there is to say.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where it is described.")
