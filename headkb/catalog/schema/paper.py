"""Papers, posts and theses."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from headkb.catalog.schema.common import Date, Distinct, OneLine, Piece, Record, Text, Url
from headkb.catalog.schema.ids import BenchmarkId, HeadId, MethodId, ModelId

Role = Literal["introduces", "replicates", "applies", "observes", "contests"]
"""`replicates`: tests the type's finding again. `applies`: uses its heads for something. `observes`: meets such heads in a study of something else."""
SUMMARY_WORDS = 60
_MONTH = "[0-9]{2}(?:0[1-9]|1[0-2])"
ARXIV_PATTERN = rf"^{_MONTH}\.[0-9]{{4,5}}$|^[a-z-]{{2,20}}(?:\.[A-Z]{{2}})?/{_MONTH}[0-9]{{3}}$"
DOI_PATTERN = r"^10\.[0-9]{4,9}/[A-Za-z0-9._;:()/#+*\[\]&=@!~-]+$"
ACL_PATTERN = r"^(?:[0-9]{4}\.[a-z0-9_-]+\.[0-9]+|[A-Z][0-9]{2}-[0-9]{4})$"


class Link(Piece):
    """A labelled address."""

    label: Literal["Paper", "Code", "Data", "Demo", "Video", "Slides", "Post"]
    url: Url

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.label} {self.url}"


class PaperHead(Piece):
    """What the paper does with a head type. The head's own record does not repeat this."""

    id: HeadId
    role: Role
    note: Text | None = None

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.role} {self.id}"


class Summary(Piece):
    """What is new, on which tasks, with which significant result: 60 words in all, our own."""

    named_by: ClassVar[tuple[str, ...]] = ("innovation",)

    innovation: Text
    tasks: Text | None = None
    result: Text | None = None

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
    title: OneLine
    authors: tuple[OneLine, ...] = Field((), description="First name, then last name.")
    date: Date
    type: Literal["paper", "preprint", "post", "thesis", "dataset"] = Field("paper", alias="kind")
    venue: OneLine | None = None
    arxiv: Annotated[str, StringConstraints(pattern=ARXIV_PATTERN)] | None = None
    doi: Annotated[str, StringConstraints(pattern=DOI_PATTERN, max_length=200)] | None = None
    openreview: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{6,20}$")] | None = None
    acl: Annotated[str, StringConstraints(pattern=ACL_PATTERN, max_length=60)] | None = None
    links: Distinct[Link] = ()
    listed_in: Distinct[Literal["survey", "list", "list-2025"]] = ()
    heads: Distinct[PaperHead] = ()
    methods: Distinct[MethodId] = ()
    models: Distinct[ModelId] = ()
    benchmarks: Distinct[BenchmarkId] = ()
    summary: Summary | None = None
    summary_basis: Literal["abstract", "full-text", "repository", "survey", "title"] | None = None

    def says(self) -> str:
        """What is new, on which tasks, with which result."""
        return " ".join(part for part in (self.summary.innovation, self.summary.result) if part) if self.summary else ""

    @property
    def first_public(self) -> str:
        """The earliest date that is known: `date`, or the month of the arXiv id where that is earlier (a list may date a venue)."""
        month = f"20{self.arxiv[:2]}-{self.arxiv[2:4]}" if self.arxiv and self.arxiv[:4].isdigit() else self.date
        return min(self.date, month) if self.date[:7] != month else self.date
