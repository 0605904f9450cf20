"""A record names another record that does not exist.

Every id that stands for another record (a paper's heads, a claim's model, a relation's target, `[[heads/induction]]` in a text)
must be the id of a file in that kind's folder. Aliases do not count: ids are permanent, names are not.

Bad:

    heads: [{id: inducton, role: introduces}]

Good:

    heads: [{id: induction, role: introduces}]
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import cast

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.references import references
from headkb.catalog.rules import Finding
from headkb.catalog.spelling import normalise

WHY = "a link that leads nowhere breaks the site and hides a typing mistake"

SUGGESTIONS = 50
"""Ids for which near ones are looked for, which takes longer than all else here."""


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per reference without a target."""
    known: dict[str, set[str]] = {kind: set(catalog.of(kind)) for kind in KINDS}
    known["claims"] |= set(catalog.statements)
    meant = {kind: ids | catalog.refused.get(cast(Kind, kind), {}).keys() for kind, ids in known.items()}
    asked = 0
    for _, record in catalog.records():
        for reference in references(record):
            ids = known.get(reference.kind)
            if ids is None:
                message = f"there is no kind of record called {reference.kind!r}."
                yield Finding(record, reference.field, message, f"use one of {', '.join(known)}")
            elif reference.id not in ids and catalog.refusal(cast(Kind, reference.kind), reference.id) is None:
                message = f"no {reference.kind} record has the id {reference.id!r}."
                asked += 1
                fix = _fix(
                    catalog,
                    cast(Kind, reference.kind),
                    reference.id,
                    meant[reference.kind] if asked <= SUGGESTIONS else set(),
                )
                yield Finding(record, reference.field, message, fix)


def _fix(catalog: Catalog, kind: Kind, name: str, known: set[str]) -> str:
    by_name = catalog.names[kind].get(normalise(name)) or (kind == "claims" and catalog.former_claims.get(name))
    near = [by_name] if by_name else get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"add {kind}/{name.split('/')[0]}.yaml (`headkb new`), or correct the id"
