"""What a rule yields. `headkb.catalog.rules.check` adds the file's place and the rule's own words, and makes a Diagnostic of it."""

from __future__ import annotations

from dataclasses import dataclass

from headkb.catalog.schema import Kind
from headkb.catalog.source import Field


@dataclass(frozen=True)
class Finding:
    """A fault in one record: its kind and id, the field at fault, what is wrong and how to fix it."""

    kind: Kind
    id: str
    field: Field
    message: str
    fix: str
