"""What differs between two records' data, value by value: entries of lists are known by their ids, so that one is not taken for another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from headkb.catalog.diff.difference import FieldChange
from headkb.catalog.diff.words import cut, old_to_new, shortly

SUPPORT = frozenset({"source", "sources", "note", "note_back", "notes", "reason", "locator", "basis", "accessed"})
"""Keys that say what a fact rests on. Where they alone differ, the meaning is as before."""
_NAMES = (("id",), ("type", "head"), ("name",), ("label",), ("text",), ("in", "says"))
"""Keys by which the entries of a list are told apart, the first that every entry has."""
_NAMED = 4
"""Entries of a list that are named."""


def field_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """Every value that differs between two records, in the order of the new one's keys; when it was checked last."""
    return sorted(_of_mapping("", old, new), key=lambda change: change.key.startswith("curation"))


def meaning_differs(changes: Sequence[FieldChange], meaning: frozenset[str]) -> bool:
    """Whether any of the changes alters what a record says: it lies below one of these keys, and is not only about what that rests on."""
    for change in changes:
        first, *rest = change.key.split(".")
        if first in meaning and not SUPPORT & set(rest):
            return True
    return False


def _of_mapping(place: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldChange]:
    for key in dict.fromkeys([*new, *old]):
        if old.get(key) != new.get(key):
            yield from _of_value(f"{place}.{key}" if place else str(key), old.get(key), new.get(key))


def _of_value(place: str, old: Any, new: Any) -> Iterator[FieldChange]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _of_mapping(place, old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_list(place, old, new)
    else:
        yield FieldChange(place, old_to_new(old, new), _plain(old), _plain(new))


def _plain(value: Any) -> str | float | bool | None:
    return value if isinstance(value, (int, float, bool)) or (isinstance(value, str) and "\n" not in value) else None


def _of_list(place: str, old: list[Any], new: list[Any]) -> Iterator[FieldChange]:
    if _are_numbers(old) and _are_numbers(new):
        yield FieldChange(place, _numbers(old, new))
        return
    names = _names_of([*old, *new])
    if names is None:
        yield from _of_unnamed(place, old, new)
        return
    before, after = ({_name(entry, names): entry for entry in side} for side in (old, new))
    if len(before) < len(old) or len(after) < len(new):
        yield from _of_unnamed(place, old, new)
        return
    if change := _come_and_gone(place, [n for n in after if n not in before], [n for n in before if n not in after]):
        yield change
    changed = [name for name in after if name in before and before[name] != after[name]]
    for name in changed:
        yield from _of_value(f"{place}.{cut(name, 40)}", before[name], after[name])
    if not changed and before.keys() == after.keys():
        yield FieldChange(place, "in another order")


def _of_unnamed(place: str, old: list[Any], new: list[Any]) -> Iterator[FieldChange]:
    """Entries without names: equal ones are the same; where as many came as went, each took the place of one."""
    gone, come = _without(old, new), _without(new, old)
    if not gone and not come:
        yield FieldChange(place, "in another order")
    elif len(gone) == len(come) and all(isinstance(entry, Mapping) for entry in [*gone, *come]):
        for before, after in zip(gone, come, strict=True):
            yield from _of_mapping(f"{place}.{new.index(after) + 1}", before, after)
    elif change := _come_and_gone(place, [shortly(entry) for entry in come], [shortly(entry) for entry in gone]):
        yield change


def _come_and_gone(place: str, come: list[str], gone: list[str]) -> FieldChange | None:
    said = [f"{word}: {_some(names)}" for word, names in (("added", come), ("removed", gone)) if names]
    return FieldChange(place, "; ".join(said)) if said else None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED + 1 else ""
    return ", ".join(names[:_NAMED] if more else names) + more


def _without(entries: list[Any], others: list[Any]) -> list[Any]:
    """The entries that are not among the others, each as often as it is more often here."""
    left = Counter(map(repr, others))
    out = []
    for entry in entries:
        if left[repr(entry)]:
            left[repr(entry)] -= 1
        else:
            out.append(entry)
    return out


def _names_of(entries: list[Any]) -> tuple[str, ...] | None:
    """The keys by which these entries are told apart; empty for words, each of which is its own name; None if nothing tells them apart."""
    if all(isinstance(entry, (str, int, float)) for entry in entries):
        return ()
    if not all(isinstance(entry, Mapping) for entry in entries):
        return None
    return next((names for names in _NAMES if all(entry.get(key) for entry in entries for key in names)), None)


def _name(entry: Any, names: tuple[str, ...]) -> str:
    return " ".join(str(entry[key]) for key in names) if names else shortly(entry)


def _are_numbers(value: Any) -> bool:
    """Whether these are rows of numbers, as a run has one for each layer."""
    return bool(value) and all(isinstance(row, list) and all(_is_number(x) for x in row) for row in value)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _numbers(old: list[list[Any]], new: list[list[Any]]) -> str:
    if [len(row) for row in old] != [len(row) for row in new]:
        return f"{sum(map(len, old)):,} → {sum(map(len, new)):,} numbers"
    pairs = [pair for before, after in zip(old, new, strict=True) for pair in zip(before, after, strict=True)]
    return f"{sum(a != b for a, b in pairs):,} of {len(pairs):,} numbers"
