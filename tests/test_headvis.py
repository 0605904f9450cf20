"""`scatter_data.json` of HeadVis: what is written is read back, and a wrong file is told what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headkb.catalog.headvis import METRICS, read_scatter, scatter_text, table_text
from headkb.catalog.tables import read_table
from headkb.errors import HeadkbError
from headkb.head_index import HeadIndex

A, B = HeadIndex(0, 0), HeadIndex(3, 1)
COLUMNS = {name: {A: 0.25 * place, B: 1234.5678} for place, name in enumerate(METRICS)}


def row(layer: Any = 0, head: Any = 0, **metrics: Any) -> dict[str, Any]:
    """A row with one metric, or others."""
    return {"layer": layer, "head": head, **(metrics or {"qk_distance": 1.5})}


def refusal(tmp_path: Path, content: object) -> str:
    """What is said of a file with this content."""
    path = tmp_path / "scatter_data.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(HeadkbError) as refused:
        read_scatter(path)
    return str(refused.value)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Heads of layers that do not follow each other, as in a hybrid model; a head without a value stays without."""
    columns = {**COLUMNS, "induction_score": {A: -0.5}}
    (tmp_path / "scatter_data.json").write_text(scatter_text(columns), encoding="utf-8")
    assert read_scatter(tmp_path / "scatter_data.json") == columns
    first = json.loads(scatter_text(columns))[0]
    assert list(first) == ["layer", "head", *METRICS]


def test_four_decimals_are_kept() -> None:
    """As the source rounds them."""
    assert json.loads(scatter_text({"qk_distance": {A: 1.23456}})) == [{"layer": 0, "head": 0, "qk_distance": 1.2346}]


def test_a_file_of_the_source_is_read(tmp_path: Path) -> None:
    """Whole numbers, nulls and metrics that others add."""
    path = tmp_path / "scatter_data.json"
    path.write_text(json.dumps([row(qk_distance=2, mine=None), row(1, 2, qk_distance=0.5, mine=7)]), encoding="utf-8")
    assert read_scatter(path) == {"qk_distance": {A: 2.0, HeadIndex(1, 2): 0.5}, "mine": {HeadIndex(1, 2): 7.0}}


def test_it_becomes_a_table_of_the_catalog(tmp_path: Path) -> None:
    """The reader of claims' tables gives the same numbers."""
    (tmp_path / "x.csv").write_text(table_text(COLUMNS), encoding="utf-8")
    assert read_table(tmp_path / "x.csv") == COLUMNS


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("layer,head\n0,0\n", "is not JSON", id="CSV"),
        pytest.param("[" * 100_000, "is not JSON", id="nested without end"),
        pytest.param({"pipeline_config": {}}, "scatter_data.json beside it", id="config.json"),
        pytest.param({"config": {}, "metrics": {}}, "holds an object", id="an object"),
        pytest.param([], "holds an empty list", id="nothing"),
        pytest.param("NaN", "holds a number", id="a number"),
        pytest.param([[0, 0, 1.5]], "a list stands there", id="a row without names"),
        pytest.param([{"layer": 0, "qk_distance": 1}], "head is missing", id="no head"),
        pytest.param([row(layer="L0")], "layer is 'L0'", id="a layer by name"),
        pytest.param([row(head=1.0)], "head is 1.0", id="a head with a point"),
        pytest.param([row(head=True)], "head is True", id="a truth value"),
        pytest.param([row(layer=-1)], "layer is -1", id="counted from the end"),
        pytest.param([row(), row()], "L0H0 has a row already", id="twice"),
        pytest.param([{"layer": 0, "head": 0}], "no metric, but should have self_attention_score", id="no metric"),
        pytest.param([row(), row(0, 1, entropy=1)], "has entropy, but should have qk_distance", id="another metric"),
        pytest.param([row(qk_distance="1.5")], "qk_distance of L0H0 is '1.5'", id="text"),
        pytest.param("[" + json.dumps(row(qk_distance=float("nan"))) + "]", "is nan; a metric", id="NaN"),
        pytest.param([row(qk_distance=True)], "is True; a metric is a finite number, or null", id="truth as a number"),
        pytest.param([row(qk_distance=10**400)], "a metric is a finite number", id="too large"),
    ],
)
def test_a_wrong_file_is_told_what_is_wrong(tmp_path: Path, content: object, told: str) -> None:
    """Which row, what stands there, and what should."""
    text = refusal(tmp_path, content)
    assert told in text
    assert str(tmp_path) in text


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """No traceback."""
    with pytest.raises(HeadkbError, match=r"cannot be read: No such file"):
        read_scatter(tmp_path / "none.json")
