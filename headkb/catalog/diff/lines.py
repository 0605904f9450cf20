"""Differences as a reader is told them: those that are alike on one line, runs by model, refused files by cause."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headkb.catalog.diff.difference import ORDER, Difference, DifferenceType
from headkb.catalog.diff.words import cut
from headkb.catalog.glance import counted
from headkb.catalog.kinds import KINDS, Kind

ALIKE = 3
"""So many records with the same change are told together."""
ALIKE_IN_KEYS = 8
"""So many records whose changes differ, but not the keys of these, are told together."""
_PARTICULAR = re.compile(r"'[^']*'|[0-9]+")
"""What differs between two messages of one cause."""
MANY = 25
"""From so many on, what is shown of head types is told by model."""
LONGEST = 300
"""Characters of a line."""
_VALUES = 6
"""Values of one record that are told."""


@dataclass(frozen=True)
class DiffLine:
    """What is told on one line.

    Attributes:
        members: The differences that it tells.
        said: What is said of them, without their ids.
        more: Further lines, one for each value that changed.
    """

    members: tuple[Difference, ...]
    said: str = ""
    more: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """The kind of the records that it is about."""
        return self.members[0].kind


LinesByClass = dict[DifferenceType, dict[Kind, list[DiffLine]]]
"""Class → kind → lines."""


def told(differences: Iterable[Difference], *, together: bool = True) -> LinesByClass:
    """Differences by class and kind, those that are alike in one line unless each is to be told by itself."""
    sorted_in: dict[DifferenceType, dict[Kind, list[Difference]]] = {}
    for difference in differences:
        sorted_in.setdefault(difference.change, {}).setdefault(difference.kind, []).append(difference)
    return {
        change: {kind: _lines(members, together) for kind, members in kinds.items()}
        for change in ORDER
        if (kinds := sorted_in.get(change))
    }


def summary(differences: Sequence[Difference]) -> str:
    """How many differences there are of each class: `3 added, 1 renamed`; `no differences` where there is none."""
    counts = [(sum(d.change == change for d in differences), change) for change in ORDER]
    return ", ".join(f"{number:,} {word(change, number)}" for number, change in counts if number) or "no differences"


def word(change: DifferenceType, number: int) -> str:
    """A class behind a number."""
    if change == "meaning changed":
        return "with another meaning"
    if change == "evidence changed":
        return "change of evidence" if number == 1 else "changes of evidence"
    return f"{change}s" if change == "other change" and number != 1 else change


def counted_records(lines: Sequence[DiffLine]) -> str:
    """How many records of one kind lines tell of: `12 head types`."""
    members = [member for line in lines for member in line.members]
    return counted(len(members), noun(members), noun(members, many=True))


def noun(members: Sequence[Difference], *, many: bool = False) -> str:
    """What records of one kind are called in a sentence; of claims it may be the files that are told."""
    kind = members[0].kind
    if kind == "claims" and all("/" not in member.id for member in members):
        return "files of claims" if many else "file of claims"
    one = "claim" if kind == "claims" else KINDS[kind].label.lower()  # its label is that of a file
    return one if not many else f"{one}es" if one.endswith("s") else f"{one}s"


def _lines(members: list[Difference], together: bool) -> list[DiffLine]:
    """The lines of one class and kind, in the order of the first id of each."""
    if not together:
        return [_single(member) for member in members]
    groups: dict[tuple[str, ...], list[Difference]] = {}
    for member in members:
        groups.setdefault(_cause(member, len(members)), []).append(member)
    lines: list[DiffLine] = []
    apart: list[Difference] = []
    for cause, group in groups.items():
        if cause and (len(group) >= ALIKE or cause[0] == "runs"):
            lines.append(DiffLine(tuple(group), _shared(group)))
        else:
            apart += group
    by_keys: dict[str, list[Difference]] = {}
    for member in apart:
        by_keys.setdefault(member.detail if member.fields else f"/{member.id}", []).append(member)
    for group in by_keys.values():
        if len(group) >= ALIKE_IN_KEYS and group[0].change in ("meaning changed", "other change"):
            such = cut(group[0].fields[0].said)
            lines.append(DiffLine(tuple(group), f"{_keys(group)}, in each its own, such as {such}"))
        else:
            lines += map(_single, group)
    return sorted(lines, key=lambda line: (line.members[0].id, line.members[0].detail))


def _keys(group: list[Difference]) -> str:
    """Which keys differ in records whose changes differ: the whole ways to them where these are few."""
    ways = dict.fromkeys(field.key for difference in group for field in difference.fields)
    return ", ".join(ways) if len(ways) <= 3 else group[0].detail


def _cause(difference: Difference, among: int) -> tuple[str, ...]:
    """What two differences have in common that are told together; empty if it is always told by itself."""
    if difference.change == "refused":
        return "refused", _of_refused(difference)
    if difference.change == "replaced":
        return "replaced", difference.detail
    if difference.change in ("evidence changed", "removed") and difference.kind == "runs":
        return "runs", _of_runs(difference)
    if difference.change == "evidence changed" and difference.kind == "heads" and difference.fields and among > MANY:
        return "heads", _of_showings(difference)
    if difference.change in ("meaning changed", "other change"):
        return tuple(f"{field.key}: {field.said}" for field in difference.fields)
    return ()


def _of_runs(difference: Difference) -> str:
    """What is said of a run and others of its model."""
    model = f"of {difference.fields[0].said}" if difference.fields else ""
    what = difference.detail.partition(":")[0].removeprefix("run ")
    return model if difference.change == "removed" else f"{model}: {what}"


def _of_showings(difference: Difference) -> str:
    """What is said of a head type and others with the same words in its model, without the heads."""
    change = difference.fields[0]
    old, new = (str(word).partition(" for ")[0] for word in (change.old, change.new))
    return f"in {change.key.rpartition(' ')[2]}: {old} → {new}"


def _of_refused(difference: Difference) -> str:
    """Where and why a file is refused, without its place and names."""
    where = f"in the {difference.fields[0].said} catalog: " if difference.fields else ""
    return where + _PARTICULAR.sub("…", difference.detail.partition(" ")[2])


def _shared(group: list[Difference]) -> str:
    first = group[0]
    if first.change == "refused":
        return cut(_of_refused(first), LONGEST)
    if first.change == "replaced":
        return first.detail
    if first.change in ("evidence changed", "removed"):
        return _of_runs(first) if first.kind == "runs" else _of_showings(first)
    return cut("; ".join(f"{field.key}: {field.said}" for field in first.fields), LONGEST)


def _single(difference: Difference) -> DiffLine:
    if difference.change in ("meaning changed", "other change"):
        own = [field for field in difference.fields if not field.key.startswith("curation")]
        # That it was checked again is news only where nothing else is.
        values = [cut(f"{field.key}: {field.said}", LONGEST) for field in own or difference.fields]
        left = len(values) - _VALUES
        more = [*values[:_VALUES], f"and {left} more values"] if left > 1 else values
        return DiffLine((difference,), more[0], ()) if len(more) == 1 else DiffLine((difference,), "", tuple(more))
    said = difference.name if difference.change == "removed" else difference.detail
    if difference.change == "evidence changed" and difference.kind == "heads" and " → shown" not in said:
        said += "".join(f" ({field.said})" for field in difference.fields if field.said)
    return DiffLine((difference,), cut(said, LONGEST))
