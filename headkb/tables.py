"""CSV files beside records: published score tables, `layer,head,<columns>`, and training curves, `step,<series>`."""

from __future__ import annotations

import csv
from pathlib import Path

from headkb.schema.ids import HeadIndex

MAX_BYTES = 4_000_000


def read_table(path: Path) -> dict[str, dict[HeadIndex, float]]:
    """Column → head → value, empty cells left out.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a table; the text gives the line.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"the table has more than {MAX_BYTES:,} bytes")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header[:2] != ["layer", "head"] or len(header) < 3 or len(set(header)) != len(header):
            raise ValueError("line 1: the header must be layer,head and then one distinct name per column")
        table: dict[str, dict[HeadIndex, float]] = {name: {} for name in header[2:]}
        for number, row in enumerate(rows, start=2):
            if len(row) != len(header):
                raise ValueError(f"line {number}: {len(row)} cells, but the header names {len(header)}")
            try:
                head = HeadIndex(int(row[0]), int(row[1]))
                for name, cell in zip(header[2:], row[2:], strict=True):
                    if head in table[name]:
                        raise ValueError(f"{head} stands in the table twice")
                    if cell:
                        table[name][head] = float(cell)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return table


def read_curve(path: Path) -> dict[str, dict[int, float]]:
    """Series → training step → value, empty cells left out, steps ascending.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a table; the text gives the line.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"the curve has more than {MAX_BYTES:,} bytes")
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header[:1] != ["step"] or len(header) < 2 or len(set(header)) != len(header):
            raise ValueError("line 1: the header must be step and then one distinct name per series")
        curve: dict[str, dict[int, float]] = {name: {} for name in header[1:]}
        last = -1
        for number, row in enumerate(rows, start=2):
            if len(row) != len(header):
                raise ValueError(f"line {number}: {len(row)} cells, but the header names {len(header)}")
            try:
                step = int(row[0])
                if step <= last:
                    raise ValueError(f"step {step} comes after step {last}")
                last = step
                for name, cell in zip(header[1:], row[1:], strict=True):
                    if cell:
                        curve[name][step] = float(cell)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    return curve
