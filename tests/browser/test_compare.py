"""Two models, and two head types, side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAIR = "compare/?a=gpt2&b=pythia-160m"
MEASURE = "mcdougall-2023-copy-suppression/copy-suppression-ioi"
SHOWN = ".hk-compared:not([hidden])"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def roles(site: Path, model: str) -> dict[str, set[str]]:
    """Head type → heads, from the file of a model."""
    found: dict[str, set[str]] = {}
    for head, entry in json.loads((site / "models" / model / "grid.json").read_text("utf-8"))["heads"].items():
        for head_type, _ in entry.get("roles", ()):
            found.setdefault(head_type, set()).add(head)
    return found


def test_two_models_have_grids_and_types_in_common(visit: Any, site: Path) -> None:
    """The types in both lists of heads, no others; only the pair that was asked for stands on the page."""
    page = visit().open(PAIR)
    page.wait_for_selector(f"{SHOWN} table.hk-known")
    assert page.locator("table.hk-known:visible").count() == 2
    both = roles(site, "gpt2").keys() & roles(site, "pythia-160m").keys()
    links = page.locator(f"{SHOWN} table.hk-sides tbody td:first-child a").evaluate_all("all => all.map(a => a.href)")
    assert {link.rstrip("/").split("/")[-1] for link in links} == both
    assert page.locator(f"{SHOWN} .hk-strip-name").count() == len(both)


def test_one_table_colours_both_and_the_address_keeps_it(visit: Any) -> None:
    """Only measures that both have are offered; head, model and table survive a reload."""
    page = visit().open(PAIR)
    page.wait_for_selector(f"{SHOWN} table.hk-known")
    select = page.locator(f"{SHOWN} .hk-bar select")
    offered = select.locator("option").evaluate_all("all => all.map(one => one.value)")
    assert MEASURE in offered
    assert not [name for name in offered if "lan-2023" in name]
    select.select_option(MEASURE)
    page.wait_for_function("() => document.querySelectorAll('table.hk-values').length === 2")
    page.locator("table.hk-values >> nth=1").locator("td[aria-label^='L8H10,']").click()
    assert "Pythia 160M L8H10" in page.inner_text(f"{SHOWN} .hk-card")
    assert "of 144" in page.inner_text(f"{SHOWN} .hk-card")
    page.reload()
    page.wait_for_function("() => document.querySelectorAll('table.hk-values').length === 2")
    page.wait_for_selector(".hk-card-value")
    assert "Pythia 160M L8H10" in page.inner_text(f"{SHOWN} .hk-card")
    assert page.locator(f"{SHOWN} .hk-strip .hk-rail").count() >= 2


def test_another_model_is_chosen_and_goes_back(visit: Any) -> None:
    """Choosing changes the address and the page; the browser's button goes back."""
    page = visit().open(PAIR)
    page.wait_for_selector(f"{SHOWN} table.hk-known")
    page.select_option(".hk-compare select >> nth=1", "llama-2-70b")
    page.wait_for_function("() => document.querySelector('.hk-compared h2').textContent.includes('70B')")
    assert "b=llama-2-70b" in page.url
    page.go_back()
    page.wait_for_function("() => document.querySelector('.hk-compared h2').textContent.includes('Pythia')")


def test_a_name_that_is_no_model_is_told(visit: Any) -> None:
    """The page says so and shows the pair that it came with."""
    page = visit().open("compare/?a=no-such-model&b=gpt2")
    page.wait_for_selector(f"{SHOWN} table.hk-known")
    assert "no-such-model" in page.inner_text(".hk-compare [role=status]")


def test_two_types_have_their_heads_in_common(visit: Any, site: Path) -> None:
    """Rows of both records, and the heads that are of both types in any model."""
    page = visit().open("compare/types/?a=induction&b=anti-induction")
    page.wait_for_selector(f"{SHOWN} table")
    text = page.inner_text(SHOWN)
    for name in ("Reads (QK)", "Writes (OV)", "Criterion", "Traps", "Heads in common"):
        assert name in text
    gpt2 = roles(site, "gpt2")
    both = gpt2["induction"] & gpt2["anti-induction"]
    assert both
    last = page.locator(f"{SHOWN} table >> nth=1").locator("tr", has_text="GPT-2 small")
    assert set(last.locator("td >> nth=1").inner_text().split(", ")) == both


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", [PAIR, "compare/?a=llama-2-70b&b=gpt2", "compare/types/?a=induction&b=anti-induction"])
def test_nothing_scrolls_sideways(visit: Any, path: str, width: int) -> None:
    """Large grids and long tables stay in their frames."""
    page = visit(viewport={"width": width, "height": 844}).open(path)
    page.wait_for_selector(f"{SHOWN} table")
    assert not page.evaluate(SIDEWAYS)


def test_without_script_one_pair_can_be_read(browser: Any, base: str) -> None:
    """Grids, types in common and those of one alone; two head types with their rows."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{base}compare/")
    assert page.locator("table.hk-known").count() == 2
    assert page.locator("#common").count() == page.locator("#alone").count() == 1
    page.goto(f"{base}compare/types/")
    assert page.locator("table.hk-sides tbody tr").count() > 8
