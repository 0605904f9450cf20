"""The page of one head, as a reader meets it: ranks that hold against the published files, strips on wide and narrow screens, code to copy."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PAGE = "models/gpt2/L10H7/"
ROWS = """() => [...document.querySelectorAll('table.hk-vals')].filter(t => !t.closest('details')).flatMap(t => [...t.querySelectorAll('tbody tr')])
  .map(row => ({table: row.querySelector('a').href, rank: row.cells[2].innerText}))"""


def place(site: Path, file: str, column: str, head: tuple[int, int], order: str) -> tuple[int, int]:
    """Rank of a head in a column of a published file, and of how many, worked out from the file."""
    rows = list(csv.DictReader(io.StringIO((site / file).read_text(encoding="utf-8"))))
    key = {"highest": lambda x: x, "lowest": lambda x: -x, "furthest": abs}[order]
    values = {(int(row["layer"]), int(row["head"])): key(float(row[column])) for row in rows if row[column]}
    return 1 + sum(value > values[head] for value in values.values()), len(values)


def test_ranks_are_those_of_the_published_files(visit: Any, site: Path) -> None:
    """Each rank on the page, from the file that the page of its table offers."""
    one = visit()
    page = one.open(PAGE)
    rows = page.evaluate(ROWS)
    assert len(rows) > 10
    for row in rows:
        page.goto(row["table"])
        download = page.locator("dt:text-is('Download') + dd")
        file = download.locator("a").evaluate("link => link.href").removeprefix(one.base)
        column = download.locator("code").inner_text()
        order = next((word for word in ("lowest", "furthest") if word in row["rank"]), "highest")
        rank, of = map(int, re.findall(r"\d+", row["rank"])[:2])
        assert place(site, file, column, (10, 7), order) == (rank, of), row


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "light"), (390, "dark")])
def test_each_strip_is_seen_with_its_bar(visit: Any, width: int, scheme: str) -> None:
    """On a phone the strip has a line of its own over the whole width, and nothing runs out of the page."""
    page = visit(viewport={"width": width, "height": 900}, color_scheme=scheme).open(PAGE)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    strips = page.locator("table.hk-vals tbody tr")
    assert strips.count() == page.locator("table.hk-vals .hk-sky").count() > 30
    for number in range(0, strips.count(), 7):
        row = strips.nth(number)
        box, drawn = row.bounding_box(), row.locator(".hk-sky").bounding_box()
        value = row.locator("td").nth(1).bounding_box()
        assert 18 <= drawn["height"] <= 30
        assert drawn["width"] > (0.95 * box["width"] if width == 390 else 200)
        assert (drawn["y"] >= value["y"] + value["height"]) == (width == 390)
        bar = row.locator(".hk-sky path").nth(1).evaluate("path => getComputedStyle(path).stroke")
        assert bar != row.locator(".hk-sky path").first.evaluate("path => getComputedStyle(path).fill")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_answers_come_first_and_the_dispute_second(visit: Any) -> None:
    """Above the values, within what a first screen and a half shows."""
    page = visit().open(PAGE)
    tops = [
        page.locator(selector).first.bounding_box()["y"]
        for selector in ("dl.hk-facts", "aside.hk-conflict", "#values", "#claims", "#code")
    ]
    assert tops == sorted(tops)
    assert tops[1] < 1000
    terms = page.locator("dl.hk-facts").first.locator("dt").all_inner_texts()
    assert terms[:4] == ["Best known for", "Also said to be", "Contested", "Where"]


def test_code_is_read_without_script_and_stays_in_its_frame(browser: Any, base: str) -> None:
    """Three snippets, each with the slice of this head; long lines would scroll inside."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(base + PAGE)
    code = page.locator("#code ~ .hk-code pre").all_inner_texts()
    assert len(code) == 3
    assert "448:512" in code[0]
    assert "transformer.h[10].attn.c_proj" in code[0]
    assert "blocks.10.attn.hook_z" in code[1]
    assert "z[:, :, 7] = 0" in code[1]
    assert "448:512" in code[2]
    context.close()
