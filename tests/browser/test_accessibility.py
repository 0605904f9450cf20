"""axe-core over one page of every kind, in both palettes, and over the search dialog."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

KINDS = [
    line[1:]
    for line in (Path(__file__).parent / "kinds.txt").read_text("utf-8").splitlines()
    if line.startswith("/") and line != "/404.html"
]
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


ALIKE = "document.querySelectorAll('tbody tr:nth-child(n+25)').forEach(row => row.remove())"


def violations(page: Any) -> list[str]:
    """Each broken rule with the first element that breaks it. Of long tables the first rows are looked at: the others are alike."""
    page.evaluate(ALIKE)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install axe-playwright-python")
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{v['id']} ({v['impact']}) × {len(v['nodes'])}: {v['nodes'][0]['html'][:160]}" for v in found]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_page(visit: Any, scheme: str, width: int) -> None:
    """No page breaks a rule of WCAG 2.2 A or AA that axe can check, the size of targets among them."""
    one = visit(color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 900})
    broken = {path: found for path in KINDS if (found := violations(one.open(path)))}
    assert broken == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_search_dialog(visit: Any, scheme: str) -> None:
    """The open search dialog with results breaks none either."""
    page = visit(color_scheme=scheme, reduced_motion="reduce").open("")
    page.keyboard.press("/")
    page.fill(".hk-search input", "induction")
    page.wait_for_function("() => document.querySelector('.hk-search').dataset.query === 'induction'")
    assert violations(page) == []


def test_axe_finds_what_is_wrong(visit: Any) -> None:
    """The check can fail: a picture without words is found."""
    page = visit().open("glossary/logit/")
    page.evaluate("document.querySelector('article').append(document.createElement('img'))")
    assert any(found.startswith("image-alt") for found in violations(page))
