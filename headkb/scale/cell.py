"""A cell of a sweep: the smallest thing that is measured, stored and never measured again; and what its model takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from headkb.models import FoundWeights
from headkb.scale.results import named

CellKind = Literal["score", "recipe", "claim"]
"""What is measured."""


@dataclass(frozen=True)
class Loading:
    """What is loaded for a cell; cells with the same are measured one after the other.

    Attributes:
        name: As `load_model` takes it.
        revision: Commit on the hub.
        dtype: Name of a torch dtype.
        part: Stack of the model that is read; None = its own choice.
        device: `cpu`, `cuda` …
        batch_tokens: Tokens at once; None = by free memory.
        device_map: `auto` spreads it over all GPUs of its worker.
        weights: What is known of the weights.
        room: Bytes that a worker with it is reckoned to take.
    """

    name: str
    revision: str | None
    dtype: str
    part: str | None
    device: str
    batch_tokens: int | None
    device_map: str | None
    weights: FoundWeights
    room: int


@dataclass(frozen=True)
class SweepCell:
    """One score, or the recipes of one head type, or one claim, on one model, on the prompts of one seed.

    Attributes:
        key: A hash of everything that decides it: what is measured, weights, numbers, versions, headkb's code.
        kind: What is measured.
        subject: The score, head type or claim.
        loading: The model.
        seed: Of the prompts; None = the recipe's or claim's own.
        asked: Of a score: `generator`, `parameters`, `score_parameters`, `needs`.
        content: Hash of what the catalog says of a recipe or claim, so that a worker with another catalog does not measure it.
        group: Equal for cells that can share a pass.
    """

    key: str
    kind: CellKind
    subject: str
    loading: Loading
    seed: int | None
    asked: Mapping[str, Any] = field(default_factory=dict)
    content: str = ""
    group: str = ""

    @property
    def name(self) -> str:
        """The cell in words."""
        return named(self.kind, self.subject, self.loading.weights.id, self.loading.dtype, self.seed)


PROCESS = 700_000_000
"""Bytes of a worker without a model: Python, torch, transformers and the activations of a batch."""
FACTOR = 1.5
"""Weights while they are loaded, against the weights themselves."""
UNKNOWN = 8_000_000_000
"""Bytes that a worker gets for a model whose size nothing says."""
BYTES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}


def room_of(parameters: int | None, dtype: str, stated_gb: float | None = None) -> int:
    """Bytes that a worker with a model is reckoned to take.

    Example:
        >>> room_of(1_000_000_000, "float32")
        6700000000
    """
    if stated_gb is not None:
        return round(stated_gb * 1e9)
    return UNKNOWN if parameters is None else PROCESS + round(FACTOR * parameters * BYTES[dtype])
