"""The authors of an entry, first name first, and whether the list is whole."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bibtexparser.middlewares.names import InvalidNameError, parse_single_name_into_parts, split_multiple_persons_names

from headkb.catalog.bibtex.entries import FieldText, ValueRefusedError
from headkb.catalog.bibtex.latex import plain
from headkb.catalog.characters import visible

_OTHERS = frozenset(("others", "et al.", "et al", "et. al.", "et. al", "al.", "..."))
_ET_AL = ("et al.", "et al", "et. al.", "et. al")
_JUNIOR = re.compile(r"(?:jr|sr|junior|senior|esq|phd|md|1st|2nd|3rd|4th|[ivx]{1,4})\.?", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<=[\w.}])[\s~]+0[0-9]{3}$")
"""What DBLP puts behind the names of people who are called the same: `Yang Liu 0001`."""
_NAME_PART = re.compile(r"\s*([a-z-]+)\s*=(.*)", re.DOTALL)
"""A part of a name in biblatex's extended form."""
_MANGLED = re.compile(r"\\{1,2}textascii(tilde|circum)(?:\{\}|\s)*(\{[A-Za-z]\}|[A-Za-z])")
"""An accent that a program took for a sign of its own: `Jo{\\textasciitilde {a}}o`, also with two backslashes."""
_TIE = re.compile(r"(?<!\\)~")
"""A blank at which TeX begins no line; behind a backslash it is an accent."""
_TILDE = re.compile(r"\\~(\{[^{}]*\}|[A-Za-z])")
_ACCENTS = {"tilde": "~", "circum": "^"}
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
    for written in split_multiple_persons_names(with_accents(value.text)):
        written = written.strip().strip(",").strip() if written.strip().casefold() != "," else written.strip()
        bare = written.replace("{", "").replace("}", "").strip()
        if not bare:
            continue
        if bare.casefold() in _OTHERS:
            whole = False
            continue
        written = _NUMBERED.sub("", _from_parts(written))
        if (shorter := _without_et_al(written)) != written:
            whole, written = False, shorter
        name, family = _one(written)
        if name:
            first = first or family
            names.append(name)
    return People(tuple(names), first, whole)


def with_accents(tex: str) -> str:
    r"""Names in which a tilde or circumflex that stands for itself is the accent of the letter behind it, as no name has the sign.

    Example:
        >>> with_accents(r"Jo{\textasciitilde {a}}o")
        'Jo{\\~{a}}o'
    """
    return _MANGLED.sub(lambda match: f"\\{_ACCENTS[match[1]]}{{{match[2].strip('{}')}}}", tex)


def may_be_two(tex: str) -> bool:
    """Whether one name with a comma may be two without "and": no word of the first is a particle in front, no initial ends the second.

    Example:
        >>> may_be_two("Kevin Wang, Arthur Conmy"), may_be_two("van der Aalst, Wil M. P."), may_be_two("Wang, Kevin Ro")
        (True, False, False)
    """
    first, _, second = plain(tex).partition(", ")
    one_comma = tex.count(",") == 1 and " and " not in tex
    return one_comma and " " in first and " " in second and not first[0].islower() and not second.endswith(".")


def _one(written: str) -> tuple[str, str]:
    """(name, family name) of one author."""
    if _is_group(written):
        name = plain(written)
        return name, name
    outside = _outside_braces(written)
    if ";" in outside or "&" in outside.replace("\\&", "&"):
        raise ValueRefusedError(f"`{_shown(written)}` is not one author", _MEND)
    commas = outside.count(",")
    jr = written.split(",")[1].strip() if commas == 2 else ""
    if commas > 2 or (jr and not _JUNIOR.fullmatch(plain(jr))):
        raise ValueRefusedError(f"`{_shown(written)}` is not one author but several, parted by commas", _MEND)
    try:
        parts = parse_single_name_into_parts(_TIE.sub(" ", _TILDE.sub(r"{\\~\1}", written)), strict=True)
    except InvalidNameError as error:
        raise ValueRefusedError(f"`{_shown(written)}` is no name ({error.reason})", _MEND) from None
    words = [plain(" ".join(group)) for group in (parts.first, parts.von, parts.last, parts.jr)]
    family = " ".join(word for word in words[1:3] if word)
    if _is_east_asian(words[0] + family):
        return family + words[0], family  # names that are written family name first, without a blank
    return " ".join(word for word in words if word), family


def _from_parts(written: str) -> str:
    """`family=Wal, given=Oskar, prefix=van der` as other names are written; they stay as they are."""
    found = [_NAME_PART.fullmatch(part) for part in written.split(",")]
    said = {match[1]: match[2].strip() for match in found if match}
    if not (all(found) and "family" in said):
        return written
    last = " ".join(said[key] for key in ("prefix", "family") if said.get(key))
    return ", ".join(part for part in (last, said.get("suffix", ""), said.get("given", "")) if part)


def _without_et_al(written: str) -> str:
    """A name without "et al." behind it."""
    for end in _ET_AL:
        before = written[: -len(end)]
        if written.casefold().endswith(end) and before != before.rstrip(" \t\n,~{"):
            return before.rstrip(" \t\n,~{")
    return written


def _shown(written: str) -> str:
    return visible(" ".join(written.split()))[:80]


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
