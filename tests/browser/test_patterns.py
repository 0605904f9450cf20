"""Attention patterns as readers use them: pointer, touch, keyboard, and without script."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

FIGURE = "figure.hk-pat >> nth=0"
PAGES = ["heads/induction/", "heads/coreference/", "models/smollm2-135m-instruct-q4-1/L18H6/"]


def tokens(page: Any) -> Any:
    """The tokens of the first pattern."""
    return page.locator(FIGURE).locator(".hk-pat-tokens button")


def said(page: Any) -> str:
    """What the first pattern says of the token that is chosen."""
    text: str = page.locator(FIGURE).locator(".hk-pat-say").inner_text()
    return text


@pytest.mark.parametrize("path", PAGES)
def test_a_pointer_over_a_token_shows_where_the_head_looks(visit: Any, path: str) -> None:
    """Weights under the largest, arcs to them, a bar over the row; away from the tokens the chosen one comes back."""
    page = visit().open(path)
    first = said(page)
    line = tokens(page)
    assert line.count() == page.locator(FIGURE).locator("tbody tr").count()
    line.nth(1).hover()
    assert said(page).startswith(f"From “{line.nth(1).inner_text()}” (1) this head looks at ")
    assert line.nth(1).get_attribute("aria-current") == "true"
    marked = page.locator(FIGURE).locator(".hk-pat-tokens [data-v]").count()
    assert 1 <= marked <= 4
    assert page.locator(FIGURE).locator(".hk-pat-tokens path").count() <= marked
    assert page.locator(FIGURE).locator("rect.hk-pat-row").get_attribute("y") == "1"
    page.mouse.move(2, 2)
    assert said(page) == first


def test_the_square_leads_to_a_token(visit: Any) -> None:
    """A click on a row of the square chooses it."""
    page = visit().open("heads/induction/")
    square = page.locator(FIGURE).locator(".hk-pat-square")
    square.scroll_into_view_if_needed()
    box = square.bounding_box()
    page.mouse.click(box["x"] + 8, box["y"] + box["height"] - 4)
    last = tokens(page).count() - 1
    assert f"({last}) this head" in said(page)


def test_the_keyboard_steps_from_token_to_token(visit: Any) -> None:
    """One tab stop; arrows, Home and End; what is told is told to those who hear it, too."""
    page = visit().open("heads/induction/")
    line = tokens(page)
    stops = line.evaluate_all("all => all.filter(token => token.tabIndex === 0).length")
    assert stops == 1
    line.nth(0).evaluate("token => token.parentNode.querySelector('[tabindex=\"0\"]').focus()")
    page.keyboard.press("Home")
    assert "(0) this head" in said(page)
    page.keyboard.press("ArrowLeft")
    assert "(0) this head" in said(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "(2) this head" in said(page)
    page.keyboard.press("End")
    assert f"({line.count() - 1}) this head" in said(page)
    assert page.locator(FIGURE).locator(".hk-pat-say").get_attribute("aria-live") == "polite"
    assert line.evaluate_all("all => all.filter(token => token.tabIndex === 0).length") == 1


def test_a_tap_chooses_a_token_on_a_phone(visit: Any) -> None:
    """Nothing is wider than the screen, and no target is smaller than 24 pixels."""
    page = visit(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True).open("heads/induction/")
    line = tokens(page)
    line.nth(3).tap()
    assert "(3) this head" in said(page)
    small = line.evaluate_all(
        "all => all.map(t => t.getBoundingClientRect()).filter(r => r.width < 24 || r.height < 24).length"
    )
    assert small == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("path", PAGES)
def test_without_script_the_table_stands_open(visit: Any, path: str) -> None:
    """Every token with where it looks, the square, and the caption; no control that does nothing."""
    page = visit(java_script_enabled=False).open(path)
    figure = page.locator(FIGURE)
    assert figure.locator(".hk-pat-square").is_visible()
    assert figure.locator("tbody tr").last.is_visible()
    assert figure.locator("figcaption").is_visible()
    assert figure.locator("button").count() == 0


def test_with_script_the_table_is_folded_and_the_same(visit: Any) -> None:
    """What the tokens say is what the table says."""
    page = visit().open("heads/induction/")
    figure = page.locator(FIGURE)
    assert not figure.locator("tbody tr").first.is_visible()
    figure.locator("summary").click()
    row = figure.locator("tbody tr").nth(2)
    assert row.is_visible()
    tokens(page).nth(2).hover()
    weight = row.locator("td").last.inner_text().split(", ")[0].rsplit(" ", 1)[1]
    assert weight in said(page)
