"""The page of a run: what it says by itself, what it is held against, and a title that says no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.schema import Run
from headkb.site.measures import formula_checks
from headkb.site.parts import Context, make_context
from headkb.site.run_facts import run_title
from headkb.site.run_pages import run_page
from headkb.site.run_tables import run_nodes, verified_section
from headkb.site.showings import where_told
from headkb.site.to_html import cell_words, node_html, page_html
from headkb.site.to_markdown import page_markdown


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def a_run(context: Context, kind: str, word: str) -> Run:
    """A run with this outcome on a model of this kind."""
    evidence = context.catalog.evidence
    return next(
        run
        for run in context.catalog.newest_runs
        if (evidence.outcome(run).model_kind, evidence.outcome(run).word) == (kind, word)
    )


def text_of(context: Context, run: Run) -> str:
    """The page of a run as Markdown."""
    return page_markdown(run_page(context, run), context.links)


def test_a_title_says_shown_only_where_the_type_is_shown(context: Context) -> None:
    """By the run alone and by all recipes together; everything else names the recipe or the claim."""
    evidence = context.catalog.evidence
    for run in context.catalog.runs.values():
        title, outcome = run_title(context, run), evidence.outcome(run)
        if title.endswith(": shown") and ", recipe " not in title:
            assert outcome.showing == "shown"
            assert evidence.showings[run.head, run.model].word == "shown"
        else:
            assert ": claim " in title or f", recipe {run.recipe}: " in title


def test_a_run_of_a_recipe_says_what_it_is_held_against(context: Context) -> None:
    """Threshold with its direction, the prediction of each check, the role of the recipe, and the type's showing in the model."""
    run = next(r for r in context.catalog.newest_runs if r.causal and r.threshold is not None and r.recipe)
    text = text_of(context, run)
    bound = "at least" if run.higher_is == "more" else "at most"
    assert f"- Held against: mean score {bound} {run.threshold:g} for a head to be found" in text
    assert all(f"check `{outcome.check.id}`: {outcome.check.metric}" in text for outcome in run.causal)
    assert f"`{run.recipe}` ({context.catalog.evidence.outcome(run).role})" in text
    showing = context.catalog.evidence.showings[run.head, run.model]
    assert f"{run.model}.md#{where_told(context, showing).partition('#')[2]})" in text


def test_a_run_of_a_claim_says_where_the_claim_stands_and_why_it_decides_nothing(context: Context) -> None:
    """A value that a quantised copy misses is no verdict; one that it meets names the copy."""
    missed = a_run(context, "public", "not-comparable")
    text = text_of(context, missed)
    assert "- This run by itself: not comparable. No verdict: " in text or "No model was run" in text
    assert ", after all its runs: " in text
    met = next(
        r for r in context.catalog.newest_runs if r.copy_of and context.catalog.evidence.outcome(r).word == "met"
    )
    assert "on a quantised copy" in run_title(context, met)
    assert "on a quantised copy of the claim’s model" in text_of(context, met)


def test_a_run_of_a_recipe_says_what_holds_of_it_alone(context: Context) -> None:
    """Not what its word means in general: where a type has no causal check, nobody asked whether the model does the behaviour."""
    checked = {head.id for head in context.catalog.heads.values() if head.ablation and head.ablation.checks}
    seen = 0
    for run in context.catalog.newest_runs:
        if context.catalog.evidence.outcome(run).showing == "not-shown":
            said = text_of(context, run).partition("- This run by itself: not shown: ")[2].partition("\n")[0]
            assert said.startswith(
                "the model does the behaviour" if run.head in checked else "no head passes; the type has no"
            )
            seen += 1
    assert seen > 20


def test_only_a_search_finds_no_head(context: Context) -> None:
    """A claim names its heads itself: its run is not said to have found none."""
    claimed = a_run(context, "public", "met")
    searched = next(run for run in context.catalog.newest_runs if run.recipe and not run.heads)
    assert "Heads found" not in text_of(context, claimed)
    assert "- Heads found: none" in text_of(context, searched)


def test_a_run_on_exact_weights_checks_the_instrument(context: Context) -> None:
    """It has no mark and speaks of no showing."""
    html = page_html(run_page(context, a_run(context, "exact", "met")), context.links)
    assert "as constructed" in html
    assert "hk-m-" not in html
    assert "The type in this model" not in html


def test_a_checked_formula_speaks_of_the_measure(context: Context) -> None:
    """It stands on the pages of the claims, with the number of values and the largest difference, and in the table of checks."""
    run = a_run(context, "public", "formula-checked")
    statement = context.catalog.statements[run.claim or ""]
    ((name, cell), *_) = formula_checks(context, statement.file, statement.claim.measure or "")
    assert name == "Formula checked"
    assert "largest difference" in cell_words(cell, context.links)
    assert "No model was run" in text_of(context, run)
    table = "".join(node_html(node, context.links, "reproduction/") for node in verified_section(context))
    count = sum(r.model_source == "published-data" for r in context.catalog.runs.values())
    assert table.count("<tr><td>") == count
    assert f"{count} runs: " in table


def test_recipes_that_found_nothing_are_counted_for_each_kind_of_model(
    checked_root: Callable[[], Path], write_run: Callable[..., None]
) -> None:
    """Kinds are not added up."""
    root = checked_root()
    model = (root / "models" / "jar-small.yaml").read_text()
    for kind in ("public", "organism"):
        (root / "models" / f"jar-{kind}.yaml").write_text(model.replace("unreleased", kind).replace("Jar small", kind))
        for n in range(4):
            write_run(root, f"{kind}-{n}", f"jar-{kind}", "confirmed")
    context = make_context(load_catalog(root))
    quiet = [run.model_copy(update={"heads": (), "causal": ()}) for run in context.catalog.newest_runs]
    html = "".join(node_html(n, context.links, "x/") for n in run_nodes(context, quiet, "Head type", "head", "Sparkle"))
    assert "Public model: no head found in 4 runs: public (4 runs)." in html
    assert "Organism: no head found in 4 runs: organism (4 runs)." in html
