"""Claims: what one source says about heads, with the place where it says so."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from headkb.catalog.glance import Glance, WithGlance, in_words
from headkb.catalog.schema.asking import ON_ONE_LINE, QUESTION, asked
from headkb.catalog.schema.common import Commit, OneLine, OwnerName, Piece, Record, Sha256, Source, Text
from headkb.catalog.schema.ids import ClaimId, HeadId, Id, ModelId, PaperId, ScoreId
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.numbers import LARGEST, Number, Parameters, Size
from headkb.head_index import HeadIndex


def _check_factor(value: float) -> float:
    if abs(value) < 1 / LARGEST:
        raise ValueError("a factor is not 0, for values are divided by it")
    return value


Factor = Annotated[Number, AfterValidator(_check_factor)]


class Measure(Piece):
    """Definition of a published number. Two sources rarely mean the same by one name; this says what each means."""

    name: OneLine = Field(description="What the source calls it.")
    definition: Text = Field(
        description="What exactly was measured: words, prompts, positions, normalisation, first token."
    )
    formula: Text | None = Field(None, description="LaTeX.")
    range: OneLine | None = Field(None, description="Which values it can have: 0 to 1.")
    unit: OneLine | None = Field(None, description="Its unit: nats, per cent.")
    score: ScoreId | None = Field(None, description="headkb's score with the same formula, or the nearest to it.")
    score_parameters: Parameters = Field(
        default_factory=dict, description="Keywords with which that score equals this measure."
    )
    taken_from: Literal["pattern", "weights", "output", "effect", "training"] | None = Field(
        None,
        description="Where no score says it: whether the number comes from attention patterns, from matrices, from what a head writes, "
        "from what changes when a head is changed, or is learned or searched for.",
    )
    prompts: Id | None = Field(None, description="headkb's prompt generator that makes such prompts.")
    parameters: Parameters = Field(default_factory=dict, description="`n`, `seed`, and what the generator takes.")
    factor: Factor = Field(1.0, description="What that score is multiplied by to have this measure's sign and unit.")
    differs: Text | None = Field(None, description="How it differs from that score, or from others of the same name.")
    no_rerun: Text | None = Field(
        None, description="Why that score on those prompts must not be held against its numbers, where that is so."
    )


class Table(Piece):
    """A CSV beside the claims: `layer,head` and one column per measure."""

    file: Annotated[
        str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*\.csv$", max_length=160)
    ] = Field(description="`<source>/<name>.csv`, from the folder of claims.")
    column: OneLine = Field(description="The column with the numbers.")
    tolerance: Number | None = Field(
        None, gt=0, description="How far a rerun may lie from every single number of the column and still reproduce it."
    )
    rank_correlation: Number | None = Field(
        None, gt=0, le=1, description="Spearman's coefficient over all heads from which a rerun reproduces the order."
    )
    reason: Text | None = Field(None, description="Why these thresholds; argued before anything was rerun.")

    @model_validator(mode="after")
    def _argued(self) -> Table:
        if (self.tolerance is not None or self.rank_correlation is not None) != (self.reason is not None):
            raise ValueError("`tolerance` and `rank_correlation` of a table come with the `reason` for them")
        return self

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.file}, column {self.column}"


class Repository(Piece):
    """A repository at the commit that the numbers were read from."""

    model_config = ConfigDict(json_schema_extra=ON_ONE_LINE)

    name: OwnerName = Field(description="`owner/name`.")
    commit: Commit = Field(description="The commit that was read.")
    licence: OneLine | None = Field(None, description="Its licence, as its file says.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.name}@{self.commit[:12]}"


class SourceInputs(Piece):
    """The source's own sentences, known by their hash and not copied: who has them passes them as a file."""

    n: Size = Field(description="How many there are.")
    sha256: Sha256 = Field(description="Hash of the marked sentences, sorted; as `headkb.prompts.pronouns` makes it.")
    tolerance: Number = Field(gt=0, description="How far a rerun on exactly these may lie from `values`.")


