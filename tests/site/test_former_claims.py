"""Addresses of claims and runs that were merged into others."""

from __future__ import annotations

from pathlib import Path

import pytest

from headkb import load_catalog
from headkb.site.claim_pages import MANY_TABLES
from headkb.site.links import record_path
from headkb.site.outputs import redirects
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html

FILE = "moss-1999-sparkle"


@pytest.fixture
def context(toy_copy: Path) -> Context:
    """The invented catalog whose table took in two claims, one of them with a page of its own."""
    path = toy_copy / "claims" / f"{FILE}.yaml"
    path.write_text(path.read_text() + "    replaces: [small-row, small-list]\n")
    return make_context(load_catalog(toy_copy))


def test_an_old_address_of_a_claim_leads_on(context: Context) -> None:
    """A page of its own sends the reader to the table's page; links by the old id arrive there at once."""
    pages = {page.path for page in all_pages(context)}
    made = redirects(context, pages)
    for former in ("small-row", "small-list"):
        text = made[f"claims/{FILE}/{former}/index.html"]
        assert 'content="0; url=../small-table/"' in text
        assert context.links.resolve(f"claims/{FILE}/{former}") == f"claims/{FILE}/small-table/"
    assert context.links.name(f"claims/{FILE}/small-row").endswith("small-table")


@pytest.mark.parametrize("many", [False, True])
def test_an_old_anchor_on_the_page_of_a_source_still_lands(
    many: bool, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the row of the claim that took it in, or on its line where the tables are many."""
    monkeypatch.setattr("headkb.site.claim_pages.MANY_TABLES", 0 if many else MANY_TABLES)
    (page,) = [page for page in all_pages(context) if page.path == record_path("claims", FILE)]
    before, _, after = page_html(page, context.links).partition(
        '<span id="small-row"></span><span id="small-list"></span>'
    )
    assert "small-table/" in after.split("</li>" if many else "</tr>")[0]
    assert before.count('id="small-row"') == after.count('id="small-row"') == 0


def test_runs_that_ship_keep_their_old_addresses(real_catalog: object) -> None:
    """Runs have no names, and their former ids lead on all the same."""
    context = make_context(real_catalog)  # type: ignore[arg-type]
    made = redirects(context, set())
    former = [(old, run.id) for run in context.catalog.runs.values() for old in run.replaces]
    assert former
    for old, run_id in former:
        assert f"url=../{run_id}/" in made[f"runs/{old}/index.html"]
