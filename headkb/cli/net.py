"""The outer net: whatever goes wrong unforeseen becomes one sentence and exit code 2, and the full trace goes to a file."""

from __future__ import annotations

import contextlib
import errno
import sys
import tempfile
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from headkb.models import LoadedModel


@contextlib.contextmanager
def about(loaded: LoadedModel) -> Iterator[None]:
    """Note on an exception raised inside which model was being worked on."""
    try:
        yield
    except Exception as error:
        error.add_note(loaded.passport.first_line())
        raise


def sentence(error: Exception, command: str) -> str:
    """What the user reads in place of a traceback."""
    notes = "".join(f" Model: {note}." for note in getattr(error, "__notes__", ()))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{command}: the disk is full, so {error.filename or 'the output'} could not be written whole. Free space and run it again.{notes}"
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
    return f"{command} stopped on something it did not foresee ({text}).{notes} {_trace(error)}"


def _trace(error: Exception) -> str:
    try:
        with tempfile.NamedTemporaryFile("w", prefix="headkb-", suffix=".txt", delete=False, encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError:
        return "The trace could not be written."
    return f"The full trace is in {file.name}; an issue with it helps to fix this."


def writable_streams() -> None:
    """Let what a terminal or pipe cannot encode be written as an escape, so that no result is lost to a code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class Unforeseen(click.ClickException):
    """An exception that nobody expected, as one sentence; ends with exit code 2."""

    exit_code = 2
