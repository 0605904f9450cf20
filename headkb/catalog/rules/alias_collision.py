"""Two records of one kind have the same name.

Names and aliases are compared after case, accents, punctuation and the word "head" are taken out, so "S-Inhibition Head" and
"s inhibition" are one name. Within a record, an alias that adds nothing is refused, too.

Bad (in two files):

    name: Negative Head
    aliases: [{name: negative head, kind: paper-specific}]

Good: keep the name in one record, and say in the other record's `notes` that some papers use it.
"""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.rules import Finding
from headkb.catalog.source import Field
from headkb.catalog.spelling import normalise

WHY = "a name must lead to exactly one record, or a look-up gives the wrong one"


def check(catalog: Catalog) -> Iterator[Finding]:
    """Yield one finding per name that is already taken."""
    for kind, spec in KINDS.items():
        if spec.name_field is None:
            continue
        ids = {normalise(i): i for i in catalog.of(kind)}
        taken: dict[str, tuple[str, str]] = {}
        for record in catalog.of(kind).values():
            for index, name in enumerate(record.names()):
                field: Field = ("aliases", index - 1) if index else (spec.name_field,)
                key = normalise(name)
                if key in ids and ids[key] != record.id:
                    yield Finding(record, field, f"{name!r} is the id of {kind}/{ids[key]}.", "choose another name")
                elif index and key == normalise(record.id) and key != normalise(record.title_text()):
                    yield Finding(record, field, f"{name!r} is the record's own id, spelt differently.", "leave it out")
                elif key in taken and taken[key][0] == record.id:
                    message = f"{name!r} is the same name as {taken[key][1]!r} of this record."
                    yield Finding(record, field, message, "leave it out: look-ups ignore spelling")
                elif key in taken:
                    message = f"{name!r} already belongs to {kind}/{taken[key][0]} (as {taken[key][1]!r})."
                    fix = "keep it in one record; say in the other's `notes` that some papers use it"
                    yield Finding(record, field, message, fix)
                else:
                    taken[key] = (record.id, name)
