"""Glossary terms in running text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headkb import Catalog
from headkb.catalog.schema import Term
from headkb.site.parts import make_context
from headkb.site.terms import link_terms, make_terms


def linked(catalog: Catalog, html: str, **fields: object) -> str:
    """A text after the term "Pitcher", alias PT, has been looked for in it."""
    aliases = [{"name": "PT", "kind": "abbreviation"}]
    term = Term.model_validate(
        {"id": "jar", "name": "Pitcher", "definition": "It holds.", "aliases": aliases, **fields}
    )
    terms = make_terms(make_context(replace(catalog, glossary={"jar": term})))
    return link_terms(html, terms, "elsewhere/")


def test_the_first_mention_becomes_a_link_with_the_definition(toy_catalog: Catalog) -> None:
    """Once a page, in running text alone."""
    html = linked(toy_catalog, "<h2>Pitcher</h2><p>A pitcher, two pitchers, <code>pitcher</code>.</p>")
    assert html.count('class="hk-term"') == 1
    assert "<h2>Pitcher</h2><p>A <a" in html
    assert 'data-definition="It holds."' in html


@pytest.mark.parametrize(("text", "links"), [("a pitcher", 0), ("the PT", 1)])
def test_an_everyday_word_is_no_link_but_its_abbreviation_is(toy_catalog: Catalog, text: str, links: int) -> None:
    """A mention of the word is mostly not the term; its other names mean nothing else."""
    assert linked(toy_catalog, f"<p>{text}</p>", everyday=True).count("hk-term") == links
