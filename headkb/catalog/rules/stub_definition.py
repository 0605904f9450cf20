"""A definition says nothing: it has one or two words, or is the record's own name.

It stands first on the page, in the table of its kind, in search and in every pop-up. The `summary` of a score or tool is its definition.

Bad:

    name: Induction head
    definition: Induction.

Good:

    name: Induction head
    definition: Attends to the token after the last occurrence of the current one.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Benchmark, Circuit, Head, Method, Record, ScoreRecord, Term, Tool
from headkb.catalog.source import Field
from headkb.catalog.spelling import normalise

SEVERITY = "warning"
WHY = "it is the one sentence that most readers see of a record"
LEAST = 3
"""Words of the shortest sentence."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per definition that defines nothing."""
    for record, field, text in _definitions(catalog):
        if len(text.split()) < LEAST or normalise(text) in map(normalise, record.names()):
            message = f"{text!r} does not say what {record.title_text()!r} is."
            yield Finding(record, field, message, "write one sentence: what it does, with what, where")


def _definitions(catalog: Catalog) -> Iterator[tuple[Record, Field, str]]:
    defined: list[Head | Method | Benchmark | Circuit | Term] = [
        *catalog.heads.values(),
        *catalog.methods.values(),
        *catalog.benchmarks.values(),
        *catalog.circuits.values(),
        *catalog.glossary.values(),
    ]
    for record in defined:
        yield record, ("definition",), record.definition
    summarised: list[ScoreRecord | Tool] = [*catalog.scores.values(), *catalog.tools.values()]
    for described in summarised:
        yield described, ("summary",), described.summary
