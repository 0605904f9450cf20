"""The timeline: numbers per year in a drawing and a table, and every replication and contest of a type."""

from __future__ import annotations

import re

from headkb import Catalog
from headkb.site.document import DataTable, Figure, Fold
from headkb.site.parts import Context, make_context
from headkb.site.timeline import CONTESTED, FIRST, PAPERS, REPLICATED, per_year, timeline
from headkb.site.to_html import page_html


def test_each_report_is_counted_in_its_year(real_context: Context) -> None:
    """Papers once each, head types once by the first report, replications and contests once for each type."""
    catalog, counts = real_context.catalog, per_year(real_context)
    assert sum(counts[PAPERS].values()) == len(catalog.papers)
    assert sum(counts[FIRST].values()) == sum(bool(entries) for entries in catalog.papers_of_head.values())
    for name, role in ((REPLICATED, "replicates"), (CONTESTED, "contests")):
        pairs = {(paper.id, head.id) for paper in catalog.papers.values() for head in paper.heads if head.role == role}
        assert sum(counts[name].values()) == len(pairs) > 5


def test_drawing_and_table_say_the_same(real_context: Context) -> None:
    """Every number of the table that is not 0 stands in the drawing, and no other."""
    page = timeline(real_context)
    figure = next(node for node in page.body if isinstance(node, Figure))
    fold = next(node for node in page.body if isinstance(node, Fold))
    rows = next(node for node in fold.body if isinstance(node, DataTable))
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", figure.html)
    years = [str(row.cells[0]) for row in rows.rows]
    assert texts[-len(years) :] == years
    numbers = sorted(int(str(cell)) for row in rows.rows for cell in row.cells[1:] if cell != "0")
    assert sorted(int(text.replace(",", "")) for text in texts[: -len(years)] if text[0].isdigit()) == numbers


def test_every_contest_of_a_type_is_listed(real_context: Context) -> None:
    """A type that several papers contest names all of them."""
    html = page_html(timeline(real_context), real_context.links)
    most = max(
        real_context.catalog.heads,
        key=lambda head: sum(role == "contests" for _, role in real_context.catalog.papers_of_head.get(head, [])),
    )
    papers = [paper.id for paper, role in real_context.catalog.papers_of_head[most] if role == "contests"]
    row = next(row for row in html.split("<tr") if f'heads/{most}/"' in row)
    assert len(papers) > 1
    assert all(f"papers/{paper}/" in row for paper in papers)


def test_a_catalog_without_papers_has_no_drawing(toy_catalog: Catalog) -> None:
    """Nothing is drawn of no year."""
    from dataclasses import replace

    page = timeline(make_context(replace(toy_catalog, papers={}, heads={})))
    assert not any(isinstance(node, Figure) for node in page.body)
