"""The head browser of a model's page: colours by table, the card, keys, the address, the table view, the largest grids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

TABLE = "mcdougall-2023-copy-suppression/gpt2-copy-suppression-scores"
READY = "() => document.querySelectorAll('.hk-bar select option').length > 1"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def ready(page: Any) -> Any:
    """Wait until the model's file is here."""
    page.wait_for_function(READY)
    return page


def choose(page: Any, table: str) -> None:
    """Colour the grid by a table."""
    page.select_option(".hk-bar select >> nth=0", table)
    page.wait_for_selector("table.hk-values")


def test_a_table_colours_the_grid_and_ranks_as_numpy_does(visit: Any, site: Path) -> None:
    """The card gives the value and place of every head that is asked for; values below zero are hatched."""
    numpy = pytest.importorskip("numpy")
    values = json.loads((site / "claims" / f"{TABLE}.json").read_text("utf-8"))["values"]
    page = ready(visit().open("models/gpt2/"))
    choose(page, TABLE)
    column = numpy.array(list(values.values()))
    for head in ("L10H7", "L9H9", "L0H0", "L11H10"):
        page.locator(f"table.hk-known td[aria-label^='{head},']").click()
        rank = 1 + int((column > values[head]).sum())
        card = page.inner_text(".hk-card")
        assert f"rank {rank} of {len(column)}" in card, card
        assert f"{abs(values[head]):.3f}".rstrip("0").rstrip(".")[:5] in card
        assert page.locator("td[aria-selected=true]").get_attribute("aria-label").startswith(f"{head},")
    assert page.locator("table.hk-values td.hk-minus").count() == int((column < 0).sum())
    hatched = page.locator("td.hk-minus").first.evaluate("cell => getComputedStyle(cell).backgroundImage")
    assert "repeating-linear-gradient" in hatched
    assert page.locator("table.hk-values td.hk-none").count() == 144 - len(column)


def test_the_address_keeps_the_choice(visit: Any) -> None:
    """Table, head and view are the same after a reload, and in another window that is given the address."""
    one = visit()
    page = ready(one.open("models/gpt2/"))
    choose(page, TABLE)
    page.locator("td[aria-label^='L10H7,']").click()
    address = page.url
    assert f"t={TABLE}" in address
    assert "h=L10H7" in address
    page.reload()
    page.wait_for_selector("table.hk-values")
    page.wait_for_selector(".hk-card-value")
    assert "GPT-2 small L10H7" in page.inner_text(".hk-card")
    page.get_by_role("button", name="Show as table").click()
    page.wait_for_selector(".hk-as-table tbody tr")
    other = visit().open(page.url.removeprefix(one.base))
    other.wait_for_selector(".hk-as-table tbody tr")
    assert other.locator(".hk-as-table tbody tr").count() == 144
    assert not other.locator("table.hk-known").is_visible()


