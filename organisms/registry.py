"""The organisms: their shape, what they are trained on, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from organisms import dense
from organisms.mixtures import HEADS, INDUCTION, LATER_TASKS, MARKOV, TASKS, Share


@dataclass(frozen=True)
class Stage:
    """One stretch of training, with an optimiser of its own.

    Attributes:
        tasks: Task → its share.
        steps: Optimiser steps.
        per_step: Task batches a step, drawn by weight.
        schedule: Steps after which the learning rate would be down and all shares through; by default `steps`.
        learning_rate: Highest, after the warm-up.
        head_price: By how much a head's output matrix is shortened each step, times the learning rate; keeps a function in few heads.
        unequal: Short heads pay more of it than long ones.
    """

    tasks: Mapping[str, Share]
    steps: int
    per_step: int = 1
    schedule: int = 0
    learning_rate: float = 2e-3
    head_price: float = 0.0
    unequal: bool = False

    def done(self, step: int) -> float:
        """Share of the schedule that lies behind a step of this stage."""
        return step / (self.schedule or self.steps)


@dataclass(frozen=True)
class Organism:
    """A small model and how it is trained.

    Attributes:
        id: Permanent name, a catalog id of kind `organism`.
        shape: Keywords of `LlamaConfig`.
        stages: What it is trained on, one after the other.
        curve: Steps, counted through all stages, at which the training curve is read and a checkpoint may be kept.
        attention_only: The MLPs are zero and stay zero.
        weight_decay: Of all matrices, decoupled (AdamW).
        workers: Processes that share a step's batches, one thread each.
        half: The finished weights are rounded to half precision, which halves the file.
        cleared: Heads whose output matrix is zero in the end lose their other matrices, too: they then look at everything alike, and
            no score takes them for heads that do something. No output changes.
        start: The organism whose trained heads it begins with; None = all weights are drawn. Layers and MLPs that the other
            lacks write nothing at first, so that the model begins as the other ended.
        every_recipe: Recipes are recorded on prompts of every kind, also on such as no task teaches.
    """

    id: str
    shape: Mapping[str, Any]
    stages: tuple[Stage, ...]
    curve: tuple[int, ...] = ()
    attention_only: bool = False
    weight_decay: float = 0.01
    workers: int = 1
    half: bool = False
    cleared: bool = False
    start: str | None = None
    every_recipe: bool = False

    @property
    def teaches(self) -> frozenset[str]:
        """Prompt generators whose prompts its tasks prepare for."""
        return frozenset(name for stage in self.stages for share in stage.tasks.values() for name in share.teaches)

    @property
    def steps(self) -> int:
        """Steps of all stages."""
        return sum(stage.steps for stage in self.stages)


# Llama has no switch for its MLPs: theirs is one unit wide, zero, and frozen, so that each block adds what its heads write and no more.
_ATTENTION_ONLY = {
    "hidden_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 8,
    "head_dim": 32,
    "intermediate_size": 1,
}

_ALL: tuple[Organism, ...] = (
    Organism(
        "organism-induction",
        _ATTENTION_ONLY,
        (Stage(INDUCTION, 3000, head_price=12.0),),
        curve=(*range(0, 1000, 100), *range(1000, 3001, 250)),
        attention_only=True,
        weight_decay=0.1,
    ),
    Organism(
        "organism-tasks",
        # Heads of 32 dimensions: with 16 they tell thousands of words apart only late in training.
        {
            "hidden_size": 128,
            "num_hidden_layers": 4,
            "num_attention_heads": 8,
            "head_dim": 32,
            "intermediate_size": 256,
        },
        (
            Stage(TASKS, 4000, per_step=8, schedule=9000, learning_rate=1e-3, head_price=5.0),
            Stage(LATER_TASKS, 4500, per_step=8, learning_rate=7e-4, head_price=3.0, unequal=True),
            Stage(LATER_TASKS, 1200, per_step=8, learning_rate=5e-4, head_price=8.0, unequal=True),
        ),
        curve=tuple(range(0, 9501, 250)),
        cleared=True,
        weight_decay=0.1,
        start="organism-induction",
        workers=2,
        every_recipe=True,
    ),
    Organism(
        "organism-iteration",
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 8, "head_dim": 16, "intermediate_size": 128},
        (
            Stage({"parity": Share(dense.bits, 64, teaches=("parity",))}, 3000, head_price=5.0),
            Stage(
                {"parity": Share(dense.bits, 64, teaches=("parity",))},
                1000,
                learning_rate=1e-3,
                head_price=8.0,
                unequal=True,
            ),
        ),
        curve=tuple(range(0, 4001, 250)),
        half=True,
        cleared=True,
    ),
    Organism(
        "organism-markov",
        _ATTENTION_ONLY,
        (
            Stage(MARKOV, 1500, learning_rate=1e-3, head_price=6.0),
            Stage(MARKOV, 1500, learning_rate=1e-3, head_price=6.0, unequal=True),
        ),
        curve=tuple(range(0, 3001, 250)),
        attention_only=True,
        weight_decay=0.1,
        half=True,
        cleared=True,
        start="organism-induction",
    ),
    Organism(
        "organism-heads",
        {**_ATTENTION_ONLY, "num_hidden_layers": 3},
        (
            Stage(HEADS, 2500, per_step=4, schedule=5000, learning_rate=1e-3, head_price=5.0),
            Stage(HEADS, 2500, per_step=4, learning_rate=7e-4, head_price=3.0, unequal=True),
        ),
        curve=tuple(range(0, 5001, 250)),
        attention_only=True,
        weight_decay=0.1,
        half=True,
        cleared=True,
        start="organism-induction",
    ),
)

ORGANISMS: dict[str, Organism] = {organism.id: organism for organism in _ALL}
