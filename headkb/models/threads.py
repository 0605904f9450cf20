"""How many threads torch uses, where the user has not said it: one for a small model, whose threads would only wait for one another."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headkb.models.checkpoint import LoadedModel

SMALL = 10_000_000
"""Parameters up to which a model runs on one thread: above every model that ships with headkb, below every language model from a package."""

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Environment variables by which a user chooses; headkb then leaves the number alone."""


def choose_threads(loaded: LoadedModel, most: int | None = None) -> None:
    """Set the number of threads by the size of the model that was loaded, unless the environment does.

    Args:
        loaded: The model.
        most: How many a large model gets; None = as many as torch chose itself.
    """
    import torch

    if not any(os.environ.get(name) for name in VARIABLES):
        default = _default()
        small = sum(p.numel() for p in loaded.model.parameters()) <= SMALL
        torch.set_num_threads(1 if small else most or default)


@cache
def _default() -> int:
    """The number that torch chose itself."""
    import torch

    return torch.get_num_threads()
