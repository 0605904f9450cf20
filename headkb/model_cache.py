"""Facts that are found out once per model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from torch import nn

Fact = TypeVar("Fact")


class ModelCache(Generic[Fact]):
    """What was found out about each model; forgotten with the model, or when its modules change."""

    def __init__(self) -> None:
        self._facts: WeakKeyDictionary[nn.Module, tuple[int, Fact]] = WeakKeyDictionary()

    def of(self, model: nn.Module, look: Callable[[nn.Module], Fact]) -> Fact:
        """The fact about `model`, from `look(model)` where it is not known yet."""
        modules = hash(tuple(map(id, model.modules())))
        known = self._facts.get(model)
        if known is None or known[0] != modules:
            known = self._facts[model] = (modules, look(model))
        return known[1]

    def forget(self, model: nn.Module) -> None:
        """Look at `model` anew the next time."""
        self._facts.pop(model, None)
