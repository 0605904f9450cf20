"""The file of a sweep: what it may hold, and every problem of it with its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from headkb.catalog.diagnostic import Diagnostic
from headkb.catalog.explain import dotted, explain
from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.record_files import Place, Problem, SourceError, read_text
from headkb.catalog.schema.common import Commit, OneLine, Piece
from headkb.catalog.schema.lists import Distinct
from headkb.catalog.schema.numbers import Seed, Size, scalar
from headkb.catalog.source import Field as FieldOf
from headkb.catalog.source import parse
from headkb.errors import HeadkbError

PROMPTS = 40
"""How many prompts a score reads where nothing is said, as in `headkb score`."""
SETTING = r"^(?:prompts\.|score\.)?[a-z_][a-z0-9_]*$"
ALL = "all"
"""In `recipes`: every head type that has any."""


SweepSettings = Annotated[
    dict[
        Annotated[str, StringConstraints(pattern=SETTING, max_length=70)],
        Annotated[bool | int | float | str, BeforeValidator(scalar)],
    ],
    Field(max_length=50),
]
"""Parameters of prompts and scores: `{length: 12}`; `prompts.length` or `score.length` where both have it."""


class SweepModel(Piece):
    """A model; a line of text alone is its name."""

    model: OneLine = Field(description="A catalog id, a hub id, a folder or a GGUF file.")
    revision: Commit | None = Field(None, description="Commit on the hub.")
    part: Literal["encoder", "decoder", "cross", "text", "vision"] | None = None
    memory_gb: float | None = Field(None, gt=0, le=1e6, description="What a worker with it takes, if not the estimate.")

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, data: Any) -> Any:
        return {"model": data} if isinstance(data, str) else data


class SweepScore(Piece):
    """A score; a line of text alone is its id."""

    score: OneLine
    generator: OneLine | None = Field(None, description="Another prompt generator than its own.")
    variant: OneLine | None = Field(None, description="A published variant.")
    prompts: int | None = Field(None, ge=1, le=100_000)
    settings: SweepSettings = Field(default_factory=dict, description="Parameters of the prompts or of the score.")

    @model_validator(mode="before")
    @classmethod
    def _id_alone(cls, data: Any) -> Any:
        return {"score": data} if isinstance(data, str) else data


class SweepFile(Piece):
    """What is measured: models × scores, recipes or claims × seeds × dtypes."""

    models: Distinct[SweepModel] = Field((), description="The models; claims need none, for each is about one.")
    scores: tuple[SweepScore, ...] = ()
    recipes: Distinct[OneLine] = Field((), description="Head types whose recipes are run, or `all`.")
    claims: Distinct[OneLine] = Field((), description="Claims, files of claims, or head types.")
    seeds: Distinct[Seed] = Field(
        (), description="Seeds of the prompts; without them 0, or that of the recipe or claim."
    )
    dtypes: Distinct[Literal["float32", "bfloat16", "float16", "float64"]] = Field(("float32",), min_length=1)
    prompts: int = Field(PROMPTS, ge=1, le=100_000, description="Prompts of each score.")
    settings: SweepSettings = Field(default_factory=dict, description="Parameters of every score or its prompts.")
    plugins: Distinct[OneLine] = Field((), description="Files with scores of your own, beside this file.")
    device: OneLine = "cpu"
    batch_tokens: Size | None = None
    cpus: int = Field(1, ge=1, le=1024, description="CPUs of a worker: threads of a large model.")
    gpus: float = Field(
        1.0, gt=0, le=64, description="GPUs of a worker, if the device is cuda; 0.5 = two workers on one."
    )
    memory_gb: float | None = Field(None, gt=0, le=1e6, description="Memory for all workers of this machine.")


@dataclass(frozen=True)
class ReadSweep:
    """A sweep's file that was read.

    Attributes:
        path: The file.
        sweep: What it holds.
        places: Line and column of every value in it.
    """

    path: Path
    sweep: SweepFile
    places: dict[FieldOf, Place]

    def fault(self, field: FieldOf, message: str, fix: str) -> Diagnostic:
        """A value that cannot be carried out, at its place in the file."""
        near = field
        while near and near not in self.places:
            near = near[:-1]
        why = FILE_RULES["wrong-value"].why.replace("the schema of its kind", "what can be measured")
        return Diagnostic(
            str(self.path), *self.places.get(near, (1, 1)), "wrong-value", dotted(field), message, why, fix
        )


class SweepFileError(HeadkbError):
    """A sweep's file cannot be carried out; `diagnostics` has every problem."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        """The text is all of them."""
        self.diagnostics = tuple(sorted(diagnostics))
        super().__init__("\n".join(d.text() for d in self.diagnostics))


def read_sweep(path: Path) -> ReadSweep:
    """Read a sweep's file and hold it against its schema.

    Raises:
        SweepFileError: With every problem, each with its line.
    """
    try:
        data, places = parse(read_text(path), with_places=True)
    except SourceError as error:
        raise SweepFileError([_of_source(path, problem) for problem in error.problems]) from None
    try:
        sweep = SweepFile.model_validate(data)
    except ValidationError as error:
        raise SweepFileError(list(explain(error, str(path), places, SweepFile))) from None
    read = ReadSweep(path, sweep, places)
    if faults := _inconsistent(read):
        raise SweepFileError(faults)
    return read


def _of_source(path: Path, problem: Problem) -> Diagnostic:
    fix = (
        "name models and scores, such as `models: [gpt2]` and `scores: [induction]`"
        if problem.rule == "empty"
        else problem.fix
    )
    why = FILE_RULES[problem.rule].why
    line, column = problem.place
    return Diagnostic(str(path), line, column, problem.rule, "", problem.message, why, fix)


def _inconsistent(read: ReadSweep) -> list[Diagnostic]:
    """Keys that do not go together."""
    sweep, faults = read.sweep, []
    kinds = [kind for kind in ("scores", "recipes", "claims") if getattr(sweep, kind)]
    if not kinds:
        faults.append(
            read.fault((), "it measures nothing.", "add `scores: [induction]`, `recipes: [induction]` or `claims: […]`")
        )
    if not sweep.models and ("scores" in kinds or "recipes" in kinds):
        faults.append(read.fault((), "it names no model.", "add `models: [organism-tasks]`"))
    if "scores" not in kinds:
        for key in ("prompts", "settings"):
            if key in sweep.model_fields_set:
                message = f"`{key}` is for scores; recipes and claims say their prompts and parameters themselves."
                faults.append(read.fault((key,), message, "remove it, or measure the score under `scores`"))
    if sweep.gpus != 1 and not sweep.device.startswith("cuda"):
        faults.append(read.fault(("gpus",), f"the device is {sweep.device}, which has no GPUs.", "add `device: cuda`"))
    return faults
