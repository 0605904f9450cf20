"""Causal checks on pages: the prediction, what came of it, and the control beside it, for good results and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.site.causal_pages import causal_page, outcome_nodes
from headkb.site.detection import detection
from headkb.site.document import Page
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html


@pytest.fixture(scope="module")
def context(checked_root: Callable[[], Path], write_run: Callable[..., None]) -> Context:
    """The invented catalog, its head type with a check, and two runs of it: one confirmed, one refuted."""
    root = checked_root()
    write_run(root, "good", "jar-small", "confirmed")
    write_run(root, "bad", "jar-small", "refuted")
    return make_context(load_catalog(root))


def shown(context: Context, page: Page) -> str:
    """A page's HTML without line breaks."""
    return page_html(page, context.links).replace("\n", " ")


def test_the_table_shows_score_behaviour_control_and_verdict_of_every_run(context: Context) -> None:
    """A refuted check stands beside a confirmed one, and only the confirmed one counts."""
    text = shown(context, causal_page(context))
    for piece in (
        "L0H1 0.9",
        "0.75 (0.7 to 0.8; 3 sets)",
        "falls by 75 %, 70 to 80",
        "falls by 1 %, 0 to 3",
        "refuted",
    ):
        assert piece in text, piece
    assert "hk-deviating" in text
    assert "hk-reproduced" in text
    assert "1 head type with a causal check confirmed in at least one unreleased model" in text


def test_a_run_shows_each_seed_and_the_score_on_other_seeds(context: Context) -> None:
    """What was measured stands there in full."""
    nodes = outcome_nodes(context, context.catalog.runs["good"])
    text = shown(context, Page("runs/good/", "Good", tuple(nodes)))
    for piece in ("Causal check", "seed by seed: noticing", "0.7 to 0.8", "0.875"):
        assert piece in text, piece


def test_a_head_type_tells_what_a_run_will_test(context: Context) -> None:
    """Readers see the bar before they see a result."""
    nodes = detection(context, context.catalog.heads["sparkle"])
    text = shown(context, Page("heads/sparkle/", "Sparkle", tuple(nodes)))
    for piece in ("How a run tests it", "must fall by at least 10% of that", "It is what they are for."):
        assert piece in text, piece
    assert "where the model does not show the behaviour of <code>noticing</code>" in text
    assert text.count("to begin with") == 1


def test_without_runs_the_table_says_so(toy_catalog: Catalog) -> None:
    """An empty page does not look like a success."""
    context = make_context(toy_catalog)
    assert "No such run is recorded yet." in shown(context, causal_page(context))
