"""Which characters a text may hold: what every reader sees, in the one form that Unicode calls composed.

Control, format, bidirectional, private and unassigned characters, and letters that look like nothing, let a text say one thing to a
person and another to a program. What counts as assigned is what the Unicode tables of the running Python know.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Marks, letters and signs that are drawn as nothing, and selectors of another drawing."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = re.compile(r"(?<=[\u0600-\u109f\u1780-\u17ff])[\u200c\u200d](?=[\u0600-\u109f\u1780-\u17ff])")
"""The two joiners between letters of scripts that are spelt with them, from Arabic to Myanmar, and Khmer."""
_KINDS = {
    "Cc": ("control-character", "a control character"),
    "Cf": ("invisible-character", "an invisible format character"),
    "Zl": ("control-character", "a line separator"),
    "Zp": ("control-character", "a paragraph separator"),
    "Co": ("unassigned-character", "a private character, which means something else on every machine"),
    "Cn": ("unassigned-character", "no character of Unicode"),
    "Cs": ("unassigned-character", "half a character"),
}


class Odd(NamedTuple):
    """A character that is refused: the rule, where it stands in the text, and what it is."""

    rule: str
    at: int
    what: str


@cache
def _kind(character: str) -> tuple[str, str] | None:
    """(rule, what it is) of a character that is refused; None for every other."""
    if character in "\n\t\r":
        return None
    if character in _BIDI:
        return "control-character", "a character that turns the direction of writing"
    if character in _BLANK:
        return "invisible-character", "a character that is drawn as nothing"
    return _KINDS.get(unicodedata.category(character))


def first_odd(text: str) -> Odd | None:
    r"""The first character that is refused, or the first that is not composed (NFC); None if all may stand.

    Tabs and line ends may stand here; fields of one line refuse them.

    Example:
        >>> first_odd("Induction\u200b head")
        Odd(rule='invisible-character', at=9, what='U+200B is an invisible format character')
    """
    if text.isascii() and text.isprintable():
        return None
    refused = {c: kind for c in set(text) if (kind := _kind(c)) is not None}
    if refused:
        seen = _JOINERS.sub("\n", text) if "\u200c" in refused or "\u200d" in refused else text
        for at, character in enumerate(seen):
            if character in refused:
                rule, what = refused[character]
                return Odd(rule, at, f"U+{ord(character):04X} is {what}")
    if not unicodedata.is_normalized("NFC", text):
        composed = unicodedata.normalize("NFC", text)
        at = next((i for i, (a, b) in enumerate(zip(text, composed, strict=False)) if a != b), len(composed))
        return Odd("not-composed", at, f"U+{ord(text[min(at, len(text) - 1)]):04X} does not stand in its composed form")
    return None


def cleaned(text: str) -> str:
    r"""A text in its composed form (NFC), without the characters that are refused.

    Example:
        >>> cleaned("cafe\u0301\u200b")
        'café'
    """
    return unicodedata.normalize("NFC", "".join(c for c in text if _kind(c) is None))


def visible(text: str) -> str:
    r"""A text on one line whose every character can be seen and written: others stand as escapes.

    Example:
        >>> visible("a\nb\x1b")
        'a\\nb\\x1b'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
