"""What stands around every page: sections and menu above, contents at the side, and a foot that says what it was made from and how to add to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from headkb import __version__

pytestmark = pytest.mark.browser

KINDS = [
    line[1:] for line in (Path(__file__).parent / "kinds.txt").read_text("utf-8").splitlines() if line.startswith("/")
]
FORMS = {path.name for path in (Path(__file__).parents[2] / ".github" / "ISSUE_TEMPLATE").glob("*-*.yml")}
FOOT = re.compile(
    rf"headkb {re.escape(__version__)}(, commit [0-9a-f]{{10}}( with changes)?)? · catalog of \d{{4}}-\d\d-\d\d"
)


def asked(address: str) -> dict[str, str]:
    """What the address of a form fills in."""
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


def test_every_page_says_what_it_was_made_from_and_opens_the_forms(site: Path) -> None:
    """Release, commit where there is one, date of the catalog; the forms that fit the page, the last one for an error on this very page."""
    said = set()
    for path in KINDS:
        file = site / path if path.endswith(".html") else site / path / "index.html"
        foot = file.read_text("utf-8").partition('<footer class="hk-foot-line">')[2]
        line = re.sub(r"<[^>]+>|\s+", " ", foot.partition("<p>")[2].partition("</p>")[0])
        said.add(" ".join(line.split()).replace(" ,", ","))
        addresses = [a.replace("&amp;", "&") for a in re.findall(r'href="([^"]*issues/new[^"]*)"', foot)]
        templates = [asked(address)["template"] for address in addresses]
        assert len(set(templates) & FORMS) == len(templates) >= 3, path
        assert templates[-1] == "fix-a-fact.yml", path
        assert asked(addresses[-1])["record"] == (path.strip("/") or "the home page"), path
    assert len(said) == 1
    assert FOOT.fullmatch(said.pop())


@pytest.mark.parametrize(
    ("path", "label", "filled"),
    [
        ("papers/", "Add a paper", {"template": "new-paper.yml"}),
        ("heads/induction/", "Add a paper", {"template": "new-paper.yml", "heads": "induction: "}),
        ("models/gpt2/L9H9/", "Add a claim", {"template": "new-claim.yml", "model": "gpt2", "which": "L9H9"}),
        ("papers/wang-2022-ioi/", "Add a claim", {"template": "new-claim.yml", "identifier": "2211.00593"}),
        ("glossary/logit/", "Report an error", {"template": "fix-a-fact.yml", "record": "glossary/logit"}),
    ],
)
def test_contribute_from_where_you_are(visit: Any, path: str, label: str, filled: dict[str, str]) -> None:
    """Index and record pages open the form in their own text, too, filled with what they are about."""
    page = visit().open(path)
    address = page.locator(f'article a:text-is("{label}")').first.get_attribute("href")
    assert {key: value for key, value in asked(address).items() if key != "title"} == filled


def test_citations_carry_release_and_date(visit: Any) -> None:
    """In all three forms."""
    page = visit().open("heads/induction/")
    bibtex, ris, csl = (page.locator(f"#cite-{form}").text_content() for form in ("bibtex", "ris", "csl"))
    date = re.search(rf"Release {re.escape(__version__)}, catalog of (\d{{4}})-(\d\d)-(\d\d)", bibtex)
    assert date is not None
    assert f"year = {{{date[1]}}}" in bibtex
    assert f"ET  - {__version__}" in ris
    assert f"DA  - {date[1]}/{date[2]}/{date[3]}" in ris
    assert f'"version": "{__version__}"' in csl


def test_the_menu_leads_everywhere_and_closes(visit: Any) -> None:
    """Opened by keyboard it lists every section; Escape and a click elsewhere close it; where one is, is marked."""
    page = visit().open("heads/induction/")
    assert page.locator(".hk-sections a[aria-current]").text_content() == "Head types"
    menu = page.locator(".hk-menu")
    page.locator(".hk-menu summary").focus()
    page.keyboard.press("Enter")
    assert menu.locator("a:visible").count() > 20
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.matches('.hk-menu summary')")
    page.click(".hk-menu summary")
    page.mouse.click(600, 850)
    assert menu.get_attribute("open") is None


def test_home_asks_its_examples(visit: Any, browser: Any, base: str) -> None:
    """The field and the examples open the search; without scripts the examples lead to their answers."""
    page = visit().open("")
    page.click(".hk-open")
    assert page.locator(".hk-search input").is_visible()
    page.keyboard.press("Escape")
    page.click('[data-ask="gpt2 9.9"]')
    assert page.locator(".hk-search input").input_value() == "gpt2 9.9"
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(base)
    assert not plain.locator(".hk-open").is_visible()
    plain.click('[data-ask="gpt2 9.9"]')
    plain.wait_for_url("**/models/gpt2/L9H9/")
    context.close()


def test_the_contents_stand_at_the_side_where_there_is_room(visit: Any) -> None:
    """Beside the words on a wide screen, never over a table, and gone on a narrow one; each leads to its section."""
    page = visit().open("heads/induction/")
    links = page.locator(".hk-toc a").evaluate_all("links => links.map(link => link.hash)")
    assert len(links) > 4
    assert all(page.locator(link).count() == 1 for link in links)
    overlaps = """() => {
      const toc = document.querySelector('.hk-toc').getBoundingClientRect();
      return [...document.querySelectorAll('article > *')].filter(node => {
        const box = node.getBoundingClientRect();
        return box.width && box.right > toc.left && box.top < toc.bottom && box.bottom > toc.top
          && getComputedStyle(node).overflowX === 'auto';
      }).length;
    }"""
    assert page.evaluate(overlaps) == 0
    page.set_viewport_size({"width": 1040, "height": 900})
    assert not page.locator(".hk-toc").is_visible()


def test_dark_without_script(browser: Any, base: str) -> None:
    """A reader without scripts gets the palette of the system, too."""
    for scheme, dark in (("dark", True), ("light", False)):
        context = browser.new_context(java_script_enabled=False, color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{base}glossary/logit/")
        red = int(page.evaluate("getComputedStyle(document.body).backgroundColor").strip("rgb()").split(",")[0])
        assert (red < 80) == dark
        context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_counts_of_the_map_stand_in_columns(visit: Any, width: int) -> None:
    """Claims, public models and organisms of the types of a stage are read down, whatever the names' length."""
    page = visit(viewport={"width": width, "height": 900}).open("")
    places = page.evaluate(
        """() => [...document.querySelectorAll('.hk-cats')].map(stage => [...stage.querySelectorAll('.hk-chip a')]
             .map(chip => [chip.getBoundingClientRect().left, chip.children[1].getBoundingClientRect().right]
               .map(Math.round)))"""
    )
    assert len(places) == 4
    for chips in places:
        assert len({right - left for left, right in chips}) == 1
