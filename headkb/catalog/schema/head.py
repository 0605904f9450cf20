"""Head types: what the catalog is about."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from headkb.catalog.schema.asking import asked
from headkb.catalog.schema.causal import CausalCheck
from headkb.catalog.schema.common import Named, OneLine, Piece, Placement, Remark, Source, Text
from headkb.catalog.schema.ids import HeadId, Id, ScoreId, StageId
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.numbers import Number, Parameters
from headkb.direction import Side

RelationType = Literal[
    "same_as",
    "narrower_than",
    "variant_of",
    "composes_with",
    "inhibits",
    "opposes",
    "backs_up",
    "distinct_from",
    "replaced_by",
]
"""`variant_of`: does what the other type does, with one thing changed; the other is the plainer type, else the one that was described first.
`inhibits`: what it writes keeps heads of the other type from attending somewhere. `opposes`: it writes against what they write, on the same logits."""
SYMMETRIC: frozenset[str] = frozenset({"same_as", "distinct_from"})
"""Relations that hold both ways."""
WRITTEN_ONCE = SYMMETRIC | {"composes_with"}
"""Relations that stand on the record whose id sorts first, whichever side they are seen from."""

Input = Literal["q", "k", "v"]
"""What of a head reads from earlier ones: its queries, keys or values."""


class Relation(Piece):
    """A typed link to another head type, with the source that supports it."""

    type: RelationType = Field(description="How the two are related.")
    head: HeadId = Field(description="The other head type.")
    sender: HeadId | None = Field(
        None, description="With `composes_with`: which of the two types writes what the other one reads."
    )
    via: Distinct[Input] = Field(
        (), description="With `composes_with`: the inputs of the receiver that read it, where the source says so."
    )
    note: Text | None = Field(None, description="How so; both pages show it, so it calls each type by its name.")
    note_back: Text | None = Field(
        None,
        description="What the page of the other type says instead of `note`, where it can only be said from one side.",
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="Where that is said.")

    @model_validator(mode="after")
    def _composition_has_a_direction(self) -> Relation:
        if (self.type == "composes_with") != (self.sender is not None):
            raise ValueError("`composes_with` names the `sender` of the two types, and no other relation has one")
        if self.via and self.sender is None:
            raise ValueError("`via` belongs to `composes_with`: the inputs through which the receiver reads")
        return self

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.type.replace('_', ' ')} {self.head}"


class Depth(Piece):
    """Where in a model the type is usually found. `from`/`to` are fractions: layer / (n_layers - 1)."""

    named_by: ClassVar[tuple[str, ...]] = ("typical",)

    typical: OneLine = Field(description="Where such heads lie, in words.")
    start: Number | None = Field(None, alias="from", ge=0, le=1, description="Lower end, as a fraction of depth.")
    end: Number | None = Field(None, alias="to", ge=0, le=1, description="Upper end, as a fraction of depth.")
    basis: Text = Field(description="Which observations the range rests on.")

    @model_validator(mode="after")
    def _ordered(self) -> Depth:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError("`from` must not be greater than `to`")
        return self


class Criterion(Piece):
    """How the defining paper decides that a head is of this type."""

    named_by: ClassVar[tuple[str, ...]] = ("plain",)

    plain: Text = Field(description="The test in words.")
    formula: Text | None = Field(None, description="The test as LaTeX.")
    prompts: Text | None = Field(None, description="The texts it is made on.")
    positions: Text | None = Field(None, description="The positions at which it looks.")
    threshold: Text | None = Field(None, description="From which value a head counts.")
    sources: tuple[Source, ...] = Field(min_length=1, description="Where the paper says so.")


RecipeRole = Literal["defining", "supporting", "screen"]
"""`defining`: one of the criteria that a head must meet, all of them, to be of the type. `supporting`: another form of such a criterion,
or an observation beside it. `screen`: necessary or suggestive, and met by other heads too."""


class Recipe(Piece):
    """Score × prompts × parameters × threshold: a detection that `headkb reproduce` can run."""

    id: Id = Field(description="A short id within the head type: default, long-block.")
    role: RecipeRole = Field(description="What passing it says of a head.")
    score: ScoreId = Field(description="Id of a score.")
    prompts: Id = Field(description="A generator of `headkb.prompts`.")
    parameters: Parameters = Field(default_factory=dict, description="`n`, `seed`, and what the generator takes.")
    score_parameters: Parameters = Field(default_factory=dict, description="Passed to the score.")
    threshold: Number = Field(description="From which value a head passes.")
    higher_is: Side | None = Field(
        None,
        description="Which side of the threshold counts, for a score whose direction is `size`; every other score says so itself.",
    )
    sources: tuple[Source, ...] = Field((), description="Where the criterion and its threshold come from.")
    note: Text | None = Field(None, description="What is headkb's own in it, and why.")


class NoRecipe(Piece):
    """Why no code decides this type, and what would be needed."""

    named_by: ClassVar[tuple[str, ...]] = ("reason",)

    reason: Text = Field(description="Why no score decides it yet; or write `recipes` instead.")
    needed: Text = Field(description="What would be needed to decide it.")


class Ablation(Piece):
    """The intervention whose outcome could prove the label wrong."""

    intervention: Text = Field(description="What is changed in the model.")
    prediction: Text = Field(description="What must happen if the label is right.")
    control: Text | None = Field(None, description="What is changed besides, to which nothing may happen.")
    checks: Distinct[CausalCheck] = Field(
        (), description="The prediction, or parts of it, as `headkb reproduce` tests it."
    )
    sources: tuple[Source, ...] = Field((), description="Who did it, or proposes it.")


class Head(Named):
    """A type of attention head, as one or more papers describe it."""

    kind: ClassVar[str] = "heads"
    facts: ClassVar[tuple[str, ...]] = (
        "aliases",
        "stage",
        "category",
        "depth",
        "reads",
        "writes",
        "recipes",
        "no_recipe",
        "relations",
    )
    name: OneLine = Field(description="The name by which it is known.", json_schema_extra=asked("{head}"))
    stage: StageId = Field(description="One of `headkb list stages`.")
    category: Id = Field(description="A category of that stage: `headkb show stages …`.")
    placement: Placement = Field(
        description="Who put it there: the survey, or this project.", json_schema_extra=asked()
    )
    definition: Text = Field(description="One sentence: what it attends to, and what it writes.")
    description: Text | None = Field(None, description="What it does, where it was found, what is known of the cause.")
    reads: Text | None = Field(None, description="What queries and keys use (the QK circuit).")
    writes: Text | None = Field(None, description="What values and output carry (the OV circuit).")
    depth: Depth | None = Field(None, description="Where in a model it usually lies.")
    criterion: Criterion | None = Field(None, description="How the defining paper decides.")
    recipes: Distinct[Recipe] = Field((), description="Scores, prompts and thresholds that headkb can run.")
    defined_by: Text | None = Field(
        None,
        description="Why the `defining` recipes stand for the defining paper's criterion, or why no recipe does.",
        json_schema_extra=asked(must=True, given=("recipes",)),
    )
    no_recipe: NoRecipe | None = Field(
        None, description="Why no recipe exists.", json_schema_extra=asked(must=True, unless=("recipes",))
    )
    ablation: Ablation | None = Field(None, description="The intervention that could prove the label wrong.")
    traps: tuple[Remark, ...] = Field((), description="Known ways to go wrong.")
    relations: tuple[Relation, ...] = Field((), description="Links to other head types, each with a source.")
    sources: tuple[Source, ...] = Field((), description="Sources of what no other key gives a source for.")

    @model_validator(mode="after")
    def _recipe_or_reason(self) -> Head:
        if bool(self.recipes) == bool(self.no_recipe):
            raise ValueError("give either `recipes`, or `no_recipe` with the reason why none exists")
        if bool(self.recipes) != bool(self.defined_by):
            raise ValueError("`recipes` come with `defined_by`, which argues which of them define the type")
        return self

    @model_validator(mode="after")
    def _sender_is_one_of_the_two(self) -> Head:
        for relation in self.relations:
            if relation.sender not in (None, self.id, relation.head):
                raise ValueError(
                    f"the `sender` of a composition is {self.id} or {relation.head}, not {relation.sender}"
                )
        return self

    @model_validator(mode="after")
    def _checks_of_recipes(self) -> Head:
        checks = self.ablation.checks if self.ablation else ()
        known = {recipe.id for recipe in self.recipes}
        for check in checks:
            if unknown := sorted(set(check.recipes) - known):
                raise ValueError(
                    f"the check {check.id} tests the recipe {unknown[0]}, which this head type does not have"
                )
        earlier: dict[str, CausalCheck] = {}
        for check in checks:
            if check.instead_of is not None:
                first = earlier.get(check.instead_of)
                if first is None or (first.recipes, first.instead_of) != (check.recipes, None):
                    raise ValueError(
                        f"the check {check.id} stands in for {check.instead_of}, which must come before it, test the same recipes and "
                        "stand in for none itself"
                    )
            earlier[check.id] = check
        for recipe in known if checks else ():
            mine = self.checks_of(recipe)
            if mine and all(check.expects == "stay" for check in mine):
                raise ValueError(
                    f"the checks of the recipe {recipe} only say what stays, which a useless head meets too"
                )
        return self

    @property
    def defining(self) -> tuple[str, ...]:
        """The recipes that a head must all pass."""
        return tuple(recipe.id for recipe in self.recipes if recipe.role == "defining")

    @property
    def is_checked(self) -> bool:
        """Whether the type has a causal check, so that more than scores can show it."""
        return bool(self.ablation and self.ablation.checks)

    def role_of(self, recipe: str) -> RecipeRole | None:
        """What a recipe is for the type; None if it has no such recipe."""
        return next((known.role for known in self.recipes if known.id == recipe), None)

    def checks_of(self, recipe: str) -> tuple[CausalCheck, ...]:
        """The causal checks that test the heads found by a recipe."""
        checks = self.ablation.checks if self.ablation else ()
        return tuple(check for check in checks if not check.recipes or recipe in check.recipes)
