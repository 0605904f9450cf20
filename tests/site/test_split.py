"""Pages in parts: every row stands on exactly one of them, in order, and none is heavier than a page may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from linkcheck import check

from benchmarks.copies import grow
from headkb import load_catalog
from headkb.catalog.kinds import KINDS
from headkb.site.causal_pages import causal_page
from headkb.site.document import Bullets, Chips, DataTable, Element, Fold, Heading, Page, Prose, Row
from headkb.site.links import HUBS, Links
from headkb.site.matrix import matrix_pages, some_chips, stage_chips
from headkb.site.outputs import outputs, page_meta
from headkb.site.overview import overview_pages
from headkb.site.pages import all_pages, hub_page, whole_pages
from headkb.site.parts import Context, make_context
from headkb.site.public_pages import public_page
from headkb.site.split import BUDGET, LEAST, _rooms, in_parts, weight_of
from headkb.site.to_html import node_html, page_html

TOY = Path(__file__).parents[1] / "data" / "catalog"
LINKS = Links({}, {})


def weigh(page: Page, links: Links = LINKS) -> int:
    """The weight of a page, without explanations of terms."""
    return weight_of(page, page_html(page, links), links)


def lists(nodes: tuple[Element, ...]) -> Iterator[DataTable | Bullets | Chips]:
    """The lists of a body, in order."""
    for node in nodes:
        if isinstance(node, (DataTable, Bullets, Chips)):
            yield node
        elif isinstance(node, Fold):
            yield from lists(node.body)


def rows(node: DataTable | Bullets | Chips) -> list[Any]:
    """The rows of a list by what they say; of a table, each cell with its column, where something stands in it."""
    if isinstance(node, Bullets):
        return list(node.items)
    if isinstance(node, DataTable):
        return [
            (tuple((c, cell) for c, cell in zip(node.columns, row.cells, strict=True) if cell), row.facets)
            for row in node.rows
        ]
    return [(g.title, chip) for column in node.columns for g in column.groups for chip in g.chips]


def held(parts: list[Page]) -> Iterator[tuple[list[Any], list[Any]]]:
    """For each list of a page in parts: its rows as they stand on the parts one after the other, and as the page has them whole."""
    first = parts[0]
    by_path = {page.path: page for page in parts}
    for here, whole in zip(lists(first.body), lists(first.whole), strict=True):
        found = rows(here)
        for _, path in here.rest.parts if here.rest else ():
            (more,) = lists(by_path[path].body)
            found += rows(more)
        if here.rest:
            assert here.rest.total == len(rows(whole)) == len(found)
        yield found, rows(whole)


@pytest.fixture(scope="module")
def big(real_context: Context) -> list[Page]:
    """The lists and the computed pages of the shipped catalog, whole."""
    computed = [causal_page(real_context), public_page(real_context), *matrix_pages(real_context)]
    computed += [page for page in overview_pages(real_context) if not page.path.startswith("rules/")]
    return computed + [hub_page(real_context, kind) for kind in KINDS]


@pytest.fixture(scope="module")
def cut(real_context: Context, big: list[Page]) -> dict[str, list[Page]]:
    """Path → the parts of each of them that has some."""
    found = {p.path: in_parts(p, real_context.links, lambda q: weigh(q, real_context.links)) for p in big}
    return {path: parts for path, parts in found.items() if len(parts) > 1}


def test_every_row_stands_once_and_in_order(cut: dict[str, list[Page]]) -> None:
    """Of every list, on the pages of the shipped catalog; chips stand in the order of each group."""
    assert {"papers/", "runs/", "heads/", "matrix/", "matrix/models/", "reproduction/causal/"} <= set(cut)
    for path, parts in cut.items():
        for found, whole in held(parts):
            if path == "matrix/":
                at = [whole.index(row) for row in found]
                breaks = sum(a > b for a, b in pairwise(at))
                assert sorted(at) == list(range(len(whole)))
                assert breaks <= 1, "first those of the first page, then the others"
            else:
                assert found == whole, path


def test_no_part_is_too_heavy_and_each_says_where_it_belongs(cut: dict[str, list[Page]], real_context: Context) -> None:
    """Part 2 follows part 1; all but the last lead on; a reader without JavaScript comes from the first to each of them."""
    for path, parts in cut.items():
        assert [page.path for page in parts] == [path, *(f"{path}part-{n}/" for n in range(2, len(parts) + 1))]
        linked = {to for node in lists(parts[0].body) if node.rest for _, to in node.rest.parts}
        assert linked == {page.path for page in parts[1:]}
        for number, page in enumerate(parts[1:], start=2):
            text = page_html(page, real_context.links)
            assert page.title == f"{parts[0].title}, part {number} of {len(parts)}"
            assert ("After:" in text) == (number < len(parts))
            assert re.search(r"Part \d+ of \d+ of <a href=\"../\">.*?[\d,]+ (?:to [\d,]+ )?of [\d,]+ ", text), text[
                :900
            ]
            assert "data-facets" not in text
            assert page.parent == path
        assert all(weigh(page, real_context.links) <= BUDGET for page in parts)


def test_the_heading_of_a_column_goes_with_its_cells(cut: dict[str, list[Page]], real_context: Context) -> None:
    """A part of a matrix has only columns in which something stands, and says at which place they stand among all."""
    whole = next(lists(cut["matrix/models/"][0].whole))
    assert isinstance(whole, DataTable)
    for page in cut["matrix/models/"]:
        table = next(node for node in lists(page.body) if isinstance(node, DataTable))
        assert len(table.columns) < len(whole.columns)
        assert [whole.columns[at] for at in table.places] == list(table.columns)
        assert all(any(row.cells[i] for row in table.rows) for i in range(len(table.columns)))
        html = node_html(table, real_context.links, page.path)
        told = re.search('data-models="([^"]*)"', html)
        assert told is not None
        named = told[1].split(";")[3:]
        used = {int(re.match(r"\d+", cell)[0]) for row in table.rows for cell in row.facets["cells"].split()}
        assert {number for number, text in enumerate(named) if text} == used


def test_twins_and_data_are_whole(real_context: Context, cut: dict[str, list[Page]]) -> None:
    """A page in parts has one twin of each kind, with every row; parts are neither searched nor named."""
    parts = cut["papers/"]
    files = outputs(real_context, [page for pages in cut.values() for page in pages])
    assert not [path for path in files if "part-" in path and not path.startswith("atlases/")]
    assert files["papers/index.md"].count("\n| ") > len(real_context.catalog.papers)
    table = json.loads(files["reproduction/causal.json"])["tables"][1]
    assert len(table["rows"]) == max(len(rows(node)) for node in lists(cut["reproduction/causal/"][0].whole))
    assert "part-" not in "".join(path for _, path, *_ in json.loads(files["assets/names.json"])["pages"])
    meta = page_meta(parts[1])
    assert meta["search_weight"] is None
    assert meta["twin"] == page_meta(parts[0])["twin"] == "papers/index.md"
    assert page_meta(parts[0])["search_weight"] is not None
    assert "papers/" in HUBS


def words(count: int, length: int = 200) -> tuple[Row, ...]:
    """Rows that weigh about as much as they are long."""
    return tuple(Row((f"{number} {'x' * length}",), {"kind": "a"}) for number in range(count))


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ((DataTable(("Name",), words(30)),), 1),
        ((DataTable(("Name",), words(400)),), 2),
        ((Bullets(tuple("x" * 300 for _ in range(400))),), 3),
        ((Heading("A", "a"), DataTable(("N",), words(300)), Heading("B", "b"), DataTable(("N",), words(300, 150))), 3),
        ((Fold("More", (Prose("Read."), DataTable(("Name",), words(500)))),), 3),
        # a row with an address of its own stays where others look for it
        ((DataTable(("Name",), tuple(Row(row.cells, id=f"r{n}") for n, row in enumerate(words(400)))),), 1),
        # rows that are heavier than a page stand alone
        ((DataTable(("Name",), words(3, BUDGET)), Bullets(("x",) * 30)), 3),
        ((Prose("x" * BUDGET * 2), DataTable(("Name",), words(30))), 2),
        ((Prose("x" * BUDGET * 2), *(DataTable(("Name",), ()),) * 30), 1),
    ],
)
def test_what_is_cut(body: tuple[Element, ...], parts: int) -> None:
    """Long lists wherever they stand, as many as there are; never one that would help nobody, and never for ever."""
    whole = Page("x/", "X", body)
    made = in_parts(whole, LINKS, weigh)
    assert len(made) == parts
    if parts == 1:
        assert made == [whole]
        return
    assert made[0].whole == body
    assert all(found == all_rows for found, all_rows in held(made))
    heavy = any(len(str(row)) >= BUDGET for node in lists(body) for row in rows(node))
    fixed = any(isinstance(node, Prose) and len(node.text) > BUDGET for node in body)
    assert heavy or fixed or max(map(weigh, made)) <= BUDGET


def test_a_title_is_no_markup(real_context: Context) -> None:
    """The title of a page stands in the lead of its parts as it is."""
    made = in_parts(Page("x/", "A [b](http://c) <i>", (DataTable(("Name",), words(400)),)), LINKS, weigh)
    assert '<a href="../">A [b](http://c) &lt;i&gt;</a>' in page_html(made[1], LINKS)


def test_short_lists_stay_whole_beside_long_ones() -> None:
    """The long ones share what the short ones leave."""
    short, long = DataTable(("N",), words(40, 20)), DataTable(("N",), words(400))
    made = in_parts(Page("x/", "X", (long, short, long)), LINKS, weigh)
    one, two, three = (node for node in made[0].body if isinstance(node, DataTable))
    assert two == short
    assert one.rest is not None
    assert three.rest is not None
    assert abs(len(one.rows) - len(three.rows)) < 3


def test_home_shows_the_types_of_which_most_is_claimed(real_context: Context) -> None:
    """Where not all have room; each group says how many more there are, and where; what filters ask for stands in the matrix."""
    chips = some_chips(real_context, "")
    whole = {group.title: group for column in stage_chips(real_context).columns for group in column.groups}
    groups = [group for column in chips.columns for group in column.groups]
    assert {group.title for group in groups} == set(whole)
    claims = real_context.catalog.statements_of_head
    for group in groups:
        ids, of_all = ([chip.id for chip in some] for some in (group.chips, whole[group.title].chips))
        assert ids == [one for one in of_all if one in ids], "their order is kept"
        assert group.left == len(of_all) - len(ids)
        left = [len(claims.get(one.split("/")[1], ())) for one in of_all if one not in ids]
        assert max(left, default=0) <= min(len(claims.get(one.split("/")[1], ())) for one in ids)
    html = node_html(chips, real_context.links, "")
    assert 40_000 < len(html.encode()) < 47_500
    assert 'data-source="matrix/"' in html
    assert "data-cells" not in html
    assert re.search(r"<li class=hk-more><a href=stages/[a-z-]+/#[a-z-]+>\d+ more</a></li>", html)


def test_home_is_whole_where_there_is_room() -> None:
    """Nothing is left out then, and no line says so."""
    context = make_context(load_catalog(TOY))
    html = node_html(some_chips(context, ""), context.links, "")
    assert html.count('class="hk-chip"') == len(context.catalog.heads)
    assert "hk-more" not in html


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The invented catalog many times over."""
    root = tmp_path_factory.mktemp("grown") / "catalog"
    grow(TOY, root, 1200)
    return make_context(load_catalog(root))


