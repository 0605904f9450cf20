"""Long lists in cells unfold in their place."""

from __future__ import annotations

import re

from headkb.catalog.schema import HeadIndex
from headkb.site.document import Page, Raw, Row, table
from headkb.site.folded import folded, folded_heads
from headkb.site.parts import Context
from headkb.site.to_html import cell_html, cell_words, page_html
from headkb.site.to_markdown import page_markdown


def test_all_heads_are_there_and_the_first_are_shown(real_context: Context) -> None:
    """Of ten heads eight stand open, two behind a line that counts them; a short list has no fold."""
    heads = tuple(HeadIndex(layer, 3) for layer in range(10))
    html = cell_html(folded_heads(real_context, "gpt2", heads, 8), real_context.links, "runs/")
    shown, fold = html.split("<details")
    assert re.findall(r">(L\d+H\d+)<|^(L\d+H\d+)", shown) != []
    assert [f"L{layer}H3" in shown for layer in range(10)] == [True] * 8 + [False] * 2
    assert "<summary>2 more</summary>L8H3, L9H3</details>" in fold
    assert "<details" not in cell_html(folded_heads(real_context, "gpt2", heads[:8], 8), real_context.links, "runs/")
    assert cell_words(folded_heads(real_context, "gpt2", heads, 8), real_context.links).count("H3") == 10


def test_words_are_escaped() -> None:
    """What stands behind the line is text."""
    fold = folded(1, "<b>x</b>")
    assert isinstance(fold, Raw)
    assert "&lt;b&gt;x&lt;/b&gt;" in str(fold.html)


def test_the_twin_names_every_head(real_context: Context) -> None:
    """The Markdown of a page has no fold: the heads stand in the line."""
    heads = tuple(HeadIndex(layer, 3) for layer in range(10))
    rows = (Row((folded_heads(real_context, "gpt2", heads, 8),)),)
    page = Page(path="runs/", title="Runs", body=(table(("Heads",), rows),))
    twin = page_markdown(page, real_context.links)
    assert "<details" not in twin
    assert all(str(head) in twin for head in heads)
    assert "<summary>2 more</summary>" in page_html(page, real_context.links)
