"""The organisms: their shape, what they are trained on, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headkb.organisms import dense, sequences
from headkb.organisms.mixtures import TASKS, Share

WEIGHTS = Path(__file__).parent / "weights"
"""One folder an organism, as `save_pretrained` writes it."""


@dataclass(frozen=True)
class Organism:
    """A small model and how it is trained.

    Attributes:
        id: Permanent name, a catalog id of kind `organism`.
        shape: Keywords of `LlamaConfig`.
        tasks: Task → its share.
        steps: Optimiser steps.
        per_step: Task batches a step, drawn by weight.
        curve: Steps at which the training curve is read and a checkpoint may be kept.
        attention_only: The MLPs are zero and stay zero.
        learning_rate: Highest, after the warm-up.
        weight_decay: Of all matrices, decoupled (AdamW).
        head_price: By how much a head's output matrix is shortened each step, times the learning rate; keeps a function in few heads.
        workers: Processes that share a step's batches, one thread each.
    """

    id: str
    shape: Mapping[str, Any]
    tasks: Mapping[str, Share]
    steps: int
    per_step: int = 1
    curve: tuple[int, ...] = field(default=())
    attention_only: bool = False
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    head_price: float = 0.0
    workers: int = 1


_ALL: tuple[Organism, ...] = (
    Organism(
        "organism-induction",
        # Llama has no switch for its MLPs: theirs is one unit wide, zero, and frozen, so that each block adds what its heads write and no more.
        {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 8, "intermediate_size": 1},
        {"repeats": Share(sequences.repeats, 24), "english": Share(sequences.english, 16)},
        steps=6000,
        curve=(0, 100, 200, 300, 400, 500, 600, 700, 800, 1000, 1200, 1500, 2000, 2500, 3000, 4000, 5000, 6000),
        attention_only=True,
    ),
    Organism(
        "organism-tasks",
        # Heads of 32 dimensions: with 16 they tell 2,300 words apart only late in training.
        {
            "hidden_size": 128,
            "num_hidden_layers": 4,
            "num_attention_heads": 8,
            "head_dim": 32,
            "intermediate_size": 256,
        },
        TASKS,
        steps=3600,
        per_step=6,
        workers=2,
        curve=tuple(range(0, 3601, 200)),
        weight_decay=0.1,
    ),
    Organism(
        "organism-iteration",
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128},
        {"parity": Share(dense.bits, 64)},
        steps=4000,
        curve=tuple(range(0, 4001, 250)),
    ),
    Organism(
        "organism-markov",
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 1},
        {"markov": Share(sequences.markov, 16)},
        steps=4000,
        curve=tuple(range(0, 4001, 250)),
        attention_only=True,
    ),
)

ORGANISMS: dict[str, Organism] = {organism.id: organism for organism in _ALL}
