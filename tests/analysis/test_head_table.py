"""The table of heads: look up, order, files, what a screen and a notebook show of it."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

import headkb  # noqa: E402
from headkb.analysis import HeadColumn, HeadTable, ScoredHead  # noqa: E402
from headkb.errors import HeadkbError, MissingExtraError, UnknownNameError  # noqa: E402
from headkb.head_index import HeadIndex  # noqa: E402
from headkb.scores import SCORES  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")
SEVERAL = ["induction", "cmr-distance", "path-patching", "ov-copying"]


@pytest.fixture(scope="module")
def heads() -> HeadTable:
    """Scores of every direction, with and without intervals, and one that fails."""
    return headkb.score_heads("organism-tasks", [*SEVERAL, "activation-patching", "composition"], n=4)


@pytest.fixture(scope="module")
def failed(heads: HeadTable) -> HeadTable:
    """The same with a score that failed for a reason full of signs."""
    return HeadTable(heads.passport, heads.columns, {"mine": HeadkbError("<b>no</b> & no\nmore " + "x" * 300)})


def missing(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make packages look as if they were not installed."""
    from importlib.util import find_spec

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in packages else find_spec(name))


def test_a_head_is_named_in_any_way(heads: HeadTable) -> None:
    """Text, pair or index give the value that stands in the measurement."""
    column = heads["induction"]
    expected = column.measurement.by_prompt[:, 1, 2].double().mean().item()
    assert column["L1H2"] == column[1, 2] == column[HeadIndex(1, 2)] == pytest.approx(expected, abs=1e-12)
    assert column.interval("L1H2") == column.measurement.interval(HeadIndex(1, 2))
    assert heads["ov-copying"].interval("L1H2") is None
    for head, words in (
        ("L9H9", "has 4 layers of 8 heads, counted from 0"),
        ("L1", "Write it"),
        ((1, 2, 3), "Write it"),
    ):
        with pytest.raises(UnknownNameError, match=words):
            column[head]  # type: ignore[index]
    with pytest.raises(UnknownNameError, match="Name one head"):
        column["L1H1, L1H2"]


def test_a_table_is_a_mapping(heads: HeadTable) -> None:
    """Of scores that were measured; one that was not asked for is told with those that are there."""
    assert list(heads) == [*SEVERAL, "activation-patching", "composition"]
    assert len(heads.heads) == 32
    assert heads.heads[:2] == ((0, 0), (0, 1))
    assert isinstance(heads["induction"], HeadColumn)
    assert "entropy" not in heads
    with pytest.raises(UnknownNameError, match=r"no score in this table named .entropy.\. It has induction"):
        heads["entropy"]


@pytest.mark.parametrize(
    ("score", "direction", "key"),
    [
        ("induction", "more", lambda value: -value),
        ("cmr-distance", "less", lambda value: value),
        ("path-patching", "size", lambda value: -abs(value)),
    ],
)
def test_the_first_heads_are_those_that_the_score_looks_for(heads: HeadTable, score: str, direction: str, key) -> None:
    """Sorted by hand."""
    column = heads[score]
    assert column.direction == direction
    values = sorted((v for v in column.values.flatten().tolist() if v == v), key=key)
    assert [row.value for row in column.top(4)] == values[:4]
    assert all(column[row.head] == row.value for row in column.top(4))
    assert heads.top(4)[score] == column.top(4)


def test_a_file_holds_every_head(heads: HeadTable, tmp_path: Path) -> None:
    """CSV to the last digit with the intervals where there are any, JSON as `data`."""
    rows = list(csv.DictReader(heads.save(tmp_path / "new" / "heads.csv").read_text().splitlines()))
    assert len(rows) == 32
    for row in rows:
        head = int(row["layer"]), int(row["head"])
        for score in heads:
            value = heads[score][head]
            assert float(row[score] or "nan") == pytest.approx(value, abs=0, nan_ok=True)
        assert (float(row["induction_low"]), float(row["induction_high"])) == heads["induction"].interval(head)
    assert "ov-copying_low" not in rows[0]
    assert json.loads((tmp_path / heads.save(tmp_path / "heads.json")).read_text()) == heads.data()
    assert [one["score"] for one in heads.data()] == list(heads)


def test_one_score_is_an_object_and_several_are_a_list(failed: HeadTable) -> None:
    """A score that failed stands there with its reason."""
    one = HeadTable(failed.passport, {"induction": failed["induction"]})
    assert one.data()["score"] == "induction"
    assert failed.data()[-1]["error"].startswith("<b>no</b>")
    assert failed.data()[-1].keys() == {"score", "model", "error"}
    assert failed.data(3)[0]["top"] == failed["induction"].data(3)["top"]
    assert len(failed.data(3)[0]["top"]) == 3


