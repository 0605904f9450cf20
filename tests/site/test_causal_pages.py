"""Causal checks on pages: the prediction, what came of it, and the control beside it, for good results and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.schema.causal import BehaviourSeen, CleanOnSeed
from headkb.site.causal_pages import causal_page, check_nodes, outcome_nodes
from headkb.site.detection import detection, refutation
from headkb.site.document import Page
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html


@pytest.fixture(scope="module")
def context(checked_root: Callable[[], Path], write_run: Callable[..., None]) -> Context:
    """The invented catalog, its head type with a check, and two runs of it: one confirmed, one refuted."""
    root = checked_root()
    model = root / "models" / "jar-small.yaml"
    model.write_text(model.read_text().replace("kind: unreleased", "kind: public"))
    write_run(root, "good", "jar-small", "confirmed")
    write_run(root, "bad", "jar-small", "refuted")
    return make_context(load_catalog(root))


def shown(context: Context, page: Page) -> str:
    """A page's HTML without line breaks."""
    return page_html(page, context.links).replace("\n", " ")


def test_a_type_has_one_row_and_every_recipe_its_own(context: Context) -> None:
    """A refuted check stands beside a confirmed one; of two runs of a recipe the newest counts, here the one with the later id."""
    text = shown(context, causal_page(context))
    types, _, recipes = text.partition('id="recipes"')
    assert types.count("<tr data-showing=") == 1
    assert "<b>Public models:</b> 1 head type looked for in 1 model, 1 shown in at least one." in types
    assert "hk-m-shown hk-public" in types
    for piece in (
        "L0H1 0.9",
        "0.75 (0.7 to 0.8; 3 sets)",
        "falls by 75 %, 70 to 80",
        "falls by 1 %, 0 to 3",
        "refuted",
        "(defining)",
    ):
        assert piece in recipes, piece


def test_exact_models_stand_under_instrument_checks_alone(
    checked_root: Callable[[], Path], write_run: Callable[..., None]
) -> None:
    """They give a type no mark and lift no count."""
    root = checked_root()
    model = root / "models" / "jar-small.yaml"
    model.write_text(model.read_text().replace("kind: unreleased", "kind: exact"))
    write_run(root, "good", "jar-small", "confirmed")
    context = make_context(load_catalog(root))
    text = shown(context, causal_page(context))
    before, _, after = text.partition('id="instrument"')
    assert "jar-small" not in before
    assert "hk-m-" not in text
    assert "runs/good/" in after


def test_a_run_shows_each_seed_and_the_score_on_other_seeds(context: Context) -> None:
    """What was measured stands there in full."""
    nodes = outcome_nodes(context, context.catalog.runs["good"])
    text = shown(context, Page("runs/good/", "Good", tuple(nodes)))
    for piece in ("Causal check", "seed by seed: noticing", "0.7 to 0.8", "0.875", "What each check asks"):
        assert piece in text, piece


def test_a_run_without_a_head_says_whether_the_model_does_the_behaviour(context: Context) -> None:
    """With the value needed beside the value seen; where it could not be asked, why."""
    run = context.catalog.runs["good"]
    check = run.causal[0].check
    row = CleanOnSeed(seed=1, sha256="0" * 64, clean=0.25)
    seen = BehaviourSeen(check=check, seeds=(row,))
    unasked = BehaviourSeen(check=check, why="No such tokens.")
    quiet = run.model_copy(update={"causal": (), "heads": (), "behaviours": (seen, unasked)})
    text = shown(context, Page("runs/good/", "Good", tuple(outcome_nodes(context, quiet))))
    for piece in ("Does the model do it?", "0.25", "at least 0.5", "<td>no</td>", "not asked: No such tokens."):
        assert piece in text, piece


def test_a_head_type_tells_what_a_run_will_test(context: Context) -> None:
    """Readers see the bar before they see a result."""
    head = context.catalog.heads["sparkle"]
    text = shown(context, Page("heads/sparkle/", "Sparkle", (*detection(context, head), *refutation(head))))
    for piece in ("How a run tests it", "must fall by at least 10% of that", "It is what they are for."):
        assert piece in text, piece
    assert "where the model does not show the behaviour of <code>noticing</code>" in text
    assert text.count("to begin with") == 1


def test_without_runs_the_table_says_so(toy_catalog: Catalog) -> None:
    """An empty page does not look like a success."""
    context = make_context(toy_catalog)
    assert "No such run is recorded yet." in shown(context, causal_page(context))


def test_the_probability_of_any_answer_is_said_once(real_catalog: Catalog) -> None:
    """`any answer of the answer` is no behaviour; that of one answer keeps its words."""
    told = str(check_nodes(real_catalog.heads["content-gatherer"]))
    assert "probability of any answer, at least 0.5 to begin with" in told
    assert "logit difference of the answer, at least 0.69 to begin with" in told
