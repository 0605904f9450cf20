"""Tools of the field: libraries and viewers that read, edit or show attention heads."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from headkb.catalog.schema.asking import QUESTION, asked
from headkb.catalog.schema.common import Distinct, Named, OneLine, Remark, Source, Text, Url
from headkb.catalog.schema.ids import PaperId
from headkb.catalog.schema.paper import Link

Ability = Literal["reads", "edits", "scores", "shows", "traces"]
"""What it can do with single heads. `reads`: gives patterns or outputs to code; `edits`: changes them in a run; `scores`: gives a number for every
head; `shows`: draws patterns; `traces`: follows what parts pass to each other."""


class Tool(Named):
    """A program or library, with what it does for heads and how its heads are found in headkb and the other way round."""

    kind: ClassVar[str] = "tools"
    facts: ClassVar[tuple[str, ...]] = (
        "aliases",
        "does",
        "heads",
        "address",
        "counts_from",
        "install",
        "licence",
        "home",
        "papers",
    )
    summary: Text = Field(description="What it is, in one sentence.")
    does: Distinct[Ability] = Field(min_length=1, description="What it can do with single heads.")
    heads: Text = Field(description="What it does with single heads, and what it does not.")
    address: Text | None = Field(None, description="How one head is addressed: names of hooks, arguments, axes.")
    counts_from: int | None = Field(
        None, ge=0, le=1, description="The number of the first layer and head, where it shows or takes such numbers."
    )
    headkb: Text | None = Field(
        None, description="What of headkb it can take, or how its numbers and heads map to ours."
    )
    description: Text | None = Field(None, description="What else there is to say.")
    install: OneLine | None = Field(None, description="The command that installs it.")
    licence: OneLine | None = Field(None, description="Its licence.")
    home: Url | None = Field(None, description="Its documentation or live page.")
    links: Distinct[Link] = Field(
        (), description="Where its code and pages lie.", json_schema_extra=asked([{"label": "Code", "url": QUESTION}])
    )
    papers: Distinct[PaperId] = Field((), description="Papers that describe it.")
    cautions: tuple[Remark, ...] = Field((), description="What to mind when using it.")
    sources: tuple[Source, ...] = Field(
        min_length=1, description="Where that was read.", json_schema_extra=asked([{"repository": QUESTION}])
    )
