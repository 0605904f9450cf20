"""Garbage collection while a command starts and ends: importing torch and transformers makes a million objects, none of them garbage."""

from __future__ import annotations

import atexit
import gc
from functools import cache

import click

_USUAL = gc.get_threshold()
_RARELY = (1_000_000, 50, 100)


def collect_rarely(ctx: click.Context) -> None:
    """Until `collect_as_usual`, or until the command ends: looking through everything again and again is a quarter of an import's time."""
    gc.set_threshold(*_RARELY)
    _end_without()
    ctx.call_on_close(collect_as_usual)


def collect_as_usual() -> None:
    """From when a model computes, for hours perhaps."""
    gc.set_threshold(*_USUAL)


@cache
def _end_without() -> None:
    """Nothing is collected when the process ends, either: the memory goes back as a whole. What is to be closed at the end still is."""
    atexit.register(gc.freeze)
