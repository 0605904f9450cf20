"""The agreement of tables on the page of a model, and the nearest heads on the page of a head."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from headkb import Catalog
from headkb.site.agreement import agreement_nodes
from headkb.site.document import DataTable, Figure, Fold, Prose, Raw
from headkb.site.model_head_pages import head_of_model_page
from headkb.site.model_pages import model_page
from headkb.site.model_tables import tables_pages
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html
from tests.test_disputes import FALLING, Side, agreeing, with_tables

PAGE_BUDGET = 45_000  # of what the site puts into its frame


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def test_pairs_that_agree_are_shown_as_well_as_those_in_dispute(toy_copy: Path) -> None:
    """Three tables, three pairs; where there is no pair, nothing is said."""
    sides = [Side(FALLING, "oak"), Side(agreeing(FALLING), "elm"), Side(FALLING[::-1], "ash")]
    made = make_context(with_tables(toy_copy, *sides))
    _, words, drawn, rows = agreement_nodes(made, made.catalog.models["jar-large"])
    assert isinstance(words, Prose)
    assert isinstance(drawn, Figure)
    assert drawn.html.count("<svg") == drawn.html.count("they agree") + drawn.html.count("in dispute") == 3
    assert isinstance(rows, DataTable)
    assert [tuple(c.words if isinstance(c, Raw) else c for c in row.cells[3:]) for row in rows.rows] == [
        ("10 of 10", "1.00", "40", "agree"),
        ("0 of 10", "-1.00", "40", "in dispute"),
        ("0 of 10", "-1.00", "40", "in dispute"),
    ]
    falling, rising, _ = re.findall(r'd="((?:M\d+ \d+h0)+)"', drawn.html)
    same, other = (re.findall(r"M(\d+) (\d+)h0", path) for path in (falling, rising))
    assert len(same) == len(other) == 40
    assert all(int(x) + int(y) == 100 for x, y in same), "tables that agree lie on the diagonal"
    assert all(abs(int(x) - int(y)) <= 3 for x, y in other), "turned round, they lie on the other one"
    assert agreement_nodes(made, made.catalog.models["jar-small"]) == []


def test_the_catalog_shows_the_agreement_of_twenty_pairs(context: Context) -> None:
    """Every pair has its row on the page of its model, or on that of the model's tables where they are many."""
    shown = 0
    for model in context.catalog.models.values():
        pairs = context.catalog.disputes.pairs.get(model.id, ())
        made = [model_page(context, model), *tables_pages(context, model)]
        html = page_html(made[-1], context.links)
        assert ('id="agreement"' in html) == bool(pairs)
        if pairs:
            assert len(html) < PAGE_BUDGET, model.id
            part = html[html.index('id="agreement"') :]
            part = part[: part.index("</table>")]
            assert part.count("<tr>") - 1 == len(pairs)
            shown += len(pairs)
        if len(made) == 2:
            link = context.links.relative(made[0].path, made[1].path)
            assert f'href="{link}"' in page_html(made[0], context.links)
    assert shown >= 20
    assert len(tables_pages(context, context.catalog.models["gpt2"])) == 1
    nodes = agreement_nodes(context, context.catalog.models["gpt2"])
    assert any(isinstance(node, Fold) for node in nodes)


def test_a_head_names_its_neighbours_with_links(context: Context) -> None:
    """Five, with the share by which their ranks differ, and what they were compared by."""
    model = context.catalog.models["gpt2"]
    dossier = next(d for h, d in context.dossiers["gpt2"].items() if str(h) == "L10H7")
    html = page_html(head_of_model_page(context, model, dossier), context.links)
    line = next(part for part in html.split("<p>") if part.startswith("Heads with the most similar numbers"))
    assert '<a href="../L11H10/">L11H10</a>' in line
    assert len(re.findall(r"L\d+H\d+</a> \(\d+ %\)|L\d+H\d+ \(\d+ %\)", line)) == 5
    assert "do not make two heads the same" in line


def test_a_head_without_a_profile_names_none(toy_catalog: Catalog) -> None:
    """One table is no profile."""
    made = make_context(toy_catalog)
    for model_id, dossiers in made.dossiers.items():
        for dossier in dossiers.values():
            page = page_html(head_of_model_page(made, toy_catalog.models[model_id], dossier), made.links)
            assert "most similar numbers" not in page
