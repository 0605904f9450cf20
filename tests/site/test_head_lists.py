"""Heads in a cell: all of them, on the page and in its twin, and the way to the others where only the first stand."""

from __future__ import annotations

from headkb.catalog.schema import HeadIndex
from headkb.site.head_lists import all_heads
from headkb.site.parts import Context, heads_cell, refs
from headkb.site.to_html import cell_html
from headkb.site.to_markdown import cell_markdown

HEADS = [HeadIndex(9, 9), HeadIndex(5, 1), HeadIndex(0, 3)]


def test_heads_beyond_the_first_are_folded(real_context: Context) -> None:
    """The first are links, the others stand in a fold that says how many they are; where all have room there is none."""
    cell = all_heads(real_context, "gpt2", HEADS, 1)
    html = cell_html(cell, real_context.links, "x/")
    assert 'href="../models/gpt2/L9H9/"' in html
    assert '<details class="hk-rest"><summary>2 more</summary>L5H1, L0H3</details>' in html
    assert cell_markdown(cell, real_context.links, "x/").endswith(", L5H1, L0H3")
    assert "details" not in cell_html(all_heads(real_context, "gpt2", HEADS, 3), real_context.links, "x/")


def test_a_cut_list_leads_to_the_whole(real_context: Context) -> None:
    """How many more there are is a link where the path of the whole is known, and words where it is not."""
    links = real_context.links
    assert ' and <a href="../runs/r/">2 more</a>' in cell_html(
        heads_cell(real_context, "gpt2", HEADS, 1, "runs/r/"), links, "x/"
    )
    assert cell_html(heads_cell(real_context, "gpt2", HEADS, 1), links, "x/").endswith(" and 2 more")
    two = cell_html(refs("models", ["gpt2", "gpt2-medium"], 1, "papers/p/"), links, "x/")
    assert two.endswith(' and <a href="../papers/p/">1 more</a>')
    assert "more" not in cell_html(refs("models", ["gpt2"], 1, "papers/p/"), links, "x/")
