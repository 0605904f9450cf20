"""A record names a deprecated record that has a successor.

A deprecated record keeps its page, so that old links work; new statements are about its successor. Runs, and what a paper said of a type in its day,
stay as they are.

Bad (heads/previous.yaml says `status: deprecated` and `replaced_by: previous-token`):

    relations: [{type: composes_with, head: previous, …}]

Good:

    relations: [{type: composes_with, head: previous-token, …}]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from headkb.catalog import Catalog
from headkb.catalog.kinds import Kind
from headkb.catalog.references import references
from headkb.catalog.rules import Finding

SEVERITY = "warning"
WHY = "readers are led to a page that only says where to go on"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per reference to a record that was replaced, a successor that was replaced itself among them."""
    old = {(kind, record.id): record for kind, record in catalog.records() if record.replaced_by}
    if not old:
        return
    for record in catalog.written_by_hand:
        if record.status == "deprecated" and not record.replaced_by:
            continue
        for reference in references(record):
            target = old.get((cast(Kind, reference.kind), reference.id))
            if target is None or target is record or target.id in record.replaces:
                continue
            if record.kind == "papers" or target.replaced_by == record.id:
                continue
            if record.replaced_by and reference.field != ("replaced_by",):
                continue
            message = f"{reference.id} is deprecated; {target.replaced_by} took its place."
            yield Finding(record, reference.field, message, f"write {target.replaced_by}")
