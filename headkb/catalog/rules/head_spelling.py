"""A head is written otherwise than L9H6.

Layer and head are written `L9H6` everywhere, and counted from 0, whatever the source does. Where a text explains how the source writes them, it also names
them in this form, and is left alone; so is `code`. Names of cards (A100, H100) are no heads.

Bad:

    statement: Head 6 of layer 9 and a9.h9 attend to names.

Good:

    statement: L9H6 and L9H9 attend to names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import words
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "no look-up finds a head that is written in another way"
OTHER = re.compile(
    r"\b(?:[la]([0-9]{1,3})[._:, -]{0,2}h([0-9]{1,3})|([0-9]{1,3})\.h([0-9]{1,3})|layer ([0-9]{1,3}),? (?:attention )?head ([0-9]{1,3}))\b"
    r"|\bhead ([0-9]{1,3}) (?:of|in|at) layer ([0-9]{1,3})\b",
    re.IGNORECASE,
)
CARDS = re.compile(r"(?:A10|A30|A40|A100|A800|L4|L20|L40)[, ]{1,2}H(?:100|200|800)", re.IGNORECASE)
OURS = re.compile(r"\bL[0-9]{1,3}H[0-9]{1,3}\b")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at the first head that is spelt in another way."""
    for record, field, text in catalog.prose:
        if not OTHER.search(text) or OURS.search(text):
            continue
        match = next((found for found in OTHER.finditer(words(text)) if not CARDS.fullmatch(found[0])), None)
        if match is not None:
            numbers = [number for number in match.groups() if number is not None]
            layer, head = reversed(numbers) if match[7] is not None else numbers
            fix = f"write L{int(layer)}H{int(head)}, less 1 each if the source counts from 1"
            yield Finding(record, field, f"{match[0]!r} is a head in another spelling.", fix)