def test_what_cannot_be_written_is_refused_and_leaves_the_old_file(
    heads: HeadTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong name, a missing package, a name that is a folder, an error in the middle of it."""
    for name in ("heads.txt", "heads"):
        with pytest.raises(HeadkbError, match=r"Choose a name that ends in \.csv, \.json or \.parquet"):
            heads.save(tmp_path / name)
    missing(monkeypatch, "pyarrow")
    with pytest.raises(MissingExtraError, match=r"a Parquet file needs pyarrow.*pip install 'headkb\[notebook\]'"):
        heads.save(tmp_path / "heads.parquet")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OSError, match=r"folder\.csv"):
        heads.save(tmp_path / "folder.csv")
    old = tmp_path / "old.csv"
    old.write_text("old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", stop)
    with pytest.raises(KeyboardInterrupt):
        heads.save(old)
    assert old.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv", "old.csv"]


def test_pandas_and_matplotlib_are_extras(heads: HeadTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to install; no other call needs them."""
    missing(monkeypatch, "pandas", "matplotlib", "pyarrow")
    for call, words in ((heads.to_pandas, "to_pandas needs pandas"), (heads.plot, "plot needs matplotlib")):
        with pytest.raises(MissingExtraError) as told:
            call()
        assert str(told.value) == (f"{words}, which is not installed. Install it with: pip install 'headkb[notebook]'")
    with pytest.raises(ImportError):
        heads["induction"].plot()
    assert heads.top(1)
    assert repr(heads)


def test_a_data_frame_has_a_row_for_each_head(heads: HeadTable) -> None:
    """Named like the head; undefined is NaN, intervals are asked for."""
    pandas = pytest.importorskip("pandas")
    frame = heads.to_pandas()
    assert list(frame.columns) == ["layer", "head", *heads]
    assert frame.index[:2].tolist() == ["L0H0", "L0H1"]
    assert frame.loc["L1H2", "induction"] == heads["induction"]["L1H2"]
    assert frame["layer"].dtype.kind == frame["head"].dtype.kind == "i"
    assert all(frame[score].dtype.kind == "f" for score in heads)
    whole = heads.to_pandas(intervals=True)
    assert (whole.loc["L1H2", "induction_low"], whole.loc["L1H2", "induction_high"]) == heads["induction"].interval(
        "L1H2"
    )
    assert isinstance(whole, pandas.DataFrame)


def test_parquet_holds_the_table_and_where_it_came_from(heads: HeadTable, tmp_path: Path) -> None:
    """Read back by pyarrow: the rows of `rows()`, and the provenance in the metadata."""
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    read = pq.read_table(heads.save(tmp_path / "heads.parquet"))
    names, rows = heads.rows()
    assert read.column_names == names
    assert [list(row.values()) for row in read.to_pylist()] == rows
    facts = json.loads(read.schema.metadata[b"headkb"])
    assert [one["score"] for one in facts] == list(heads)
    assert facts[0]["prompts"]["sha256"] == heads["induction"].measurement.prompts["sha256"]


def test_a_heat_map_shows_the_values_on_the_axes_of_the_caller(heads: HeadTable) -> None:
    """One panel a score; the limits follow the direction; new figures are made only without axes."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    assert heads["induction"].plot(ax=ax) is ax
    assert plt.get_fignums() == [figure.number]
    image: Any = ax.images[0]
    assert torch.equal(torch.tensor(image.get_array().filled(float("nan"))), heads["induction"].values)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("head", "layer")
    assert ax.get_title() == "induction of organism-tasks"
    assert image.get_clim() == (0, heads["induction"].values.max().item())
    assert heads["induction"].unit in {other.get_ylabel() for other in figure.axes}
    panels = heads.plot()
    assert [panel.get_title().split()[0] for panel in panels] == list(heads)
    low, high = panels[SEVERAL.index("path-patching")].images[0].get_clim()
    assert -low == high == heads["path-patching"].values.abs().max().item()
    _, two = plt.subplots(1, 2)
    with pytest.raises(HeadkbError, match="2 axes are given for 6 scores"):
        heads.plot(ax=two)
    figure.canvas.draw()
    plt.close("all")


def test_what_is_shown_fits_a_screen(failed: HeadTable) -> None:
    """At most 25 lines of 100 columns, with many scores, too; the strongest heads stand there."""
    many = HeadTable(
        failed.passport, {f"{name}-{i}": of for i in range(20) for name, of in failed.items()}, failed.errors
    )
    for shown in (
        failed,
        many,
        many.top(9),
        failed["induction"],
        failed["cmr-distance"],
        HeadTable(failed.passport, {}),
    ):
        lines = repr(shown).splitlines()
        assert 0 < len(lines) <= 25
        assert max(map(len, lines)) <= 100
    first = failed["induction"].top(1)[0]
    assert re.search(rf"^induction +{first.head} {first.value:.3f}", repr(failed), re.M)
    assert repr(failed["induction"]).splitlines()[1] == repr(first)
    assert repr(many).splitlines()[-1].startswith("and 98 more")
    assert re.search(r"^mine +failed: <b>no</b> & no more x+…$", repr(failed), re.M)
    assert repr(ScoredHead(HeadIndex(1, 2), 0.5)) == "L1H2 0.500"


class Tags(HTMLParser):
    """Tags of a document, each closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.seen.append(tag)
        if tag not in ("rect",) or not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs) -> None:
        self.seen.append(tag)

    def handle_data(self, data) -> None:
        self.words.append(data)


def test_a_notebook_shows_static_html(failed: HeadTable) -> None:
    """Well formed, escaped, without scripts or links; a table and heat maps."""
    for shown in (failed, failed["induction"], failed.top(2)):
        text = shown._repr_html_()
        tags = Tags()
        tags.feed(text)
        assert tags.open == []
        assert "table" in tags.seen
        assert not {"script", "style", "b>no", "link", "img", "iframe"} & set(tags.seen)
        first = failed["induction"].top(1)[0]
        assert f"{first.head} {first.value:.3f}" in tags.words
    assert failed._repr_html_().count("<svg") == 4
    assert failed["induction"]._repr_html_().count("<svg") == 1
    assert "&lt;b&gt;no&lt;/b&gt; &amp; no" in failed._repr_html_()
    assert "<b>no</b>" not in failed._repr_html_()


def test_every_score_of_a_pattern_says_what_it_means(real_catalog) -> None:
    """Unit and summary come from the record."""
    heads = headkb.score_heads("organism-tasks", n=2, catalog=real_catalog)
    for name, column in heads.items():
        assert (column.unit, column.summary) == (real_catalog.scores[name].unit, real_catalog.scores[name].summary)
        assert column.direction == real_catalog.scores[name].direction
        assert column.measurement.score is SCORES[name]
