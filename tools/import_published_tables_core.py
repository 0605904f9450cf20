"""What the readers of published tables share: the table that they yield, and how numbers stay as their source spells them, noise of storage left out."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from headkb.catalog.digits import written

Head = tuple[int, int]


@dataclass(frozen=True)
class Table:
    """One CSV: where it goes below `claims/`, its columns, and its numbers as the source spells them."""

    file: str
    columns: tuple[str, ...]
    rows: dict[Head, tuple[str, ...]]

    def written(self) -> dict[Head, tuple[str, ...]]:
        """The rows as they are written, sorted by layer and head: digits that only the source's way of storing numbers added are left out."""
        heads = sorted(self.rows)
        columns = [written(column) for column in zip(*(self.rows[head] for head in heads), strict=True)]
        return dict(zip(heads, zip(*columns, strict=True), strict=True))

    def text(self) -> str:
        """The CSV."""
        lines = [",".join(("layer", "head", *self.columns))]
        lines += [",".join((str(layer), str(head), *cells)) for (layer, head), cells in self.written().items()]
        return "\n".join(lines) + "\n"


def parse_json(text: str) -> Any:
    """JSON with every number left as the text that stands there, NaN as no text."""
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=lambda _: "")


def load_json(path: Path) -> Any:
    """A JSON file read by `parse_json`."""
    return parse_json(path.read_text(encoding="utf-8"))


def by_model(
    path: Path, names: tuple[str, str, str], columns: tuple[str, ...]
) -> dict[str, dict[Head, tuple[str, ...]]]:
    """Rows of a CSV of many models, grouped; `names` are its columns of the model, the layer and the head."""
    models: dict[str, dict[Head, tuple[str, ...]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            model = models.setdefault(row[names[0]], {})
            model[int(row[names[1]]), int(row[names[2]])] = tuple(row[c] for c in columns)
    return models


def matrix(*values: list[list[str]]) -> dict[Head, tuple[str, ...]]:
    """Matrices of one shape, row = layer and column = head, as rows of a table."""
    return {
        (layer, head): tuple(m[layer][head] for m in values)
        for layer, row in enumerate(values[0])
        for head in range(len(row))
    }


def merged(*columns: dict[Head, str]) -> dict[Head, tuple[str, ...]]:
    """Columns that name different heads side by side; a cell is empty where its source lists no value."""
    return {head: tuple(c.get(head, "") for c in columns) for head in sorted(set().union(*columns))}


def triples(rows: list[list[str]]) -> dict[Head, str]:
    """`[layer, head, value]` lists."""
    return {(int(layer), int(head)): value for layer, head, value in rows}


def single(cell: str) -> str:
    """A single-precision number, spelt with the fewest digits that give it back."""
    value = numpy.float32(cell)
    assert float(value) == float(cell), f"{cell} is no single-precision number"
    return str(value)


@dataclass(frozen=True)
class Clone:
    """A clone of a source's repository, with or without a work tree, read at one commit."""

    folder: Path
    commit: str

    def read(self, path: str) -> bytes:
        """The file as it is at the commit."""
        command = ["git", "-C", str(self.folder), "show", f"{self.commit}:{path}"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    def paths(self, folder: str) -> list[str]:
        """The files below a folder at the commit."""
        command = ["git", "-C", str(self.folder), "ls-tree", "-r", "--name-only", self.commit, f"{folder}/"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()

    def json(self, path: str) -> Any:
        """A JSON file with every number left as text."""
        return parse_json(self.read(path).decode())

    def rows(self, path: str) -> list[dict[str, str]]:
        """The rows of a CSV file."""
        return list(csv.DictReader(self.read(path).decode().splitlines()))


@dataclass(frozen=True)
class Source:
    """One repository that publishes tables, and the reader of its format."""

    repository: str
    commit: str
    licence: str | None
    read: Callable[[Clone], Iterator[Table]]
