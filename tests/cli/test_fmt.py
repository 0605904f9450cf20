"""`headkb fmt`: which files it takes, what it says, and when it writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.catalog.source import read
from headkb.cli import main

MESSY = "definition:   Where a head looks.\nname: 'Focus'  # short\n"


def fmt(*arguments: str | Path) -> Result:
    """`headkb fmt …`."""
    return CliRunner().invoke(main, ["fmt", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def messy(toy_copy: Path) -> Path:
    """A record that is not in canonical form."""
    file = toy_copy / "glossary" / "focus.yaml"
    file.write_text(MESSY)
    return file


def test_a_file_is_written_once_and_then_rests(messy: Path) -> None:
    """The same data in canonical form; the comment stays."""
    before = read(messy)
    assert fmt("--check", messy).exit_code == 1
    assert fmt(messy).output.splitlines() == [str(messy), "1 of 1 files written"]
    assert read(messy) == before
    assert messy.read_text().splitlines()[1:] == ["name: Focus  # short", "definition: Where a head looks."]
    again = fmt(messy)
    assert (again.exit_code, again.output) == (0, "1 files in canonical form\n")


def test_check_and_diff_write_nothing(messy: Path) -> None:
    """One names the files, the other shows the lines, as patch reads them."""
    assert f"{messy} is not in canonical form" in fmt("--check", messy).output
    shown = fmt("--diff", messy)
    assert (shown.exit_code, "+name: Focus  # short\n" in shown.stdout) == (1, True)
    assert shown.stdout.startswith(f"--- {messy}\n+++ {messy}\n@@ ")
    assert messy.read_text() == MESSY


def test_a_folder_of_a_kind_and_a_catalog_are_taken_whole(messy: Path) -> None:
    """Whatever way the file is reached, it is written the same."""
    assert str(messy) in fmt("--check", messy.parent).output
    assert str(messy) in fmt("--check", messy.parent.parent).output
    assert fmt(messy.parent.parent).exit_code == 0
    assert fmt("--check", messy.parent.parent, messy).exit_code == 0


def test_a_file_that_cannot_be_kept_is_named_and_the_others_are_written(messy: Path) -> None:
    """Exit code 1, and the broken file is as it was."""
    broken = messy.with_name("broken.yaml")
    broken.write_text("name: [\n")
    told = fmt(messy.parent)
    assert (told.exit_code, f"{broken} is left as it is: line 2: not readable as YAML" in told.stderr) == (1, True)
    assert broken.read_text() == "name: [\n"
    assert messy.read_text() != MESSY


@pytest.mark.parametrize("path", ["missing", "catalog/README.md", "catalog/empty", "."])
def test_what_is_no_record_is_wrong_use(path: str, toy_copy: Path) -> None:
    """Nothing there, another file, a folder without records."""
    (toy_copy / "README.md").touch()
    (toy_copy / "empty").mkdir()
    result = fmt(toy_copy.parent / path)
    assert (result.exit_code, "Give a catalog" in result.stderr or "no record" in result.stderr) == (2, True)


def test_a_byte_order_mark_is_named_with_what_takes_it_out(messy: Path) -> None:
    """`headkb fix --write` does, and then the file can be formatted."""
    messy.write_text("\ufeff" + MESSY, encoding="utf-8")
    told = fmt(messy)
    assert (told.exit_code, "byte-order mark, which `headkb fix --write` takes out" in told.stderr) == (1, True)
    CliRunner().invoke(main, ["fix", "--write", str(messy)], catch_exceptions=False)
    assert fmt(messy).exit_code == 0


@pytest.mark.parametrize("command", ["fmt", "fix", "validate"])
def test_a_misspelt_path_is_answered_with_the_one_that_is_there(command: str, toy_copy: Path) -> None:
    """A file, a folder, and a file in a misspelt folder."""
    for typed, meant in (
        ("heads/sparkel.yaml", "heads/sparkle.yaml"),
        ("haeds", "heads"),
        ("haeds/sparkle.yaml", "heads/sparkle.yaml"),
    ):
        told = CliRunner().invoke(main, [command, str(toy_copy / typed)], catch_exceptions=False)
        assert (told.exit_code, f"Did you mean {toy_copy / meant}" in told.stderr) == (2, True), told.output
