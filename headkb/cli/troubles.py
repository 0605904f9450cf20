"""A command that makes many things: one that fails costs only itself, and is told in one sentence."""

from __future__ import annotations

import traceback
from collections import Counter

import click

from headkb.cli.net import sentence
from headkb.errors import HeadkbError


class Troubles:
    """What failed while the rest went on. The same fault is told once, with a count of what else it cost."""

    def __init__(self) -> None:
        """Nothing has failed yet."""
        self._seen: Counter[object] = Counter()

    def __call__(self, name: str, error: Exception) -> None:
        """Note that `name` failed; the first failure of its kind is told at once, on stderr."""
        fault = _fault(error)
        if not self._seen[fault]:
            text = f"{name}: {error}" if isinstance(error, HeadkbError) else sentence(error, name)
            click.echo(f"Error: {text}", err=True)
        self._seen[fault] += 1

    def __len__(self) -> int:
        """How many things failed."""
        return self._seen.total()

    def end(self) -> None:
        """Say how many more failed in the same ways, and end with exit code 2; nothing where nothing failed."""
        if not self._seen:
            return
        if more := len(self) - len(self._seen):
            click.echo(f"Error: {more} more failed in the same way.", err=True)
        raise SystemExit(2)


def _fault(error: Exception) -> object:
    """What two failures have in common if they are the same: the kind, and the system's number or the place in the code."""
    if isinstance(error, OSError) and error.errno is not None:
        return OSError, error.errno
    frames = traceback.extract_tb(error.__traceback__)
    return type(error), (frames[-1].filename, frames[-1].lineno) if frames else str(error)
