"""CSV files beside records: published score tables, `layer,head,<columns>`, and training curves, `step,<series>`."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from headkb.direction import Direction, strength
from headkb.head_index import HeadIndex

MAX_BYTES = 4_000_000
Key = TypeVar("Key", HeadIndex, int)


def read_table(path: Path) -> dict[str, dict[HeadIndex, float]]:
    """Column → head → value, empty cells left out.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a table; the text gives the line.
    """

    def head(cells: list[str], seen: dict[HeadIndex, None]) -> HeadIndex:
        index = HeadIndex(int(cells[0]), int(cells[1]))
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
        number, last = int(cells[0]), next(reversed(seen), -1)
        if number <= last:
            raise ValueError(f"step {number} comes after step {last}")
        return number

    return _read(path, "curve", ["step"], "step and then one distinct name per series", step)


def _read(
    path: Path, what: str, keys: list[str], form: str, key_of: Callable[[list[str], dict[Key, None]], Key]
) -> dict[str, dict[Key, float]]:
    """Column → key → value of a file whose first columns, `keys`, say what a row is about; `key_of` reads and checks them."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"the {what} has more than {MAX_BYTES:,} bytes")
    width = len(keys)
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header[:width] != keys or len(header) <= width or len(set(header)) != len(header):
            raise ValueError(f"line 1: the header must be {form}")
        table: dict[str, dict[Key, float]] = {name: {} for name in header[width:]}
        seen: dict[Key, None] = {}
        for number, row in enumerate(rows, start=2):
            if len(row) != len(header):
                raise ValueError(f"line {number}: {len(row)} cells, but the header names {len(header)}")
            try:
                key = key_of(row, seen)
                seen[key] = None
                for name, cell in zip(header[width:], row[width:], strict=True):
                    if cell:
                        table[name][key] = float(cell)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return table
