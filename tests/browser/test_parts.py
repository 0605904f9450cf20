"""Lists on several pages, as a reader meets them: with script the filters of the first page act on all rows, without it every part is read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

LISTS = ["papers/", "runs/", "heads/", "models/", "claims/", "matrix/models/", "reproduction/", "reproduction/causal/"]
VISIBLE = "tbody tr:not([hidden])"


def last_part(page: Any) -> str:
    """The address of the last part of the first list."""
    address: str = page.locator("nav.hk-parts >> nth=0").locator("a").last.evaluate("link => link.href")
    return address


def rows_of_parts(page: Any, selector: str) -> list[str]:
    """The first link of every row of all parts of the first list, read from one page after the other."""
    count = "s => [...document.querySelectorAll(s)].map(row => row.querySelector('a').href)"
    box = "[data-all] >> nth=0"
    found: list[str] = page.locator(box).evaluate(
        "(box, s) => [...box.querySelectorAll(s)].map(row => row.querySelector('a').href)", selector
    )
    nav = page.locator("nav.hk-parts >> nth=0").locator("a")
    for address in nav.evaluate_all("links => links.map(link => link.href)"):
        page.goto(address)
        found += page.evaluate(count, f"[data-part] {selector}")
    return found


def without_script(browser: Any, address: str) -> Any:
    """A page in a browser that runs no script."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("path", LISTS)
def test_filters_find_what_stands_on_the_last_part(visit: Any, path: str) -> None:
    """A name from the last part, typed on the first page, is found; the count says how many of all, before and after."""
    one = visit()
    page = one.open(path)
    box = page.locator("[data-facets][data-all] >> nth=0")
    total, here = int(box.get_attribute("data-all")), box.locator("tbody tr").count()
    status = page.locator(".hk-facetbar [role=status] >> nth=0")
    assert here < total
    assert status.inner_text().startswith(f"first {here} of {total} "), status.inner_text()
    elsewhere = visit().open(last_part(page).removeprefix(one.base))
    row = elsewhere.locator("[data-part] tbody tr").last
    wanted, text = row.locator("a").first.evaluate("link => link.href"), row.locator("td").all_inner_texts()
    page.locator(".hk-facetbar input >> nth=0").fill(" ".join(re.findall(r"[\w.-]+", " ".join(text[:2])))[:80])
    page.wait_for_function(
        "() => / of \\d+/.test(document.querySelector('.hk-facetbar [role=status]').textContent) && !document.querySelector('.hk-facetbar [role=status]').textContent.includes('on this page')"
    )
    found = box.locator(VISIBLE)
    assert wanted in found.evaluate_all("rows => rows.map(row => row.querySelector('a').href)")
    assert status.inner_text().startswith(f"{found.count()} of {total} ")
    assert box.locator("tbody tr").count() == total


@pytest.mark.parametrize("path", ["matrix/", "", "papers/", "matrix/models/", "matrix/methods/"])
def test_show_all_shows_every_row_once_in_order(visit: Any, browser: Any, path: str, base: str) -> None:
    """What the button shows is what the parts hold one after the other; of chips, group by group."""
    page = visit().open(path)
    if path == "":
        page.locator("summary", has_text="Filter the head types").click()
    page.locator(".hk-facetbar button", has_text="Show all").click()
    total = page.get_attribute("[data-all] >> nth=0", "data-all")
    page.wait_for_function(
        "t => document.querySelector('.hk-facetbar [role=status]').textContent.startsWith(`${t} of ${t} `)", arg=total
    )
    selector = "li.hk-chip" if path in ("matrix/", "") else "tbody tr"
    shown = page.locator("[data-all] >> nth=0").evaluate(
        "(box, s) => [...box.querySelectorAll(s)].filter(row => row.checkVisibility()).map(row => row.querySelector('a').href)",
        selector,
    )
    assert len(shown) == len(set(shown)) == int(total)
    assert page.locator(".hk-more:visible").count() == 0
    plain = without_script(browser, base + (path or "matrix/"))
    whole = rows_of_parts(plain, selector)
    plain.context.close()
    assert sorted(shown) == sorted(whole)
    if selector == "tbody tr":
        assert shown == whole


def test_columns_of_all_parts_come_together(visit: Any, browser: Any, base: str) -> None:
    """With all parts, the matrix of models has each model once, and every mark stands in the column of its model."""
    page = visit().open("matrix/models/?kind=public+model")
    page.wait_for_function(
        "() => document.querySelector('.hk-facetbar [role=status]').textContent.includes('kind of model')"
    )
    read = """table => {
      const models = [...table.tHead.rows[0].cells].map(th => th.querySelector('a')?.textContent);
      const titles = [...table.tBodies[0].rows].flatMap(row => [...row.cells].map((cell, i) => [models[i], cell.querySelector('a.hk-x')?.title || '']));
      return [models.slice(1), titles.filter(([, title]) => title)];
    }"""
    models, marks = page.locator("table.hk-cross").evaluate(read)
    assert len(models) == len(set(models)) > 100
    assert all(f" in {model}: " in title for model, title in marks)
    plain = without_script(browser, f"{base}matrix/models/")
    count = plain.locator("a.hk-x").count()
    for address in plain.locator("nav.hk-parts a").evaluate_all("links => links.map(link => link.href)"):
        plain.goto(address)
        count += plain.locator("a.hk-x").count()
    plain.context.close()
    assert len(marks) == count > 500


