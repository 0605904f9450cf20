"""What `import headkb` offers."""

from __future__ import annotations

from typing import Any

import headkb
from headkb.catalog import vocabulary


def test_all_is_sorted_and_complete() -> None:
    """Every public name of the package is in `__all__`, in order, and exists."""
    assert headkb.__all__ == sorted(headkb.__all__)
    assert all(hasattr(headkb, name) for name in headkb.__all__)
    public = {
        name
        for name, value in vars(headkb).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("headkb.")
    }
    assert public <= set(headkb.__all__)


def test_the_vocabulary_is_that_of_the_code() -> None:
    """The names and keywords that records may use are exactly those that code answers to."""
    from headkb.methods import METHODS
    from headkb.prompts import GENERATORS
    from headkb.scores import SCORES

    entries: dict[str, Any] = {**SCORES, **METHODS}
    code = {
        name: frozenset(key for key, parameter in entry.parameters.items() if parameter.in_recipes)
        for name, entry in entries.items()
    }
    assert code == vocabulary.SCORES
    assert not set(SCORES) & set(METHODS)
    assert {name: frozenset(generator.parameters) for name, generator in GENERATORS.items()} == vocabulary.GENERATORS
