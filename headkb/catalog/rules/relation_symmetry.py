"""A relation is written twice, points to its own record, or contradicts another.

`same_as`, `distinct_from` and `composes_with` are written once, on the record whose id sorts first, and both pages show them; which of two types sends
what the other reads says the `sender` of `composes_with`. No pair may be both `same_as` and `distinct_from`.

Bad, in heads/previous-token.yaml:

    relations: [{type: composes_with, head: induction, sender: previous-token, …}]

Good, in heads/induction.yaml:

    relations: [{type: composes_with, head: previous-token, sender: previous-token, …}]
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.rules import Finding
from headkb.catalog.schema.head import WRITTEN_ONCE
from headkb.catalog.source import Field

WHY = "a fact written in two places drifts apart"

CLASH = frozenset({"same_as", "distinct_from"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per relation at the wrong side, repeated, reflexive or contradicted."""
    seen: dict[frozenset[str], dict[str, str]] = {}
    for head in catalog.heads.values():
        for index, relation in enumerate(head.relations):
            field: Field = ("relations", index)
            pair = frozenset({head.id, relation.head})
            if relation.head == head.id:
                message, fix = "a head type cannot stand in a relation to itself.", "name another head type"
                yield Finding(head, (*field, "head"), message, fix)
                continue
            types = seen.setdefault(pair, {})
            once = relation.type in WRITTEN_ONCE
            if once and relation.type not in types and head.id > relation.head:
                message = f"`{relation.type}` is written once, on the id that sorts first."
                fix = f"move it to heads/{relation.head}.yaml as {{type: {relation.type}, head: {head.id}, …}}"
                yield Finding(head, (*field, "type"), message, fix)
            key = relation.type if once else f"{relation.type} {head.id}"
            if key in types:
                message = f"the relation `{relation.type}` to {relation.head} is written twice."
                yield Finding(head, field, message, "keep one, with both sources")
            types[key] = head.id
            if relation.type in CLASH and types.keys() >= CLASH:
                message = f"{head.id} and {relation.head} are said to be both the same and distinct."
                yield Finding(head, field, message, "decide which, and keep the other view in a note")
