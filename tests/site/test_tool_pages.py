"""Tools have a page, a list and a place in look-ups like the other kinds."""

from __future__ import annotations

from dataclasses import replace

from click.testing import CliRunner

from headkb import Catalog
from headkb.catalog.plain_data import plain_records
from headkb.catalog.search import search
from headkb.cli import main
from headkb.site.parts import make_context
from headkb.site.to_markdown import page_markdown
from headkb.site.tool_pages import tool_page, tools_hub


def test_the_page_says_what_a_tool_does_and_how_heads_are_addressed(toy_catalog: Catalog) -> None:
    """Abilities in words, the number it counts from, the mapping, links, papers and cautions."""
    context = make_context(toy_catalog)
    text = page_markdown(tool_page(context, toy_catalog.tools["jar-lens"]), context.links)
    for piece in (
        "A lens for jars.",
        "reads them, draws their patterns",
        "`look(layer, head)`",
        "Its head 2 of layer 1 is L0H1",
        "pip install jar-lens",
        "https://example.org/lens.git",
        "papers/moss-1999-sparkle",
        "upside down",
    ):
        assert piece in text, piece
    assert "Numbers that equal its own" not in text
    assert "jar-lens" in str(tools_hub(context))


def test_the_page_collects_the_variants_that_equal_its_numbers(toy_catalog: Catalog) -> None:
    """They are read from the records of the scores, by the name of the tool with which a variant's `tool` begins."""
    score = toy_catalog.scores["previous-token"]
    name, variant = next(iter(score.variants.items()))
    variants = {name: variant.model_copy(update={"tool": "Jar Lens glow()"})}
    scores = {score.id: score.model_copy(update={"variants": variants})}
    context = make_context(replace(toy_catalog, scores=scores))
    text = page_markdown(tool_page(context, toy_catalog.tools["jar-lens"]), context.links)
    assert f"`{name}`: Jar Lens glow()" in text


def test_commands_and_exports_know_tools(toy_catalog: Catalog) -> None:
    """`list`, `show` by an alias, search and the export."""
    catalog = ["--catalog", str(toy_catalog.root)]
    listed = CliRunner().invoke(main, [*catalog, "list", "tools"])
    shown = CliRunner().invoke(main, [*catalog, "show", "tools", "JL", "--json"])
    missed = CliRunner().invoke(main, [*catalog, "show", "tools", "jar-lense"])
    assert "jar-lens" in listed.output
    assert '"does": [' in shown.output
    assert (missed.exit_code, "jar-lens" in missed.output) == (2, True)
    assert ("tools", "jar-lens") in {(hit.kind, hit.id) for hit in search(toy_catalog, "lens", 10)}
    record = plain_records(toy_catalog, "tools")[0]
    assert (record["id"], record["counts_from"], record["does"]) == ("jar-lens", 1, ["reads", "shows"])


def test_every_shipped_tool_has_been_looked_into(real_catalog: Catalog) -> None:
    """A link, and a file of a repository at a commit behind every record."""
    assert len(real_catalog.tools) >= 8
    for tool in real_catalog.tools.values():
        assert tool.links, tool.id
        assert any(source.repository and source.path for source in tool.sources), tool.id
