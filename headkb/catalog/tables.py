"""CSV files beside records: published score tables, `layer,head,<columns>`, and training curves, `step,<series>`."""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from headkb.catalog.record_files import read_beside
from headkb.catalog.schema.numbers import LARGEST
from headkb.direction import Direction, strength
from headkb.head_index import HeadIndex

MAX_BYTES = 4_000_000
MAX_COLUMNS = 200
LONGEST_NAME = 100
MAX_STEP = 10**9
"""Largest training step."""
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DECIMALS = re.compile(r"(?:[-0-9.,\r\n]++|[eE][+-]?[0-9]{1,3}(?![0-9]))*+")
"""Rows without quotes, spaces and words."""
_WHOLE = re.compile("0|[1-9][0-9]{0,9}")
Key = TypeVar("Key", HeadIndex, int)


def read_table(path: Path) -> dict[str, dict[HeadIndex, float]]:
    """Column → head → value, empty cells left out.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a table; the text gives the line.
    """

    def head(cells: list[str], seen: dict[HeadIndex, None]) -> HeadIndex:
        index = HeadIndex(_whole(cells[0], 999), _whole(cells[1], 999))
        if index in seen:
            raise ValueError(f"{index} stands in the table twice")
        return index

    return _read(path, "table", ["layer", "head"], "layer,head and then one distinct name per column", head)


def ranks(values: Mapping[HeadIndex, float], direction: Direction) -> dict[HeadIndex, int]:
    """Head → rank in its column: 1 is the strongest in this direction, as the page of the table lists them; equal values share a rank."""
    keys = {head: -strength(value, direction) for head, value in values.items()}
    ordered = sorted(keys.values())
    return {head: bisect_left(ordered, key) + 1 for head, key in keys.items()}


def read_curve(path: Path) -> dict[str, dict[int, float]]:
    """Series → training step → value, empty cells left out, steps ascending.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a table; the text gives the line.
    """

    def step(cells: list[str], seen: dict[int, None]) -> int:
        number, last = _whole(cells[0], MAX_STEP), next(reversed(seen), -1)
        if number <= last:
            raise ValueError(f"step {number} comes after step {last}")
        return number

    return _read(path, "curve", ["step"], "step and then one distinct name per series", step)


def _read(
    path: Path, what: str, keys: list[str], form: str, key_of: Callable[[list[str], dict[Key, None]], Key]
) -> dict[str, dict[Key, float]]:
    """Column → key → value of a file whose first columns, `keys`, say what a row is about; `key_of` reads and checks them."""
    text = read_beside(path, MAX_BYTES)
    width, rows, number = len(keys), csv.reader(io.StringIO(text, newline="")), 1
    number_of = _decimal if _DECIMALS.fullmatch(text, text.find("\n") + 1) else _number
    try:
        header = next(rows, [])
        if header[:width] != keys or len(header) <= width or len(set(header)) != len(header):
            raise ValueError(f"line 1: the header must be {form}")
        if len(header) > MAX_COLUMNS or any(len(name) > LONGEST_NAME or not name.isprintable() for name in header):
            raise ValueError(
                f"line 1: a {what} has at most {MAX_COLUMNS} columns, whose names have at most {LONGEST_NAME} characters"
            )
        table: dict[str, dict[Key, float]] = {name: {} for name in header[width:]}
        seen: dict[Key, None] = {}
        for number, row in enumerate(rows, start=2):
            if len(row) != len(header):
                raise ValueError(f"line {number}: {len(row)} cells, but the header names {len(header)}")
            try:
                key = key_of(row, seen)
                seen[key] = None
                for column, cell in zip(table.values(), row[width:], strict=True):
                    if cell:
                        column[key] = number_of(cell)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    except csv.Error as error:
        raise ValueError(f"line {number + 1}: {error}") from None
    return table


def _decimal(cell: str) -> float:
    """A number in a text of `_DECIMALS`, of which Python reads as a float what `_NUMBER` allows and nothing else."""
    try:
        value = float(cell)
    except ValueError:
        return _number(cell)
    return value if -LARGEST <= value <= LARGEST else _number(cell)


def _number(cell: str) -> float:
    value = float(cell) if _NUMBER.fullmatch(cell) else None
    if value is None or not -LARGEST <= value <= LARGEST:
        raise ValueError(f"{cell[:40]!r} is no finite number; leave the cell empty where there is none")
    return value


@lru_cache(maxsize=4096)  # a table has few layers and heads, and names each many times
def _whole(cell: str, most: int) -> int:
    if not _WHOLE.fullmatch(cell) or int(cell) > most:
        raise ValueError(f"{cell[:40]!r} is no whole number from 0 to {most:,}")
    return int(cell)
