"""A former id in `replaces` is still in use, or is claimed twice.

`replaces` lists ids that this record used to have; the site redirects them here. So none of them may be the current id of a record, and
no two records may claim the same one.

Bad, while heads/previous.yaml exists:

    replaces: [previous]

Good: delete heads/previous.yaml, or remove it from the list.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules import Finding

WHY = "an old address can lead to one page only"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per former id that is taken."""
    for kind in KINDS:
        owner: dict[str, str] = {}
        for record in catalog.of(kind).values():
            for index, old in enumerate(record.replaces):
                if old in catalog.of(kind):
                    fix = f"delete {kind}/{old}.yaml, or remove it from `replaces`"
                    yield Finding(record, ("replaces", index), f"{old!r} is the id of an existing record.", fix)
                elif old in owner:
                    message, fix = f"{kind}/{owner[old]} already replaces {old!r}.", "keep it in one of the two"
                    yield Finding(record, ("replaces", index), message, fix)
                owner[old] = record.id
