"""A former id in `replaces` is still in use, or is claimed twice.

`replaces` lists ids that this record, or this claim of a file, used to have; the site redirects them here. So none of them may be the
current id of a record or of a claim in the same file, and no two may claim the same one.

Bad, while heads/previous.yaml exists:

    replaces: [previous]

Good: delete heads/previous.yaml, or remove it from the list.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules import Finding
from headkb.catalog.schema import ClaimFile

WHY = "an old address can lead to one page only"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per former id that is taken."""
    for file in catalog.claims.values():
        yield from _claims(file)
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


def _claims(file: ClaimFile) -> Iterator[Finding]:
    ids = {claim.id for claim in file.claims}
    owner: dict[str, str] = {}
    for number, claim in enumerate(file.claims):
        for index, old in enumerate(claim.replaces):
            field = ("claims", number, "replaces", index)
            if old in ids:
                fix = "remove the claim of that id, or take the id out of `replaces`"
                yield Finding(file, field, f"{old!r} is the id of an existing claim.", fix)
            elif old in owner:
                message, fix = f"the claim {owner[old]!r} already replaces {old!r}.", "keep it in one of the two"
                yield Finding(file, field, message, fix)
            owner.setdefault(old, claim.id)
