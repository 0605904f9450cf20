"""Writes the score tables that others published as CSV files beside the claims.

    python tools/import_published_tables.py DATA_DIR CATALOG_DIR [--notebook-scores DIR] [--clones DIR] [--check]

DATA_DIR holds one folder per source repository, named `owner__name`, with the files as published; `--notebook-scores` the score
matrices printed by the TransformerLens notebooks; `--clones` one clone per repository, named `owner__name`, which is read at the commit
that `SOURCES` pins. Every number is carried over as text, digit by digit: nothing is rounded; only a NaN becomes an empty cell, and a
tensor's number gets the fewest digits that give it back. `--check` writes nothing: it reads the raw files again and prints how many
numbers of the CSVs differ.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from import_published_tables_clones import SOURCES
from import_published_tables_core import Clone, Table
from import_published_tables_files import tables as file_tables


def clone_tables(clones: Path) -> Iterator[Table]:
    """Every table of the repositories whose clones are there."""
    for source in SOURCES:
        folder = clones / source.repository.replace("/", "__")
        if folder.is_dir():
            yield from source.read(Clone(folder, source.commit))
        else:
            print(f"{source.repository}: no clone in {clones}")


def differences(table: Table, claims: Path) -> int:
    """How many cells of the CSV are not the source's as they are written, missing and surplus heads included."""
    path = claims / table.file
    if not path.is_file():
        return sum(len(cells) for cells in table.rows.values())
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    if header != ["layer", "head", *table.columns] or len({(line[0], line[1]) for line in lines}) != len(lines):
        return sum(len(cells) for cells in table.rows.values())
    found = {(int(line[0]), int(line[1])): tuple(line[2:]) for line in lines}
    wanted = table.written()
    none = ("absent",) * len(table.columns)
    return sum(
        a != b
        for head in wanted.keys() | found.keys()
        for a, b in zip(wanted.get(head, none), found.get(head, none), strict=True)
    )


def main() -> int:
    """Write the tables, or compare them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the published files")
    parser.add_argument("catalog", type=Path, help="the catalog")
    parser.add_argument(
        "--notebook-scores", type=Path, help="folder of the matrices printed by the TransformerLens notebooks"
    )
    parser.add_argument("--clones", type=Path, help="folder of the clones")
    parser.add_argument("--check", action="store_true", help="write nothing, count the numbers that differ")
    args = parser.parse_args()
    claims: Path = args.catalog / "claims"
    count = files = wrong = 0
    read = file_tables(args.data, args.notebook_scores)
    for table in chain(read, clone_tables(args.clones)) if args.clones else read:
        files += 1
        count += sum(bool(cell) for cells in table.rows.values() for cell in cells)
        if args.check:
            found = differences(table, claims)
            wrong += found
            if found:
                print(f"{table.file}: {found} numbers differ")
        else:
            (claims / table.file).parent.mkdir(parents=True, exist_ok=True)
            (claims / table.file).write_text(table.text(), encoding="utf-8")
    print(f"{files} tables, {count} numbers" + (f", {wrong} differences" if args.check else " written"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
