"""Public models side by side: what was found, what silencing did, what could not be run; models of other kinds stay out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from headkb import Catalog, load_catalog
from headkb.site.document import Page
from headkb.site.parts import Context, make_context
from headkb.site.public_pages import public_page, side_by_side
from headkb.site.to_html import page_html

RUNS = {"one": ("jar-small", "confirmed"), "two": ("jar-large", "refuted"), "three": ("jar-trained", "confirmed")}


@pytest.fixture(scope="module")
def context(checked_root: Callable[[], Path], write_run: Callable[..., None]) -> Context:
    """Two public models, of which one confirms the type, and an organism that does."""
    root = checked_root()
    model = (root / "models" / "jar-small.yaml").read_text().replace("kind: unreleased", "kind: public")
    (root / "models" / "jar-small.yaml").write_text(
        model + "not_run:\n  - {head: sparkle, recipe: other, reason: Its tokenizer knows no sparks.}\n"
    )
    (root / "models" / "jar-large.yaml").write_text(model.replace("Jar small", "Jar large"))
    (root / "models" / "jar-trained.yaml").write_text(
        model.replace("Jar small", "Jar trained").replace("public", "organism")
    )
    for name, (where, result) in RUNS.items():
        write_run(root, name, where, result)
    return make_context(load_catalog(root))


def shown(context: Context, page: Page) -> str:
    """A page's HTML without line breaks."""
    return page_html(page, context.links).replace("\n", " ")


def test_types_are_counted_for_each_public_model_and_for_no_other_kind(context: Context) -> None:
    """The organism's confirmed run is no row, and lifts no count."""
    text = shown(context, public_page(context))
    assert "<b>Public models:</b> 1 head type looked for in 2 models, 1 shown in at least one." in text
    assert "Organism" not in text
    assert (
        "Head types looked for: 1; 1 shown. Found by a recipe whose causal check is confirmed, which by itself shows no type: 1 type: "
        in text
    )
    assert (
        "Head types looked for: 1; 0 shown, 1 partly. Found by a recipe whose causal check is confirmed, which by itself shows no type: 0 types."
        in text
    )
    assert "Jar trained" not in text
    assert 'data-shown="Jar small"' in text


def test_a_cell_says_what_silencing_did_beside_random_heads(context: Context) -> None:
    """Both outcomes stand in one row, in numbers."""
    text = shown(context, public_page(context))
    assert "accuracy 0.8 → 0.2, random heads 0.75: confirmed" in text
    assert "accuracy 0.8 → 0.79, random heads 0.75: refuted" in text


def test_recipes_that_could_not_be_run_stand_there_with_the_reason(context: Context) -> None:
    """A gap is told, not left out."""
    assert "Its tokenizer knows no sparks." in shown(context, public_page(context))


def test_a_head_type_shows_its_models_side_by_side(context: Context) -> None:
    """Only where there are at least two to compare."""
    nodes = side_by_side(context, context.catalog.heads["sparkle"])
    text = shown(context, Page("heads/sparkle/", "Sparkle", tuple(nodes)))
    assert "In public models" in text
    assert text.count("confirmed") == 1
    assert text.count("hk-m-shown hk-public") == text.count("hk-m-partly hk-public") == 1
    assert "(defining)" in text


def test_without_runs_the_page_says_so_and_a_type_shows_nothing(toy_catalog: Catalog) -> None:
    """An empty page does not look like a success."""
    context = make_context(toy_catalog)
    assert "No such run is recorded yet." in shown(context, public_page(context))
    assert side_by_side(context, context.catalog.heads["sparkle"]) == []
