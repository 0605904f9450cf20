"""What a reader does, in a real browser over the built site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import all_rows

pytestmark = pytest.mark.browser

KINDS = [
    line[1:]
    for line in (Path(__file__).parent / "kinds.txt").read_text("utf-8").splitlines()
    if line.startswith("/") and line != "/404.html"
]


@pytest.mark.parametrize("path", ["heads/", "papers/", "matrix/", "matrix/models/"])
def test_facets_combine_and_survive(visit: Any, path: str) -> None:
    """Filters combine, stand in the address, and come back on reload and with the back button."""
    page = all_rows(visit().open(path))
    items = "table.hk-table tbody tr:not([hidden])" if path != "matrix/" else "li.hk-chip:not([hidden])"
    at_first, everything = page.locator(items).count(), int(page.get_attribute("[data-all]", "data-all"))
    selects = page.locator(".hk-facetbar select")
    first = selects.nth(0)
    first.select_option(index=1)
    some = page.locator(items).count()
    assert 0 < some < everything
    page.fill(".hk-facetbar input", "a")
    few = page.locator(items).count()
    assert few <= some
    address = page.url
    assert "?" in address
    page.reload()
    all_rows(page)
    assert page.locator(items).count() == few
    assert str(few) in page.inner_text(".hk-facetbar [role=status]")
    page.fill(".hk-facetbar input", "")
    page.locator(".hk-facetbar button", has_text="Clear").click()
    assert page.locator(items).count() == at_first
    page.go_back()
    assert page.locator(items).count() == some


def test_find_knows_aliases(visit: Any) -> None:
    """The find box of a list finds a record by a name that is not shown in its row."""
    page = all_rows(visit().open("models/"))
    page.fill(".hk-facetbar input", "openai-community/gpt2-xl")
    assert page.locator("tbody tr:not([hidden]) a").first.inner_text() == "GPT-2 XL"


def test_drawings_can_be_saved(visit: Any, tmp_path: Path) -> None:
    """A drawing is saved as an SVG file that stands on its own: its colours are in it."""
    page = visit().open("circuits/ioi-gpt2/")
    with page.expect_download() as download:
        page.locator(".hk-save").click()
    download.value.save_as(tmp_path / "graph.svg")
    text = (tmp_path / "graph.svg").read_text("utf-8")
    assert text.startswith("<svg")
    assert "Name mover head" in text
    assert "stroke: rgb(" in text
    assert "var(--" not in text


def test_round_trip(visit: Any) -> None:
    """Matrix → head type → paper → model → head, by links alone."""
    page = visit().open("matrix/")
    page.locator(".hk-chip a[href$='heads/name-mover/']").click()
    page.wait_for_url("**/heads/name-mover/")
    page.locator("table a[href$='papers/wang-2022-ioi/']").first.click()
    page.wait_for_url("**/papers/wang-2022-ioi/")
    page.locator("a[href$='models/gpt2/']").first.click()
    page.wait_for_url("**/models/gpt2/")
    page.locator("table.hk-known td[aria-label^='L9H9,']").click()
    page.locator(".hk-card a", has_text="Page of this head").click()
    page.wait_for_url("**/models/gpt2/L9H9/")
    page.locator(".hk-facts a[href$='heads/name-mover/']").first.click()
    page.wait_for_url("**/heads/name-mover/")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("heads/induction-head/", "heads/induction/"),
        ("models/gpt-2-small/", "models/gpt2/"),
        ("papers/2211.00593/", "papers/wang-2022-ioi/"),
    ],
)
def test_aliases_lead_on(visit: Any, path: str, target: str) -> None:
    """An alias, a full name or an arXiv number in the address leads to the record."""
    page = visit().open(path)
    page.wait_for_url(f"**/{target}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_no_sideways_scroll(visit: Any, scheme: str, width: int) -> None:
    """Every kind of page fits a phone and a desk, in both palettes."""
    one = visit(viewport={"width": width, "height": 844}, color_scheme=scheme)
    wide = []
    for path in KINDS:
        page = one.open(path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
        assert page.evaluate("document.body.dataset.mdColorScheme") == ("slate" if scheme == "dark" else "default")
    assert wide == []


def test_formulas_are_set(visit: Any) -> None:
    """KaTeX sets the formula of a head type without an error."""
    page = visit().open("heads/induction/")
    page.wait_for_selector(".hk-math .katex")
    assert page.locator(".katex-error").count() == 0


def test_terms_explain_themselves(visit: Any) -> None:
    """A glossary term shows its definition on hover and on focus, and hides it on Escape."""
    page = visit().open("heads/induction/")
    term = page.locator("a.hk-term").first
    definition = term.get_attribute("data-definition")
    term.hover()
    assert page.inner_text("[role=tooltip]") == definition
    page.mouse.move(0, 0)
    assert page.locator("[role=tooltip]").count() == 0
    term.focus()
    assert page.inner_text("[role=tooltip]") == definition
    page.keyboard.press("Escape")
    assert page.locator("[role=tooltip]").count() == 0


def test_copy_buttons(visit: Any) -> None:
    """BibTeX, RIS and CSL of a paper and the entry of the record can be copied."""
    one = visit(permissions=["clipboard-read", "clipboard-write"])
    page = one.open("papers/wang-2022-ioi/")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    copied = [""]
    for block in page.locator(".hk-code").all():
        block.hover()
        block.locator("button").click()
        for _ in range(50):
            page.wait_for_timeout(40)
            if (text := page.evaluate("navigator.clipboard.readText()")) != copied[-1]:
                break
        copied.append(text)
    kinds = ["@inpr", "TY  -", '{\n  "', "@misc", "TY  -", '{"id"']
    assert [text[:5] for text in copied[1:]] == kinds


def tabs(page: Any, selector: str, limit: int = 400) -> bool:
    """Whether the Tab key alone comes to something that fits the selector."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.closest(s) !== null", selector):
            return True
    return False


