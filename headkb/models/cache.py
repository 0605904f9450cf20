"""Writing into the cache folder, where headkb keeps what it would otherwise make again at every start: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PARTIAL = ".partial-"
_STALE_SECONDS = 86_400.0


@contextlib.contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A path to write a file or folder to; it takes the place of `target` when the block has ended without an error.

    Raises:
        OSError: If it cannot be written, or another process put its own there at the same moment.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f"{_PARTIAL}*"):  # of a process that was killed
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=target.parent))
    try:
        yield work / target.name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(work / target.name, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
