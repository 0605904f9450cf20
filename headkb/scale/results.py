"""What a cell gave, as plain data that can be sent and stored."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal, TypeAlias

CellState = Literal["done", "failed", "poisoned"]
"""`failed`: it raised; `poisoned`: it ended its worker each time that it was tried."""

Matrix = tuple[tuple[float | None, ...], ...]
"""`[layer][head]`; None where undefined."""


@dataclass(frozen=True)
class CellValues:
    """One measure of every head.

    Attributes:
        name: The score, or the recipe or claim whose score it is.
        score: Id of the score.
        values: Means over prompts, `[layer][head]`, six decimals, unit and range of the score.
        low: Lower ends of the 95 % intervals; empty where the measure has none.
        high: Upper ends.
    """

    name: str
    score: str
    values: Matrix
    low: Matrix = ()
    high: Matrix = ()


@dataclass(frozen=True)
class CellResult:
    """What became of a cell.

    Attributes:
        key: Of the cell: a hash of everything that decides it.
        kind: `score`, `recipe` or `claim`.
        subject: The score, head type or claim.
        model: Id of the model.
        dtype: Of its weights.
        seed: Of the prompts; None = the recipe's or claim's own.
        state: Whether it has values.
        cause: Why it has none, or why a part of it has none.
        measures: Its values.
        runs: Run records of a recipe or claim, JSON each.
        provenance: Weights, versions, prompts and hardware of a score, JSON.
        seconds: Wall-clock seconds that it took, without loading.
        load_seconds: Wall-clock seconds to load its model; 0 where an earlier cell of that worker had loaded it.
        peak_bytes: Largest resident size of its worker until then.
        tries: How often it was begun.
        finished: When (UTC).
    """

    key: str
    kind: str
    subject: str
    model: str
    dtype: str
    seed: int | None
    state: CellState
    cause: str = ""
    measures: tuple[CellValues, ...] = ()
    runs: tuple[str, ...] = ()
    provenance: str = ""
    seconds: float = 0.0
    load_seconds: float = 0.0
    peak_bytes: int = 0
    tries: int = 1
    finished: str = ""

    @property
    def name(self) -> str:
        """The cell in words."""
        return named(self.kind, self.subject, self.model, self.dtype, self.seed)


@dataclass(frozen=True)
class Begun:
    """A worker begins with a cell; without a key it begins to load the model."""

    key: str = ""


Told: TypeAlias = Begun | CellResult
"""What a worker tells while it works."""


def named(kind: str, subject: str, model: str, dtype: str, seed: int | None) -> str:
    """A cell in words: what, on which model, in which numbers, with which prompts."""
    return f"{'recipes of ' if kind == 'recipe' else ''}{subject} on {model}, {dtype}" + (
        "" if seed is None else f", seed {seed}"
    )


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
