"""What objects of the catalog show of themselves: lines that fit a screen, and a card that holds no markup of a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.pretty import pretty_repr

from headkb import Catalog, CatalogWarning, Diagnostic, load_catalog
from headkb.catalog.addresses import SITE
from headkb.catalog.glance import LINES, WIDTH, Glance, in_words, listed
from headkb.catalog.kinds import KINDS
from headkb.catalog.schema import Head, Source
from headkb.catalog.schema.common import Piece

EVIL = "<script>alert('x')</script>"


def fits(shown: str) -> bool:
    """Whether a text fits a screen."""
    lines = shown.splitlines()
    return 0 < len(lines) <= LINES == 25 and max(map(cell_len, lines)) <= WIDTH == 100


class Tags(HTMLParser):
    """The tags of a piece of HTML, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.addresses += [value or "" for name, value in attributes if name == "href"]
        assert not any(name.startswith("on") for name, _ in attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def is_a_card(html: str) -> bool:
    """Whether this is a small static piece of HTML, whole, with nothing in it but text, rows and a link."""
    tags = Tags(html)
    allowed = {"div", "strong", "code", "table", "tr", "th", "td", "a"}
    return set(tags.tags) <= allowed and not tags.open and len(html) < 10_000


def pieces(value: object) -> Iterator[Piece]:
    """Every piece inside a record."""
    if isinstance(value, Piece):
        yield value
        for name in type(value).model_fields:
            yield from pieces(getattr(value, name))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from pieces(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from pieces(inner)


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_and_every_kind_fits_a_screen(real_catalog: Catalog, kind: Any) -> None:
    """Of the shipped catalog; a card of each is small and whole, and leads to the record's page."""
    records: Any = real_catalog.of(kind)
    assert len(records) > 2
    assert fits(repr(records))
    assert is_a_card(records._repr_html_())
    for record in records.values():
        assert fits(repr(record)), record.id
        assert f"{type(record).__name__}({record.id!r})" in repr(record).replace("\n    ", "")
        assert str(record) == repr(record)
        card = record._repr_html_()
        assert is_a_card(card), record.id
        assert Tags(card).addresses == [f"{SITE}{kind}/{record.id}/"]


def test_every_piece_of_a_record_fits_a_screen(real_catalog: Catalog) -> None:
    """Claims, recipes, passports, causal outcomes: whatever one reaches from a record."""
    seen = [piece for _, record in real_catalog.records() for piece in pieces(record)]
    assert len({type(piece) for piece in seen}) > 50
    assert [piece for piece in seen if not fits(repr(piece))] == []


def test_what_is_computed_fits_a_screen(real_catalog: Catalog) -> None:
    """The catalog itself, claims with their files, showings, outcomes, disputes, and what they are kept in."""
    catalog = real_catalog
    computed = [
        catalog,
        catalog.evidence,
        catalog.disputes,
        *catalog.statements.values(),
        *catalog.evidence.showings.values(),
        *(catalog.evidence.outcome(run) for run in catalog.runs.values()),
        *(dispute for disputes in catalog.disputes.of_type.values() for dispute in disputes),
        *(pair for pairs in catalog.disputes.pairs.values() for pair in pairs),
        catalog.profiles("gpt2"),
    ]
    assert len(computed) > 1500
    for thing in computed:
        assert fits(repr(thing)), repr(thing)
        assert is_a_card(thing._repr_html_())


def test_the_catalog_counts_what_it_holds(real_catalog: Catalog) -> None:
    """Records by kind, claims one by one, and the folder."""
    shown = repr(real_catalog)
    assert shown.startswith(f"Catalog({str(real_catalog.root)!r})")
    assert f"{len(real_catalog.heads)} head types" in shown
    assert f"{len(real_catalog.statements):,} claims of {len(real_catalog.claims)} sources" in shown


def test_a_catalog_with_a_broken_file_says_so(toy_copy: Path) -> None:
    """Nobody takes what could not be read for absent."""
    (toy_copy / "glossary" / "bad.yaml").write_text("name: [\n")
    with pytest.warns(CatalogWarning):
        catalog = load_catalog(toy_copy, strict=False)
    assert "1 file that cannot be read" in repr(catalog)


def test_a_head_type_is_told_in_the_words_of_its_record(toy_catalog: Catalog) -> None:
    """Name, definition, and what is known, links and formulas as words."""
    assert repr(toy_catalog.heads["sparkle"]).splitlines() == [
        "Head('sparkle'): Sparkle Head",
        "  Looks at the token before the current one.",
        "  aliases    Glitter Head",
        "  stage      first-stage",
        "  category   noticing",
        "  depth      early",
        "  reads      The position before the current one.",
        "  writes     The token found there.",
        "  recipes    default",
        "  relations  composes with twinkle",
        f"  page       {SITE}heads/sparkle/",
    ]


def test_a_claim_is_told_with_its_measure_and_its_source(toy_catalog: Catalog) -> None:
    """What the source says, of which heads, with which number, and where."""
    shown = repr(toy_catalog.statements["moss-1999-sparkle/small-sparkle"])
    assert shown.startswith("Statement('moss-1999-sparkle/small-sparkle'): sparkle in jar-small\n")
    for said in ("Head L0H1 looks back by one.", "L0H1 0.9", "moss-1999-sparkle, table 1", "Glow: Mean attention"):
        assert said in shown


def test_a_record_with_markup_shows_it_as_text(toy_catalog: Catalog) -> None:
    """No tag of a record becomes a tag of the card, in no field."""
    head = toy_catalog.heads["sparkle"]
    evil = head.model_copy(
        update={"name": EVIL, "definition": EVIL, "reads": f'{EVIL}" onmouseover="x', "category": EVIL}
    )
    card = evil._repr_html_()
    assert is_a_card(card)
    assert "<script" not in card
    assert Tags(card).words.count(EVIL) == 4


def test_control_characters_stay_out_of_the_terminal(toy_catalog: Catalog) -> None:
    """An escape sequence in a text is shown, not obeyed."""
    evil = toy_catalog.heads["sparkle"].model_copy(update={"name": "\x1b[2JSparkle"})
    assert "\x1b" not in repr(evil)
    assert "\\x1b[2JSparkle" in repr(evil)


def test_a_card_takes_the_colours_of_its_notebook(toy_catalog: Catalog) -> None:
    """It sets no colour of its own but a half-transparent grey line, so it reads on light and on dark grounds."""
    card = toy_catalog.heads["sparkle"]._repr_html_()
    colours = re.findall(r"(?<![a-z-])(?:color|background|border)(?:-color)?:([^;\"]+)", card)
    assert set(colours) == {"inherit", "transparent", "none", "1px solid rgba(128,128,128,.5)"}
    assert "mathjax_ignore" in card


def test_equality_and_hashes_are_those_of_the_values(toy_catalog: Catalog) -> None:
    """A mixin for what is shown changes nothing that is compared."""
    head = toy_catalog.heads["sparkle"]
    again = Head.model_validate({**head.data(), "relations": [], "id": "sparkle"})
    assert again != head
    assert head.model_copy() == head
    assert hash(head.placement.model_copy()) == hash(head.placement)
    statement = toy_catalog.statements["moss-1999-sparkle/small-sparkle"]
    assert statement == type(statement)(statement.id, statement.file, statement.claim)
    assert toy_catalog.heads == dict(toy_catalog.heads)


def test_rich_prints_what_the_repr_says(toy_catalog: Catalog) -> None:
    """Its pretty printer, which people install in their shells, would go through every field."""
    for shown in (toy_catalog, toy_catalog.heads["sparkle"], toy_catalog.heads["sparkle"].placement):
        assert pretty_repr(shown, max_width=200) == repr(shown)


def test_a_piece_is_shown_as_the_call_that_makes_it() -> None:
    """Only what was given, in the order of the schema."""
    assert repr(Source(locator="table 1", paper="moss-1999-sparkle")) == (
        "Source(paper='moss-1999-sparkle', locator='table 1')"
    )


def test_a_diagnostic_names_place_reason_and_mend() -> None:
    """The three that a curator needs."""
    shown = repr(Diagnostic("heads/x.yaml", 3, 1, "unknown-key", "nmae", "there is no key nmae.", "a typo.", "name"))
    assert shown.splitlines() == [
        "Diagnostic('heads/x.yaml:3:1'): error[unknown-key]",
        "  there is no key nmae.",
        "  field  nmae",
        "  why    a typo.",
        "  fix    name",
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        ((), ""),
        (True, "yes"),
        (0.1 + 0.2, "0.3"),
        ("**bold** $A_{t}$", "bold A_t"),
        ({"a": 1, "b": 2.5}, "a 1, b 2.5"),
        (("a", "b, c"), "a; b, c"),
    ],
)
def test_values_become_words(value: object, words: str) -> None:
    """Nothing is nothing; numbers are short; entries with commas are kept apart."""
    assert in_words(value) == words


def test_a_long_list_says_how_many_more_there_are() -> None:
    """It shows at least one."""
    assert listed(["aaaa", "bbbb", "cccc"], longest=10) == "aaaa, bbbb and 1 more"
    assert listed(["a" * 500, "b"], longest=10) == "a" * 500 + " and 1 more"


def test_a_glance_is_cut_at_the_screen() -> None:
    """However much there is to tell."""
    much = Glance("X", "t " * 500, "w " * 2000, tuple((f"fact {n}", "v " * 500) for n in range(40)), "page/")
    assert fits(much.text())
    assert much.text().endswith("…")