class Claim(WithGlance, Piece):
    """One statement about heads of one model."""

    id: Id = Field(description="A short id within the file: gpt2-name-movers.")
    head: HeadId | None = Field(
        None,
        description="The head type that is asserted.",
        json_schema_extra=asked(must=True, unless=("about", "all_heads")),
    )
    about: HeadId | None = Field(None, description="The head type that the numbers are about, where none is asserted.")
    all_heads: bool = Field(
        False, description="Whether it is about every head of the model, of whatever type; it then names no type."
    )
    model: ModelId = Field(description="Id of a model.")
    heads: Distinct[HeadIndex] = Field(
        (),
        description="Layer and head, both from 0: L9H6.",
        json_schema_extra=asked([QUESTION], unless=("values", "table", "all_heads")),
    )
    statement: Text = Field(description="What the source says, in your own words.")
    measure: Id | None = Field(
        None,
        description="The number's definition: a key of `measures`.",
        json_schema_extra=asked(must=True, given=("values", "value", "table")),
    )
    values: dict[HeadIndex, Number] = Field(default_factory=dict, description="Head → the number the source gives.")
    value: Number | None = Field(None, description="One number for all of them together.")
    tolerance: Number | None = Field(
        None, gt=0, description="How far a rerun of the measure's score may lie from `values` and still reproduce them."
    )
    source_inputs: SourceInputs | None = None
    table: Table | None = Field(None, description="A number for every head, in a CSV file.")
    heads_are: Literal["query", "key-value"] = Field("query", description="What the source's numbers count.")
    source: Source = Field(
        description="Where it says so.", json_schema_extra=asked({"paper": "{id}", "locator": QUESTION})
    )
    confidence: Literal["high", "medium", "low"] = Field(
        description="How sure it is that the source says this.", json_schema_extra=asked(usual="high")
    )
    contests: Distinct[ClaimId] = Field((), description="Claims that it contradicts: `<file>/<claim>`.")
    note: Text | None = Field(None, description="What else must be known to read it.")
    replaces: Distinct[Id] = Field(
        (), description="Former ids of this claim in its file; look-ups and the site lead from them to this one."
    )

    @model_validator(mode="after")
    def _complete(self) -> Claim:
        if self.all_heads and (self.head or self.about):
            raise ValueError("a claim about all heads names no type; leave out `all_heads`, or `head` and `about`")
        if self.head is None and self.about is None and not self.all_heads:
            raise ValueError(
                "a claim names the `head` type it asserts, the type it is `about`, or says `all_heads: true`"
            )
        if self.measure is None and (self.values or self.value is not None or self.table):
            raise ValueError("numbers need a `measure` that defines them")
        if self.table and self.values:
            raise ValueError("a claim gives `values` of single heads or a `table`; make two claims of it")
        return self

    def glance(self) -> Glance:
        """The claim in a few lines."""
        names = ("heads", "values", "value", "table", "measure", "source", "confidence", "contests", "note")
        facts = tuple((name, in_words(getattr(self, name))) for name in names)
        return Glance(f"Claim({self.id!r})", self.short_title(), in_words(self.statement), facts)

    def short_title(self) -> str:
        """What it is about: the head type and the model."""
        subject = self.head or (f"about {self.about}" if self.about else "every head")
        return f"{subject} in {self.model}"

    @property
    def subject(self) -> str:
        """The head type that is asserted, else the one that the numbers are about; empty for a claim about all heads."""
        return self.head or self.about or ""

    @property
    def asserted_heads(self) -> tuple[HeadIndex, ...]:
        """The heads that the claim asserts its type for: `heads`, or those with a value where it lists no others; none if it asserts no type."""
        return () if self.head is None else self.heads or tuple(self.values)

    def named_heads(self) -> tuple[HeadIndex, ...]:
        """Every head that the claim names: those of `heads`, then those that only have a value."""
        return tuple(dict.fromkeys([*self.heads, *self.values]))


class ClaimFile(Record):
    """All claims of one source."""

    kind: ClassVar[str] = "claims"
    facts: ClassVar[tuple[str, ...]] = ("paper", "no_paper", "repository", "measures", "claims")
    paper: PaperId | None = Field(
        None,
        description="The paper whose claims these are.",
        json_schema_extra=asked("{id}", must=True, unless=("repository", "no_paper")),
    )
    no_paper: Text | None = Field(None, description="Why no paper stands behind these claims, where there is none.")
    repository: Repository | None = Field(None, description="The repository that they were read from.")
    no_table: Text | None = Field(
        None,
        description="Why the numbers in the repository's files are not imported as a table, where claims cite such a file.",
    )
    measures: dict[Id, Measure] = Field(default_factory=dict, description="Id → what a number of this source means.")
    claims: tuple[Claim, ...] = Field(min_length=1, description="What the source says about heads.")

    @model_validator(mode="after")
    def _consistent(self) -> ClaimFile:
        if self.paper is None and self.repository is None:
            raise ValueError("say whose claims these are: `paper`, `repository`, or both")
        if self.paper is not None and self.no_paper is not None:
            raise ValueError("`no_paper` says why there is no `paper`; leave one of them out")
        seen: set[str] = set()
        for claim in self.claims:
            if claim.id in seen:
                raise ValueError(f"two claims have the id {claim.id!r}")
            seen.add(claim.id)
            if claim.measure is not None and claim.measure not in self.measures:
                raise ValueError(
                    f"claim {claim.id!r} uses the measure {claim.measure!r}, which `measures` does not define"
                )
        return self

    def title_text(self) -> str:
        """Claims of …."""
        return f"Claims of {self.paper or (self.repository.name if self.repository else self.id)}"
