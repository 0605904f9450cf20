"""The authors of an entry, first name first, and whether the list is whole."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bibtexparser.middlewares.names import InvalidNameError, parse_single_name_into_parts, split_multiple_persons_names

from headkb.catalog.bibtex.entries import FieldText, ValueRefusedError
from headkb.catalog.bibtex.latex import plain

_OTHERS = frozenset(("others", "et al.", "et al", "et. al.", "et. al", "al.", "..."))
_ET_AL = re.compile(r"[,\s]\s*\bet\.?\s+al\.?$", re.IGNORECASE)
_JUNIOR = re.compile(r"(?:jr|sr|junior|senior|esq|phd|md|1st|2nd|3rd|4th|[ivx]{1,4})\.?", re.IGNORECASE)
_MEND = 'write the names as `Last, First and Last, First`, with the word "and" between two authors, and an organisation in braces'


@dataclass(frozen=True)
class People:
    """Authors as the record has them; `family` is the first one's family name; `whole` if the entry lists all of them."""

    names: tuple[str, ...] = ()
    family: str = ""
    whole: bool = True


def people(value: FieldText) -> People:
    r"""The authors of an entry.

    Raises:
        ValueRefusedError: If the names are not parted by "and", or one of them is none.

    Example:
        >>> people(FieldText(r"Wang, Kevin and {OpenAI} and van der Wal, Oskar and others", 1))
        People(names=('Kevin Wang', 'OpenAI', 'Oskar van der Wal'), family='Wang', whole=False)
    """
    names: list[str] = []
    first, whole = "", True
    for written in split_multiple_persons_names(value.text):
        written = written.strip().strip(",").strip() if written.strip().casefold() != "," else written.strip()
        bare = written.replace("{", "").replace("}", "").strip()
        if not bare:
            continue
        if bare.casefold() in _OTHERS:
            whole = False
            continue
        if _ET_AL.search(bare):
            whole = False
            written = _ET_AL.sub("", written).strip().strip(",")
        name, family = _one(written)
        if name:
            first = first or family
            names.append(name)
    return People(tuple(names), first, whole)


def _one(written: str) -> tuple[str, str]:
    """(name, family name) of one author."""
    if _is_group(written):
        name = plain(written)
        return name, name
    outside = _outside_braces(written)
    if ";" in outside or "&" in outside.replace("\\&", "&"):
        raise ValueRefusedError(f"`{written[:80]}` is not one author", _MEND)
    commas = outside.count(",")
    jr = written.split(",")[1].strip() if commas == 2 else ""
    if commas > 2 or (jr and not _JUNIOR.fullmatch(plain(jr))):
        raise ValueRefusedError(f"`{written[:80]}` is not one author but several, parted by commas", _MEND)
    try:
        parts = parse_single_name_into_parts(written.replace("~", " "), strict=True)
    except InvalidNameError as error:
        raise ValueRefusedError(f"`{written[:80]}` is no name ({error.reason})", _MEND) from None
    words = [plain(" ".join(group)) for group in (parts.first, parts.von, parts.last, parts.jr)]
    family = " ".join(word for word in words[1:3] if word)
    if _is_east_asian(words[0] + family):
        return family + words[0], family  # names that are written family name first, without a blank
    return " ".join(word for word in words if word), family


def _is_group(written: str) -> bool:
    """Whether braces keep the whole together: an organisation."""
    if not (written.startswith("{") and written.endswith("}")) or written.startswith("{\\"):
        return False
    depth = 0
    for i, character in enumerate(written):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return i == len(written) - 1
    return False


def _outside_braces(text: str) -> str:
    """What stands in no braces."""
    out: list[str] = []
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth <= 0 and character not in "{}":
            out.append(character)
    return "".join(out)


def _is_east_asian(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and all(unicodedata.name(c, "").startswith(("CJK", "HANGUL", "HIRAGANA", "KATAKANA")) for c in letters)  # fmt: skip
