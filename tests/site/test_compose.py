"""The helpers that pages are put together with leave out what is empty, and nothing else."""

from __future__ import annotations

from headkb import Catalog
from headkb.catalog.schema import Paper
from headkb.site.compose import counted, facts, grouped, listing, long_table, newest, one_line, prose, section, table_of
from headkb.site.document import Bullets, DataTable, Facts, Heading, Prose, Row
from headkb.site.foot import record_page
from headkb.site.parts import bullets, make_context, refs

COLUMNS = {"Word": str.upper, "Length": lambda word: str(len(word))}


def test_a_section_without_content_has_no_heading() -> None:
    """An empty list, empty bullets and a table without rows leave nothing behind; text keeps its heading."""
    assert section("Papers", "papers", []) == []
    assert section("Papers", "papers", bullets([])) == []
    assert section("Papers", "papers", [DataTable(("Date",), ()), Facts(())]) == []
    assert section("Papers", "papers", Prose("None."), 3) == [Heading("Papers", "papers", 3), Prose("None.")]


def test_a_fact_without_a_value_is_left_out() -> None:
    """None, empty text and an empty cell are no value; a zero in words is one."""
    rows = facts(("Licence", None), ("Size", ""), ("Also called", ()), ("Seed", "0"), style="hk-foot")
    assert rows == Facts((("Seed", "0"),), "hk-foot")


def test_a_table_has_a_row_per_item_and_a_cell_per_column() -> None:
    """Titles and cells stand side by side, so that they cannot get out of step."""
    table = table_of(["ab", "c"], COLUMNS, lambda word: {"first": word[0]}, {"first": "First letter"}, name="words")
    assert table.columns == ("Word", "Length")
    assert table.rows == (Row(("AB", "2"), {"first": "a"}), Row(("C", "1"), {"first": "c"}))
    assert (table.facets, table.name) == ({"first": "First letter"}, "words")


def test_a_list_of_nothing_is_a_sentence() -> None:
    """An empty table would look like a page that failed to load."""
    assert listing([], COLUMNS, none="No word yet.") == [Prose("No word yet.")]
    assert isinstance(listing(["ab"], COLUMNS)[0], DataTable)


def test_only_long_tables_have_filters_and_empty_columns_go() -> None:
    """Twelve rows are seen at once; thirteen may be filtered."""
    rows = tuple(Row((str(n), "")) for n in range(13))
    labels = {"model": "Model"}
    assert long_table(("Number", "Cause"), rows, labels, "runs").facets == labels
    assert long_table(("Number", "Cause"), rows[:12], labels, "runs").facets == {}
    assert long_table(("Number", "Cause"), rows, labels, "runs").columns == ("Number",)
    differ = tuple(Row((str(n),), {"model": "one", "head": str(n)}) for n in range(13))
    assert long_table(("Number",), differ, {"model": "Model", "head": "Head"}, "runs").facets == {"head": "Head"}


def test_newest_comes_first_and_ids_break_ties() -> None:
    """Builds do not differ where two papers appeared in one month."""
    dates = {"a": "2025-01", "b": "2025-01", "c": "2024"}
    a, b, c = (Paper(id=name, title=name, date=date) for name, date in dates.items())
    assert newest([c, a, b]) == [b, a, c]


def test_words_are_counted_and_lines_joined() -> None:
    """One model, two models; a text that is not there is empty."""
    assert (counted(1, "model"), counted(0, "model")) == ("1 model", "0 models")
    assert (one_line("two\nlines"), one_line(None), prose(None)) == ("two lines", "", [])


def test_long_lists_of_links_end_with_how_many_more() -> None:
    """Readers see that the list goes on."""
    assert refs("heads", ["a", "b", "c"], 2) == (("[[heads/a]]", ", ", "[[heads/b]]"), " and ", "1 more")
    assert refs("heads", ["a"], 2) == ("[[heads/a]]",)


def test_a_page_of_a_record_ends_with_its_foot_and_knows_its_file(toy_catalog: Catalog) -> None:
    """What all kinds share is set in one place: address, file, names without repetition, description, foot."""
    head = toy_catalog.heads["sparkle"]
    page = record_page(
        make_context(toy_catalog),
        head,
        [Prose("Body.")],
        subtitle="Head type",
        boost=1.0,
        aliases=["sparkle", None, "new"],
    )
    assert (page.path, page.parent, page.edit) == ("heads/sparkle/", "heads/", "heads/sparkle.yaml")
    assert (page.title, page.record) == (head.name, "heads/sparkle")
    assert page.aliases == ("sparkle", *(a.name for a in head.aliases), "new")
    assert page.body[0] == Prose("Body.")
    assert Heading("This record", "record") in page.body
    assert page.linked_data["termCode"] == "sparkle"


def test_a_record_without_a_definition_has_no_description_of_a_term(toy_catalog: Catalog) -> None:
    """Search engines are not told that a file of claims defines a term."""
    file = next(iter(toy_catalog.claims.values()))
    page = record_page(make_context(toy_catalog), file, [Bullets(("x",))], subtitle="Claims", boost=1.0)
    assert page.linked_data == {}


def test_groups_keep_the_order_of_their_items() -> None:
    """Pages list sources as the catalog does."""
    assert list(grouped(["bb", "a", "cc", "d"], len).items()) == [(2, ["bb", "cc"]), (1, ["a", "d"])]
