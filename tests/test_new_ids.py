"""Ids of new records: from names, free, and the same by every way that a paper comes in."""

from __future__ import annotations

import pytest

from headkb.catalog import Catalog
from headkb.catalog.arxiv import facts_in
from headkb.catalog.bibtex.record import record_id
from headkb.catalog.from_issues.parts import paper_id as id_of_form
from headkb.catalog.from_issues.values import paper_of
from headkb.catalog.new_ids import free_id, id_words
from headkb.cli.new_values import paper_id as id_of_options

FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2211.00593v1</id>
<title>Odd jars</title><published>2022-11-01T00:00:00Z</published><author><name>Ian van Dort</name></author></entry></feed>"""


def test_a_particle_is_part_of_the_family_name_by_every_way(toy_catalog: Catalog) -> None:
    """A form, the options of `headkb new` and arXiv's answer give one paper one id, as the import of BibTeX does."""
    paper = {"title": "Odd jars", "authors": ["Ian van Dort"], "date": "2022-11-01"}
    ids = {
        id_of_form(toy_catalog, paper),
        id_of_options(paper, toy_catalog),
        record_id(facts_in(FEED.encode(), "2211.00593"), ()),
    }
    assert ids == {"van-dort-2022-odd"}


@pytest.mark.parametrize(
    ("wanted", "taken", "free"),
    [
        ("a-b", (), "a-b"),
        ("a-b", ("a-b", "a-b-2"), "a-b-3"),
        ("con", (), "con-2"),
        ("a" * 90, ("a" * 72,), "a" * 72 + "-2"),
        ("", (), ""),
        ("No id", ("No id",), "No id"),
    ],
)
def test_an_id_that_is_taken_or_reserved_gets_a_number(wanted: str, taken: tuple[str, ...], free: str) -> None:
    """The first free one is given, and what can become no id is left for the schema to refuse."""
    assert free_id(wanted, taken) == free


@pytest.mark.parametrize(
    ("name", "words"),
    [("Zoé de la Mer", "zoe-de-la-mer"), ("Łódź's", "lodzs"), ("Æsir", "aesir"), ("头", ""), ("…", "")],
)
def test_words_of_ids_keep_latin_letters_without_their_marks(name: str, words: str) -> None:
    """Other scripts and signs leave nothing."""
    assert id_words(name) == words


def test_a_paper_is_known_by_an_address_that_its_links_do_not_hold(real_catalog: Catalog) -> None:
    """The id in an address or DOI is enough, so that a form does not bring a second record of it."""
    papers = real_catalog.papers.values()
    by_openreview = next(paper for paper in papers if paper.openreview)
    by_acl = next(paper for paper in papers if paper.acl)
    by_arxiv = next(paper for paper in papers if paper.arxiv)
    assert paper_of(real_catalog, f"https://openreview.net/pdf?id={by_openreview.openreview}") is by_openreview
    assert paper_of(real_catalog, f"10.18653/v1/{by_acl.acl}") is by_acl
    assert paper_of(real_catalog, f"10.48550/arXiv.{by_arxiv.arxiv}") is by_arxiv
    assert paper_of(real_catalog, "https://openreview.net/pdf?id=none-of-these") is None
