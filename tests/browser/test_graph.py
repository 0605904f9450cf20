"""The drawing of a circuit: heads one by one, paths under the pointer and by keyboard, and a phone."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

PATH = "circuits/ioi-gpt2/"
LIT = "all => all.filter((one) => one.classList.contains('hk-lit')).map((one) => one.dataset.node || `${one.dataset.from} ${one.dataset.to}`)"


def test_each_head_leads_to_its_page(visit: Any) -> None:
    """The heads of the circuit are links of their own, large enough for a finger."""
    page = visit().open(PATH)
    link = page.locator(".hk-pan a", has_text="L9H9")
    box = link.bounding_box()
    assert box["width"] >= 24
    assert box["height"] >= 24
    link.click()
    page.wait_for_url("**/models/gpt2/L9H9/")


def test_boxes_say_where_their_heads_work(visit: Any) -> None:
    """Positions stand in the drawing."""
    page = visit().open(PATH)
    at = "key => document.querySelector(`[data-node='${key}'] .hk-at`).textContent"
    assert page.evaluate(at, "s-inhibition") == "at END"
    assert page.evaluate(at, "induction") == "at S2"
    assert page.evaluate(at, "previous-token") == "at S1+1"


def test_a_box_leaves_its_paths(visit: Any) -> None:
    """Under the pointer or in focus: all that leads to it and from it stays, the rest steps back; then all is as before."""
    page = visit().open(PATH)
    boxes, arrows = page.locator("[data-node]"), page.locator(".hk-link")
    page.locator("[data-node='induction'] a").first.focus()
    lit = set(boxes.evaluate_all(LIT))
    assert {"tokens", "previous-token", "induction", "s-inhibition", "name-movers", "logits"} <= lit
    assert "duplicate-token" not in lit
    assert "duplicate-token s-inhibition" not in arrows.evaluate_all(LIT)
    dimmed = page.locator("[data-node='duplicate-token']")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector(\"[data-node='duplicate-token']\")).opacity < 0.5"
    )
    said = page.inner_text("p.hk-say")
    assert said.startswith("Induction head, at S2.")
    assert "Out of it: S-inhibition head (V, K)" in said
    assert "not rerun" in said
    page.keyboard.press("Escape")
    assert boxes.evaluate_all(LIT) == []
    page.locator("[data-node='duplicate-token'] rect").first.hover(position={"x": 4, "y": 4})
    assert "hk-lit" in dimmed.get_attribute("class")


def test_an_arrow_tells_of_the_claims_at_its_ends(visit: Any) -> None:
    """Arrows are one tab stop; arrow keys go from one to the next."""
    page = visit().open(PATH)
    arrows = page.locator(".hk-link")
    assert page.locator(".hk-link[tabindex='0']").count() == 1
    arrows.first.focus()
    first = page.inner_text("p.hk-say")
    assert "Claims that name heads at its ends: " in first
    assert arrows.evaluate_all(LIT) == arrows.evaluate_all("all => [`${all[0].dataset.from} ${all[0].dataset.to}`]")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("p.hk-say") != first
    assert page.locator(".hk-link[tabindex='0']").count() == 1


@pytest.mark.parametrize("path", [PATH, "circuits/entity-tracking-llama-7b/", "stages/"])
def test_a_drawing_fits_a_phone(visit: Any, path: str) -> None:
    """It scrolls in its own frame or is drawn in a column, and the page does not scroll sideways."""
    page = visit(viewport={"width": 390, "height": 844}).open(path)
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    if path == "stages/":
        assert page.locator(".hk-flat").first.is_hidden()
        assert page.locator(".hk-tall").first.evaluate("pan => pan.scrollWidth - pan.clientWidth") <= 0
    else:
        size = page.locator(".hk-pan svg text").first.evaluate("text => text.getBoundingClientRect().height")
        assert size > 10


def test_a_drawing_reads_without_script(browser: Any, base: str) -> None:
    """All names, heads and links are there, and nothing is dimmed."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + PATH)
    assert page.locator(".hk-pan a").count() > 26
    assert page.locator(".hk-narrowed").count() == 0
    assert page.locator("p.hk-say").count() == 0
    context.close()
