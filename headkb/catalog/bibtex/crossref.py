"""What an entry takes from others: `crossref` from the proceedings that it stands in, `xdata` from a container of data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from headkb.catalog.bibtex.entries import BibEntry, FieldText

CONTAINERS = frozenset(("proceedings", "mvproceedings", "collection", "mvcollection", "periodical", "xdata", "set"))
"""Kinds of entries that are no papers themselves."""
_INHERITED = (
    "booktitle", "journal", "journaltitle", "eventtitle", "year", "date", "month", "day", "publisher", "organization",
    "institution", "school",
)  # fmt: skip
"""What holds for a paper if it holds for the volume that it stands in; its title, authors, DOI and address do not."""
_TITLE_BECOMES = {"periodical": "journaltitle"}


def inherit(entries: Sequence[BibEntry]) -> tuple[list[BibEntry], dict[str, str]]:
    """Entries with what they inherit, and per key of an entry that names one which is not there a sentence about it.

    A chain is followed to its end, and a circle of entries once around.
    """
    by_key: dict[str, BibEntry] = {}
    for entry in entries:
        by_key.setdefault(entry.key.casefold(), entry)
    missing: dict[str, str] = {}
    return [_filled(entry, by_key, missing) for entry in entries], missing


def containers(entries: Sequence[BibEntry]) -> dict[int, str]:
    """Line of every entry that is no paper but what papers stand in → why."""
    named = {entry.text("crossref").strip().casefold(): entry.key for entry in entries if entry.text("crossref")}
    found: dict[int, str] = {}
    for entry in entries:
        child = named.get(entry.key.casefold())
        if entry.kind in CONTAINERS or (child is not None and entry.kind in ("book", "mvbook")):
            what = "data for other entries" if entry.kind in ("xdata", "set") else f"a volume (@{entry.kind})"
            found[entry.line] = f"{what}, no paper" + (f"; what {child} needs of it was taken" if child else "")
    return found


def _filled(entry: BibEntry, by_key: dict[str, BibEntry], missing: dict[str, str]) -> BibEntry:
    fields, seen = dict(entry.fields), {entry.key.casefold()}
    waiting = [(entry, name) for name in ("xdata", "crossref") if entry.text(name)]
    while waiting:
        child, name = waiting.pop(0)
        for key in child.text(name).split(","):
            parent = by_key.get(key.strip().casefold())
            if parent is None:
                missing[entry.key] = f"`{name}` names {key.strip()}, which is not in the file"
                continue
            if parent.key.casefold() in seen:
                continue
            seen.add(parent.key.casefold())
            own = dict(fields)
            fields |= {field: value for field, value in _given(parent, name).items() if not _has(own, field, parent)}
            waiting += [(parent, more) for more in ("xdata", "crossref") if parent.text(more)]
    return replace(entry, fields=fields)


def _given(parent: BibEntry, by: str) -> dict[str, FieldText]:
    """What a parent gives its child."""
    if by == "xdata":
        return {name: value for name, value in parent.fields.items() if name not in ("xdata", "crossref")}
    given = {name: parent.fields[name] for name in _INHERITED if name in parent.fields}
    title = parent.fields.get("title")
    if title is not None:
        given.setdefault(_TITLE_BECOMES.get(parent.kind, "booktitle"), title)
    return given


def _has(own: dict[str, FieldText], name: str, parent: BibEntry) -> bool:
    """Whether an entry says this itself. A date is one thing, however it is written: a month goes only with its own year."""
    said = {field: value.text.strip() for field, value in own.items() if value.text.strip()}
    if name in ("year", "date"):
        return "year" in said or "date" in said
    if name in ("month", "day"):
        return (
            name in said
            or "date" in said
            or said.get("year", parent.text("year").strip()) != parent.text("year").strip()
        )
    return name in said
