"""What was left out and why: reasons of one cause are told once, with a count."""

from __future__ import annotations

import re

from headkb.cli.common import emit, print_json_line
from headkb.cli.said import in_full

_QUOTED = re.compile(r"“[^“”]*”")
_PARTICULAR = re.compile(r"[0-9_/]")
"""What makes a word differ between two reasons of one cause, beside what is quoted: files, addresses and ids with numbers have it."""
NAMED = 3
"""How many of a group are named."""


def cause(reason: str) -> str:
    """What two reasons have in common if they are of one cause: the first sentence without names of particular things."""
    words = _QUOTED.sub("…", reason).split()
    return " ".join("…" if _PARTICULAR.search(word) else word for word in words).split(". ")[0].rstrip(".")


class Reasons:
    """Takes what is left out, and tells it: as JSON, and with -v, each at once on a line; else by cause when all is done.

    Args:
        as_json: Whether to print one object a line.
        word: The word in the first column.
        width: The width of that column.
    """

    def __init__(self, *, as_json: bool, word: str = "left out", width: int = 15) -> None:
        self._as_json, self._word, self._width = as_json, word, width
        self._groups: dict[str, list[tuple[str, str]]] = {}

    def __call__(self, name: str, reason: str) -> None:
        """One thing, and why it was left out."""
        if self._as_json:
            print_json_line({"id": name, "outcome": None, "reason": reason})
        elif in_full():
            self._line(f"{name}: {reason}")
        else:
            self._groups.setdefault(cause(reason), []).append((name, reason))

    def __enter__(self) -> Reasons:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Tell what is still to be told, also where the command was stopped."""
        groups, self._groups = self._groups, {}
        for members in groups.values():
            (name, reason), *others = members
            if not others:
                self._line(f"{name}: {reason}")
                continue
            self._line(f"{len(members)}, such as {name}: {reason}")
            more = f" and {len(others) - NAMED} more (headkb -v names all)" if len(others) > NAMED else ""
            emit(f"{'':<{self._width}} also {', '.join(name for name, _ in others[:NAMED])}{more}")

    def _line(self, text: str) -> None:
        emit(f"{self._word:<{self._width}} {text}")
