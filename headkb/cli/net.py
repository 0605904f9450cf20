"""The outer net: whatever goes wrong unforeseen becomes one sentence and exit code 2, and the full trace goes to a file."""

from __future__ import annotations

import contextlib
import errno
import os
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


class NotPrintedError(Exception):
    """A result that stdout did not take; it lies in a file."""

    def __init__(self, error: OSError, text: str) -> None:
        """Keep the text."""
        super().__init__(f"the result could not be printed ({error.strerror}). {_keep(text, 'result')}")


def sentence(error: Exception, command: str) -> str:
    """What the user reads in place of a traceback."""
    if isinstance(error, NotPrintedError):
        return f"{command}: {error}"
    notes = "".join(f" Model: {note}." for note in getattr(error, "__notes__", ()))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{command}: the disk is full, so {error.filename or 'the output'} could not be written whole. Free space and run it again.{notes}"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{command}: {error.filename} cannot be read or written ({error.strerror}). Choose another place.{notes}"
    lines = str(error).strip().splitlines()
    text = f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
    return f"{command} stopped on something it did not foresee ({text}).{notes} {_trace(error)}"


def _trace(error: Exception) -> str:
    return f"{_keep(''.join(traceback.format_exception(error)), 'full trace')} An issue with it helps to fix this."


def _keep(text: str, what: str) -> str:
    """Write a text into a temporary file; the sentence that says where."""
    try:
        with tempfile.NamedTemporaryFile("w", prefix="headkb-", suffix=".txt", delete=False, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return f"The {what} could not be written either ({error.strerror})."
    return f"The {what} is in {file.name}."


def give_up_stdout() -> None:
    """Point a stdout that takes nothing more elsewhere, so that Python does not complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def writable_streams() -> None:
    """Let what a terminal or pipe cannot encode be written as an escape, so that no result is lost to a code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


class Unforeseen(click.ClickException):
    """An exception that nobody expected, as one sentence; ends with exit code 2."""

    exit_code = 2
