"""Small changes of a record's text: what is asked for changes, and not a character beside it."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest

from headkb.catalog.source import parse
from headkb.catalog.yaml_edits import EditError, with_entry, with_item, with_value

CATALOG = Path(__file__).parents[1] / "catalog"
TEXT = """# what this is
title: "A: b"   # quoted
date: 2022-11
heads:
  # the first
  - id: a
    role: applies  # why
  - {id: b, role: contests}
methods: [probing,   scoring]
summary:
  innovation: >-
    Folded
    text.
  result: Short.
notes: |-
  One.

  Two.
"""
EMPTY = "claims: []\n"
ONE = "measures:\n  a: {name: A}\n# end\n"


def changed(before: str, after: str) -> list[str]:
    """The lines that differ, with + and -."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [f"{line[0]} {line[1:]}" for line in [*lines][2:] if line[0] in "+-"]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (TEXT, with_item(TEXT, "heads", "{id: c, role: applies}"), ["+   - {id: c, role: applies}"]),
        (TEXT, with_item(TEXT, "heads", "id: c\nrole: applies"), ["+   - id: c", "+     role: applies"]),
        (
            TEXT,
            with_item(TEXT, "methods", "patching"),
            ["- methods: [probing,   scoring]", "+ methods: [probing,   scoring, patching]"],
        ),
        (TEXT, with_item(TEXT, "models", "gpt2", ["methods", "models", "summary"]), ["+ models:", "+   - gpt2"]),
        (TEXT, with_value(TEXT, ("date",), "2022-11-01"), ["- date: 2022-11", "+ date: 2022-11-01"]),
        (TEXT, with_value(TEXT, ("title",), "C: d"), ['- title: "A: b"   # quoted', '+ title: "C: d"   # quoted']),
        (TEXT, with_value(TEXT, ("summary", "result"), "Long."), ["-   result: Short.", "+   result: Long."]),
        (
            TEXT,
            with_value(TEXT, ("heads", 1, "role"), "applies"),
            ["-   - {id: b, role: contests}", "+   - {id: b, role: applies}"],
        ),
        (TEXT, with_value(TEXT, ("venue",), "ICLR", ["date", "venue", "heads"]), ["+ venue: ICLR"]),
        (TEXT, with_value(TEXT, ("notes",), "One."), ["- notes: |-", "-   One.", "- ", "-   Two.", "+ notes: One."]),
        (
            EMPTY,
            with_entry(EMPTY, "measures", "m", "name: M", ["measures", "claims"]),
            ["+ measures:", "+   m:", "+     name: M"],
        ),
        (ONE, with_entry(ONE, "measures", "m", "name: M"), ["+   m:", "+     name: M"]),
    ],
)
def test_only_what_is_asked_for_changes(before: str, after: str, lines: list[str]) -> None:
    """Comments, blanks, quotation marks and folds stay."""
    assert changed(before, after) == lines


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "1.50",
        "a: b",
        "- x",
        "# x",
        "",
        "x #y",
        "'",
        'it\'s "so"',
        "x\n\ny",
        "ä" * 200,
        "a b " * 60,
        "|",
        "&x",
        "{a}",
    ],
)
@pytest.mark.parametrize("path", [("date",), ("summary", "innovation"), ("heads", 1, "role"), ("notes",)])
def test_a_value_reads_as_it_was_given(value: str, path: tuple[str | int, ...]) -> None:
    """Whatever YAML would make of it bare; what no record may hold is refused instead."""
    wanted = value.strip() if value.strip() else value
    made: Any = parse(with_value(TEXT, path, wanted))[0]
    for step in path:
        made = made[step]
    assert made == wanted


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (("heads",), "more than one value"),
        (("heads", 9, "id"), "no heads.9.id"),
        (("summary", "tasks", "x"), "no summary"),
        (("title", "x"), "no title.x"),
        (("heads", "id"), "no heads.id"),
    ],
)
def test_a_place_that_is_none_is_refused(path: tuple[str | int, ...], says: str) -> None:
    """With what stands there, or that nothing does."""
    with pytest.raises(EditError, match=says):
        with_value(TEXT, path, "x")


def test_characters_that_no_record_may_hold_are_refused() -> None:
    """They would be found by the validator later; nothing is written until then."""
    with pytest.raises(EditError):
        with_value(TEXT, ("date",), "x\u202ey")


def test_a_list_is_no_mapping() -> None:
    """An entry is not put where something else stands, nor over one of its name."""
    with pytest.raises(EditError):
        with_item(TEXT, "summary", "x")
    with pytest.raises(EditError):
        with_entry(TEXT, "heads", "x", "name: X")
    with pytest.raises(EditError):
        with_entry(TEXT, "summary", "result", "name: X")


@pytest.mark.parametrize("path", sorted(CATALOG.glob("claims/*.yaml"))[::6], ids=lambda path: path.stem)
def test_a_claim_is_added_to_files_as_they_are(path: Path) -> None:
    """Each line of the file stays; the new ones are at the end of its claims."""
    text = path.read_text("utf-8")
    added = changed(text, with_item(text, "claims", "id: new\nhead: induction"))
    assert [line.strip("+ ") for line in added] == ["- id: new", "head: induction"]