def test_no_page_grows_beyond_the_budget(grown: Context, tmp_path: Path) -> None:
    """With a thousand records every page is as light as with few, and every link between the parts leads somewhere."""
    records = sum(1 for _ in grown.catalog.records())
    assert records > 1000
    made = all_pages(grown)
    weights = {page.path: weigh(page, grown.links) for page in made}
    assert {path: weight for path, weight in weights.items() if weight > BUDGET} == {}
    in_several = {page.path for page in made if page.whole}
    assert in_several >= {"papers/", "matrix/models/", "matrix/", "heads/"}
    assert {page.path for page in made if not page.part} == {page.path for page in whole_pages(grown)}
    assert len({page.path for page in made}) == len(made)
    files = {f"{page.path}index.html": page_html(page, grown.links) for page in made}
    files |= outputs(grown, made) | {f"{name}/index.html": "" for name in ("evidence", "contribute")}
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    assert list(check(tmp_path)) == []


@pytest.mark.parametrize(("room", "cut"), [(19_000, {0}), (13_500, {0, 1}), (9_000, {0, 1, 2})])
def test_as_few_lists_are_cut_as_help(room: int, cut: set[int]) -> None:
    """The longest alone where that is enough, then two, then three; each of them keeps some rows, and the others all of theirs."""
    weights: dict[tuple[int, ...], int] = {
        (at,): weight for at, weight in enumerate((14_000, 7_000, 4_500, 1_400, 1_000))
    }
    rooms = _rooms(weights, room)
    assert {at for (at,) in rooms} == cut
    assert min(rooms.values()) >= LEAST
    assert sum(rooms.values()) + sum(weight for at, weight in weights.items() if at not in rooms) <= room


def test_where_three_lists_are_not_enough_all_long_ones_share() -> None:
    """No list is left out of the first page for the sake of others."""
    rooms = _rooms({(at,): 5_000 for at in range(6)}, 12_000)
    assert len(rooms) == 6
