"""One difference between two catalogs: its class, what it is about, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from headkb.catalog.kinds import Kind

DifferenceType = Literal[
    "refused",
    "removed",
    "replaced",
    "renamed",
    "deprecated",
    "meaning changed",
    "evidence changed",
    "added",
    "other change",
]
"""The eight classes, what may break a reader's link or code first; `refused` is none of them but a notice that a file could not be compared.

`renamed`: an id is gone, and one record that is new takes its place alone. `replaced`: it is gone into a record that was there before, or that
takes the place of several; or it stays, deprecated, and names its successor. `deprecated`: it stays and has no successor. `removed`: it is
gone, and no record says that it takes its place. A claim is compared as a record is, within its file.
"""
ORDER: tuple[DifferenceType, ...] = get_args(DifferenceType)


@dataclass(frozen=True)
class FieldChange:
    """One value of a record that differs.

    Attributes:
        key: Where it stands, such as `criterion.threshold` or `recipes.default.score`.
        said: The change on one line, for a reader.
        old: What stood there, of a number, a truth value and a text on one line; else None, as where nothing stood there.
        new: What stands there now, likewise.
    """

    key: str
    said: str
    old: str | float | bool | None = None
    new: str | float | bool | None = None


@dataclass(frozen=True)
class Difference:
    """One difference of one record, or of one claim, whose id is `<file>/<claim>`. A record may have several, each of another class.

    Attributes:
        change: The class.
        kind: The folder of the record.
        id: Its id in the old catalog if it is gone, else in the new one.
        detail: What is said of it in a few words; of a change the keys that differ.
        name: What people call it.
        to: The id that takes its place, where one does.
        fields: The values that differ.
    """

    change: DifferenceType
    kind: Kind
    id: str
    detail: str = ""
    name: str = ""
    to: str = ""
    fields: tuple[FieldChange, ...] = ()


def first_keys(changes: Iterable[FieldChange]) -> list[str]:
    """The keys of the record below which values differ, each once, sorted."""
    return sorted({change.key.partition(".")[0] for change in changes})


def of_change(kind: Kind, record_id: str, name: str, changes: Sequence[FieldChange], *, weighty: bool) -> Difference:
    """A change of values; `weighty` if what the record says is another now."""
    change: DifferenceType = "meaning changed" if weighty else "other change"
    return Difference(change, kind, record_id, ", ".join(first_keys(changes)), name, fields=tuple(changes))


def is_problem(difference: Difference) -> bool:
    """Whether a release must not contain it: an id that is gone, or a file that cannot be compared."""
    return difference.change in ("refused", "removed")
