"""Claims about every head of a model: pages, commands and reruns say so, where others name a head type."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb import Catalog, load_catalog
from headkb.catalog.plain_data import plain_records
from headkb.catalog.table_pairs import table_pairs
from headkb.cli import main
from headkb.site.document import Page
from headkb.site.pages import all_pages
from headkb.site.parts import Context, make_context
from headkb.site.to_markdown import page_markdown

CLAIMS = """paper: fern-2001-glitter
measures:
  loss: {name: Loss, definition: What breaks without the head.}
claims:
  - id: most
    all_heads: true
    model: jar-small
    heads: [L0H3]
    statement: All heads but one can go.
    source: {paper: fern-2001-glitter, locator: section 5}
    confidence: medium
    contests: [moss-1999-sparkle/small-sparkle]
  - id: losses
    all_heads: true
    model: jar-small
    statement: The loss without each head.
    measure: loss
    table: {file: all-heads/jar-small.csv, column: loss}
    source: {paper: fern-2001-glitter, locator: table 4}
    confidence: medium
"""


@pytest.fixture
def catalog(toy_copy: Path) -> Catalog:
    """The invented catalog with a claim and a table about all heads."""
    (toy_copy / "claims" / "all-heads.yaml").write_text(CLAIMS)
    (toy_copy / "claims" / "all-heads").mkdir()
    table = (toy_copy / "claims" / "moss-1999-sparkle" / "jar-small.csv").read_text()
    (toy_copy / "claims" / "all-heads" / "jar-small.csv").write_text(table.replace("glow", "loss"))
    return load_catalog(toy_copy)


@pytest.fixture
def made(catalog: Catalog) -> tuple[Context, dict[str, Page]]:
    """Its pages by path."""
    context = make_context(catalog)
    return context, {page.path: page for page in all_pages(context)}


def test_it_stands_in_no_page_of_a_type_and_gives_no_role(catalog: Catalog) -> None:
    """Neither the claims nor the disputes of a type it does not name, nor the roles of the head that it names, hold it."""
    assert "all-heads/most" not in {s.id for s in catalog.statements_of_head["sparkle"]}
    assert "" not in catalog.statements_of_head
    assert "" not in catalog.disputes.of_type
    assert [pair.head for pair in table_pairs(catalog)] == []
    told = CliRunner().invoke(main, ["--catalog", str(catalog.root), "whois", "jar-small", "L0H3"]).output
    assert "gives it a role" in told
    assert "about every head" in told
    record = next(r for r in plain_records(catalog, "claims") if r["id"] == "all-heads/most")
    assert (record["all_heads"], record["head"], record.get("about")) == (True, None, None)


@pytest.mark.parametrize(
    "path",
    [
        "claims/",
        "claims/all-heads/",
        "claims/all-heads/losses/",
        "papers/fern-2001-glitter/",
        "models/jar-small/",
        "models/jar-small/L0H3/",
        "missing/",
    ],
)
def test_pages_say_every_head(made: tuple[Context, dict[str, Page]], path: str) -> None:
    """Where the name of a head type would stand; no link leads to a type without a name."""
    context, pages = made
    text = page_markdown(pages[path], context.links)
    assert "every head" in text
    assert "heads/)" not in text.replace("../heads/)", "")
    assert "[[heads/]]" not in str(pages[path])


def test_a_source_without_a_paper_or_a_table_says_why(toy_copy: Path) -> None:
    """On its page and in the export."""
    path = toy_copy / "claims" / "fern-2001-glitter.yaml"
    repository = "repository: {name: fern/jars, commit: 0123abc}\nno_paper: A letter to the editor.\nno_table: It has no numbers."
    path.write_text(path.read_text().replace("paper: fern-2001-glitter", repository, 1))
    context = make_context(load_catalog(toy_copy))
    page = next(page for page in all_pages(context) if page.path == "claims/fern-2001-glitter/")
    text = page_markdown(page, context.links)
    assert "No paper: A letter to the editor." in text
    assert "No table: It has no numbers." in text
    record = next(r for r in plain_records(context.catalog, "claims") if r["id"] == "fern-2001-glitter/small-sparkle")
    assert (record["no_paper"], record["no_table"]) == ("A letter to the editor.", "It has no numbers.")
    assert "paper" not in record


def test_a_paper_that_observes_a_type_is_listed_with_its_role(toy_copy: Path) -> None:
    """It does not introduce the type, and many of them are gathered in one line."""
    for number in range(20):
        paper = f"title: Paper {number}\ndate: 2003-01-{number + 1:02}\nheads: [{{id: sparkle, role: observes}}]\n"
        (toy_copy / "papers" / f"p-2003-{number}.yaml").write_text(paper)
    context = make_context(load_catalog(toy_copy))
    page = next(page for page in all_pages(context) if page.path == "heads/sparkle/")
    assert "Observed in " in page_markdown(page, context.links)
    assert ("p-2003-0", "observes") in [(p.id, role) for p, role in context.catalog.papers_of_head["sparkle"]]


def test_a_page_of_a_type_says_where_its_claimed_heads_lie(toy_copy: Path) -> None:
    """Few heads one by one, many by quartiles, with heads and models counted; without heads of public models nothing."""
    model = "name: Deep\nkind: public\nfamily: jar\nn_layers: 11\nn_heads: 4\n"
    (toy_copy / "models" / "deep.yaml").write_text(model)

    def shown(*heads: str) -> str:
        claim = "  - {id: a, head: sparkle, model: deep, heads: [%s], statement: x, confidence: low, source: {paper: moss-1999-sparkle, locator: t}}\n"
        (toy_copy / "claims" / "deep.yaml").write_text("paper: moss-1999-sparkle\nclaims:\n" + claim % ", ".join(heads))
        context = make_context(load_catalog(toy_copy))
        page = next(page for page in all_pages(context) if page.path == "heads/sparkle/")
        return page_markdown(page, context.links)

    assert "2 heads of 1 public model, at 0.10, 0.50 of the way" in shown("L1H0", "L5H0")
    many = shown("L1H0", "L2H0", "L3H0", "L4H0", "L5H0")
    assert (
        "5 heads of 1 public model: a quarter lies at 0.20 or lower, half at 0.30 or lower, three quarters at 0.40"
        in many
    )
    (toy_copy / "claims" / "deep.yaml").unlink()
    context = make_context(load_catalog(toy_copy))
    page = next(page for page in all_pages(context) if page.path == "heads/sparkle/")
    assert "Depth of claimed heads" not in page_markdown(page, context.links)
