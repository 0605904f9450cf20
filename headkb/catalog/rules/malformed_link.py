"""Two brackets open a link to a record that is not written as one.

A link names kind and id, `[[heads/induction]]`, and may have words of its own, `[[heads/induction|such heads]]`. The kind is the name of a folder, the id
that of a file.

Bad:

    description: Works with [[induction]] heads and [[Heads/Name Mover]].

Good:

    description: Works with [[heads/induction]] heads and [[heads/name-mover]].
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.prose import words
from headkb.catalog.rules import Finding
from headkb.catalog.spelling import normalise

WHY = "readers would see the brackets, and nothing would hold the name against the records"
OPEN = re.compile(r"\[\[(?![-0-9., ]{1,80}\])([^\[\]\n]{0,80})")
"""Brackets around numbers alone are a matrix."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per text, at its first such link."""
    for record, field, text in catalog.prose:
        match = OPEN.search(words(text)) if "[[" in text else None
        if match is not None:
            message = f"{match[0][:40]!r} is no link to a record."
            yield Finding(record, field, message, f"write `{_link(catalog, match[1])}`")


def _link(catalog: Catalog, inside: str) -> str:
    """The link that was probably meant."""
    name = normalise(inside.partition("|")[0].rpartition("/")[2])
    for kind in KINDS:
        if name in catalog.names[kind]:
            return f"[[{kind}/{catalog.names[kind][name]}]]"
    return "[[kind/id]]"
