"""What a catalog folder says, in one word: a hash over the names and bytes of all files that reading it depends on.

Bytes and not times of change: an edit that keeps size and time, as `cp -p` or two edits within one tick of the file system's clock do, is
an edit. Reading 2,000 files costs about 60 ms, parsing them a second.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from functools import cache
from pathlib import Path

from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_files import OPEN_FLAGS

MOST = 16_000_000
"""Bytes of a file that are read; no record and no table may have as many, and of a longer file size and time count, too."""
_PACKAGE = Path(__file__).parent.parent


def fingerprint(root: Path) -> str:
    """The hash of the catalog in a folder, and of the code that reads it, as 40 hexadecimal digits.

    Whatever makes a difference to reading makes one here: names, kinds of file, links, missing permission, content. Nothing is opened
    that is no plain file, and no link is followed.
    """
    digest = hashlib.blake2b(_code(), digest_size=20)
    for name, entry in _inside(digest, str(root), ""):
        _note(digest, b"top", name, bytes([Path(entry.path).is_dir()]))
        if name in KINDS:
            _add(digest, entry.path, name)
    return digest.hexdigest()


@cache
def _code() -> bytes:
    """The hash of the modules that make answers of files, so that a newer headkb, or one that is being edited, asks anew."""
    digest = hashlib.blake2b(sys.version.encode(), digest_size=20)
    for name, entry in _inside(digest, str(_PACKAGE), ""):
        if name in ("catalog", "cli") or name.endswith(".py"):
            _add(digest, entry.path, name)
    return digest.digest()


def _inside(digest: hashlib.blake2b, folder: str, name: str) -> list[tuple[str, os.DirEntry[str]]]:
    """The entries of a folder with their names, sorted; compiled modules left out."""
    try:
        with os.scandir(folder) as found:
            return sorted(((entry.name, entry) for entry in found if entry.name != "__pycache__"), key=lambda e: e[0])
    except OSError as error:
        _note(digest, b"refused", name, str(error.errno).encode())
        return []


def _add(digest: hashlib.blake2b, path: str, name: str) -> None:
    """A file, or a folder with all that is in it."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode):
            _note(digest, b"file", name, _content(path))
        elif stat.S_ISDIR(mode):
            _note(digest, b"folder", name)
            for inside, entry in _inside(digest, path, name):
                _add(digest, entry.path, f"{name}/{inside}")
        else:
            _note(digest, b"other", name, str(stat.S_IFMT(mode)).encode())
    except OSError as error:
        _note(digest, b"refused", name, str(error.errno).encode())


def _content(path: str) -> bytes:
    number = os.open(path, OPEN_FLAGS)
    try:
        seen = os.fstat(number)
        if not stat.S_ISREG(seen.st_mode):  # replaced since it was listed
            return b"other"
        content = os.read(number, min(MOST, seen.st_size + 1))
    finally:
        os.close(number)
    return content if len(content) < MOST else content + f"{seen.st_size} {seen.st_mtime_ns}".encode()


def _note(digest: hashlib.blake2b, what: bytes, name: str, content: bytes = b"") -> None:
    """One thing that was seen; lengths come first, so that no two sequences of things look alike."""
    key = os.fsencode(name)
    digest.update(b"%s %d %d " % (what, len(key), len(content)))
    digest.update(key)
    digest.update(content)
