"""Properties of reading: what is written is read back, and whatever a file holds, every answer is one that a person can use."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

hypothesis = pytest.importorskip("hypothesis")

from hypothesis import example, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from headkb.catalog.characters import cleaned, first_odd, visible  # noqa: E402
from headkb.catalog.house_style import dump  # noqa: E402
from headkb.catalog.kinds import KINDS  # noqa: E402
from headkb.catalog.load import load  # noqa: E402
from headkb.catalog.record_files import SourceError  # noqa: E402
from headkb.catalog.rules import check  # noqa: E402
from headkb.catalog.schema import normalise  # noqa: E402
from headkb.catalog.source import parse  # noqa: E402
from headkb.catalog.tables import read_table  # noqa: E402

DATA = Path(__file__).parent / "data"
ANY = st.text(max_size=20)
CLEAN = ANY.filter(lambda text: first_odd(text) is None and "\r" not in text)
KEYS = CLEAN.filter(lambda text: text.isprintable() and text != "<<")
TREES = st.recursive(
    CLEAN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
WORDS = st.sampled_from(
    ["odd", "nan", "inf", "-1", "1e999", "L0H1", "L-1H0", "2001-13", "null", "true", "0", "9" * 40, "完全", "[[heads/odd]]", "<b>", "x" * 7000,
     "jar-small", "spelling", "high", "https://example.org", "0.5", "[[a/b|", "$$", "`", "first-stage"]
)  # fmt: skip
VALUES = st.recursive(
    WORDS | CLEAN, lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS | KEYS, v, max_size=3), max_leaves=6
)
PIECES = st.sampled_from(
    ["a", ": ", "- ", "? ", "\n", "  ", "[", "]", "{", "}", ",", '"', "'", "&x ", "*x", "!t ", "<<", "#", "|", ">", "%", "---", "\\u202E", "\\", "\t", "\x00", "é"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4))
def test_what_is_written_is_read_back(data: dict[str, Any]) -> None:
    """Texts stay texts, whatever they look like, and every value has a place."""
    again, places = parse(dump(data), with_places=True)
    assert again == data
    assert {("", key) for key in data} <= places.keys()


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | ANY)
@example("\n&x ")  # an anchor that is refused, and then no YAML at an earlier place
def test_every_fault_lies_in_the_text(text: str) -> None:
    """A record, or problems whose lines and columns an editor can go to; both ways of reading agree."""
    try:
        data, _ = parse(text)
    except SourceError as error:
        lines = text.splitlines() or [""]
        found = [p.place for p in error.problems]
        assert found
        assert found == sorted(found)
        assert all(1 <= line <= len(lines) + 1 and column >= 1 for line, column in found)
        with pytest.raises(SourceError):
            parse(text, with_places=True)
        return
    assert parse(text, with_places=True)[0] == data


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog that the hostile corpus changes."""
    root = tmp_path_factory.mktemp("base") / "c"
    shutil.copytree(DATA / "catalog", root)
    shutil.copytree(DATA / "hostile" / "base", root, dirs_exist_ok=True)
    return root


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_value_of_any_key_takes_the_rules_down(data: st.DataObject, base: Path) -> None:
    """One key of a record holds anything: every finding has its words and lies in the file."""
    kind = data.draw(st.sampled_from(["papers", "heads", "claims", "models", "circuits", "runs", "glossary"]))
    path = base / kind / "odd.yaml"
    before = path.read_text(encoding="utf-8")
    record = parse(before)[0]
    key = data.draw(st.sampled_from([f.alias or n for n, f in KINDS[kind].schema.model_fields.items() if n != "id"]))  # type: ignore[index]
    value: Any = data.draw(VALUES)
    if isinstance(record.get(key), list) and data.draw(st.booleans()):
        value = [*record[key], value]
    elif isinstance(record.get(key), dict) and isinstance(value, dict):
        value = {**record[key], **value}
    text = dump({**record, key: value})
    path.write_text(text, encoding="utf-8")
    try:
        catalog, problems = load(base)
        problems = [d for d in [*problems, *check(catalog)] if d.path == f"{kind}/odd.yaml"]
    finally:
        path.write_text(before, encoding="utf-8")
    lines = text.count("\n") + 1
    assert all(d.message and d.why and d.fix and 1 <= d.line <= lines for d in problems)
    assert all(d.text().count("\n") == 2 for d in problems)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(["0", "1", "-1", "nan", "1e999", "0.5", "", "x", "٣", '"', " 1", "1_0", "\0"]), max_size=4
        ),
        max_size=5,
    )
)
def test_a_table_holds_finite_numbers_of_heads_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """By line, in one sentence."""
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_text("\n".join(["layer,head,glow", *map(",".join, rows)]) + "\n", encoding="utf-8")
    try:
        table = read_table(path)
    except ValueError as error:
        assert str(error).startswith("line ")  # noqa: PT017 - hypothesis has no place for `raises` here
        return
    for head, value in table["glow"].items():
        assert head >= (0, 0)
        assert abs(value) <= 1e38


@settings(max_examples=300, deadline=None)
@given(ANY)
def test_names_and_messages(text: str) -> None:
    """A name is empty only if nothing of it can be seen; cleaned texts are clean; a message is one line that can be written."""
    assert bool(normalise(text)) >= any(c.isalnum() for c in cleaned(text))
    assert normalise(normalise(text)) == normalise(text)
    assert first_odd(cleaned(text)) is None
    assert visible(text).isprintable()
    visible(text).encode("utf-8")
