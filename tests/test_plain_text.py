"""Texts of records as plain words."""

from __future__ import annotations

import pytest

from headkb.catalog.plain_text import names_from, plain_text, source_words

NAME = names_from(lambda kind: {"sparkle": "Sparkle head"} if kind == "heads" else {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[heads/sparkle]] looks back", "Sparkle head looks back"),
        ("two [[heads/sparkle]] heads", "two Sparkle heads"),
        ("[[heads/sparkle|such heads]]", "such heads"),
        ("[[heads/not-there]]", "not there"),
        ("[[papers/moss-1999-sparkle]]", "moss-1999-sparkle"),
        ("**bold**, *em*, `code` and $x_1$", "bold, em, `code` and x₁"),
        ("[a page](https://example.org/)", "a page (https://example.org/)"),
        ("see https://example.org/x.", "see https://example.org/x."),
        ("two\nlines", "two lines"),
        ("costs $5", "costs $5"),
    ],
)
def test_marks_become_words(text: str, words: str) -> None:
    """Links are names, formulas letters, and no mark is left."""
    assert plain_text(text, NAME) == words


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"paper": "moss-1999-sparkle"}, "moss-1999-sparkle"),
        ({"paper": "moss-1999-sparkle", "locator": "table 1"}, "moss-1999-sparkle, table 1"),
        ({"repository": "a/b", "commit": "0123456789abcdef", "path": "c.py"}, "a/b@0123456789ab c.py"),
        ({"url": "https://example.org", "locator": "end"}, "https://example.org, end"),
    ],
)
def test_a_source_is_its_name_and_the_place(source: dict[str, str], words: str) -> None:
    """Paper, repository or page, then where in it."""
    assert source_words(source) == words
