"""Safe mends: each made at its place, nothing else touched, nothing that needs a decision."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.catalog.fmt import formatted
from headkb.catalog.house_read import UnwritableError
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.load import load
from headkb.catalog.mends import mended
from headkb.catalog.record_files import SourceError, read_text
from headkb.catalog.source import parse
from headkb.catalog.spans import spans
from headkb.cli import main

HERE = Path(__file__).parent
NOW = {("heads", "Old Name"): "induction", ("claims", "a/old"): "a/new"}
FOUND = [(kind, path) for kind in KINDS for path in sorted((HERE / "data" / "broken" / kind).glob("*.yaml"))]


def mend(text: str, kind: Kind = "papers") -> str:
    """The text as it is mended."""
    return mended(text, kind, lambda of, name: NOW.get((of, name), ""))[0]


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("papers", "titel: x  # a comment", "title: x  # a comment"),
        ("papers", "sumary:\n  inovation: x", "summary:\n  innovation: x"),
        ("papers", "summary-basis: abstract", "summary_basis: abstract"),
        ("papers", "arxiv: https://arxiv.org/pdf/2211.00590v3", 'arxiv: "2211.00590"'),
        ("papers", "arxiv: 'arXiv:2211.00590'", 'arxiv: "2211.00590"'),
        ("papers", "doi: https://dx.doi.org/10.18653/v1/P19-1580", "doi: 10.18653/v1/P19-1580"),
        ("papers", "heads: [{id: Old Name, role: applies}]", "heads: [{id: induction, role: applies}]"),
        ("papers", "models: [a, b, a]", "models: [a, b]"),
        ("papers", "models:\n  - a\n  - b\n  - a\nmethods: [c]", "models:\n  - a\n  - b\nmethods: [c]"),
        ("papers", "title: a \u00a0b\u200b   \ndate: 2024", "title: a  b\ndate: 2024"),
        ("papers", "title: Cafe\u0301", "title: Café"),
        ("claims", "claims: [{heads: [L09H06, 9.7, L9.H8, layer 9 head 5]}]", "claims: [{heads: [L9H6, L9H7, L9H8, L9H5]}]"),
        ("claims", "claims:\n  - values: {9.7: 0.5}\n    contests: [a/old]", "claims:\n  - values: {L9H7: 0.5}\n    contests: [a/new]"),
    ],
)  # fmt: skip
def test_each_mend_is_made_and_nothing_else(kind: Kind, old: str, new: str) -> None:
    """The rest of the text stays to the letter, and a second run finds nothing."""
    assert mend(f"{old}\n", kind) == f"{new}\n"
    assert mend(f"{new}\n", kind) == f"{new}\n"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("papers", "role: x"),  # no key is near
        ("papers", "title: a\ntitel: b"),  # the key is there already
        ("glossary", "symbol: x\nsymbols: []"),
        ("papers", "heads: [{id: nobody, role: applies}]"),  # no record goes by it
        ("papers", "arxiv: 2211.590"),  # digits are missing
        ("papers", "doi: https://example.org/10"),
        ("papers", "authors: [A B, A B]"),  # two people may have one name
        ("claims", "claims: [{heads: [nine six], statement: L09H06}]"),
        ("papers", "summary: {innovation: 'L09H06  and titel'}"),
        ("papers", "title: [\n"),
    ],
)
def test_what_needs_a_decision_is_left(kind: Kind, text: str) -> None:
    """A guess would be a new mistake."""
    assert mend(f"{text}\n" if not text.endswith("\n") else text, kind) == (
        f"{text}\n" if not text.endswith("\n") else text
    )


@pytest.mark.parametrize(("kind", "path"), FOUND, ids=lambda value: getattr(value, "stem", value))
def test_a_mend_never_makes_a_file_worse(kind: Kind, path: Path) -> None:
    """Of the broken fixtures none gets more problems, and a second run finds nothing."""
    try:
        old = read_text(path)
    except SourceError:
        return
    new = mend(old, kind)
    assert mend(new, kind) == new
    assert problems(new, kind) <= problems(old, kind)


def problems(text: str, kind: Kind) -> int:
    """How many the reader and the schema find; a text that cannot be read has more than any other."""
    try:
        data = parse(text)[0]
    except SourceError:
        return 1000
    try:
        KINDS[kind].schema.model_validate({**data, "id": "x"})
    except ValueError as error:
        return len(error.errors())  # type: ignore[attr-defined]
    return 0


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "- " * 60_000 + "x", "{a: " * 40_000 + "x", "x: &a [*a, *a]\n", "\x00", "a: !!t b\n"]
)
def test_hostile_files_are_left_without_delay(text: str) -> None:
    """Whatever a file holds: no mend, no canonical form, and no exception but the one that says so."""
    assert mend(text, "papers") == text
    with pytest.raises(UnwritableError):
        formatted(text, "papers")


def test_spans_are_what_stands_in_the_text() -> None:
    """Whatever the letters: keys, plain and quoted values, and lists between brackets."""
    text = "é😀: \"ü\"\nlist: [a, 'b c']\n"
    found = {(*span.field, span.kind): text[span.start : span.end] for span in spans(text)}
    assert found["é😀", "key"] == "é😀"
    assert found["é😀", "scalar"] == '"ü"'
    assert found["list", 1, "scalar"] == "'b c'"
    assert found["list", "list"] == "[a, 'b c']"


def fix(*arguments: str | Path) -> Result:
    """`headkb fix …`."""
    return CliRunner().invoke(main, ["fix", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def faulty(toy_copy: Path) -> Path:
    """A paper with two mistakes that can be mended and one that cannot."""
    file = toy_copy / "papers" / "moss-2024-lids.yaml"
    file.write_text("titel: Lids\ndate: 2024\nheads:\n  - {id: Sparkle Head, role: aplies}\n")
    return file


def test_mends_are_shown_and_written_only_when_asked(faulty: Path) -> None:
    """A diff on stdout that patch takes; what was done and what is left on stderr."""
    before = faulty.read_text()
    shown = fix(faulty)
    assert (shown.exit_code, faulty.read_text()) == (1, before)
    assert "-titel: Lids\n+title: Lids\n" in shown.stdout
    assert "+  - {id: sparkle, role: aplies}\n" in shown.stdout
    assert f"{faulty}:1: `titel` → `title`: misspelt key" in shown.stderr
    assert "2 mend(s) in 1 file(s) to be written with --write; 1 problem(s) left" in shown.stderr
    written = fix("--write", faulty)
    assert (written.exit_code, "left: heads[0].role: 'aplies'" in written.stderr) == (1, True)
    assert faulty.read_text() == "title: Lids\ndate: 2024\nheads:\n  - {id: sparkle, role: aplies}\n"
    faulty.write_text(faulty.read_text().replace("aplies", "applies"))
    clean = fix(faulty)
    assert (clean.exit_code, clean.stdout, clean.stderr) == (0, "", "nothing to mend safely\n")


def test_the_id_of_a_file_that_cannot_be_read_is_no_former_id(faulty: Path) -> None:
    """A refused record is there; another one's name must not take its place."""
    sparkle = faulty.parent.parent / "heads" / "sparkle.yaml"
    other = sparkle.with_name("sparkle-head.yaml")
    other.write_text("name: [\n")
    faulty.write_text("title: Lids\ndate: 2024\nheads:\n  - {id: sparkle-head, role: applies}\n")
    assert fix(faulty).stdout == ""


def test_the_invented_catalog_needs_no_mend(toy_copy: Path) -> None:
    """What is right is left alone."""
    assert load(toy_copy)[1] == []
    assert (fix(toy_copy).exit_code, fix(toy_copy).stdout) == (0, "")
