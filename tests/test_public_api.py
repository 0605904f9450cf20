"""What `import headkb` offers."""

from __future__ import annotations

import headkb


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
