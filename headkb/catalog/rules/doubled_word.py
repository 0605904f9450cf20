"""A word stands twice in a row.

What stands in quotation marks, in code or in a formula may repeat its words: prompts do.

Bad:

    definition: Attends to the the previous token.

Good:

    definition: Attends to the previous token.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.prose import unquoted, words
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "it is a slip of typing, or a word in its place is missing"
MAY_BE_DOUBLE = frozenset({"that", "had"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at its first doubled word; numbers and single letters may repeat."""
    for record, field, text in catalog.prose:
        before = ""
        for word in text.split():
            slip = word == before and len(word) > 1 and word.isalpha() and word.islower() and word not in MAY_BE_DOUBLE
            if slip and f" {word} {word}" in f" {unquoted(words(text))}".replace("\n", " "):
                yield Finding(record, field, f"{word!r} stands twice.", f"delete one {word!r}, or write what was meant")
                break
            before = word
