"""Results as Parquet files: whole or not at all, never twice in the table, whatever was stopped when."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pq = pytest.importorskip("pyarrow.parquet")

from headkb.errors import HeadkbError  # noqa: E402
from headkb.scale.results import CellResult, CellValues  # noqa: E402
from headkb.scale.store import ResultStore  # noqa: E402

VALUES = CellValues(
    "induction", "induction", ((0.25, None), (1.0, 0.5)), ((0.2, None), (None, 0.4)), ((0.3, None), (None, 0.6))
)


def result(key: str, state: Any = "done", finished: str = "2026-12-01 00:00:00", **more) -> CellResult:
    """The result of a cell."""
    measures = (VALUES,) if state == "done" else ()
    return CellResult(
        key, "score", "induction", "toy", "float32", 0, state, measures=measures, finished=finished, **more
    )


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    """An empty one, in which nothing may be damaged."""
    return ResultStore(tmp_path / "results", pytest.fail)


def test_what_was_added_comes_back_equal(store):
    """Every field, with None where there is no value."""
    added = result("a", runs=('{"id": "x"}',), provenance="{}", seconds=1.5, peak_bytes=7, tries=2)
    store.add(added)
    assert list(store.results()) == [added]
    assert store.states() == {"a": ("done", "", 1.5)}


def test_an_empty_store_has_nothing(store):
    """The folder need not exist."""
    assert store.states() == {}
    assert list(store.results(["a"])) == []
    store.compact()
    assert not store.folder.exists()


def test_all_files_are_one_table_for_any_reader(store):
    """Before and after they are put together."""
    for key in "abc":
        store.add(result(key))
    assert sorted(pq.read_table(store.folder)["key"].to_pylist()) == ["a", "b", "c"]
    before = list(store.results("abc"))
    store.compact()
    assert len(list(store.folder.iterdir())) == 1
    assert list(store.results("abc")) == before
    assert sorted(pq.read_table(store.folder)["key"].to_pylist()) == ["a", "b", "c"]


def test_a_write_that_is_cut_leaves_nothing(store, monkeypatch):
    """The draft is renamed only when it is whole."""
    store.add(result("a"))

    def cut(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", cut)
    with pytest.raises(OSError, match="No space"):
        store.add(result("b"))
    assert store.states().keys() == {"a"}
    assert len(list(store.folder.iterdir())) == 1


def test_a_stop_while_files_are_put_together_loses_and_doubles_nothing(store, monkeypatch):
    """The larger file is there, and the small ones are not gone yet."""
    for key in "abc":
        store.add(result(key))

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", stop)
        with pytest.raises(KeyboardInterrupt):
            store.compact()
    assert len(list(store.folder.iterdir())) == 4
    assert [r.key for r in store.results("abc")] == ["a", "b", "c"]
    assert len(store.states()) == 3
    store.compact()
    assert len(list(store.folder.iterdir())) == 1
    assert len(pq.read_table(store.folder)) == 3


def test_a_result_with_values_counts_before_a_failure_and_a_later_one_before_an_earlier(store):
    """In whichever order the files are read."""
    store.add(result("a", "failed", "2026-12-03 00:00:00", cause="late"))
    store.add(result("a", "done", "2026-12-02 00:00:00"))
    store.add(result("b", "failed", "2026-12-01 00:00:00", cause="early"))
    store.add(result("b", "poisoned", "2026-12-02 00:00:00", cause="late"))
    for _ in range(2):
        assert {key: state[:2] for key, state in store.states().items()} == {
            "a": ("done", ""),
            "b": ("poisoned", "late"),
        }
        store.compact()


def test_a_damaged_file_is_told_and_costs_only_its_own_cells(tmp_path):
    """Nothing else is lost, and it is not removed."""
    told: list[str] = []
    store = ResultStore(tmp_path, told.append)
    store.add(result("a"))
    store.add(result("b")).write_bytes(b"PAR1 and no more")
    assert store.states().keys() == {"a"}
    assert "cannot be read" in told[0]
    store.add(result("c"))
    store.compact()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_a_table_has_one_row_a_head_that_has_a_value(store, tmp_path, ending):
    """In each form, with the ends of the interval where there is one."""
    store.add(result("a"))
    store.add(result("b", "failed"))
    path = tmp_path / f"table{ending}"
    assert store.export(path, ["a", "b"]) == 3
    if ending == ".parquet":
        rows = pq.read_table(path).to_pylist()
    elif ending == ".csv":
        rows = list(csv.DictReader(path.read_text().splitlines()))
    else:
        rows = list(map(json.loads, path.read_text().splitlines()))
    assert [(int(r["layer"]), int(r["head"]), float(r["value"])) for r in rows] == [
        (0, 0, 0.25),
        (1, 0, 1.0),
        (1, 1, 0.5),
    ]
    assert [r["low"] or None for r in rows] in ([0.2, None, 0.4], ["0.2", None, "0.4"])


def test_an_unknown_form_is_refused_before_anything_is_written(store, tmp_path):
    """With the forms that there are."""
    with pytest.raises(HeadkbError, match=r"\.parquet, \.csv, \.jsonl"):
        store.export(tmp_path / "table.xlsx", [])
