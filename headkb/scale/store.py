"""Results of a sweep in a folder of Parquet files, which together are one table. The only module that knows pyarrow.

Each file is written whole under a name of its own, by a rename; none is ever changed. Files that were put together are removed after the
larger one is there, so that whatever is stopped when leaves every row, at most twice; readers take one row a cell.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from headkb.catalog.writing import write_bytes
from headkb.errors import HeadkbError
from headkb.scale.results import CellResult, CellValues

_ROWS = pa.list_(pa.list_(pa.float64()))
_MEASURE = pa.struct([("name", pa.string()), ("score", pa.string()), *((n, _ROWS) for n in ("values", "low", "high"))])
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("key", "kind", "subject", "model", "dtype")),
        ("seed", pa.int64()),
        ("state", pa.string()),
        ("cause", pa.string()),
        ("measures", pa.list_(_MEASURE)),
        ("runs", pa.list_(pa.string())),
        ("provenance", pa.string()),
        ("seconds", pa.float64()),
        ("load_seconds", pa.float64()),
        ("peak_bytes", pa.int64()),
        ("tries", pa.int64()),
        ("finished", pa.string()),
    ]
)
"""One row a cell."""
HEADS = pa.schema(
    [
        *((name, pa.string()) for name in ("model", "dtype", "kind", "subject", "measure", "score")),
        ("seed", pa.int64()),
        ("layer", pa.int64()),
        ("head", pa.int64()),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("key", pa.string()),
    ]
)
"""One row a head."""
FORMS = (".parquet", ".csv", ".jsonl")


class ResultStore:
    """The results of a sweep, in a folder."""

    def __init__(self, folder: Path, on_trouble: Callable[[str], None] = lambda _: None) -> None:
        """Open a folder, which need not exist yet; `on_trouble` is told of a file in it that cannot be read."""
        self.folder, self._on_trouble = folder, on_trouble

    def add(self, result: CellResult) -> Path:
        """Write a result. Raises OSError if it cannot be written."""
        return self._write(pa.Table.from_pylist([asdict(result)], schema=SCHEMA))

    def states(self) -> dict[str, tuple[str, str, float]]:
        """Key → state, cause, seconds of every cell that has a result."""
        rows = self._rows(["key", "state", "cause", "seconds", "finished"])
        return {row["key"]: (row["state"], row["cause"], row["seconds"]) for row in rows}

    def results(self, keys: Sequence[str] | None = None) -> Iterator[CellResult]:
        """The results, one a cell; of some cells alone, in the order of their keys."""
        rows = {row["key"]: row for row in self._rows(None)}
        for key in rows if keys is None else keys:
            if key in rows:
                yield _result(rows[key])

    def compact(self) -> None:
        """Put the files together."""
        paths = self._paths()
        if len(paths) < 2:
            return
        rows, read = [], []
        for path, table in self._tables(paths, None):
            rows.append(table)
            read.append(path)
        if len(read) < 2:
            return
        merged = pa.concat_tables(rows)
        self._write(merged.take(pa.array(sorted(_best(merged).values()), pa.int64())).combine_chunks())
        for path in read:
            path.unlink(missing_ok=True)

    def export(self, path: Path, keys: Sequence[str]) -> int:
        """Write one row a head of some cells into a Parquet, CSV or JSONL file; the number of rows.

        Raises:
            HeadkbError: If the file's name ends in none of these.
        """
        if path.suffix not in FORMS:
            raise HeadkbError(f"{path} ends in none of {', '.join(FORMS)}, so its form is not known.")
        table = pa.Table.from_pylist([row for result in self.results(keys) for row in _heads(result)], schema=HEADS)
        sink = pa.BufferOutputStream()
        if path.suffix == ".parquet":
            pq.write_table(table, sink)
        elif path.suffix == ".csv":
            pyarrow.csv.write_csv(table, sink)
        else:
            lines = [json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in table.to_pylist()]
            sink.write("".join(lines).encode())
        write_bytes(path, sink.getvalue().to_pybytes())
        return int(table.num_rows)

    def _write(self, table: Any) -> Path:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        return write_bytes(self.folder / f"cells-{uuid.uuid4().hex}.parquet", sink.getvalue().to_pybytes())

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("cells-*.parquet"))

    def _tables(self, paths: Sequence[Path], columns: Sequence[str] | None) -> Iterator[tuple[Path, Any]]:
        for path in paths:
            try:
                yield path, pq.read_table(path, columns=columns, schema=SCHEMA)
            except FileNotFoundError:
                continue  # another command put it together with others meanwhile
            except (pa.ArrowException, OSError) as error:
                self._on_trouble(
                    f"{path} cannot be read ({str(error).splitlines()[0]}), so its cells are measured anew"
                )

    def _rows(self, columns: Sequence[str] | None) -> list[Mapping[str, Any]]:
        """One row a cell, from all files that are there, and from those into which they were put meanwhile."""
        tables: dict[Path, Any] = {}
        while fresh := [path for path in self._paths() if path not in tables]:
            tables |= dict.fromkeys(fresh) | dict(self._tables(fresh, columns))
        read = [table for table in tables.values() if table is not None]
        if not read:
            return []
        merged = pa.concat_tables(read)
        rows: list[Mapping[str, Any]] = merged.take(pa.array(sorted(_best(merged).values()), pa.int64())).to_pylist()
        return rows


def _best(table: Any) -> dict[str, int]:
    """Key → the row that counts: one with values before one without, then the latest."""
    best: dict[str, tuple[tuple[bool, str], int]] = {}
    columns = (table[name].to_pylist() for name in ("key", "state", "finished"))
    for number, (key, state, finished) in enumerate(zip(*columns, strict=True)):
        rank = state == "done", finished
        if key not in best or rank > best[key][0]:
            best[key] = rank, number
    return {key: number for key, (_, number) in best.items()}


def _result(row: Mapping[str, Any]) -> CellResult:
    measures = tuple(
        CellValues(m["name"], m["score"], *(tuple(map(tuple, m[side] or ())) for side in ("values", "low", "high")))
        for m in row["measures"] or ()
    )
    return CellResult(**{**row, "measures": measures, "runs": tuple(row["runs"] or ())})


def _heads(result: CellResult) -> Iterator[dict[str, Any]]:
    """One row a head that has a value."""
    about = {name: getattr(result, name) for name in ("model", "dtype", "kind", "subject", "seed", "key")}
    for measure in result.measures:
        for layer, values in enumerate(measure.values):
            for head, value in enumerate(values):
                if value is not None:
                    ends = {
                        side: rows[layer][head] if (rows := getattr(measure, side)) else None
                        for side in ("low", "high")
                    }
                    place = {"measure": measure.name, "score": measure.score, "layer": layer, "head": head}
                    yield {**about, **place, "value": value, **ends}
