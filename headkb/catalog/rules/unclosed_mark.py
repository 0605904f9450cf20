"""A bracket, a dollar or a backtick is opened and not closed.

Brackets in quotation marks, code and formulas are not counted, nor those of `1)`, `b)` and `iii)`. Intervals may be open at one end: `(0, 1]`.

Bad:

    description: It attends to the subject (first at its last token.

Good:

    description: It attends to the subject (first at its last token).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import unquoted, words
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "a part of the sentence is missing, or a formula is shown as its code"
NUMBERS = re.compile(r"(?<![^\s])(?:[0-9a-z]{1,2}|[ivx]{3,5})\)")
"""Numbers of a list."""
MARKS = re.compile(r"[$`]")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text whose marks do not pair."""
    for record, field, text in catalog.prose:
        missing = _missing(text)
        if missing is not None:
            yield Finding(record, field, f"{missing[0]}.", missing[1])


def _missing(text: str) -> tuple[str, str] | None:
    """What is open, and what to type; None where everything pairs. Whole texts that pair are passed over without being read."""
    if _balance(text) == 0 and not ("$" in text or "`" in text):
        return None
    shown = words(text)
    if (match := MARKS.search(shown)) is not None:
        return f"{match[0]!r} has no partner", f"close it, or write \\{match[0]} for the sign itself"
    bare = unquoted(shown)
    more = _balance(bare)
    if more == 0 or (more < 0 and _balance(NUMBERS.sub(" ", bare)) >= 0):
        return None
    which = ("opened", "closed") if more > 0 else ("closed", "opened")
    return f"a bracket is {which[0]} and not {which[1]}", f"write the bracket that is missing where it is {which[1]}"


def _balance(text: str) -> int:
    """How many more brackets of any kind open than close."""
    return sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))
