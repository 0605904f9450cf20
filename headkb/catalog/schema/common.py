"""Pieces that several kinds of record share: text, dates, links, sources, aliases, errata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import unquote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from headkb.catalog.glance import Glance, WithGlance, glance_of_fields, in_words, shown_call
from headkb.catalog.plain_text import source_words
from headkb.catalog.schema.asking import ON_ONE_LINE, asked
from headkb.catalog.schema.ids import Id, PaperId
from headkb.catalog.schema.lists import Distinct


@dataclass(frozen=True)
class Markdown:
    """Mark of a field that holds prose (see `headkb.catalog.prose`)."""


Text = Annotated[str, StringConstraints(min_length=1, max_length=6000, strip_whitespace=True), Markdown()]
"""Prose in headkb's Markdown subset; the rule `unsafe-text` refuses HTML and script links in it."""

LINE_PATTERN = r"^[^\n\t]+$"
OneLine = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True, pattern=LINE_PATTERN)]
"""Text on one line: names, titles, labels."""

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def _check_date(text: str) -> str:
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError("a date is written 2024-09-05, 2024-09 or 2024")
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        date(year, month, day)
    except ValueError:
        raise ValueError(
            "there is no such day in the calendar; a date is written 2024-09-05, 2024-09 or 2024"
        ) from None
    if not 1950 <= year <= 2100:
        raise ValueError("the year must lie between 1950 and 2100")
    return text


Date = Annotated[
    str,
    AfterValidator(_check_date),
    # A year alone is a number to editors, which know YAML's own types.
    WithJsonSchema({"type": ["string", "integer"], "pattern": f"^{_DATE.pattern}$", "minimum": 1950, "maximum": 2100}),
]
"""`yyyy-mm-dd`, or only `yyyy-mm` or `yyyy` where the source gives no more."""

_URL = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)
_LONGEST_URL = 2000


def _check_url(text: str) -> str:
    if len(text) > _LONGEST_URL or not _URL.fullmatch(text):
        raise ValueError(
            "a link starts with http:// or https://, then a host, and holds no space, quote or bracket; other letters than a-z are "
            "written with %"
        )
    return text


Url = Annotated[str, AfterValidator(_check_url)]

_WITH_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.*", re.DOTALL)


def _check_path(text: str) -> str:
    plain = text.replace("\\", "/")
    while (decoded := unquote(plain)) != plain:  # each round is shorter
        plain = decoded.replace("\\", "/")
    if plain.startswith("/") or _WITH_SCHEME.fullmatch(plain) or not {".", ".."}.isdisjoint(plain.split("/")):
        raise ValueError(
            "a path inside a repository begins with the name of a file or folder: without `/` before it, without `https:` or the like, "
            "and with no `.` or `..` (nor `%2e`) for a folder"
        )
    return text


RepositoryPath = Annotated[OneLine, AfterValidator(_check_path)]
"""A file inside a repository, such as `src/heads.py`; it cannot lead out of it."""

OwnerName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=200)
]
"""`owner/name` of a repository."""
Commit = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{7,40}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


Versions = Annotated[dict[OneLine, OneLine], Field(max_length=200)]
"""Name of a program or package → its version."""


class Piece(BaseModel):
    """Base of every piece of a record: immutable, and a key that is not in the schema is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)

    named_by: ClassVar[tuple[str, ...]] = ("name", "id", "label")
    """Fields of which the first that is set stands for the piece in a line about the whole."""

    def brief(self) -> str:
        """The piece in a few words."""
        return next((words for name in self.named_by if (words := in_words(getattr(self, name, None)))), "")

    def set_fields(self) -> dict[str, Any]:
        """The fields that were given, in the order of the schema."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}

    def __repr__(self) -> str:
        return shown_call(type(self).__name__, self.set_fields())

    def __str__(self) -> str:
        return repr(self)

    @property
    def __rich_repr__(self) -> Any:  # type: ignore[override]
        """Not there: rich would print every field of every field, and takes the `repr` of what has none."""
        raise AttributeError("__rich_repr__")