def test_keys_move_in_the_grid(visit: Any) -> None:
    """One stop for Tab; arrows stay inside; Home and End go to the ends of a row; Enter opens the page of the head."""
    page = ready(visit().open("models/gpt2/"))
    assert page.locator("table.hk-known [tabindex='0']").count() == 1
    page.locator("td[aria-label^='L9H9,']").focus()
    for key, head in (
        ("ArrowRight", "L9H10"),
        ("ArrowDown", "L10H10"),
        ("End", "L10H11"),
        ("ArrowRight", "L10H11"),
        ("Home", "L10H0"),
        ("ArrowLeft", "L10H0"),
        ("ArrowUp", "L9H0"),
        ("Control+End", "L11H11"),
        ("ArrowDown", "L11H11"),
        ("Control+Home", "L0H0"),
        ("ArrowUp", "L0H0"),
        ("ArrowRight", "L0H1"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(f"{head},"), key
        assert page.locator("table.hk-known [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/models/gpt2/L0H1/")


def test_the_table_view_sorts(visit: Any) -> None:
    """Downwards by value first, upwards at the second click; heads without a value stand last; a column can be added."""
    page = ready(visit().open(f"models/gpt2/#t={TABLE}&view=table"))
    page.wait_for_selector(".hk-as-table tbody tr")
    heads = ".hk-as-table tbody th"
    page.get_by_role("button", name="Copy-suppression score (IOI)").click()
    assert page.locator(heads).first.inner_text() == "L10H7"
    assert page.locator(".hk-as-table th[aria-sort]").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Copy-suppression score (IOI)").click()
    page.wait_for_function("() => document.querySelector('.hk-as-table tbody th').textContent === 'L9H9'")
    columns = page.locator(".hk-as-table thead th").count()
    page.select_option(".hk-bar select >> nth=1", index=1)
    page.wait_for_function("n => document.querySelectorAll('.hk-as-table thead th').length === n + 2", arg=columns)
    assert "with=" in page.url


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["models/gpt2/", "models/llama-3-3-70b-instruct/", "models/llama-2-70b/"])
def test_grids_scroll_in_their_frame(visit: Any, path: str, width: int) -> None:
    """The page never scrolls sideways; of a large grid the labels stay in sight at its far end, and cells are large enough."""
    page = ready(visit(viewport={"width": width, "height": 844}).open(path))
    assert not page.evaluate(SIDEWAYS)
    size = page.locator("table.hk-known tbody td").first.bounding_box()
    assert size["width"] >= 24
    assert size["height"] >= 24
    page.locator("table.hk-known tbody td").last.focus()
    frame = page.locator(".hk-browser .hk-scroll >> nth=0").bounding_box()
    row = page.locator("table.hk-known tbody th").last.bounding_box()
    top = page.locator("table.hk-known thead th").last.bounding_box()
    cell = page.locator("table.hk-known tbody td").last.bounding_box()
    assert abs(row["x"] - frame["x"]) < 8
    assert frame["y"] - 1 <= top["y"] <= frame["y"] + frame["height"]
    assert cell["x"] + cell["width"] <= frame["x"] + frame["width"] + 4
    assert not page.evaluate(SIDEWAYS)


def test_without_script_the_grid_leads_to_heads(browser: Any, base: str) -> None:
    """Letters are links, the legend stands below, and nothing is offered that needs script."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{base}models/gpt2/")
    assert page.locator(".hk-bar").count() == 0
    assert page.locator(".hk-codes li").count() > 10
    page.locator("table.hk-known a[href='L9H9/']").click()
    page.wait_for_url("**/models/gpt2/L9H9/")


def test_a_file_that_cannot_be_had_is_told(browser: Any, base: str) -> None:
    """Offline, the page says so, and its grid of roles stays."""
    page = browser.new_context().new_page()
    page.route("**/grid.json", lambda route: route.abort())
    page.goto(f"{base}models/gpt2/")
    page.wait_for_function(
        "() => document.querySelector('.hk-bar [role=status]').textContent.includes('could not be loaded')"
    )
    assert page.locator("table.hk-known td a").count() > 50


def test_the_card_tells_of_silenced_sets(visit: Any, site: Path) -> None:
    """Behind a line that counts them, each with its run and the words that it is the set's; the choice to read them holds for the next head."""
    data = json.loads((site / "models" / "organism-heads" / "grid.json").read_text("utf-8"))
    heads = [head for head, entry in data["heads"].items() if len(entry.get("sets", ())) > 1]
    page = visit().open(f"models/organism-heads/#h={heads[0]}")
    fold = page.locator(".hk-card-sets")
    fold.locator("summary").click()
    said = [data["sets"][place] for place in data["heads"][heads[0]]["sets"]]
    assert fold.locator("summary").inner_text().startswith(f"Silenced in {len(said)} checks")
    assert fold.locator("li span").all_inner_texts() == [says for _, _, says in said]
    assert any("not of this head" in says for _, _, says in said)
    assert fold.locator("a").first.get_attribute("href").endswith(said[0][1])
    page.goto(f"{page.url.partition('#')[0]}#h={heads[1]}")
    page.wait_for_function("name => document.querySelector('.hk-card-title').textContent.endsWith(name)", arg=heads[1])
    assert fold.evaluate("one => one.open")
