"""The one function through which every text of a record reaches the site."""

from __future__ import annotations

import pytest

from headkb.catalog.blocks import blocks
from headkb.catalog.inline import plain
from headkb.site.links import Links
from headkb.site.text import block_html, block_markdown, inline_html, inline_markdown, words

LINKS = Links(
    {"heads/sparkle": "Sparkle Head", "claims/moss/one": "moss/one"},
    {"heads/sparkle": "heads/sparkle/", "claims/moss/one": "claims/moss/#one"},
)
PAGE = "models/jar/"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("**bold** and *em*", "<strong>bold</strong> and <em>em</em>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("`a<b`", "<code>a&lt;b</code>"),
        ("$A_{t,t-1}$", '<span class="hk-math">A_{t,t-1}</span>'),
        ("costs $5 and $6", "costs $5 and $6"),
        ("[[heads/sparkle]]", '<a href="../../heads/sparkle/">Sparkle Head</a>'),
        ("[[heads/sparkle]] heads", '<a href="../../heads/sparkle/">Sparkle</a> heads'),
        ("[[heads/sparkle|such]]", '<a href="../../heads/sparkle/">such</a>'),
        ("[[heads/gone]]", "gone"),
        ("[[claims/moss/one]]", '<a href="../../claims/moss/#one">moss/one</a>'),
        ("[x](https://e.org/a_(b))", '<a href="https://e.org/a_(b)" class=hk-out>x</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ('[x](https://e.org/"onclick=1)', '<a href="https://e.org/&quot;onclick=1" class=hk-out>x</a>'),
        ("[home](@heads/sparkle/)", '<a href="../../heads/sparkle/">home</a>'),
    ],
)
def test_inline_html(text: str, html: str) -> None:
    """Marks of the subset become elements, everything else is escaped."""
    assert inline_html(text, LINKS, PAGE) == html


def test_plain_shows_every_character() -> None:
    """A name with Markdown characters is shown as it is written."""
    name = "a*b* [c](d) `e` $f$ \\ <g> [[heads/sparkle]]"
    assert inline_html(plain(name), LINKS, PAGE) == name.replace("<", "&lt;").replace(">", "&gt;")
    assert words(plain(name), LINKS) == " ".join(name.split())


def test_blocks() -> None:
    """Empty lines part paragraphs, marks make lists, a formula alone is displayed; a folded break after a sentence parts too."""
    text = "One\nline.\nTwo.\n\n- a\n- b\n  more\n\n1. x\n\n$$y$$"
    assert [(b.tag, b.lines) for b in blocks(text)] == [
        ("p", ("One line.",)),
        ("p", ("Two.",)),
        ("ul", ("a", "b more")),
        ("ol", ("x",)),
        ("math", ("y",)),
    ]
    assert "<ul><li>a</li><li>b more</li></ul>" in block_html(text, LINKS, PAGE)


def test_inline_markdown_links_to_twins() -> None:
    """In the Markdown twin a link leads to the other page's twin."""
    assert inline_markdown("[[heads/sparkle]] & <b>", LINKS, PAGE) == "[Sparkle Head](../heads/sparkle.md) & &lt;b>"


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("$<img src=x onerror=a()>$", r"$\lt img src=x onerror=a()\gt $"),
        ("$[a](javascript:b)$", "$[a] (javascript:b)$"),
        ("$$a < b$$ so", r"$$a \lt  b$$ so"),
        ("`` a`<b> ``", "`` a`<b> ``"),
        ("``` a``</code><b> ```", "``` a``</code><b> ```"),
        ("\\<b>", "&lt;b>"),
        ("&lt;b>", "&amp;lt;b>"),
    ],
)
def test_no_html_in_a_twin(text: str, markdown: str) -> None:
    """Formulas and code of a twin hold nothing that a renderer without formulas could take for HTML."""
    assert inline_markdown(text, LINKS, PAGE) == markdown


def test_a_displayed_formula_holds_no_html() -> None:
    """The same for a formula of its own."""
    assert block_markdown("$$<b>x</b>$$", LINKS, PAGE) == "$$\n\\lt b\\gt x\\lt /b\\gt \n$$"


def test_a_long_list_is_read_line_by_line() -> None:
    """A list of many lines, of which each goes on in a second one."""
    (block,) = blocks("- a\n  b\n" * 60_000)
    assert block.lines == ("a b",) * 60_000
