"""A file that nothing would read is named, with what it should be called."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb.catalog.file_names import alike, meant_id
from headkb.catalog.load import load
from headkb.catalog.schema.ids import RESERVED, is_id


@pytest.mark.parametrize(
    ("name", "rule", "words"),
    [
        ("wick.YAML", "bad-id", "rename it to heads/wick.yaml"),
        ("Wick_Head.yaml", "bad-id", "rename it to heads/wick-head.yaml"),
        ("wick.yml", "bad-id", "rename it to heads/wick.yaml"),
        ("wick .yaml", "bad-id", "rename it to heads/wick.yaml"),
        ("wîck.yaml", "bad-id", "rename it to heads/wick.yaml"),
        ("wi\u0302ck.yaml", "bad-id", "rename it to heads/wick.yaml"),
        ("灯.yaml", "bad-id", "use lower-case words of a-z"),
        ("wick.json", "unknown-file", "rename it to heads/wick.yaml"),
        ("wick.yaml.txt", "unknown-file", "rename it to heads/wick.yaml"),
        ("wick", "unknown-file", "rename it to heads/wick.yaml"),
        ("sparkle.yaml~", "unknown-file", "heads/sparkle.yaml is there already"),
        ("sparkle.yaml.bak", "unknown-file", "heads/sparkle.yaml is there already"),
        ("sparkle.yaml.orig", "unknown-file", "heads/sparkle.yaml is there already"),
        ("sparkle.bak", "unknown-file", "heads/sparkle.yaml is there already"),
        ("sparkle.swp", "unknown-file", "heads/sparkle.yaml is there already"),
        ("#sparkle.yaml#", "unknown-file", "heads/sparkle.yaml is there already"),
        ("Sparkle.yaml", "bad-id", "heads/sparkle.yaml is there already"),
        ("sparkle.json", "unknown-file", "heads/sparkle.yaml is there already"),
    ],
)
def test_a_name_that_is_no_records_is_told_with_the_mend(name: str, rule: str, words: str, toy_copy: Path) -> None:
    """One problem, of that file, and none of the record beside it."""
    (toy_copy / "heads" / name).write_text("name: Wick\n")
    (found,) = load(toy_copy)[1]
    assert found.rule == rule
    assert words in found.fix


def test_what_editors_keep_hidden_is_passed_over(toy_copy: Path) -> None:
    """A swap file comes and goes with the editor; a hidden record would be lost."""
    (toy_copy / "heads" / ".sparkle.yaml.swp").write_bytes(b"\0")
    assert load(toy_copy)[1] == []
    (toy_copy / "heads" / ".wick.yaml").write_text("name: Wick\n")
    assert [d.rule for d in load(toy_copy)[1]] == ["bad-id"]


@pytest.mark.parametrize("stem", sorted(RESERVED))
def test_a_reserved_id_says_that_it_is_reserved(stem: str, toy_copy: Path) -> None:
    """And proposes one that is not."""
    (toy_copy / "papers" / f"{stem}.yaml").write_text("title: Jars\n")
    (found,) = load(toy_copy)[1]
    assert found.message == f"the id '{stem}' is reserved."
    assert is_id(found.fix.rpartition("/")[2].removesuffix(".yaml"))


@pytest.mark.parametrize(
    ("one", "two"), [("jar-small.csv", "jar-SMALL.csv"), ("Café.csv", "Cafe\u0301.csv")], ids=["case", "form"]
)
def test_two_tables_that_are_one_file_elsewhere_are_refused(one: str, two: str, toy_copy: Path) -> None:
    """On Windows and macOS a clone would lose one of them, without a word."""
    folder = toy_copy / "claims" / "moss-1999-sparkle"
    for name in (one, two):
        (folder / name).write_text((folder / "jar-small.csv").read_text())
    if len({path.name for path in folder.iterdir()} & {one, two}) < 2:
        pytest.skip("this disk holds both names as one file")
    assert "same-name" in [d.rule for d in load(toy_copy)[1]]


def test_two_folders_that_are_one_elsewhere_are_refused(toy_copy: Path) -> None:
    """The tables of a claim file, and the records of a kind."""
    (toy_copy / "claims" / "Moss-1999-sparkle").mkdir()
    if len(list((toy_copy / "claims").glob("?oss-1999-sparkle"))) < 2:
        pytest.skip("this disk holds both names as one folder")
    (toy_copy / "Heads").mkdir()
    found = {(d.path, d.rule, d.fix) for d in load(toy_copy)[1]}
    assert ("Heads", "unknown-folder", "move what it holds into heads/") in found
    assert ("claims/Moss-1999-sparkle", "same-name") in {one[:2] for one in found}


def test_claims_of_one_file_cannot_differ_by_case(toy_copy: Path) -> None:
    """Their ids obey the form of all ids, so two forms of one id cannot stand side by side."""
    path = toy_copy / "claims" / "moss-1999-sparkle.yaml"
    text = path.read_text()
    first = text.index("- id: ") + len("- id: ")
    path.write_text(f"{text[:first]}{text[first].upper()}{text[first + 1 :]}")
    (found,) = load(toy_copy)[1]
    assert (found.rule, "lower-case words" in found.fix) == ("wrong-value", True)


def test_names_are_compared_without_case_and_form() -> None:
    """The first of a pair stays, the other is named with it."""
    assert alike(["a.csv", "A.csv", "b.csv", "e\u0301", "\u00e9"]) == {"A.csv": "a.csv", "\u00e9": "e\u0301"}


def test_what_cannot_be_an_id_is_no_suggestion() -> None:
    """Neither a reserved word nor a name without letters."""
    assert meant_id("CON.yaml") is None
    assert meant_id("???.yaml") is None
