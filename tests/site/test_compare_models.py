"""Two models side by side, as the page stands without script."""

from __future__ import annotations

import re

from headkb import Catalog
from headkb.site.compare_models import PATH, compare_page, most_told, side_by_side
from headkb.site.parts import Context, make_context
from headkb.site.to_html import node_html, page_html
from headkb.site.to_markdown import page_markdown


def test_the_page_holds_a_pair_with_types_in_common(real_context: Context) -> None:
    """The model with most claims and the one that shares most types with it; twin and page name both."""
    pair = most_told(real_context)
    assert pair
    a, b = pair
    told = real_context.catalog.statements_of_model
    assert len(told[a.id]) == max(
        len(told.get(m.id, ())) for m in real_context.catalog.models.values() if m.type == "public"
    )
    page = compare_page(real_context)
    html = page_html(page, real_context.links)
    assert f'data-a="{a.id}" data-b="{b.id}"' in html
    assert html.count('<table class="hk-heat hk-known">') == 2
    assert f"## {a.name} and {b.name}" in page_markdown(page, real_context.links)


def test_types_in_common_and_alone_are_those_of_the_dossiers(real_context: Context) -> None:
    """A type stands in exactly one of the lists, and nowhere if neither model has it."""
    models = [real_context.catalog.models[i] for i in ("gpt2", "pythia-160m")]
    types = [
        {role.head_type for dossier in real_context.dossiers[m.id].values() for role in dossier.roles} for m in models
    ]
    html = "".join(node_html(node, real_context.links, PATH) for node in side_by_side(real_context, *models))
    common, _, alone = html.partition('id="alone"')
    common = common.partition('id="common"')[2]
    rows = re.findall(r'<tr><td><a href="\.\./heads/([a-z0-9-]+)/">', common)
    assert set(rows) == types[0] & types[1]
    assert set(re.findall(r"heads/([a-z0-9-]+)/", alone)) == types[0] ^ types[1]


def test_a_catalog_with_one_model_has_no_pair(toy_catalog: Catalog) -> None:
    """The page then only says what it is for."""
    context = make_context(toy_catalog)
    assert most_told(context) is None
    html = page_html(compare_page(context), context.links)
    assert 'data-needs="compare"' in html
    assert "hk-heat" not in html
