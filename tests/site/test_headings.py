"""Numbers on pages are what they say they count, and a fact that several pages print is one fact."""

from __future__ import annotations

import re
from html import escape, unescape
from urllib.parse import unquote_plus

import pytest

from headkb.catalog.state import first_report, named_heads, never_rerun
from headkb.site.blocks import blocks
from headkb.site.parts import Context
from headkb.site.to_html import node_html

HEADING = re.compile(r'<h([2-6]) id="[^"]*">(.*?)<a class="headerlink".*?</h\1>', re.DOTALL)
WHOLE = re.compile(r"\((\d[\d,]*)\)$")
PATTERNS = re.compile(r" on (\d+) sentences$")

pytestmark = pytest.mark.slow  # every page of the shipped catalog


@pytest.fixture
def context(real_context: Context) -> Context:
    """The shipped catalog."""
    return real_context


@pytest.fixture
def made(real_html: dict[str, str]) -> dict[str, str]:
    """Path → HTML of every page."""
    return real_html


def words(html: str) -> str:
    """HTML as words on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def sections(html: str) -> list[tuple[str, str]]:
    """Heading and what stands below it, up to the next heading of any level."""
    found = list(HEADING.finditer(html))
    ends = [*(match.start() for match in found[1:]), len(html)]
    return [(words(match[2]), html[match.end() : end]) for match, end in zip(found, ends, strict=False)]


def listed(html: str) -> int:
    """How many things a list names: its items, or the links of its only line."""
    items = re.findall(r"<li>(.*?)</li>", html, re.DOTALL)
    return len(re.findall(r"<a ", items[0])) if len(items) == 1 else len(items)


def miscounted(pages: dict[str, str], names: set[str]) -> tuple[list[str], int]:
    """Headings with a number that is not that of what they list, or that no rule explains; and how many were held against a list."""
    wrong, counted = [], 0
    for path, html in pages.items():
        for title, below in sections(html):
            if not re.search(r"\d", title) or title in names or any(title.startswith(f"{name}, ") for name in names):
                continue
            if all(name in names for name in title.split(" and ")):
                continue
            counted += 1
            if found := WHOLE.search(title):
                fits = listed(below) == int(found[1].replace(",", ""))
            elif found := PATTERNS.search(title):
                fits = below.count("<figure") == int(found[1])
            else:
                fits = False
            if not fits:
                wrong.append(f"{path}: {title}")
    return wrong, counted


def named(context: Context) -> set[str]:
    """Names with digits that stand in headings: measures, records and their categories."""
    measures = {m.name for file in context.catalog.claims.values() for m in file.measures.values()}
    return measures | {record.title_text() for _, record in context.catalog.records()}


def test_every_heading_that_counts_equals_what_it_lists(made: dict[str, str], context: Context) -> None:
    """All headings of all pages: each number is of a rule, or part of a name."""
    prose = {path: html for path, html in made.items() if not path.startswith("reference/")}  # there headings are code
    wrong, counted = miscounted(prose, named(context))
    assert wrong == []
    assert counted > 300


def test_a_wrong_heading_is_found(made: dict[str, str], context: Context) -> None:
    """One more in a heading, one model too many, and a count that nothing explains."""
    page = made["missing/"]
    right = re.search(r"Methods without code here \((\d+)\)", page)
    assert right is not None
    spoilt = {
        "missing/": page.replace(right[0], f"Methods without code here ({int(right[1]) + 1})"),
        "x/": '<h2 id="x">7 wonders<a class="headerlink"></a></h2><ul><li>One</li></ul>',
    }
    wrong, _ = miscounted(spoilt, named(context))
    assert {line.partition(":")[0] for line in wrong} == set(spoilt)


FOLD = re.compile(r"<details[^>]*><summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
LEAD = re.compile(r'<div class="hk-lead"><p>.*? (\d[\d,]*) (?:records|claims from (\d[\d,]*) sources)\.</p>')
ALL_RUNS = re.compile(r'href="[^"]*runs/\?([a-z]+)=([^"]*)">All (\d+) runs</a>')


def folded(html: str) -> int:
    """How many things a fold holds: rows, head types with their grounds, or what its list names."""
    rows = html.count("<tr>") - html.count("<thead><tr>")
    types = set(re.findall(r'heads/([a-z0-9-]+)/"', html)) if html.startswith("<dl") else set()
    return rows or len(types) or listed(html) or len(words(html).split(", "))


def miscounted_folds(pages: dict[str, str]) -> tuple[list[str], int]:
    """Folds whose title has another number than what they hold; and how many have one."""
    folds = [(path, words(title), below) for path, html in pages.items() for title, below in FOLD.findall(html)]
    counting = [(path, title, below) for path, title, below in folds if re.search(r"\d", title)]
    wrong = [
        f"{path}: {title}"
        for path, title, below in counting
        if re.findall(r"\d+", title)
        != [str(folded(below)), *([str(below.count("<td>in dispute</td>"))] if title.endswith(" in dispute") else [])]
    ]
    return wrong, len(counting)


def test_every_fold_that_counts_holds_as_many(made: dict[str, str]) -> None:
    """A number in the title of a fold is that of its rows or items."""
    wrong, counting = miscounted_folds(made)
    assert wrong == []
    assert counting > 300
    page = made["models/gpt2/L5H5/"]
    assert miscounted_folds({"x/": page})[1] > 0
    assert miscounted_folds({"x/": re.sub(r"<summary>(\d)", r"<summary>9\1", page)})[0] != []


def test_every_list_counts_what_it_lists(made: dict[str, str]) -> None:
    """The sentence above a list of records says how many rows there are; above claims, how many are summed up, from how many sources."""
    hubs = {path: lead for path, html in made.items() if (lead := LEAD.search(html))}
    assert {"heads/", "models/", "runs/", "papers/", "claims/", "glossary/", "scores/"} <= hubs.keys()
    for path, lead in hubs.items():
        # The tables of charts lie in folds.
        lists = re.sub(r"<details.*?</details>", "", made[path], flags=re.DOTALL)
        rows = re.findall(r"<tr(?: [^>]*)?><td>.*?</tr>", lists, re.DOTALL)
        if lead[2]:
            claims = [int(words(re.findall(r"<td>(.*?)</td>", row, re.DOTALL)[3])) for row in rows]
            sources = {row for text in rows for row in re.findall(r'<td><a href="([a-z0-9-]+)/">', text)[:1]}
            assert (sum(claims), len(sources)) == (int(lead[1]), int(lead[2]))
        else:
            assert len(rows) == int(lead[1].replace(",", "")), path
    for title, below in sections(made["scores/"]):
        found = re.search(r"<p>(\d+) scores?\.</p>", below)
        assert found, title
        assert int(found[1]) == below.count("<tr><td>"), title


def test_links_to_all_runs_count_the_runs_that_they_leave(made: dict[str, str]) -> None:
    """`All 12 runs` of a head type, a model or a score are the rows of the list of runs that the link's filter leaves."""
    rows = re.findall(r"<tr( [^>]*)><td>", made["runs/"])
    checked = 0
    for path, html in made.items():
        for facet, value, count in ALL_RUNS.findall(html):
            wanted = f' data-{facet}="{escape(unquote_plus(value))}"'
            assert sum(wanted in row for row in rows) == int(count), path
            checked += 1
    assert checked > 20


