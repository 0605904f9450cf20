"""The scanner of inline Markdown: what it reads, what it leaves as text, and that no text takes it long."""

from __future__ import annotations

import pytest

from headkb.catalog.inline import Token, parse, plain


def text(words: str) -> Token:
    """A piece of text."""
    return Token("text", words)


CASES: dict[str, tuple[Token, ...]] = {
    "a `b*` c": (text("a "), Token("code", "b*"), text(" c")),
    "`` a`b ``": (Token("code", "a`b"),),
    "``a`": (text("``a`"),),
    "`a": (text("`a"),),
    r"\`a`b`": (text("`a"), Token("code", "b")),
    "$a$ and $5 or $6": (Token("math", "a"), text(" and $5 or $6")),
    "$ a$": (text("$ a$"),),
    "$a\nb$": (text("$a\nb$"),),
    "$$a$b$$": (Token("display", "a$b"),),
    "$$$$": (text("$$$$"),),
    "`$a`$": (Token("code", "$a"), text("$")),
    "[[heads/x]] heads": (Token("ref", "", "heads/x", bare=True), text(" heads")),
    "[[heads/x|y]]": (Token("ref", "y", "heads/x"),),
    "[[heads x]]": (text("[[heads x]]"),),
    "[a](https://e.org/b_(c))": (Token("link", target="https://e.org/b_(c)", inner=(text("a"),)),),
    "[a $[b]$](https://e.org)": (Token("link", target="https://e.org", inner=(text("a "), Token("math", "[b]"))),),
    "[https://e.org/a](https://e.org/b)": (Token("link", target="https://e.org/b", inner=(text("https://e.org/a"),)),),
    "[a](javascript:b)": (text("[a](javascript:b)"),),
    "[](https://e.org)": (
        text("[]("),
        Token("link", target="https://e.org", inner=(text("https://e.org"),)),
        text(")"),
    ),
    "[a [b](https://e.org)": (text("[a "), Token("link", target="https://e.org", inner=(text("b"),))),
    "see https://e.org/a.": (
        text("see "),
        Token("link", target="https://e.org/a", inner=(text("https://e.org/a"),)),
        text("."),
    ),
    "**a *b* c**": (Token("strong", inner=(text("a "), Token("em", inner=(text("b"),)), text(" c"))),),
    "***a***": (Token("strong", inner=(Token("em", inner=(text("a"),)),)),),
    "**`**`**": (Token("strong", inner=(Token("code", "**"),)),),
    "2 * 3 * 4": (text("2 * 3 * 4"),),
    "a*b*c": (text("a*b*c"),),
    "** a**": (text("** a**"),),
    "**a": (text("**a"),),
    "****": (text("****"),),
    "**[a](https://e.org)**": (Token("strong", inner=(Token("link", target="https://e.org", inner=(text("a"),)),)),),
}


@pytest.mark.parametrize("source", CASES)
def test_what_is_read(source: str) -> None:
    """Code and formulas come first, then links without brackets in their labels, then emphasis; the rest is text."""
    assert parse(source) == CASES[source]


def test_plain_is_read_as_it_was() -> None:
    """Any text, made plain, is one piece of text."""
    name = "a*b* [c](d) `e` $f$ \\ <g> [[heads/h]] | ***"
    assert parse(plain(name)) == (text(name),)


@pytest.mark.parametrize(
    "part",
    [
        "[$a",
        "$a",
        "$$a",
        "`",
        "`a``b",
        "[[a/b",
        "[[a/b|c",
        "](https://a",
        "[a](@b",
        "[a](https://b(",
        "**a",
        "*a ",
        "a*",
        "\\",
        "[",
        "]",
        "http://",
        "http://.",
        "_[",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    """Every character of the text comes out again, also of texts on which a search that goes back would never end."""
    whole = part * (250_000 // len(part))

    def length(tokens: tuple[Token, ...]) -> int:
        return sum(
            len(token.text) + len(token.target) * (token.kind == "ref") + length(token.inner) for token in tokens
        )

    assert 0.3 * len(whole) <= length(parse(whole)) <= len(whole)