def test_sorting_acts_on_all_rows(visit: Any, site: Path) -> None:
    """A click on the heading of a column sorts all rows, a second one the other way round, a third gives the order back."""
    page = visit().open("papers/")
    dates = sorted(paper["date"] for paper in json.loads((site / "api/v1/papers.json").read_text("utf-8")))
    first = page.locator(f"{VISIBLE} >> nth=0").inner_text()
    heading = page.locator("th", has_text="Date")
    assert heading.locator("button").count() == 1
    heading.locator("button").click()
    page.wait_for_function(
        "() => document.querySelector('th[aria-sort=ascending]') && !document.querySelector('.hk-facetbar [role=status]').textContent.includes('on this page')"
    )
    column = heading.evaluate("th => th.cellIndex")
    cells = page.locator(VISIBLE).evaluate_all("(rows, i) => rows.map(row => row.cells[i].textContent.trim())", column)
    assert cells == dates[: len(cells)]
    assert cells[0] == dates[0]
    assert "sort=Date" in page.url
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert page.locator(f"{VISIBLE} >> nth=0").locator("td").nth(column).inner_text() == dates[-1]
    page.reload()
    page.wait_for_selector("th[aria-sort=descending]")
    page.locator("th", has_text="Date").locator("button").click()
    assert page.locator("th[aria-sort]").count() == 0
    assert page.locator(f"{VISIBLE} >> nth=0").inner_text() == first


def test_a_list_that_opens_holds_every_value(visit: Any, site: Path) -> None:
    """Whoever comes to the filters by keyboard finds the values of all rows, also of those on other pages."""
    page = visit().open("papers/")
    years = {paper["date"][:4] for paper in json.loads((site / "api/v1/papers.json").read_text("utf-8"))}
    page.locator(".hk-facetbar select[name=year]").focus()
    page.wait_for_function(
        "n => document.querySelectorAll('select[name=year] option').length === n + 1", arg=len(years)
    )
    options = page.locator("select[name=year] option").evaluate_all("all => all.map(o => [o.value, o.textContent])")
    assert {value for value, _ in options if value} == years
    papers = page.get_attribute("[data-all]", "data-all")
    assert f"({papers} papers)" in options[0][1]


def test_a_part_that_does_not_come_is_told(browser: Any, base: str) -> None:
    """The filters then act on the rows that are here and say so; a later try succeeds."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/papers/part-3/", lambda route: route.abort())
    page.goto(f"{base}papers/")
    here = page.locator("tbody tr").count()
    page.fill(".hk-facetbar input", "attention")
    page.wait_for_function(
        "() => document.querySelector('.hk-facetbar [role=status]').textContent.includes('could not be loaded')"
    )
    status = page.inner_text(".hk-facetbar [role=status]")
    assert f"of the {here} papers on this page, of " in status
    assert page.locator("tbody tr").count() == here
    assert page.locator("nav.hk-parts:visible a").count() > 1
    page.unroute("**/papers/part-3/")
    page.fill(".hk-facetbar input", "attention head")
    page.wait_for_function(
        "() => !document.querySelector('.hk-facetbar [role=status]').textContent.includes('on this page')"
    )
    assert page.locator("tbody tr").count() > here
    context.close()


@pytest.mark.parametrize("path", ["papers/", "matrix/", "missing/", "reproduction/causal/"])
def test_parts_are_reached_without_script(browser: Any, base: str, path: str) -> None:
    """From the first page to the last by links alone, and back."""
    page = without_script(browser, base + path)
    parts = page.locator("nav.hk-parts a").evaluate_all("links => links.map(link => link.href)")
    assert parts
    seen = [parts[0]]
    page.goto(parts[0])
    while (after := page.locator(".hk-lead a", has_text=f"part {len(seen) + 2}")).count():
        after.click()
        seen.append(page.url)
        assert f", part {len(seen) + 1} of {len(parts) + 1}" in page.inner_text("h1")
    assert seen == parts
    page.locator(".hk-lead a").first.click()
    assert page.url == base + path
    page.context.close()


def test_a_list_without_filters_is_shown_whole_on_demand(visit: Any) -> None:
    """The button behind its links fetches the rest."""
    page = visit().open("missing/")
    box = page.locator("[data-all] >> nth=0")
    total = int(box.get_attribute("data-all"))
    assert box.locator("li").count() < total
    page.locator("nav.hk-parts button >> nth=0").click()
    page.wait_for_function("n => document.querySelector('[data-all]').children.length === n", arg=total)
    links = box.locator("li a").evaluate_all("all => all.map(link => link.href)")
    assert len(links) >= total
    assert not any("/missing/" in link for link in links)


def test_the_rows_of_a_part_can_be_saved(visit: Any, tmp_path: Path) -> None:
    """A CSV file holds every row that fits, not only those of the first page."""
    page = visit().open("papers/")
    with page.expect_download() as download:
        page.locator(".hk-facetbar button", has_text="CSV").click()
    download.value.save_as(tmp_path / "papers.csv")
    assert len((tmp_path / "papers.csv").read_text("utf-8").splitlines()) == 1 + int(
        page.get_attribute("[data-all]", "data-all")
    )
