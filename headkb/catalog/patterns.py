"""The attention pattern of a head type: where one head of it looks in one text, in a file beside the type's record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from headkb.catalog.atlas import FULL, pattern_of
from headkb.catalog.catalog import Catalog
from headkb.catalog.characters import first_odd
from headkb.catalog.record_files import read_beside
from headkb.catalog.schema.common import Date, OneLine, Piece, Sha256, Versions
from headkb.catalog.schema.ids import Id, ModelId
from headkb.catalog.schema.numbers import Parameters, Seed
from headkb.head_index import HeadIndex

MAX_BYTES = 15_000
"""Largest size of a file."""
MOST = 64
"""Tokens of the longest text."""
SUFFIX = ".pattern.json"

PieceOfText = Annotated[str, StringConstraints(max_length=100)]


class PatternPrompt(Piece):
    """One prompt of a generator."""

    generator: Id
    seed: Seed
    number: Annotated[int, Field(ge=0, lt=100_000, description="Its place among the prompts, from 0.")]
    parameters: Parameters = Field(default_factory=dict)


class HeadPattern(Piece):
    """Where one head looks in one text. The file is named after the head type: `heads/<type>.pattern.json`."""

    model: ModelId
    head: HeadIndex
    run: Id = Field(description="The recorded run of the type that the head was chosen by.")
    model_source: Literal["exact", "directory", "package", "cache", "hub"]
    revision: OneLine | None = None
    weights_sha256: Sha256
    dtype: OneLine
    prompt: PatternPrompt | None = Field(
        None, description="Where the text is from; absent of a text written for headkb."
    )
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        description="What the model reads, without the tokens that its tokenizer puts around it."
    )
    tokens: Annotated[tuple[PieceOfText, ...], Field(min_length=1, max_length=MOST)] = Field(
        description="As the tokenizer decodes them one by one, special tokens included; `tokens[0]` is key 0."
    )
    start: Annotated[int, Field(ge=0, lt=MOST)] = Field(description="The query that is shown first, from 0.")
    pattern: Annotated[str, StringConstraints(pattern=r"^[0-9]+$")] = Field(
        description="Two digits a weight, row by row, 99 for all attention; of a causal pattern the keys up to the query."
    )
    versions: Versions
    date: Date

    @model_validator(mode="after")
    def _fits(self) -> HeadPattern:
        n = len(self.tokens)
        if len(self.pattern) not in (n * (n + 1), 2 * n * n):
            raise ValueError(f"the pattern does not fit its {n} tokens")
        if self.start >= n:
            raise ValueError(f"`start` is {self.start}, and there are {n} tokens")
        for query, row in enumerate(pattern_of(self.pattern, n)):
            if FULL * sum(row) > FULL + len(row) / 2:  # each weight was rounded by half a step at most
                raise ValueError(f"the weights of token {query} sum to {sum(row):.2f}, more than 1")
        for text in (self.text, *self.tokens):
            if (odd := first_odd(text)) is not None and odd.rule != "not-composed":
                raise ValueError(odd.what)
        return self

    @property
    def rows(self) -> list[list[float]]:
        """The weights, `[query_pos][key_pos]`."""
        return pattern_of(self.pattern, len(self.tokens))


def pattern_path(root: Path, head_type: str) -> Path:
    """The file with the pattern of a head type; it need not exist."""
    return root / "heads" / f"{head_type}{SUFFIX}"


def read_pattern(path: Path) -> HeadPattern:
    """The pattern in a file.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such file; the text says why, on one line.
    """
    try:
        data = json.loads(read_beside(path, MAX_BYTES), object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    try:
        return HeadPattern.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{where}: {said}" if where else said) from None


def pattern_file(pattern: HeadPattern) -> str:
    """The file that `read_pattern` reads: a key a line."""
    data = pattern.model_dump(mode="json", exclude_unset=True)
    lines = [f'"{k}": {json.dumps(v, ensure_ascii=False, allow_nan=False)}' for k, v in data.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def pattern_of_head(catalog: Catalog, head_type: str) -> HeadPattern | None:
    """The pattern of a head type; None if there is none, or the rule `bad-pattern` finds fault with it."""
    try:
        pattern = read_pattern(pattern_path(catalog.root, head_type))
    except (OSError, ValueError):
        return None
    return None if misfits(catalog, head_type, pattern) else pattern


def patterns_of(catalog: Catalog) -> dict[str, HeadPattern]:
    """Head type → its pattern, of those that have one."""
    found = {head: pattern_of_head(catalog, head) for head in sorted(catalog.heads)}
    return {head: pattern for head, pattern in found.items() if pattern is not None}


def misfits(catalog: Catalog, head_type: str, pattern: HeadPattern) -> list[str]:
    """What of a pattern does not agree with the run that it names, or with the model."""
    run, model = catalog.runs.get(pattern.run), catalog.models.get(pattern.model)
    if run is None:
        return [f"there is no run {pattern.run}."]
    found = []
    if run.head != head_type or run.recipe is None:
        found.append(f"{run.id} is no run of a recipe of {head_type}.")
    if run.invalidation is not None:
        found.append(f"{run.id} was withdrawn.")
    if model is None or run.model != model.id:
        found.append(f"{run.id} is a run on {run.model}, not on {pattern.model}.")
    elif pattern.head.layer >= model.n_layers or pattern.head.head >= model.n_heads:
        found.append(f"{model.id} has no head {pattern.head}.")
    if run.weights_sha256 not in (None, pattern.weights_sha256):
        found.append(f"its weights are not those of {run.id}.")
    if run.value_of(*pattern.head) is None:
        found.append(f"{run.id} has no value for {pattern.head}.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands in it twice")
    return found
