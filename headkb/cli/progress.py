"""Progress bars on stderr, only on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from headkb.reproduce.measurements import OnBatch


@contextmanager
def progress(text: str, since: float | None = None) -> Iterator[OnBatch | None]:
    """A callback (done, total) that moves a bar; None when stderr is not a terminal.

    Args:
        text: What is done.
        since: From when the time is counted, by `time.monotonic`; by default from now.
    """
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[done]}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=None, done="")
        if since is not None:
            bar.tasks[0].start_time = since

        def move(done: int, total: int) -> None:
            # Never quite full, for what follows the last prompt takes time as well, and a full bar stops its clock.
            bar.update(task, completed=done, total=total + 1e-6, done=f"{done}/{total} prompts")

        yield move


class Steps:
    """A bar for each step of a long command: which step of how many, and the time since the command began."""

    def __init__(self, total: int) -> None:
        """`total` steps are to come."""
        self.total, self.done = total, 0
        self._since, self._bar = time.monotonic(), ExitStack()

    def begin(self, text: str) -> OnBatch | None:
        """Show the next step in place of the one before; its callback (done, total), None when stderr is not a terminal."""
        self.close()
        return self._bar.enter_context(progress(f"{self.done + 1}/{self.total} {text}", self._since))

    def close(self) -> None:
        """Take the bar away, so that something can be printed."""
        self._bar.close()

    def __enter__(self) -> Steps:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
