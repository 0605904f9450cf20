"""Parquet: real types, and what pyarrow reads back is what JSON has."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog, HeadkbError
from headkb.catalog.export import export
from headkb.catalog.export_parquet import parquet_files
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import plain_records
from headkb.catalog.tables import read_table

pa = pytest.importorskip("pyarrow", reason="pyarrow is optional")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is optional")


@pytest.fixture(scope="module")
def files(real_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped catalog as Parquet files."""
    folder = tmp_path_factory.mktemp("parquet")
    export(real_catalog, "parquet", folder)
    return folder


def without_nulls(value: Any) -> Any:
    """What JSON has, without the keys whose value is null: Parquet does not tell these from keys that are left out."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def from_arrow(field: Any, value: Any) -> Any:
    """A value as JSON has it: maps as objects, JSON text read."""
    if value is None:
        return None
    if pa.types.is_struct(field.type):
        return {part.name: from_arrow(part, value[part.name]) for part in field.type}
    if pa.types.is_map(field.type):
        return {key: from_arrow(field.type.item_field, one) for key, one in value}
    if pa.types.is_list(field.type):
        return [from_arrow(field.type.value_field, one) for one in value]
    return json.loads(value) if field.metadata and b"json" in field.metadata else value


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_reads_back_as_json_has_it(kind: Kind, files: Path, real_catalog: Catalog) -> None:
    """Every field of every record, nested ones included, in the order of the ids; null where a record leaves it out."""
    table = pq.read_table(files / f"{kind}.parquet")
    columns = {field.name: [from_arrow(field, v) for v in table[field.name].to_pylist()] for field in table.schema}
    rows = [{name: columns[name][row] for name in columns} for row in range(table.num_rows)]
    assert without_nulls(rows) == without_nulls(json.loads(json.dumps(plain_records(real_catalog, kind))))


def test_columns_have_the_types_of_the_schema(files: Path) -> None:
    """Lists are lists, pieces structs, mappings with free keys maps; what may be of several types is JSON text and says so."""
    claims, runs, heads = (pq.read_schema(files / f"{kind}.parquet") for kind in ("claims", "runs", "heads"))
    text, numbers = pa.string(), pa.list_(pa.float64())
    assert claims.field("heads").type.value_type == text
    assert claims.field("values").type == pa.map_(text, pa.float64())
    assert claims.field("source").type.field("paper").type == text
    assert claims.field("measure").type.field("definition").type == text
    assert runs.field("values").type.value_type.value_type == pa.float64()
    assert runs.field("seconds").type == pa.float64()
    assert runs.field("score_version").type == pa.int64()
    assert runs.field("repeats").type.value_type.field("values").type == pa.map_(text, pa.float64())
    assert b"json" in runs.field("score_parameters").metadata
    assert heads.field("depth_of_claims").type.field("quartiles").type.value_type == numbers.value_type
    assert pq.read_schema(files / "models.parquet").field("gated").type == pa.bool_()


def test_a_published_number_is_that_of_its_file(files: Path, real_catalog: Catalog) -> None:
    """One row a number, in the order of the claims; rank 1 is the strongest."""
    name = "hijohnnylin-neuronpedia/gpt2-induction"
    table = real_catalog.statements[name].claim.table
    column = read_table(real_catalog.root / "claims" / table.file)[table.column]
    rows = pq.read_table(files / "head_values.parquet", filters=[("claim", "=", name)]).to_pylist()
    assert {f"L{row['layer']}H{row['head']}": row["value"] for row in rows} == {str(h): v for h, v in column.items()}
    assert min(rows, key=lambda row: row["rank"])["value"] == max(column.values())
    assert {(row["model"], row["heads_are"]) for row in rows} == {("gpt2", "query")}
    every = pq.read_table(files / "head_values.parquet", columns=["claim", "heads_are"]).to_pylist()
    grouped = {row["claim"] for row in every if row["heads_are"] == "key-value"}
    assert grouped == {n for n, s in real_catalog.statements.items() if s.claim.table and s.claim.heads_are != "query"}


def test_numbers_are_written_a_part_at_a_time(
    toy_catalog: Catalog, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is held at once is bounded; the parts together are the whole."""
    monkeypatch.setattr("headkb.catalog.export_parquet.ROWS", 3)
    content = parquet_files(toy_catalog)["head_values.parquet"]()
    read = pq.ParquetFile(pa.BufferReader(content))
    assert read.metadata.num_row_groups == 2  # four numbers
    assert read.metadata.num_rows == len(read.read()) == 4
    assert pq.ParquetFile(files / "head_values.parquet").metadata.num_row_groups > 1


def test_every_file_says_of_when_and_of_which_version_it_is(files: Path, real_catalog: Catalog) -> None:
    """In its metadata, with the licence."""
    newest = max(run.date for run in real_catalog.runs.values())
    for path in files.iterdir():
        told = pq.read_schema(path).metadata
        assert (told[b"schema_version"], told[b"licence"]) == (b"2", b"CC-BY-4.0")
        assert told[b"generated_at"].decode() >= newest


def test_a_kind_without_records_has_a_file_with_columns(toy_catalog: Catalog) -> None:
    """Whoever reads all kinds meets no missing file and no missing column."""
    assert not toy_catalog.runs
    table = pq.read_table(pa.BufferReader(parquet_files(toy_catalog)["runs.parquet"]()))
    assert table.num_rows == 0
    assert {"id", "head", "model", "values", "showing"} <= set(table.column_names)


def test_without_pyarrow_one_sentence_says_what_to_do(
    toy_catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing, and what to type; nothing is written."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(HeadkbError) as error:
        export(toy_catalog, "parquet", tmp_path / "out")
    assert str(error.value) == (
        "headkb export parquet needs pyarrow, which is not installed. Install it with: pip install 'headkb[notebook]'"
    )
    assert not (tmp_path / "out").exists()
