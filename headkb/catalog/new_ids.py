"""Ids for new records: words of a-z and 0-9 out of names, and a number where an id is taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from headkb.catalog.schema.ids import is_id

_LONGEST = 72
"""Characters of an id before its number."""
_LATIN = re.compile(r"LATIN (?:SMALL|CAPITAL) (?:LETTER|LIGATURE) ([A-Z]{1,2})(?: WITH .*)?")
_OTHER_LATIN = {"ß": "ss", "ẞ": "ss", "þ": "th", "ð": "d", "ı": "i", "ȷ": "j"}


def id_words(text: str) -> str:
    """Words of a-z and 0-9 joined by hyphens; letters that are Latin ones with marks lose these, others are left out.

    Example:
        >>> id_words("Gödel's Heads!"), id_words("Opiełka"), id_words("头")
        ('godels-heads', 'opielka', '')
    """
    bare = text.replace("'", "").replace("’", "")
    bare = bare if bare.isascii() else "".join(map(_latin, bare))
    return re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-")


def free_id(wanted: str, taken: Collection[str]) -> str:
    """The id, or the first of `…-2`, `…-3` that nobody has; what is no id comes back as it is.

    Example:
        >>> free_id("gpt2-induction", {"gpt2-induction"}), free_id("", ())
        ('gpt2-induction-2', '')
    """
    stem = free = wanted[:_LONGEST].strip("-")
    number = 1
    while is_id(f"{stem}-2") and (free in taken or not is_id(free)):
        number += 1
        free = f"{stem}-{number}"
    return free


def _latin(character: str) -> str:
    if character.isascii():
        return character
    if character in _OTHER_LATIN:
        return _OTHER_LATIN[character]
    plain = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    if plain:
        return plain
    if unicodedata.combining(character):
        return ""
    named = _LATIN.fullmatch(unicodedata.name(character, ""))
    return named[1].lower() if named else " "
