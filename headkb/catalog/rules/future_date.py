"""Something is dated in the future.

Papers have appeared, pages have been read, records have been checked and runs have been made, all of it before today. Today is what the clock of the
machine says, and a day more for other time zones.

Bad:

    curation: {checked: 2062-11-20}

Good:

    curation: {checked: 2026-11-20}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Atlas, Paper, Record, Run
from headkb.catalog.source import Field

SEVERITY = "warning"
WHY = "lists by date, feeds and what is called new would begin with it for years"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per date that has not come."""
    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    for record, field, day in _dates(catalog):
        if day > tomorrow[: len(day)]:
            message = f"{day} has not come: by the clock of this machine it is {date.today().isoformat()}."
            yield Finding(record, field, message, "correct the date, which may have two digits swapped")


def _dates(catalog: Catalog) -> Iterator[tuple[Record, Field, str]]:
    dated: list[Paper | Run | Atlas] = [*catalog.papers.values(), *catalog.runs.values(), *catalog.atlases.values()]
    for record in dated:
        yield record, ("date",), record.date
    for _, any_record in catalog.records():
        if any_record.curation and any_record.curation.checked:
            yield any_record, ("curation", "checked"), any_record.curation.checked
    for of_record, field, source in catalog.sources:
        if source.accessed:
            yield of_record, (*field, "accessed"), source.accessed
