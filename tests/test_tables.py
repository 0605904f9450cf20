from __future__ import annotations

from pathlib import Path

import pytest

from headkb import load_catalog
from headkb.catalog.tables import read_curve

CURVE = "step,loss,induction\n0,,0.1\n100,2.5,0.4\n"


def test_a_curve_is_read_series_by_series(tmp_path: Path) -> None:
    """Steps in order, empty cells left out."""
    path = tmp_path / "curve.csv"
    path.write_text(CURVE)
    assert read_curve(path) == {"loss": {100: 2.5}, "induction": {0: 0.1, 100: 0.4}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("layer,loss\n0,1\n", "line 1"),
        ("step\n0\n", "line 1"),
        ("step,loss,loss\n0,1,1\n", "line 1"),
        ("step,loss\n0\n", "line 2: 1 cells"),
        ("step,loss\n0,low\n", "line 2: .* is no finite number"),
        ("step,loss\n5,1\n5,1\n", "line 3: step 5 comes after step 5"),
    ],
)
def test_a_bad_curve_is_refused_with_its_line(text: str, words: str, tmp_path: Path) -> None:
    """The message names the line and the fault."""
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_curve(path)


def test_the_catalog_gives_a_models_curve(toy_copy: Path) -> None:
    """By the model's id; nothing for a model without one."""
    record = toy_copy / "models" / "jar-small.yaml"
    (toy_copy / "models" / "jar-small.csv").write_text(CURVE)
    assert load_catalog(toy_copy).training_curve("jar-small") == {}
    record.write_text(record.read_text() + "training_curve: jar-small.csv\n")
    assert load_catalog(toy_copy).training_curve("jar-small")["loss"] == {100: 2.5}
