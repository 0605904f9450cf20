"""What a command says beside its results, on stderr, through the logger `headkb`: warnings, notes, and with -v what is loaded and how long it takes.

-q   errors alone
warnings and notes
-v   also what is loaded from where, and the seconds of each step
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

LOG = logging.getLogger("headkb")
NOTE = 25
"""Level of what a reader should know and need not mend."""


class _ToStderr(logging.Handler):
    """Lines on stderr, where and how click writes them."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one."""
        text = record.getMessage()
        click.echo(f"warning: {text}" if record.levelno == logging.WARNING else text, err=True)


def say(ctx: click.Context, *, quiet: bool, verbose: bool) -> None:
    """Let the logger speak until the command has ended: of errors alone, of everything, or of warnings and notes."""
    handler, before, passes = _ToStderr(), LOG.level, LOG.propagate
    LOG.addHandler(handler)
    LOG.setLevel(logging.ERROR if quiet else logging.INFO if verbose else NOTE)
    LOG.propagate = False

    def end() -> None:
        LOG.removeHandler(handler)
        LOG.setLevel(before)
        LOG.propagate = passes

    ctx.call_on_close(end)


def warn(text: str) -> None:
    """Something is wrong, and the command goes on."""
    LOG.warning("%s", text)


def note(text: str) -> None:
    """Something that is good to know."""
    LOG.log(NOTE, "%s", text)


def in_full() -> bool:
    """Whether everything is to be told, line by line."""
    return LOG.isEnabledFor(logging.INFO)


@contextmanager
def step(what: str) -> Iterator[list[str]]:
    """Tell, with -v, how long a step took; the list takes what was found out in it."""
    found: list[str] = []
    start, cpu = time.perf_counter(), time.process_time()
    yield found
    seconds = f"{time.perf_counter() - start:.2f} s, {time.process_time() - cpu:.2f} s CPU"
    LOG.info("%s: %s%s", what, "".join(f"{text}; " for text in found), seconds)