class Source(Piece):
    """Where a fact stands: a catalogued paper, a file of a repository at a commit, or a page."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    paper: PaperId | None = Field(
        None,
        description="Id of a record in `papers/`.",
        json_schema_extra=asked(must=True, unless=("repository", "url")),
    )
    repository: OwnerName | None = Field(None, description="`owner/name` of a public repository.")
    commit: Commit | None = Field(
        None, description="Commit of the repository.", json_schema_extra=asked(must=True, given=("repository",))
    )
    path: RepositoryPath | None = Field(
        None, description="File inside the repository.", json_schema_extra=asked(given=("repository",))
    )
    url: Url | None = Field(None, description="Address of a page, where it is neither paper nor repository.")
    accessed: Date | None = Field(
        None, description="When the page was read.", json_schema_extra=asked("{today}", given=("url",))
    )
    locator: OneLine | None = Field(
        None, description="Section, table, figure, equation or line.", json_schema_extra=asked(unless=("repository",))
    )
    note: Text | None = Field(None, description="What exactly stands there, or how it was derived.")

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        places = [name for name in ("paper", "repository", "url") if getattr(self, name) is not None]
        if len(places) != 1:
            raise ValueError(
                f"a source names exactly one of paper, repository and url, not {' and '.join(places) or 'none'}"
            )
        if self.repository and not self.commit:
            raise ValueError("a repository source needs its commit, or the numbers cannot be found again")
        return self

    def brief(self) -> str:
        """A source on one line: paper id or repository@commit or address, then the place inside it."""
        return source_words(vars(self))

    @property
    def located(self) -> bool:
        """Whether a reader can find the exact place: a locator, or a file at a commit."""
        return self.locator is not None or (self.repository is not None and self.path is not None)


class Alias(Piece):
    """Another name of the same thing."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    name: OneLine = Field(description="The other name.")
    kind: Literal["spelling", "abbreviation", "expansion", "synonym", "paper-specific", "translation"] = Field(
        description="How it differs from the name."
    )
    paper: PaperId | None = Field(None, description="The paper that uses this name.")


class Erratum(Piece):
    """Where a document that listed or described this thing is wrong, and why."""

    named_by: ClassVar[tuple[str, ...]] = ("says",)

    where: OneLine = Field(alias="in", description="`survey`, `list`, or the id of a paper.")
    says: Text = Field(description="What stands there.")
    correct: Text = Field(description="What is right.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where that can be seen.")

    model_config = ConfigDict(populate_by_name=True)


class Placement(Piece):
    """Who put the record into its stage or class: the survey, or this project with a reason."""

    named_by: ClassVar[tuple[str, ...]] = ("by",)

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    by: Literal["survey", "headkb"] = Field(description="Who put it there.", json_schema_extra=asked(usual="headkb"))
    reason: Text | None = Field(
        None,
        description="Why it belongs there, where the survey does not say.",
        json_schema_extra=asked(must=True, when={"by": "headkb"}),
    )
    sources: tuple[Source, ...] = Field((), description="Where the survey says it, or what the reason rests on.")

    @model_validator(mode="after")
    def _reason_if_ours(self) -> Placement:
        if self.by == "headkb" and not self.reason:
            raise ValueError("a placement of our own needs its `reason`")
        return self


class Remark(Piece):
    """A statement with its sources: a trap, a pitfall, a caution."""

    named_by: ClassVar[tuple[str, ...]] = ("text",)

    text: Text = Field(description="What to mind.")
    sources: tuple[Source, ...] = Field((), description="Where it was seen.")


class Curation(Piece):
    """When and on what basis a record was last checked against its sources."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    checked: Date | None = Field(None, description="The day of the check.")
    basis: OneLine | None = Field(None, description="What it was checked against: abstract, full text, code.")


class Record(WithGlance, Piece):
    """Base of every kind. `id` is the file's stem and is set by the loader; it is not written in the file."""

    kind: ClassVar[str]
    facts: ClassVar[tuple[str, ...]] = ()
    """Fields and properties that are worth a line where a record is shown at a glance."""
    id: Id
    status: Literal["active", "deprecated"] = Field("active", description="Whether the record still stands.")
    replaced_by: Id | None = Field(None, description="The record that takes the place of a deprecated one.")
    no_replacement: Text | None = Field(None, description="Why a deprecated record has no successor.")
    replaces: Distinct[Id] = Field((), description="Former ids of this record; the site redirects them.")
    errata: tuple[Erratum, ...] = Field((), description="What other documents get wrong about it.")
    notes: Text | None = Field(None, description="What else a reader of the record should know.")
    curation: Curation | None = Field(None, description="When it was last checked against its sources, and which.")

    def title_text(self) -> str:
        """The name by which people know the record."""
        return str(getattr(self, "name", None) or getattr(self, "title", None) or self.id)

    def says(self) -> str:
        """The sentence that says what the record is about; empty if it has none."""
        return str(getattr(self, "definition", None) or getattr(self, "summary", None) or "")

    def glance(self) -> Glance:
        """The record in a few lines."""
        return glance_of_fields(self, self.facts)

    def names(self) -> list[str]:
        """Every name the record goes by, its own first."""
        return [self.title_text(), *(a.name for a in getattr(self, "aliases", ()))]

    def data(self) -> dict[str, Any]:
        """The record as JSON-ready data: `id`, what the kind says in schema order, then status, errata and notes; unset keys left out."""
        data = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        about_record = [name for name in Record.model_fields if name in data and name != "id"]
        own = {key: value for key, value in data.items() if key not in Record.model_fields}
        return {"id": self.id, **own, **{key: data[key] for key in about_record}}


class Named(Record):
    """A record with a name and aliases."""

    name: OneLine = Field(description="The name by which it is known.", json_schema_extra=asked("{title}"))
    aliases: Distinct[Alias] = Field(
        (), description="Other names; case, punctuation and the word “head” do not matter."
    )
