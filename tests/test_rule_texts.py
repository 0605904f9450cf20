"""Every id that `headkb validate` can print has a text that says what the rule asks and why."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from headkb.catalog.file_rules import FILE_RULES
from headkb.catalog.rule_texts import rule_sentences, rule_text
from headkb.catalog.rules import RULES
from headkb.errors import UnknownNameError
from headkb.site.rule_pages import rule_pages

PACKAGE = Path(__file__).parent.parent / "headkb"
WITHOUT_EXAMPLE = {
    "bad-encoding",
    "empty",
    "not-a-file",
    "too-deep",
    "too-large",
    "too-many-problems",
    "too-many-values",
    "unreadable",
}
"""Rules about a file's bytes, its size and its kind, which no lines of text break."""
STARTS = {"Problem": 0, "Odd": 0, "Diagnostic": 1}
"""Class → the argument from which on the id of a rule may stand."""


@pytest.fixture(scope="module")
def pages() -> set[str]:
    """The paths of the pages of all rules."""
    return {page.path for page in rule_pages()}


@pytest.mark.parametrize("rule_id", [*RULES, *FILE_RULES])
def test_a_rule_explains_itself(rule_id: str, pages: set[str]) -> None:
    """What it asks, a record that breaks it, one that keeps it, the reason, and the address of its page, which exists."""
    text = rule_text(rule_id)
    assert text.startswith(f"{rule_id} (")
    assert "\nWhy: " in text
    assert rule_id in WITHOUT_EXAMPLE or ("\nBad" in text and "\nGood" in text)
    assert text.endswith(f"\nPage: https://headkb.github.io/headkb/rules/{rule_id}/")
    assert f"rules/{rule_id}/" in pages
    assert rule_sentences()[rule_id].endswith(".")


def test_every_id_that_code_gives_to_a_problem_is_a_rule() -> None:
    """Read off the code: the first text that stands in each `Problem` and `Odd`, and behind the file of each `Diagnostic`."""
    given = set()
    for path in sorted((PACKAGE / "catalog").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in STARTS:
                args = node.args[STARTS[node.func.id] :]
                texts = [arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                given |= set(texts[:1])
    assert {"same-name", "unfilled", "bad-table", "not-composed"} <= given
    assert given <= rule_sentences().keys()


def test_a_misspelt_rule_is_answered_with_the_one_that_was_meant() -> None:
    """And with the page that lists all."""
    with pytest.raises(UnknownNameError, match=r"Did you mean 'orphan-head'\? .*/rules/ lists all"):
        rule_text("orfan-head")
