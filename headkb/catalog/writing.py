"""Writing files: whole or not at all, each by a draft of its own name beside it, so that two commands at once do not meet."""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import time
from pathlib import Path

DRAFT = ".headkb-draft-"
"""How the names of drafts begin; git ignores them."""
_STALE_SECONDS = 600.0


def write_text(path: Path, text: str) -> Path:
    """Write a file so that a crash leaves the old one or the new one, never half of one. Creates folders.

    Raises:
        OSError: If it cannot be written; it names the file.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """As `write_text`, for bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left(path.parent)
    try:
        _write(path, content)
    except OSError as error:  # of the draft, or without a name, as on a full disk
        raise OSError(error.errno, error.strerror, str(path)) from error
    return path


def _write(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=DRAFT)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@functools.cache
def _remove_left(folder: Path) -> None:
    """Remove, once a process, the drafts of processes that were killed; a younger one may be another's that is at work."""
    for left in folder.glob(f"{DRAFT}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()