def test_the_first_report_is_the_same_wherever_it_is_printed(made: dict[str, str], context: Context) -> None:
    """The type's own page, the timeline, the list of types, and the filters of the matrix give one date."""
    catalog = context.catalog
    timeline = dict(
        re.findall(r'<td><a href="\.\./heads/([a-z0-9-]+)/">[^<]*</a></td><td>(\d{4}(?:-\d\d)?)', made["timeline/"])
    )
    years = dict(re.findall(r'data-year="(\d{4})"[^>]*><a href="\.\./heads/([a-z0-9-]+)/"', made["matrix/"]))
    assert years
    chips = {
        head: year
        for year, head in re.findall(r'data-year="(\d{4})"[^>]*><a href="\.\./heads/([a-z0-9-]+)/"', made["matrix/"])
    }
    hub = {
        head: year
        for year, head in re.findall(r'<tr[^>]* data-year="(\d{4})"[^>]*><td><a href="([a-z0-9-]+)/"', made["heads/"])
    }
    for head in catalog.heads:
        paper = first_report(catalog, head)
        own = re.search(r"<dt>Found by</dt><dd>.*?\((\d{4}(?:-\d\d)?)\b", made[f"heads/{head}/"])
        date = paper.first_public[:7] if paper else None
        assert (own[1] if own else None) == date
        assert timeline.get(head) == date
        assert chips.get(head) == hub.get(head) == (date[:4] if date else None)
    order = list(timeline.values())
    assert order == sorted(order)


def test_claims_that_nobody_reran_are_counted_once(made: dict[str, str], context: Context) -> None:
    """The dashboard, the list of gaps and its numbers by head type agree."""
    total = len(never_rerun(context.catalog))
    assert f"{total:,} claims were neither rerun nor checked" in words(made["reproduction/"])
    section = dict(sections(made["missing/"]))
    below = next(
        html for title, html in section.items() if title.startswith("Head types with claims that were never rerun")
    )
    assert f"{total:,} claims in all" in below
    about = [s for s in never_rerun(context.catalog) if s.claim.subject]
    assert sum(map(int, re.findall(r"\((\d+)\)", words(below)))) == len(about)


def test_home_counts_heads_with_a_role(context: Context) -> None:
    """Heads to which a claim gives a role, in models that others made."""
    heads = named_heads(context.catalog)
    text = words(node_html(blocks(context)["counts"](""), context.links, ""))
    assert f"{len(heads):,}heads with a role in {len({model for model, _ in heads})} models" in text


OLD = {
    "reproduced",
    "deviating",
    "failed",
    "verified on data",
    "verified-data",
    "not found",
    "not-found",
    "found",
    "reported",
    "R",
    "D",
    "F",
    "V",
}


def test_no_cell_and_no_mark_says_a_word_of_before(made: dict[str, str]) -> None:
    """The words of the former ladder stand in no cell of a table by themselves, in no class and in no filter."""
    cells = re.compile(r"<(td|dd|span|a)\b[^>]*>([^<>]+)</\1>")
    said = [(path, m[2]) for path, html in made.items() for m in cells.finditer(html) if m[2].strip() in OLD]
    classes = [
        path
        for path, html in made.items()
        if re.search(r'class="[^"]*hk-(?:badge|reproduced|deviating|failed|reported)', html)
    ]
    filters = [
        path for path, html in made.items() if re.search(r'data-(?:evidence|verdict)=|"(?:evidence|verdict)=', html)
    ]
    assert (said, classes, filters) == ([], [], [])
