"""One escaper for each form that leaves the catalog, so that no text of a record gets out of its place there.

HTML is escaped where pages are written (`headkb.site`), JSON by its own library; for terminals see `headkb.catalog.characters.visible`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

# What XML 1.0 cannot hold, however it is escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_TEX = {
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
}
_AND = re.compile(r"\band\b", re.IGNORECASE)


def one_line(text: str) -> str:
    """Text without line breaks and control characters, as a RIS field needs it: each run of them is one blank."""
    return _LINE.sub(" ", text).strip()


def bibtex(text: str, outside: Callable[[str], str] = str) -> str:
    """Text of a BibTeX field: TeX's special characters made harmless; formulas in dollars, and braces, stay as they are where they pair.

    Args:
        text: The text.
        outside: What is done besides with every piece that is no formula.
    """
    text = one_line(text)
    if not _pair(text):
        # BibTeX counts escaped braces, too: those that do not pair are written as other brackets.
        text = text.replace("{", "(").replace("}", ")")
    pieces = text.split("$")
    if len(pieces) % 2 == 0 or not all(map(_pair, pieces)):
        return outside(_harmless(text)).replace("$", r"\$")
    return "$".join(piece if i % 2 else outside(_harmless(piece)) for i, piece in enumerate(pieces))


def _harmless(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in text)


def bibtex_verbatim(text: str) -> str:
    """Text of a BibTeX field that programs read as it is (an address, a DOI): braces are written as in an address."""
    return one_line(text).replace("{", "%7B").replace("}", "%7D")


def bibtex_name(name: str) -> str:
    """A part of a name; one that holds the word "and" or a comma is kept together by braces, as BibTeX parts names there."""
    text = bibtex(name)
    return f"{{{text}}}" if _AND.search(text) or "," in text else text


def csv_cell(value: object) -> object:
    """A cell of a table; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def xml(text: str) -> str:
    """Text of an XML element or attribute; characters that no XML file may hold are replaced."""
    return escape(_NOT_XML.sub("\ufffd", text))


def annotation(text: str) -> str:
    """Text of a GitHub workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    """A property of a GitHub workflow command, such as its file."""
    return annotation(text).replace(":", "%3A").replace(",", "%2C")


def _pair(text: str) -> bool:
    """Whether every brace that closes has one that opens before it, and none is left open."""
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0
