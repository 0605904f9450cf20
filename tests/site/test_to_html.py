"""Tables as HTML: what the style sheet and the script go by."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from headkb import Catalog
from headkb.site.document import DataTable, Page, Raw, Row, table
from headkb.site.links import Links, make_links
from headkb.site.to_html import node_html


@pytest.fixture
def links(toy_catalog: Catalog) -> Links:
    """Names and addresses of the invented catalog."""
    return make_links(toy_catalog)


def made(links: Links, *rows: tuple[str | Raw, ...], style: str = "") -> str:
    """The HTML of a table with these rows."""
    columns = tuple("ABCDEFGH"[: len(rows[0])])
    return node_html(DataTable(columns, tuple(map(Row, rows)), style=style), links, "x/")


def test_columns_of_numbers_are_told_to_the_style_sheet(links: Links) -> None:
    """Numbers, also with a sign, in percent or as a mark's words, a dash where there is none; words, dates and the first column are none."""
    html = made(links, ("1", "-1,204", "–", "2023-02", "3 of 5"), ("2", "0.5 %", Raw("<b>.5</b>", ".5"), "2024", "4"))
    assert '<table class="hk-table n2 n3">' in html
    assert '<table class="hk-table">' in made(links, ("a", ""), ("b", "–"))
    assert '<table class="hk-table hk-cross">' in made(links, ("a", "1"), style="hk-cross")


def test_numbers_have_the_true_minus_sign(links: Links) -> None:
    """At the beginning and within a cell; not in dates, ranges, names, addresses and code."""
    html = made(links, ("-0.5", "0.2 to -.3 (score)", "2023-02-01, gpt-2", "1-2", "`-1`", "[a](https://x.org/-1)"))
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", html)]
    assert cells == ["−0.5", "0.2 to −.3 (score)", "2023-02-01, gpt-2", "1-2", "-1", "a"]
    assert "https://x.org/-1" in html


def test_names_of_files_break_behind_strokes_alone(links: Links) -> None:
    """A link that leads out of the site may break between the parts of a path, and keeps its address."""
    html = made(links, ("[src/a_long_name.py](https://x.org/src/a_long_name.py)",))
    assert ">src/a_<wbr>long_<wbr>name.py</a>" in html
    assert 'href="https://x.org/src/a_long_name.py"' in html
    assert "<wbr>" not in made(links, ("src/a_long_name.py",))


def test_wide_tables_may_use_the_margins(links: Links) -> None:
    """Those with five columns or more, and matrices."""
    assert "hk-wide" not in made(links, ("a",) * 4)
    assert 'class="hk-scroll hk-wide" data-needs="tables"' in made(links, ("a",) * 5)
    assert "hk-wide" in made(links, ("a", "b"), style="hk-cross")


def test_a_column_that_says_nothing_is_left_out() -> None:
    """Whether its cells are empty or markup without anything; one filled cell keeps it, and so does a dash, which says "none"."""
    rows = (Row(("a", "", "–", Raw(""), ("", ""), "")), Row(("b", "", "–", Raw(""), "", "x")))
    left = table(("A", "B", "C", "D", "E", "F"), rows)
    assert left.columns == ("A", "C", "F")
    assert [row.cells for row in left.rows] == [("a", "–", ""), ("b", "–", "x")]


def tables(node: object) -> list[DataTable]:
    """All tables of a part of a page."""
    inner = [one for child in getattr(node, "body", ()) for one in tables(child)]
    return [node, *inner] if isinstance(node, DataTable) else inner


@pytest.mark.slow
def test_no_page_has_an_empty_column(real_pages: Mapping[str, Page]) -> None:
    """Of every table of the shipped catalog, matrices as well."""
    found, empty = 0, []
    for path, page in real_pages.items():
        for one in (one for node in page.whole or page.body for one in tables(node)):
            found += 1
            full = table(one.columns, one.rows) if one.rows else one
            empty += [(path, name) for name in one.columns if name not in full.columns]
    assert found > 1000
    assert empty == []
