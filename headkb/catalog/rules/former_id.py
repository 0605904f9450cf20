"""A former id in `replaces` is still in use, or is claimed twice.

`replaces` lists ids that this record had before; the site redirects them here. So none of them may be a record's present id, and
no two records may claim the same one.

Bad, while heads/previous.yaml exists:

    replaces: [previous]

Good: delete heads/previous.yaml, or take it out of the list.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules.finding import Finding

SEVERITY = "error"
WHY = "an old address can lead to one page only"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per former id that is taken."""
    for kind in KINDS:
        owner: dict[str, str] = {}
        for record in catalog.of(kind).values():
            for index, old in enumerate(record.replaces):
                if old in catalog.of(kind):
                    yield Finding(
                        record,
                        ("replaces", index),
                        f"{old!r} is the id of an existing record.",
                        f"delete {kind}/{old}.yaml, or take it out of `replaces`",
                    )
                elif old in owner:
                    yield Finding(
                        record,
                        ("replaces", index),
                        f"{kind}/{owner[old]} already replaces {old!r}.",
                        "keep it in one of the two",
                    )
                owner[old] = record.id
