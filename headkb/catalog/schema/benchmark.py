"""Data sets and prompt families that heads are studied on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from headkb.catalog.schema.common import Distinct, Named, OneLine, Placement, Remark, Source, Text
from headkb.catalog.schema.ids import HeadId, Id


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
    type: Literal["mechanism", "common"] = Field(alias="kind")
    placement: Placement | None = None
    definition: Text
    task: Text
    format: Text | None = None
    size: Text | None = None
    licence: OneLine | None = None
    generator: Id | None = Field(None, description="A generator of `headkb.prompts`.")
    hub_id: OneLine | None = None
    heads: Distinct[HeadId] = ()
    cautions: tuple[Remark, ...] = ()
    description: Text | None = None
    sources: tuple[Source, ...] = Field(min_length=1)
