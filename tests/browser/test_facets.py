"""Any combination of filters reads as a true sentence: what is listed, and what is not, is worked out again from the files of the API."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import all_rows

pytestmark = pytest.mark.browser

KINDS = {"public": "public model", "organism": "organism", "exact": "exact model", "unreleased": "unreleased model"}
WORDS = {"not-shown": "not shown", "invalidated": "withdrawn"}
STANDINGS = {"not-comparable": "not comparable", "formula-checked": "formula checked", "not-rerun": "not rerun"}
OF_CELLS = ("family", "model", "kind", "showing", "standing")
PLACES = {
    "": "li.hk-chip",
    "heads/": "table.hk-table tbody tr",
    "matrix/": "li.hk-chip",
    "matrix/models/": "table.hk-table tbody tr",
    "matrix/methods/": "table.hk-table tbody tr",
    "reproduction/": ".hk-cross tbody tr",
}
DRAWS = 200
READ = """items => items.map(item => [item.querySelector("a").href.split("/").at(-2), !item.hidden])"""


@dataclass(frozen=True)
class Truth:
    """What the API says: models by id, head types by id, and the cells of a head type."""

    models: dict[str, Any]
    heads: dict[str, Any]
    cells: dict[str, list[dict[str, set[str]]]]
    years: dict[str, str]
    methods: dict[str, set[str]]
    names: dict[str, str]

    def fits(self, head: str, chosen: dict[str, str]) -> bool:
        """Whether the sentence that the filters make is true of a head type."""
        record, of_cell = self.heads[head], {key: chosen[key] for key in chosen if key in OF_CELLS}
        stage = self.names[record["stage"]]
        own: dict[str, Callable[[str], bool]] = {
            "stage": lambda value: value == stage,
            "category": lambda value: (
                value.casefold() in (self.names[record["category"]], record["category"].replace("-", " "))
            ),
            "year": lambda value: value == self.years[head],
            "status": lambda value: value == record.get("status", "active"),
            "method": lambda value: value in self.methods[head],
            "recipe": lambda value: (value == "yes") == bool(record.get("recipes")),
        }
        return all(own[key](value) for key, value in chosen.items() if key not in of_cell) and (
            not of_cell or any(all(v in cell[k] for k, v in of_cell.items()) for cell in self.cells[head])
        )


def api(site: Path, kind: str) -> dict[str, Any]:
    """The records of a kind by id."""
    return {record["id"]: record for record in json.loads((site / "api/v1" / f"{kind}.json").read_text("utf-8"))}


def first_year(papers: dict[str, Any], record: dict[str, Any]) -> str:
    """The year of the oldest paper that introduces a type, else of the oldest about it: of its date, or its arXiv month if earlier."""

    def public(paper: dict[str, Any]) -> str:
        arxiv = paper.get("arxiv") or ""
        month = f"20{arxiv[:2]}-{arxiv[2:4]}" if arxiv[:4].isdigit() else paper["date"]
        return min(str(paper["date"]), month)

    entries = record["papers"]
    chosen = [e for e in entries if e["role"] == "introduces"] or entries
    return min((public(papers[e["id"]]) for e in chosen), default="")[:4]


@pytest.fixture(scope="module")
def truth(site: Path) -> Truth:
    """Cells are joined here from claims, showings and models, none of them from the page."""
    heads, models, papers, methods = (api(site, kind) for kind in ("heads", "models", "papers", "methods"))
    pairs: dict[tuple[str, str], dict[str, set[str]]] = {}

    def pair(head: str, model: str) -> dict[str, set[str]]:
        record = models[model]
        start = {
            "family": {record["family"]},
            "model": {record["name"]},
            "kind": {KINDS[record["kind"]]},
            "showing": set[str](),
            "standing": set[str](),
        }
        return pairs.setdefault((head, model), start)

    for claim in api(site, "claims").values():
        for head in {claim["head"], claim.get("about")} - {None}:
            pair(head, claim["model"])["standing"].add(STANDINGS.get(claim["standing"], claim["standing"]))
    for record in heads.values():
        for showing in record["showings"]:
            assert showing["model_kind"] == models[showing["model"]]["kind"] != "exact"
            pair(record["id"], showing["model"])["showing"].add(WORDS.get(showing["showing"], showing["showing"]))
    names = {}
    for stage in api(site, "stages").values():
        names[stage["id"]] = stage["name"]
        names |= {category["id"]: category["name"].casefold() for category in stage["categories"]}
    return Truth(
        models,
        heads,
        {head: [cell for (other, _), cell in pairs.items() if other == head] for head in heads},
        {head: first_year(papers, record) for head, record in heads.items()},
        {
            head: {
                methods[method]["name"]
                for paper in papers.values()
                if any(entry["id"] == head for entry in paper["heads"])
                for method in paper.get("methods", [])
            }
            for head in heads
        },
        names,
    )


def draws(options: dict[str, list[str]], truth: Truth, seed: int, count: int) -> Iterator[dict[str, str]]:
    """Choices of one to four facets; every other one takes its values from one cell, so that something is listed."""
    rng = random.Random(seed)
    cells = [cell for some in truth.cells.values() for cell in some]
    for number in range(count):
        keys = rng.sample(sorted(options), min(rng.choice((1, 2, 2, 3, 3, 4)), len(options)))
        chosen = {key: rng.choice(options[key]) for key in keys}
        if number % 2:
            cell = rng.choice(cells)
            chosen = {key: rng.choice(sorted(cell[key])) for key in rng.sample(OF_CELLS, 3) if cell[key]}
        yield {key: value for key, value in chosen.items() if value in options[key]}


@pytest.mark.parametrize("path", PLACES)
def test_random_combinations_are_true_sentences(visit: Any, truth: Truth, path: str) -> None:
    """Every listed head type satisfies the sentence, every other one does not, and the status counts the listed ones."""
    page = all_rows(visit().open(path))
    options = page.eval_on_selector(
        ".hk-facetbar",
        "bar => Object.fromEntries([...bar.querySelectorAll('select')].map(s => [s.name, [...s.options].map(o => o.value).filter(Boolean)]))",
    )
    assert set(OF_CELLS) <= set(options), options.keys()
    listed = 0
    for chosen in draws(options, truth, len(path), DRAWS // len(PLACES) + 1):
        page.evaluate(
            "query => { history.replaceState(null, '', location.pathname + query); dispatchEvent(new PopStateEvent('popstate')) }",
            f"?{urlencode(chosen)}",
        )
        rows = page.eval_on_selector_all(PLACES[path], READ)
        wrong = {head: seen for head, seen in rows if seen != truth.fits(head, chosen)}
        assert wrong == {}, (path, chosen)
        count = sum(seen for _, seen in rows)
        status = page.inner_text(".hk-facetbar [role=status] >> nth=0")
        assert status.startswith(f"{count} of {len(rows)} head types"), (status, chosen)
        assert all(value in status for key, value in chosen.items() if key in OF_CELLS), status
        listed += count > 0
    assert listed > DRAWS // len(PLACES) // 2


def test_the_count_of_an_option_is_what_it_would_list(visit: Any) -> None:
    """In brackets behind each value stands how many rows choosing it leaves, the other choices kept."""
    page = all_rows(visit().open("heads/?kind=public+model&showing=shown"))
    texts = page.eval_on_selector_all("select[name=standing] option", "all => all.map(o => [o.value, o.textContent])")
    for value, text in [pair for pair in texts if pair[0] and not pair[1].endswith("(0)")]:
        page.select_option("select[name=standing]", value)
        assert text == f"{value} ({page.locator('table.hk-table tbody tr:not([hidden])').count()})"


def test_columns_of_the_matrix_are_those_in_which_a_cell_fits(visit: Any, truth: Truth) -> None:
    """With a choice of cells, other columns go, and cells that do not fit are not shown."""
    page = all_rows(visit().open("matrix/models/?showing=shown&kind=public+model"))
    columns = page.eval_on_selector_all(
        "thead th:not(:first-child)",
        "all => all.filter(th => th.offsetWidth).map(th => th.querySelector('a').href.split('/').at(-2))",
    )
    shown = {
        showing["model"]
        for head in truth.heads.values()
        for showing in head["showings"]
        if showing["showing"] == "shown" and showing["model_kind"] == "public"
    }
    assert set(columns) == shown
    marks = page.eval_on_selector_all(
        "td a.hk-x .hk-m", "all => all.filter(m => m.checkVisibility({visibilityProperty: true})).map(m => m.className)"
    )
    assert marks
    assert all("hk-m-shown" in mark and "hk-public" in mark for mark in marks), set(marks)


@pytest.mark.parametrize(
    ("address", "now", "note"),
    [
        ("matrix/?evidence=reproduced", {"showing": "shown"}, "is now “showing: shown”"),
        (
            "heads/?evidence=verified-data",
            {"standing": "formula checked"},
            "is now “standing of a claim: formula checked”",
        ),
        ("?evidence=deviating&family=llama", {"family": "llama"}, "no longer exists"),
    ],
)
def test_old_addresses_say_what_became_of_them(visit: Any, address: str, now: dict[str, str], note: str) -> None:
    """A link with a filter of the former kind is changed where there is one like it, and otherwise dropped, with a note."""
    page = visit().open(address)
    page.wait_for_function("() => !location.search.includes('evidence')")
    chosen = page.eval_on_selector_all(
        ".hk-facetbar select", "all => Object.fromEntries(all.filter(s => s.value).map(s => [s.name, s.value]))"
    )
    assert chosen == now
    assert note in page.inner_text("p.hk-small:has(a[href$='changes/#old-words'])")
