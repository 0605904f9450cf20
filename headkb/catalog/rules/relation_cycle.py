"""Records are narrower than, or replaced by, one another in a circle.

`narrower_than` and `replaced_by` lead upwards: following them must come to an end.

Bad: name-mover `narrower_than` mover, and mover `narrower_than` name-mover.

Good: only name-mover `narrower_than` mover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules.finding import Finding
from headkb.catalog.schema import Record
from headkb.catalog.source import Field

SEVERITY = "error"
WHY = "in a circle nothing is the broader, or the current, one"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per record that reaches itself again."""
    for kind in KINDS:
        arrows: dict[str, list[tuple[str, Field]]] = {
            r.id: [(r.replaced_by, ("replaced_by",))] for r in catalog.of(kind).values() if r.replaced_by
        }
        yield from _circles(catalog.of(kind), arrows, "replaced by")
    broader: dict[str, list[tuple[str, Field]]] = {}
    for head in catalog.heads.values():
        for index, relation in enumerate(head.relations):
            if relation.type == "narrower_than" and relation.head != head.id:
                broader.setdefault(head.id, []).append((relation.head, ("relations", index)))
    yield from _circles(catalog.heads, broader, "narrower than")


def _circles(records: Mapping[str, Record], arrows: dict[str, list[tuple[str, Field]]], word: str) -> Iterator[Finding]:
    for start, out in arrows.items():
        for target, field in out:
            path, reached = [start, target], target
            while reached != start and reached in arrows and len(path) <= len(arrows) + 1:
                reached = arrows[reached][0][0]
                path.append(reached)
            if reached == start and start == min(path):
                message = f"{f' is {word} '.join(path)}: a circle."
                yield Finding(records[start], field, message, "remove the link that is wrong")
