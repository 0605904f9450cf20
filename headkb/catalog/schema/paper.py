"""Papers, posts and theses."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from headkb.catalog.schema.asking import ON_ONE_LINE, QUESTION, asked
from headkb.catalog.schema.common import Date, OneLine, Piece, Record, Text, Url
from headkb.catalog.schema.ids import BenchmarkId, HeadId, MethodId, ModelId
from headkb.catalog.schema.lists import Distinct

Role = Literal["introduces", "replicates", "applies", "observes", "contests"]
"""`replicates`: tests the type's finding again. `applies`: uses its heads for something. `observes`: meets such heads in a study of something else."""
SUMMARY_WORDS = 60
ARXIV_PATTERN = (
    r"^[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}$|^[a-z-]{2,20}(?:\.[A-Z]{2})?/[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}$"
)
DOI_PATTERN = r"^10\.[0-9]{4,9}/[A-Za-z0-9._;:()/#+*\[\]&=@!~-]+$"
ACL_PATTERN = r"^(?:[0-9]{4}\.[a-z0-9_-]+\.[0-9]+|[A-Z][0-9]{2}-[0-9]{4})$"


class Link(Piece):
    """A labelled address."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    label: Literal["Paper", "Code", "Data", "Demo", "Video", "Slides", "Post"] = Field(description="What lies there.")
    url: Url = Field(description="Address, with http:// or https://.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.label} {self.url}"


class PaperHead(Piece):
    """What the paper does with a head type. The head's own record does not repeat this."""

    id: HeadId = Field(description="Id of a head type.")
    role: Role = Field(description="What the paper does with it.")
    note: Text | None = Field(None, description="What exactly; for `contests`, what is contested.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.role} {self.id}"


class Summary(Piece):
    """What is new, on which tasks, with which significant result: 60 words in all, our own."""

    named_by: ClassVar[tuple[str, ...]] = ("innovation",)

    innovation: Text = Field(description="What is new, in your own words; 60 words for the three together.")
    tasks: Text | None = Field(None, description="On which tasks and models.", json_schema_extra=asked())
    result: Text | None = Field(None, description="The most significant result.", json_schema_extra=asked())

    @model_validator(mode="after")
    def _short(self) -> Summary:
        count = sum(len((part or "").split()) for part in (self.innovation, self.tasks, self.result))
        if count > SUMMARY_WORDS:
            raise ValueError(f"the three parts have {count} words together; {SUMMARY_WORDS} are allowed")
        return self


class Paper(Record):
    """A publication; its id is also its BibTeX key."""

    kind: ClassVar[str] = "papers"
    facts: ClassVar[tuple[str, ...]] = (
        "authors",
        "date",
        "type",
        "venue",
        "arxiv",
        "doi",
        "heads",
        "methods",
        "models",
        "benchmarks",
    )
    title: OneLine = Field(description="The full title.")
    authors: tuple[OneLine, ...] = Field(
        (), description="First name, then last name; all of them.", json_schema_extra=asked([QUESTION])
    )
    date: Date = Field(description="Day, month or year of the first public version: 2024-09-05, 2024-09 or 2024.")
    type: Literal["paper", "preprint", "post", "thesis", "dataset"] = Field(
        "paper", alias="kind", description="What sort of publication it is."
    )
    venue: OneLine | None = Field(None, description="Where it appeared: NeurIPS 2024, TACL.")
    arxiv: Annotated[str, StringConstraints(pattern=ARXIV_PATTERN)] | None = Field(
        None, description="Its arXiv id without a version, quoted: 2404.15574."
    )
    doi: Annotated[str, StringConstraints(pattern=DOI_PATTERN, max_length=200)] | None = Field(
        None, description="Its DOI without an address before it: 10.…"
    )
    openreview: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{6,20}$")] | None = Field(
        None, description="Its id on OpenReview."
    )
    acl: Annotated[str, StringConstraints(pattern=ACL_PATTERN, max_length=60)] | None = Field(
        None, description="Its id in the ACL Anthology: 2024.acl-long.1."
    )
    links: Distinct[Link] = Field(
        (), description="Where it and its code lie.", json_schema_extra=asked([{"label": "Paper", "url": QUESTION}])
    )
    listed_in: Distinct[Literal["survey", "list", "list-2025"]] = Field(
        (), description="The lists of the field that name it."
    )
    heads: Distinct[PaperHead] = Field(
        (), description="The head types that it touches, and what it does with each.", json_schema_extra=asked()
    )
    methods: Distinct[MethodId] = Field((), description="The discovery methods that it uses.")
    models: Distinct[ModelId] = Field((), description="The models whose heads it studies.")
    benchmarks: Distinct[BenchmarkId] = Field((), description="The data sets and prompt families that it uses.")
    summary: Summary | None = Field(
        None, description="What is new, on which tasks, with which result.", json_schema_extra=asked()
    )
    summary_basis: Literal["abstract", "full-text", "repository", "survey", "title"] | None = Field(
        None, description="What the summary was written from.", json_schema_extra=asked(usual="abstract")
    )

    def says(self) -> str:
        """What is new, on which tasks, with which result."""
        return " ".join(part for part in (self.summary.innovation, self.summary.result) if part) if self.summary else ""

    @property
    def first_public(self) -> str:
        """The earliest date that is known: `date`, or the month of the arXiv id where that is earlier (a list may date a venue)."""
        month = f"20{self.arxiv[:2]}-{self.arxiv[2:4]}" if self.arxiv and self.arxiv[:4].isdigit() else self.date
        return min(self.date, month) if self.date[:7] != month else self.date
