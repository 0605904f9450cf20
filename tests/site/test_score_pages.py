"""The pages of scores: what a reader learns there, and how the rest of the site leads to them."""

from __future__ import annotations

import re

import pytest

from headkb import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema import Record
from headkb.site.document import Page
from headkb.site.pages import PAGES, hub_page
from headkb.site.parts import Context, make_context
from headkb.site.score_pages import NEEDS, OPEN_LINKS, score_page
from headkb.site.to_html import page_html

PAGE_BUDGET = 60_000


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog as page builders see it."""
    return make_context(real_catalog)


def html(page: Page, context: Context) -> str:
    """A page's HTML without line breaks."""
    return page_html(page, context.links).replace("\n", " ")


def test_a_page_says_what_the_score_means_takes_and_costs(context: Context) -> None:
    """Summary, needs, formula, range, unit, direction, command, code, parameters with choices, variants with their tool, pitfalls."""
    text = html(score_page(context, context.catalog.scores["induction"]), context)
    for piece in (
        "not the copying half",
        "attention patterns",
        r"\frac{1}{|Q|}",
        "0 to 1",
        "unitless",
        "heads of this kind have high values",
        "headkb score induction --model organism-tasks",
        "headkb.scores.token.induction",
        "blob/main/headkb/scores/token.py#L",
        "<code>renormalized</code>",
        "<code>null</code>",
        "transformer-lens-mul-no-bos",
        "TransformerLens detect_head",
        "headkb score induction --variant transformer-lens-mul",
        "Matching is half of induction",
    ):
        assert piece in text, piece


def test_a_page_links_back_to_recipes_measures_methods_and_runs(context: Context) -> None:
    """Whoever uses the score is one click away."""
    text = html(score_page(context, context.catalog.scores["induction"]), context)
    assert re.search(r'href="../../heads/induction/"[^<]*>Induction head</a>, recipe', text)
    assert re.search(r'href="../../claims/[a-z0-9-]+/#measure-', text)
    assert re.search(r'href="../../runs/[a-z0-9-]+/"', text)
    assert "../../runs/?score=Induction" in text
    patching = html(score_page(context, context.catalog.scores["activation-patching"]), context)
    assert 'href="../../methods/causal-mediation-analysis/"' in patching


def test_long_lists_are_folded(context: Context) -> None:
    """A score that many head types use shows a dozen recipes and folds the others."""
    score = context.catalog.scores["position-to-position"]
    count = sum(r.score == score.id for head in context.catalog.heads.values() for r in head.recipes)
    assert count > OPEN_LINKS
    assert f"{count - OPEN_LINKS} more recipes" in html(score_page(context, score), context)


def test_the_list_holds_every_score_once_below_what_it_needs(context: Context) -> None:
    """Grouped by the first need; a need that no score has first makes no heading."""
    text = html(hub_page(context, "scores"), context)
    assert all(text.count(f'href="{score}/"') == 1 for score in context.catalog.scores)
    firsts = {score.needs[0] for score in context.catalog.scores.values()}
    assert {need for need in NEEDS if f'id="{need}"' in text} == firsts


def test_recipes_measures_runs_and_methods_link_to_their_score(context: Context) -> None:
    """From claim and head to the code by links alone."""
    catalog = context.catalog
    run = next(run for run in catalog.runs.values() if run.score == "induction")
    file = next(file for file in catalog.claims.values() if any(m.score == "induction" for m in file.measures.values()))
    records: dict[Kind, Record] = {
        "heads": catalog.heads["induction"],
        "runs": run,
        "claims": file,
        "methods": catalog.methods["ov-qk-circuit-analysis"],
    }
    for kind, record in records.items():
        built = PAGES[kind].record(context, record)
        page = built[0] if isinstance(built, list) else built
        target = "ov-copying" if kind == "methods" else "induction"
        assert f'href="../../scores/{target}/"' in html(page, context), kind


def test_pages_of_scores_are_small(context: Context) -> None:
    """A score that a whole catalog uses still makes a page that loads at once."""
    sizes = {s.id: len(html(score_page(context, s), context).encode()) for s in context.catalog.scores.values()}
    assert {score: size for score, size in sizes.items() if size > PAGE_BUDGET} == {}
    assert KINDS["scores"].weight > 0
