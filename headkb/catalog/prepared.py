"""What was worked out from a catalog, kept in headkb's cache folder for as long as no file of the catalog changes.

Each part is a file `look-ups/<catalog>-<part>`: a line with the fingerprint of the catalog that it was made of and the hash of what follows, a
line of JSON about the whole, and a line for each row, its name and its JSON. So it is data, never code; half a file, a damaged one, one of
another catalog, version or user counts as none; and a row is parsed when it is asked for. A part of an older state is replaced.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from headkb.cache_folder import cache_folder
from headkb.catalog.fingerprint import fingerprint
from headkb.catalog.writing import write_bytes

MOST_FILES = 200
"""Parts that the folder may hold; beyond it those that were written first are removed."""


@dataclass(frozen=True)
class PreparedPart:
    """What was worked out together.

    Attributes:
        about: What is said of the whole, JSON-ready.
    """

    about: Mapping[str, Any]
    lines: tuple[bytes, ...]

    @cached_property
    def texts(self) -> dict[str, bytes]:
        """Row → its JSON."""
        return {name.decode(): text for name, _, text in (line.partition(b"\t") for line in self.lines)}

    def row(self, name: str) -> Any:
        """One row. Raises KeyError where there is none."""
        return json.loads(self.texts[name])

    def rows(self, beginning: str = "") -> dict[str, Any]:
        """The rows whose names begin so, in order."""
        return {name: json.loads(text) for name, text in self.texts.items() if name.startswith(beginning)}


class Prepared:
    """The parts of one catalog, as it is now."""

    def __init__(self, root: Path) -> None:
        """Take the fingerprint of the catalog in `root`."""
        self.root, self.key = root, fingerprint(root)
        try:
            self._folder: Path | None = cache_folder() / "look-ups"
        except RuntimeError:  # a user without a home
            self._folder = None
        self._name = hashlib.blake2b(os.fsencode(os.path.realpath(root)), digest_size=8).hexdigest()

    def get(self, part: str) -> PreparedPart | None:
        """A part that was made of this state of the catalog; None where there is none that can be trusted."""
        if self._folder is None:
            return None
        try:
            with open(self._folder / f"{self._name}-{part}", "rb") as file:
                if hasattr(os, "geteuid") and os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None
                first, body = file.readline(200), file.read()
            if first != self._first(body):
                return None
            about, *lines = body.splitlines()
            return PreparedPart(json.loads(about), tuple(lines))
        except (OSError, ValueError):
            return None

    def put(self, part: str, about: Mapping[str, Any], rows: Mapping[str, Any]) -> None:
        """Keep a part, unless a file of the catalog has changed since the fingerprint was taken; nothing where it cannot be written."""
        said = [_json(about), *(name.encode() + b"\t" + _json(row) for name, row in rows.items())]
        body = b"".join(line + b"\n" for line in said)
        if self._folder is not None and fingerprint(self.root) == self.key:
            with contextlib.suppress(OSError):
                write_bytes(self._folder / f"{self._name}-{part}", self._first(body) + body)
                _prune(self._folder)

    def _first(self, body: bytes) -> bytes:
        return f"headkb {self.key} {hashlib.blake2b(body, digest_size=20).hexdigest()}\n".encode()


def _prune(folder: Path) -> None:
    files = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder)]
    for _, path in sorted(files)[:-MOST_FILES]:
        os.unlink(path)


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
