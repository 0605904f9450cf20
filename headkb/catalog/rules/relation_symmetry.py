"""A relation is written twice, points to its own record, or contradicts another.

`same_as`, `variant_of`, `composes_with` and `distinct_from` hold both ways. They are written once, on the record whose id sorts
first, and both pages show them. No pair may be both `same_as` and `distinct_from`.

Bad, in heads/previous-token.yaml:

    relations: [{type: composes_with, head: induction, …}]

Good, in heads/induction.yaml:

    relations: [{type: composes_with, head: previous-token, …}]
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from headkb.catalog import Catalog
from headkb.catalog.rules.finding import Finding
from headkb.catalog.schema.head import SYMMETRIC
from headkb.catalog.source import Field

ID = "relation-symmetry"
SEVERITY = "error"
WHY = "one fact in two places drifts apart"

CLASH = frozenset({"same_as", "distinct_from"})


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per relation at the wrong side, repeated, reflexive or contradicted."""
    seen: dict[frozenset[str], dict[str, str]] = {}
    for head in catalog.heads.values():
        fault = partial(Finding, "heads", head.id)
        for index, relation in enumerate(head.relations):
            field: Field = ("relations", index)
            pair = frozenset({head.id, relation.head})
            if relation.head == head.id:
                yield fault(
                    (*field, "head"), "a head type cannot stand in a relation to itself.", "name another head type"
                )
                continue
            types = seen.setdefault(pair, {})
            symmetric = relation.type in SYMMETRIC
            if symmetric and relation.type not in types and head.id > relation.head:
                yield fault(
                    (*field, "type"),
                    f"`{relation.type}` holds both ways and is written on the id that sorts first.",
                    f"move it to heads/{relation.head}.yaml as {{type: {relation.type}, head: {head.id}, …}}",
                )
            key = relation.type if symmetric else f"{relation.type} {head.id}"
            if key in types:
                yield fault(
                    field,
                    f"the relation `{relation.type}` to {relation.head} is written twice.",
                    "keep one, with both sources",
                )
            types[key] = head.id
            if relation.type in CLASH and types.keys() >= CLASH:
                yield fault(
                    field,
                    f"{head.id} and {relation.head} are said to be both the same and distinct.",
                    "decide which, and keep the other view in a note",
                )
