"""Tables as a reader meets them: on a screen and on a phone, by mouse and by keyboard."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import all_rows

pytestmark = pytest.mark.browser

PAGES = [
    "heads/induction/",
    "heads/previous-token/",
    "papers/wang-2022-ioi/",
    "papers/",
    "models/",
    "models/gpt2/tables/",
    "claims/wang-2022-ioi/",
    "circuits/ioi-gpt2/",
    "runs/",
    "reproduction/",
    "reproduction/causal/",
    "timeline/",
    "errata/",
    "matrix/models/",
    "matrix/methods/",
    "evidence/",
]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
BROKEN = r"""() => {
  const bad = [];
  for (const table of document.querySelectorAll("article table")) {
    const walk = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (!node.parentElement.checkVisibility()) continue;
      for (const word of node.textContent.matchAll(/[\p{L}\d]{2,}/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const lines = [...range.getClientRects()].filter((line) => line.width > 0.5).map((line) => line.top);
        if (lines.length && Math.max(...lines) - Math.min(...lines) > 4 && !node.parentElement.closest(".hk-cross th")) bad.push(word[0]);
      }
    }
  }
  return bad;
}"""
SIDEWAYS = "() => document.documentElement.scrollWidth - innerWidth"
STOPS = """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility()).length"""
FIRST = "rows => rows.filter((row) => !row.hidden).map((row) => row.cells[0].textContent.trim())"


@pytest.mark.parametrize("path", PAGES)
def test_no_word_is_broken_and_no_page_scrolls_sideways(visit: Any, path: str) -> None:
    """At 1280 px, headings included; the page itself never scrolls sideways, here or on a phone."""
    page = visit().open(path)
    assert page.evaluate(BROKEN) == []
    assert page.evaluate(SIDEWAYS) <= 0
    assert visit(**PHONE).open(path).evaluate(SIDEWAYS) <= 0


def test_a_table_is_sorted_by_keyboard(visit: Any) -> None:
    """Tab reaches the heading, Enter sorts, the heading says how; numbers are sorted as numbers, the largest first."""
    page = visit().open("circuits/")
    button = page.locator("th button", has_text="Edges")
    heading = page.locator("th", has_text="Edges")
    button.focus()
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    at = heading.evaluate("th => th.cellIndex")
    read = "(rows, at) => rows.map((row) => Number(row.cells[at].textContent))"
    numbers = page.locator("tbody tr").evaluate_all(read, at)
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 3
    page.keyboard.press("Space")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert page.locator("tbody tr").evaluate_all(read, at) == sorted(numbers)
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") is None


def test_a_table_without_filters_is_sorted_too(visit: Any) -> None:
    """By words, and back to the order of the page; true minus signs count."""
    page = visit().open("circuits/ioi-gpt2/")
    table = page.locator("table", has=page.locator("th", has_text="What it does"))
    rows = table.locator("tbody tr")
    before = rows.evaluate_all(FIRST)
    button = table.locator("th button", has_text="Node")
    button.click()
    assert rows.evaluate_all(FIRST) == sorted(before, key=str.casefold) != before
    button.click()
    button.click()
    assert rows.evaluate_all(FIRST) == before


def test_shapes_are_sorted_by_what_was_shown(visit: Any) -> None:
    """Not by their numbers: what is shown stands before what is partly shown, and what was not tried last, in both orders."""
    page = all_rows(visit().open("heads/"))
    button = page.locator("th button", has_text="Organisms")
    read = """(rows) => rows.filter((row) => !row.hidden).map((row) =>
      [...row.querySelectorAll('.hk-organism')].map((mark) => mark.className.match(/hk-m-([a-z-]+)/)[1])[0] || '')"""
    order = ["", "invalidated", "against", "not-shown", "undecided", "partly", "shown"]
    for down in (False, True):
        button.click()
        found = [order.index(word) for word in page.locator("tbody tr").evaluate_all(read)]
        tried = [place for place in found if place]
        assert tried == sorted(tried, reverse=down)
        assert found == tried + [0] * (len(found) - len(tried))


def test_the_first_column_stays(visit: Any) -> None:
    """Where a table scrolls in its frame, its first column does not, and the frame shows that more lies at the side."""
    page = visit().open("matrix/models/")
    frame = page.locator(".hk-scroll").first
    cell = frame.locator("tbody tr td").first
    assert frame.evaluate("f => f.scrollWidth - f.clientWidth") > 200
    before = cell.bounding_box()["x"]
    frame.evaluate("f => { f.scrollLeft = 200 }")
    page.wait_for_selector(".hk-scroll.hk-moved")
    assert abs(cell.bounding_box()["x"] - before) < 1
    assert "local" in frame.evaluate("f => getComputedStyle(f).backgroundAttachment")
    assert cell.evaluate("c => getComputedStyle(c).boxShadow") != "none"


def test_rows_are_cards_on_a_phone(visit: Any) -> None:
    """Each row a block, with the words of the headings before its cells and a list to sort by; rows of other parts as well."""
    page = visit(**PHONE).open("papers/")
    frame = page.locator(".hk-scroll.hk-cards").first
    assert frame.evaluate("f => f.scrollWidth - f.clientWidth") <= 1
    labels = """row => [...row.cells].slice(1).filter((cell) => cell.textContent).map((cell) => getComputedStyle(cell, '::before').content.slice(1, -1))"""
    headings = frame.locator("thead th").all_text_contents()
    told = frame.locator("tbody tr").first.evaluate(labels)
    assert told
    assert set(told) <= set(headings)
    page.locator(".hk-sortby select").first.select_option(label="Date")
    page.wait_for_selector("th[aria-sort=ascending]", state="attached")
    page.wait_for_function(
        "() => !document.querySelector('.hk-facetbar [role=status]').textContent.includes('on this page')"
    )
    first = frame.locator("tbody tr:not([hidden])").first
    assert first.evaluate(labels)[0] in headings
    oldest = first.inner_text()
    page.locator(".hk-sortby button").first.click()
    assert frame.locator("tbody tr:not([hidden])").first.inner_text() != oldest
    assert frame.locator("th[aria-sort=descending]").count() == 1


def test_on_a_screen_there_are_no_cards(visit: Any) -> None:
    """Nor a list to sort by."""
    page = visit().open("papers/")
    assert page.locator(".hk-cards").count() == 0
    assert page.locator(".hk-sortby:visible").count() == 0


def test_a_matrix_is_one_tab_stop(visit: Any) -> None:
    """Arrows go from cell to cell; the page has fewer than 150 stops in all, also with all rows."""
    page = all_rows(visit().open("matrix/models/"))
    assert page.evaluate(STOPS) < 150
    assert page.locator("table.hk-cross [tabindex='0']").count() == 1
    links = page.locator("table.hk-cross a")
    assert links.count() > 600
    page.locator("table.hk-cross [tabindex='0']").focus()
    where = "() => { const cell = document.activeElement.closest('td, th'); return [cell.parentElement.rowIndex, cell.cellIndex] }"
    start = page.evaluate(where)
    page.keyboard.press("ArrowRight")
    right = page.evaluate(where)
    assert right[0] == start[0]
    assert right[1] > start[1]
    page.keyboard.press("ArrowDown")
    down = page.evaluate(where)
    assert down[1] == right[1]
    assert down[0] > right[0]
    page.keyboard.press("Home")
    assert page.evaluate(where)[1] == 0
    page.keyboard.press("Control+End")
    assert page.evaluate(where)[0] > down[0]
    assert page.locator("table.hk-cross [tabindex='0']").count() == 1


def test_the_tab_stop_of_a_matrix_is_never_hidden(visit: Any) -> None:
    """A choice that hides its row, its column or its cell moves it to a cell that can be seen."""
    page = all_rows(visit().open("matrix/models/"))
    stop = page.locator("table.hk-cross [tabindex='0']")
    for facet, value in (("showing", "not shown"), ("kind", "public model"), ("family", "llama")):
        page.select_option(f".hk-facetbar select[name={facet}]", value)
        page.wait_for_function(
            "() => document.querySelector(\"table.hk-cross [tabindex='0']\").checkVisibility({ visibilityProperty: true })"
        )
        assert stop.count() == 1
        page.locator(".hk-facetbar button", has_text="Clear").click()


def test_tables_read_without_script(browser: Any, base: str) -> None:
    """They scroll in their frames, with every link in reach."""
    context = browser.new_context(java_script_enabled=False, **PHONE)
    page = context.new_page()
    page.goto(f"{base}papers/wang-2022-ioi/")
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.locator(".hk-scroll[tabindex='0']").count() > 0
    page.goto(f"{base}matrix/models/")
    assert page.locator("table.hk-cross a[tabindex]").count() == 0
    context.close()


@pytest.mark.parametrize("path", ["", "matrix/"])
def test_chips_are_one_tab_stop(visit: Any, path: str) -> None:
    """Arrows go through the head types; the stop is never one that a filter has hidden."""
    page = visit().open(path)
    chips = page.locator(".hk-matrix a[href]")
    assert chips.count() > 50
    assert page.locator(".hk-matrix a[tabindex='0']").count() == 1
    page.locator(".hk-matrix a[tabindex='0']").focus()
    here = "() => document.activeElement.href"
    first = page.evaluate(here)
    page.keyboard.press("ArrowDown")
    second = page.evaluate(here)
    assert second != first
    page.keyboard.press("ArrowUp")
    assert page.evaluate(here) == first
    page.keyboard.press("ArrowRight")
    beside = page.evaluate("() => document.activeElement.getBoundingClientRect().left")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("() => document.activeElement.getBoundingClientRect().left") < beside
    page.keyboard.press("End")
    assert page.evaluate(here) == chips.last.evaluate("link => link.href")
    assert page.locator(".hk-matrix a[tabindex='0']").count() == 1
    all_rows(page)
    page.locator(".hk-facetbar input").first.fill("retrieval")
    page.wait_for_function(
        "() => /retrieval/i.test(document.querySelector(\".hk-matrix a[tabindex='0']\").textContent)"
    )
    assert page.locator(".hk-matrix a[tabindex='0']").is_visible()


@pytest.mark.parametrize("path", ["reproduction/causal/", "reproduction/public/"])
def test_lists_of_heads_unfold_in_their_cell(browser: Any, base: str, path: str) -> None:
    """Without a script, too: the line that counts the others opens, and names as many."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(base + path)
        fold = page.locator("td details.hk-rest").first
        count = int(fold.locator("summary").inner_text().split()[0])
        assert not fold.evaluate("one => one.open")
        fold.locator("summary").click()
        named = fold.inner_text().split("more", 1)[1]
        assert len(named.split(",")) == count
