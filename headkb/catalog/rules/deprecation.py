"""A deprecated record names no successor, or an active one does.

`status: deprecated` needs `replaced_by` (an id of the same kind), or `no_replacement` with the reason. An active record has neither.

Bad:

    status: deprecated

Good:

    status: deprecated
    replaced_by: previous-token
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding

ID = "deprecation"
SEVERITY = "error"
WHY = "readers of an old link must be told where to go"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per record whose status and successor disagree."""
    for kind, record in catalog.records():
        fault = partial(Finding, kind, record.id)
        successor = record.replaced_by or record.no_replacement
        if record.status == "deprecated" and not successor:
            yield fault(
                ("status",),
                "a deprecated record must say what replaces it.",
                "add `replaced_by: id`, or `no_replacement: reason`",
            )
        elif record.status == "active" and successor:
            field = "replaced_by" if record.replaced_by else "no_replacement"
            yield fault((field,), f"an active record has no `{field}`.", "add `status: deprecated`, or delete the line")
        if record.replaced_by == record.id:
            yield fault(("replaced_by",), "a record cannot replace itself.", "name another record")
