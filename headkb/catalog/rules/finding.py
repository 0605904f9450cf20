"""What a rule yields. `headkb.catalog.rules.check` makes a Diagnostic of it, with the place in the file and the rule's own words."""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.schema import Record
from headkb.catalog.source import Field


@dataclass(frozen=True)
class Finding:
    """A fault in one record: the record, the field at fault, what is wrong and how to fix it."""

    record: Record
    field: Field
    message: str
    fix: str
