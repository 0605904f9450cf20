"""A definition begins with the name that it defines.

The name stands before the definition wherever it is shown. A definition that repeats it either explains the word by itself or wastes its beginning.

Bad:

    name: Induction head
    definition: An induction head is a head that does induction.

Good:

    name: Induction head
    definition: Attends to the token after the last occurrence of the current one.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Benchmark, Circuit, Head, Method, Term

SEVERITY = "warning"
WHY = "who does not know the word learns nothing from it"
ARTICLES = ("a ", "an ", "the ")


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per definition that begins with a name of its record."""
    defined: list[Head | Method | Benchmark | Circuit | Term] = [
        *catalog.heads.values(),
        *catalog.methods.values(),
        *catalog.benchmarks.values(),
        *catalog.circuits.values(),
        *catalog.glossary.values(),
    ]
    for record in defined:
        said = record.definition.casefold()
        said = next((said[len(article) :] for article in ARTICLES if said.startswith(article)), said)
        name = next((name for name in record.names() if _begins(said, name.casefold())), None)
        if name is not None:
            message = f"it begins with {name!r}, the name that it defines."
            yield Finding(record, ("definition",), message, "begin with what it does: `Attends to …`, `Replaces …`")


def _begins(text: str, name: str) -> bool:
    """Whether a text begins with a name, one or many of it, as whole words."""
    behind = text[len(name) :].removeprefix("s")[:1]
    return text.startswith(name) and behind != "-" and not behind.isalnum()
