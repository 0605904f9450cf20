"""Many pages and files of one site: one that fails costs only itself, where somebody is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
OnTrouble = Callable[[str, Exception], None]
"""Told what could not be made, and why."""


def made(makers: Iterable[tuple[str, Callable[[], T]]], on_trouble: OnTrouble | None) -> dict[str, T]:
    """What the makers give, by name, in their order. One that raises is left out, and told; without `on_trouble` it raises."""
    done: dict[str, T] = {}
    for name, make in makers:
        try:
            done[name] = make()
        except Exception as error:
            if on_trouble is None:
                raise
            done.pop(name, None)  # what an earlier maker of this name gave is something else
            on_trouble(name, error)
    return done
