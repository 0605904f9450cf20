"""Records are narrower than, variants of or replaced by one another in a circle.

`narrower_than`, `variant_of` and `replaced_by` lead upwards: following them must come to an end.

Bad: name-mover `narrower_than` mover, and mover `narrower_than` name-mover.

Good: only name-mover `narrower_than` mover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules import Finding
from headkb.catalog.schema import Record
from headkb.catalog.source import Field

WHY = "in a circle no record is the broader or the current one"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per record that reaches itself again."""
    for kind in KINDS:
        arrows: dict[str, list[tuple[str, Field]]] = {
            r.id: [(r.replaced_by, ("replaced_by",))] for r in catalog.of(kind).values() if r.replaced_by
        }
        yield from _circles(catalog.of(kind), arrows, "replaced by")
    for type_, word in (("narrower_than", "narrower than"), ("variant_of", "a variant of")):
        broader: dict[str, list[tuple[str, Field]]] = {}
        for head in catalog.heads.values():
            for index, relation in enumerate(head.relations):
                if relation.type == type_ and relation.head != head.id:
                    broader.setdefault(head.id, []).append((relation.head, ("relations", index)))
        yield from _circles(catalog.heads, broader, word)


def _circles(records: Mapping[str, Record], arrows: dict[str, list[tuple[str, Field]]], word: str) -> Iterator[Finding]:
    for start, out in arrows.items():
        for target, field in out:
            path = _way(arrows, target, start)
            if path and start == min(path):
                message = f"{f' is {word} '.join([start, *path])}: a circle."
                yield Finding(records[start], field, message, "remove the link that is wrong")


def _way(arrows: dict[str, list[tuple[str, Field]]], start: str, end: str) -> list[str]:
    """A shortest way along the arrows, both ends included; empty if there is none."""
    came: dict[str, str] = {start: ""}
    for record in (queue := [start]):
        if record == end:
            path = [end]
            while came[path[0]]:
                path.insert(0, came[path[0]])
            return path
        for target, _ in arrows.get(record, ()):
            if target not in came:
                came[target] = record
                queue.append(target)
    return []
