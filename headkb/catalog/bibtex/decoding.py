"""The bytes of a bibliography → text. A byte-order mark decides, else UTF-8; anything else is said."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from headkb.errors import HeadkbError

_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class FileText(NamedTuple):
    """The text of a file, and a sentence on how it was read where that is no matter of course."""

    text: str
    note: str = ""


def decode(raw: bytes, name: str) -> FileText:
    r"""The text of a file in UTF-8, in UTF-16 or UTF-32 with a byte-order mark, or in Windows-1252.

    Args:
        raw: What the file holds.
        name: How messages call the file.

    Raises:
        HeadkbError: If it is none of these; the text says where and what to do.

    Example:
        >>> decode("Łukasz".encode("utf-16"), "a.bib").text
        'Łukasz'
        >>> decode(b"Andr\xe9 F. T. Martins", "a.bib").text
        'André F. T. Martins'
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                text = raw[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise HeadkbError(
                    f"{name}: its byte-order mark says {encoding.upper()}, but byte {error.start + len(mark)} is none of it. "
                    "Save the file as UTF-8."
                ) from None
            return FileText(text, "" if encoding == "utf-8" else f"read as {encoding.upper()}, by its byte-order mark")
    if _without_mark(raw):
        raise HeadkbError(
            f"{name}: every second byte is NUL, as in UTF-16 without a byte-order mark. Save the file as UTF-8."
        )
    try:
        return FileText(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise HeadkbError(
            f"{name}:{line}: byte 0x{raw[error.start]:02x} is neither UTF-8 nor Windows-1252. Save the file as UTF-8."
        ) from None
    return FileText(
        text,
        f"line {line} is not UTF-8, so the file was read as Windows-1252 (Latin-1 with more signs); look at the accents, "
        "and save it as UTF-8 if they are wrong",
    )


def _without_mark(raw: bytes) -> bool:
    """Whether half of the file is NUL, which no text in one byte a letter is."""
    return len(raw) >= 4 and raw.count(0) * 3 > len(raw)
