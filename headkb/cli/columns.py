"""Records as a table: fitted to a terminal, or one line a record with a tab between columns.

On a terminal an id is never cut. Where ids and columns do not fit side by side, a record takes two lines: its id with what is short, then its
title or sentence. Columns that find no room are left out, the last first; sentences are cut between words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from headkb.catalog.glance import listed
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_text import plain_text
from headkb.catalog.spelling import normalise

SENTENCES = frozenset({"title", "definition", "summary", "statement"})
"""Columns that may be cut: they begin with what matters most."""
LEAST, LEAST_NAME, MOST = 30, 16, 36
"""Columns of the screen that a sentence needs, and a name; the most that another column takes."""
GAP = "  "

TextCells = Mapping[str, str]
"""Column and cell."""


def headers_of(kind: Kind) -> list[str]:
    """The columns of a kind, as they are headed: id, name or title, and what its `KindSpec` names."""
    spec = KINDS[kind]
    named = [spec.name_field] if spec.name_field else []
    return ["id", *named, *(column.removeprefix("#") for column in spec.columns)]


def cells_of(kind: Kind, record: Mapping[str, Any], longest: int | None = None) -> dict[str, str]:
    """The cells of one record; lists of words are told to `longest` characters where that is given."""
    counts = {column[1:] for column in KINDS[kind].columns if column.startswith("#")}
    return {
        name: str(len(record.get(name) or ())) if name in counts else _cell(name, record.get(name), longest)
        for name in headers_of(kind)
    }


def _cell(name: str, value: Any, longest: int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        words = [str(part) for part in value]
        return ", ".join(words) if longest is None else listed(words, longest)
    return plain_text(value) if name in SENTENCES else " ".join(str(value).split())


def tab_lines(kind: Kind, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line of headers, then one a record, all columns whole, a tab between two; no cell holds a tab or a line break."""
    headers = headers_of(kind)
    return ["\t".join(headers), *("\t".join(cells_of(kind, record).values()) for record in records)]


def screen_lines(kind: Kind, records: Sequence[Mapping[str, Any]], width: int) -> list[str]:
    """A table for a screen of `width` columns, its headers first: one or two lines a record."""
    headers = headers_of(kind)
    rows = [cells_of(kind, record, MOST - 12) for record in records]
    widths = {name: max([cell_len(name), *(cell_len(row[name]) for row in rows)]) for name in headers}
    # A name that says what the id says comes last.
    repeated = 2 * sum(normalise(row.get("name", "")) == normalise(row["id"]) for row in rows) > len(rows)
    asked = [name for name in headers[1:] if not (repeated and name == "name")]
    taken = _fitted([*asked, *(["name"] if repeated else [])], widths, width)
    short = [name for name in asked if name not in SENTENCES]
    enough = 2 * sum(name in taken for name in short) >= len(short) or any(name in SENTENCES for name in taken)
    if enough and taken.get("title", 999) >= 0.75 * widths.get("title", 0):
        order = {name: taken[name] for name in headers if name in taken}
        return [_line(row, order) for row in ({name: name for name in headers}, *rows)]
    counts = frozenset(column[1:] for column in KINDS[kind].columns if column.startswith("#"))
    sentence = next((name for name in headers if name in SENTENCES), "")
    title = sentence if sentence == "title" or widths["id"] + LEAST_NAME <= width else ""
    heads = [f"id{GAP}{GAP.join(short)}", f"    {title}"] if title else ["id", "    " + GAP.join(short)]
    return [_cut(line, width) for line in heads] + [
        line for row in rows for line in _in_two(row, short, counts, title, width)
    ]


def _fitted(names: Sequence[str], widths: Mapping[str, int], width: int) -> dict[str, int]:
    """The columns that find room beside the id, each with its width; what is left over goes to those that may be cut."""
    left, taken = width - widths["id"], {"id": widths["id"]}
    wanted = {name: min(widths[name], 1000 if name in SENTENCES else MOST) for name in names}
    for name in names:
        least = min(wanted[name], LEAST if name in SENTENCES else LEAST_NAME if name == "name" else MOST)
        if left >= least + len(GAP):
            taken[name] = least
            left -= least + len(GAP)
    for name in [name for name in names if name in taken]:
        more = min(left, wanted[name] - taken[name])
        taken[name] += more
        left -= more
    return taken


def _line(row: TextCells, taken: Mapping[str, int]) -> str:
    return GAP.join(_padded(_cut(row[name], size), size) for name, size in taken.items()).rstrip()


def _in_two(row: TextCells, short: Sequence[str], counts: Collection[str], title: str, width: int) -> list[str]:
    """Two lines of a record: the id and what is short beside it, then the title; or the id alone, then what is short."""
    said = GAP.join(_told(name, row[name], name in counts) for name in short if row[name] not in ("", "0"))
    if not title:
        return [row["id"], "    " + _cut(said, width - 4)]
    beside = f"{row['id']}{GAP}{said}".rstrip()
    return [_cut_after(row["id"], beside, width), "    " + _cut(row[title], width - 4)]


def _told(name: str, cell: str, count: bool) -> str:
    """A cell without a header above it."""
    return f"{cell} {name}" if count else f"{name} {cell}" if cell.isdigit() and name != "date" else cell


def _cut_after(start: str, words: str, width: int) -> str:
    """Words cut to the width, but never within `start`."""
    kept = _cut(words, width)
    return kept if len(kept) > len(start) + len(GAP) else start


def _cut(words: str, size: int) -> str:
    """Words in at most `size` columns of the screen, cut between two of them where one can."""
    if cell_len(words) <= size:
        return words
    kept = ""
    for character in words:
        if cell_len(kept + character) > size - 2:
            break
        kept += character
    whole = kept if words[len(kept) : len(kept) + 1] == " " else kept.rpartition(" ")[0] or kept
    return f"{whole.rstrip(' ,;:')} …"


def _padded(words: str, size: int) -> str:
    return words + " " * (size - cell_len(words))
