"""Two catalogs held against each other: every record and claim that differs, each difference in its class."""

from __future__ import annotations

from collections.abc import Iterator

from headkb.catalog import Catalog
from headkb.catalog.diff.beside import files_beside
from headkb.catalog.diff.claims import claim_differences
from headkb.catalog.diff.difference import ORDER, Difference, FieldChange, first_keys, of_change
from headkb.catalog.diff.evidence import evidence_differences
from headkb.catalog.diff.fields import field_changes, meaning_differs
from headkb.catalog.diff.moves import Moves, unread
from headkb.catalog.glance import counted
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema import ClaimFile, Paper, Record, Run

_STATUS = frozenset({"status", "replaced_by", "no_replacement"})


def diff(old: Catalog, new: Catalog) -> list[Difference]:
    """Every difference between two catalogs, by class, kind and id. A record that cannot be read in one of them is `refused`, and no more.

    Args:
        old: The catalog as it was.
        new: The catalog as it is.
    """
    moves = Moves(old, new)
    found = [difference for kind in KINDS for difference in _of_kind(old, new, kind, moves)]
    found += claim_differences(old, new, moves)
    found += evidence_differences(old, new, moves)
    place = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(found, key=lambda d: (ORDER.index(d.change), place[d.kind], d.id, d.detail))


def _of_kind(old: Catalog, new: Catalog, kind: Kind, moves: Moves) -> Iterator[Difference]:
    before, after = old.of(kind), new.of(kind)
    refused = {**new.refused.get(kind, {}), **old.refused.get(kind, {})}
    for stem, problem in refused.items():
        sides = [word for word, catalog in (("old", old), ("new", new)) if stem in catalog.refused.get(kind, {})]
        yield Difference("refused", kind, stem, problem.short(), fields=(FieldChange("catalog", " and ".join(sides)),))
    hidden, went = unread(old, new, kind), moves.of[kind]
    for record_id, file in went.unknown.items():
        yield Difference("refused", kind, record_id, f"it may be in {kind}/{file}.yaml, which cannot be read")
    for record_id in went.removed:
        if record_id not in hidden:
            yield _removed(kind, before[record_id])
    for record_id, now in went.merged.items():
        if record_id not in hidden:
            yield Difference("replaced", kind, record_id, f"now part of {now}", before[record_id].title_text(), now)
    for record_id, now in went.renamed.items():
        if record_id not in hidden:
            yield Difference("renamed", kind, record_id, f"now {now}", after[now].title_text(), now)
            yield from _compared(old, new, before[record_id], after[now], moves)
    new_names = set(went.renamed.values())
    for record_id, record in after.items():
        if record_id in hidden or record_id in new_names:
            continue
        if record_id in before:
            yield from _compared(old, new, before[record_id], record, moves)
        elif not isinstance(record, Run):  # a run that came is evidence
            yield Difference("added", kind, record_id, _said_of(record), record.title_text())


def _removed(kind: Kind, record: Record) -> Difference:
    fields = (FieldChange("model", record.model, record.model),) if isinstance(record, Run) else ()
    return Difference("removed", kind, record.id, name=record.title_text(), fields=fields)


def _said_of(record: Record) -> str:
    """What is told of a record that is new."""
    if isinstance(record, ClaimFile):
        return f"{record.title_text()}: {counted(len(record.claims), 'claim')}"
    return f"{record.title_text()} ({record.date})" if isinstance(record, Paper) else record.title_text()


def _compared(old: Catalog, new: Catalog, before: Record, after: Record, moves: Moves) -> Iterator[Difference]:
    """The differences between a record and the same record of before; those of single claims are told apart."""
    # Whether the files beside them changed is seen without the records.
    changes = files_beside(old, new, before, after)
    if before != after or before.id != after.id:
        then, now = moves.data(before), after.data()
        if set(after.replaces) & moves.of[_kind_of(after)].moved.keys():  # told as renamed or replaced
            then.pop("replaces", None)
            now.pop("replaces", None)
        own = {"id", *(["claims"] if isinstance(before, ClaimFile) else [])}
        changes = [c for c in field_changes(then, now) if c.key.partition(".")[0] not in own] + changes
    kind, name = _kind_of(after), after.title_text()
    if after.status == "deprecated" and (before.status != "deprecated" or before.replaced_by != after.replaced_by):
        changes = [change for change in changes if change.key not in _STATUS]
        if after.replaced_by:
            yield Difference("replaced", kind, after.id, f"by {after.replaced_by}", name, after.replaced_by)
        else:
            yield Difference("deprecated", kind, after.id, after.no_replacement or "", name)
    if changes and not isinstance(after, Run):
        yield of_change(kind, after.id, name, changes, weighty=meaning_differs(changes, KINDS[kind].meaning))
    elif changes:
        evident = {"invalidation"} | KINDS[kind].meaning
        if evident.isdisjoint(first_keys(changes)):  # else told as evidence
            yield of_change(kind, after.id, name, changes, weighty=False)


def _kind_of(record: Record) -> Kind:
    return next(kind for kind in KINDS if kind == record.kind)
