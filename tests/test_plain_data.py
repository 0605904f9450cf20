"""The catalog as a DataFrame."""

from __future__ import annotations

import csv
import importlib.util
import io

import pytest

from headkb import Catalog, HeadkbError
from headkb.catalog.export import FORMATS
from headkb.catalog.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_the_frame_has_the_rows_and_columns_of_the_csv(toy_catalog: Catalog, kind: str) -> None:
    """The same records and fields, in the same order."""
    pytest.importorskip("pandas", reason="pandas is optional")
    content = FORMATS["csv"](toy_catalog)[f"{kind}.csv"]()
    assert isinstance(content, str)
    header, *rows = csv.reader(io.StringIO(content)) if content.strip() else ([],)
    frame = toy_catalog.to_pandas(kind)  # type: ignore[arg-type]
    assert list(frame.columns) == header
    assert list(frame["id"] if header else []) == [row[header.index("id")] for row in rows]


def test_claims_have_one_row_a_statement(real_catalog: Catalog) -> None:
    """Lists stay lists, so that a frame can be exploded by head."""
    pytest.importorskip("pandas", reason="pandas is optional")
    frame = real_catalog.to_pandas("claims")
    assert len(frame) == len(real_catalog.statements) > 1000
    assert isinstance(frame["heads"][0], list)
    assert set(frame["standing"]) <= {"met", "off", "not-comparable", "formula-checked", "not-rerun"}


def test_without_pandas_one_sentence_says_what_to_do(toy_catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing, and what to type."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(HeadkbError) as error:
        toy_catalog.to_pandas("claims")
    assert str(error.value) == (
        "to_pandas needs pandas, which is not installed. Install it with: pip install 'headkb[notebook]'"
    )


def test_a_kind_that_does_not_exist_is_named(toy_catalog: Catalog) -> None:
    """With the kinds there are."""
    pytest.importorskip("pandas", reason="pandas is optional")
    with pytest.raises(HeadkbError, match="claims"):
        toy_catalog.to_pandas("claim")  # type: ignore[arg-type]
