"""Texts of strangers in Markdown: as a reader of Markdown sees them they are text, and as people see them they are the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from headkb.catalog.harmless import JOINER, fenced, harmless, quoted

SIGNS = st.text(alphabet="[]()<>!@#:/.wW&;ab1`*\n -", max_size=60)
ACTIVE = {"image", "link_open", "html_inline", "html_block"}


def kinds(markdown: str) -> set[str]:
    """What a reader of Markdown finds in a text."""
    return {inner.type for token in MarkdownIt().parse(markdown) for inner in (token, *(token.children or []))}


@given(SIGNS)
@settings(max_examples=300, deadline=None)
def test_nothing_links_loads_or_calls(text: str) -> None:
    """Whatever signs meet: no link, image or HTML, no name after @, no number after #; without the joiners it is the same text."""
    made = harmless(text)
    assert kinds(made) & ACTIVE == set()
    assert re.search(r"@[A-Za-z0-9]|#[0-9]|://", made) is None
    assert made.replace(JOINER, "") == text


@pytest.mark.parametrize("text", ["## Title", "- **bold** and *slight*", "`a < b`", "a: b, c. 3 # x", "```\ncode\n```"])
def test_what_is_harmless_stays(text: str) -> None:
    """Headings, lists, emphasis, code and ordinary signs."""
    assert harmless(text) == text


@given(SIGNS)
@settings(max_examples=200, deadline=None)
def test_a_quoted_text_is_one_piece_of_code(text: str) -> None:
    """In a cell of a table, too: on one line, with no bar in it."""
    made = quoted(text)
    assert "\n" not in made
    assert "|" not in made
    (inline,) = [token for token in MarkdownIt().parse(made) if token.type == "inline"]
    assert [child.type for child in inline.children] == ["code_inline"]


@given(SIGNS)
@settings(max_examples=200, deadline=None)
def test_a_fenced_text_is_one_block(text: str) -> None:
    """Nothing in it ends the block."""
    assert [token.type for token in MarkdownIt().parse(fenced(text))] == ["fence"]


def test_long_texts_are_cut() -> None:
    """With a sign that there was more."""
    assert quoted("x" * 1000, 10) == "`xxxxxxxxx…`"
    assert fenced("x" * 1000, "", 10) == "```\nxxxxxxxxxx\n…\n```"