@pytest.mark.parametrize(
    ("path", "selectors"),
    [
        (
            "heads/",
            [
                "a.md-skip",
                ".hk-sections a",
                ".hk-menu summary",
                ".hk-find",
                ".hk-facetbar input",
                ".hk-facetbar select",
                "td a",
            ],
        ),
        ("matrix/", [".hk-facetbar select", ".hk-chip a"]),
        ("matrix/models/", [".hk-facetbar select", "table.hk-cross a[tabindex='0']"]),
        ("models/gpt2/", [".hk-toc a", "table.hk-known td[tabindex='0']"]),
        ("circuits/ioi-gpt2/", ["svg.hk-svg a"]),
        ("papers/wang-2022-ioi/", ["summary", ".hk-code button"]),
    ],
)
def test_keyboard_reaches(visit: Any, path: str, selectors: list[str]) -> None:
    """Skip link, search, filters, cells of matrices and grids, nodes of graphs and copy buttons can be reached by Tab alone."""
    page = visit().open(path)
    assert [s for s in selectors if not tabs(page, s)] == []


def test_keyboard_uses_the_matrix(visit: Any) -> None:
    """Typing narrows the matrix, Tab goes to what is left, Enter opens it."""
    page = visit().open("matrix/")
    page.locator(".hk-facetbar input").focus()
    page.keyboard.type("induction head")
    assert tabs(page, ".hk-chip", 30)
    page.keyboard.press("Enter")
    page.wait_for_url("**/heads/**")


def test_without_javascript(browser: Any, base: str) -> None:
    """Tables and the matrix are complete without JavaScript, with the parts that they link to."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()

    def count(path: str, selector: str) -> int:
        page.goto(base + path)
        found: int = page.locator(selector).count()
        for address in page.locator("nav.hk-parts a").evaluate_all("links => links.map(link => link.href)"):
            page.goto(address)
            found += page.locator(selector).count()
        return found

    assert count("matrix/", "li.hk-chip") == count("heads/", "table.hk-table tbody tr") > 20
    context.close()
