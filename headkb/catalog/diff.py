"""What changed between two catalogs, by meaning and not by lines.

Classes: added, renamed (a record or a claim has the old id in `replaces`), meaning changed, changed (any other key), deprecated, removed,
refused (the record's file cannot be read in one of the catalogs, so nothing can be compared). An id that vanished without `replaces`
is `removed`, which a release must not contain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.refusals import WHOLE

DifferenceType = Literal["refused", "removed", "renamed", "deprecated", "meaning changed", "added", "changed"]
ORDER: tuple[DifferenceType, ...] = get_args(DifferenceType)


@dataclass(frozen=True)
class Difference:
    """One record's change: its class, kind, id, and the keys that differ or the other id."""

    change: DifferenceType
    kind: Kind
    id: str
    detail: str = ""


def diff(old: Catalog, new: Catalog) -> list[Difference]:
    """Every record that differs, by class, kind and id."""
    differences = _lost_claims(old, new)
    for kind in KINDS:
        refused = {**new.refused.get(kind, {}), **old.refused.get(kind, {})}
        differences += [Difference("refused", kind, stem, problem.short()) for stem, problem in refused.items()]
        unknown = (
            {*old.of(kind), *new.of(kind)} if WHOLE in refused else refused.keys()
        )  # of a folder that cannot be read nothing is known
        before, after = ({i: r for i, r in c.of(kind).items() if i not in unknown} for c in (old, new))
        successor = {former: record.id for record in after.values() for former in record.replaces}
        lost = [record_id for record_id in before if record_id not in after]
        renamed = {successor[record_id] for record_id in lost if record_id in successor}
        differences += [
            Difference("renamed", kind, i, f"now {successor[i]}") if i in successor else Difference("removed", kind, i)
            for i in lost
        ]
        for record_id, record in after.items():
            if record_id not in before:
                if record_id not in renamed:
                    differences.append(Difference("added", kind, record_id, record.title_text()))
                continue
            keys = _changed_keys(before[record_id].data(), record.data())
            if "status" in keys and record.status == "deprecated":
                detail = f"replaced by {record.replaced_by}" if record.replaced_by else ""
                differences.append(Difference("deprecated", kind, record_id, detail))
            elif keys:
                change: DifferenceType = "meaning changed" if keys & KINDS[kind].meaning else "changed"
                differences.append(Difference(change, kind, record_id, ", ".join(sorted(keys))))
    place = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(differences, key=lambda d: (ORDER.index(d.change), place[d.kind], d.id))


def _lost_claims(old: Catalog, new: Catalog) -> list[Difference]:
    """Single claims, `<file>/<claim>`, whose id is gone: renamed if another has it in `replaces`. Files are records and compared as such."""
    lost = [s.id for s in old.statements.values() if s.id not in new.statements and s.file.id in new.claims]
    now = new.former_claims
    return [
        Difference("renamed", "claims", i, f"now {now[i]}") if i in now else Difference("removed", "claims", i)
        for i in lost
    ]


def _changed_keys(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
