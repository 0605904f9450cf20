"""What the validator tells people to type in place of a value that the schema refuses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import headkb.catalog.schema
from headkb.catalog.value_mends import mend_of

DATE = "a date is written 2024-09-05, 2024-09 or 2024."
FOLDER = Path(headkb.catalog.schema.__file__).parent


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        ("12 Dec 2023", "write it as 2023-12-12"),
        ("December 12th, 2023", "write it as 2023-12-12"),
        ("2023/12/12", "write it as 2023-12-12"),
        ("31.12.2023", "write it as 2023-12-31"),
        ("03/04/2023", "write it as 2023-04-03 or 2023-03-04"),
        ("May 2023", "write it as 2023-05"),
        ("2023-4", "write it as 2023-04"),
        ("soon", "write year, month and day as 2023-12-12, 2023-12 or 2023"),
        ("2023-02-31", "write year, month and day as 2023-12-12, 2023-12 or 2023"),
    ],
)
def test_a_date_is_told_as_it_is_to_be_written(typed: str, mend: str) -> None:
    """Both days where month and day may be meant either way; a day that is not in the calendar is no other day."""
    assert mend_of(DATE, typed) == mend


def test_every_refusal_of_the_schema_has_a_mend() -> None:
    """Each says what to type, or which keys it is about."""
    found = 0
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Raise)
                and isinstance(node.exc, ast.Call)
                and ast.unparse(node.exc.func) == "ValueError"
            ):
                found += 1
                words = ast.unparse(node.exc.args[0])
                assert mend_of(words, None) != "write a value for which this holds", f"{file.name}: {words}"
    assert found > 40
