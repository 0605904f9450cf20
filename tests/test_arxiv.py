"""arXiv's answers: facts of a paper, and nothing that could grow without bounds. No test asks the network."""

from __future__ import annotations

import pytest

from headkb.catalog.arxiv import API, ArxivError, arxiv_id, asked_of_arxiv, facts_in

ENTRY = """\
<entry><id>http://arxiv.org/abs/2404.99990v3</id><published>2024-04-24T17:59:59Z</published>
<title>Jars in
  the Attic</title><author><name>Ada  Moss</name></author><author><name>Béla Fern</name></author>
<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.18653/v1/P19-1580</arxiv:doi>{more}</entry>"""
FEED = '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
VENUE = '<arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">TACL 12 (2024)</arxiv:journal_ref>'


def answer(more: str = "") -> bytes:
    """An answer of the API on the paper 2404.99990."""
    return FEED.format(ENTRY.format(more=more)).encode()


@pytest.mark.parametrize(
    "given",
    ["2404.99990", "2404.99990v2", "arXiv:2404.99990", "https://arxiv.org/abs/2404.99990v1", "https://arxiv.org/pdf/2404.99990",
     "https://doi.org/10.48550/arXiv.2404.99990"],
)  # fmt: skip
def test_an_id_is_read_from_every_form_in_which_people_have_it(given: str) -> None:
    """Address, DOI, prefix and version are left off."""
    assert arxiv_id(given) == "2404.99990"


def test_an_old_id_is_one_as_well() -> None:
    """Until 2007 ids had a subject."""
    assert arxiv_id("cmp-lg/9605012") == "cmp-lg/9605012"


@pytest.mark.parametrize("given", ["", "attention", "2404", "2013.12345", "https://example.org/2404"])
def test_what_is_no_id_is_refused(given: str) -> None:
    """Month 13 does not exist."""
    with pytest.raises(ArxivError, match="no arXiv id"):
        arxiv_id(given)


def test_the_facts_are_those_of_the_feed() -> None:
    """Title on one line, authors in order, the day of the first version, the venue where arXiv knows one."""
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return answer(VENUE)

    facts = asked_of_arxiv("2404.99990", fetch)
    assert asked == [f"{API}2404.99990"]
    assert (facts.title, facts.authors, facts.family) == ("Jars in the Attic", ("Ada Moss", "Béla Fern"), "Moss")
    assert (facts.date, facts.venue, facts.kind, facts.doi) == (
        "2024-04-24",
        "TACL 12 (2024)",
        "",
        "10.18653/v1/P19-1580",
    )
    assert facts_in(answer(), "2404.99990").kind == "preprint"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><feed/>', "entities"),
        (answer().decode().encode("utf-16"), "UTF-8"),
        (b"<html>busy</html", "no Atom feed"),
        (b"<html>busy</html>", "knows no paper"),
        (FEED.format("").encode(), "knows no paper"),
        (answer().replace(b"2404.99990v3", b"2404.11111v1"), "knows no paper"),
        (answer() + b" " * 1_000_001, "longer"),
    ],
)
def test_an_answer_that_is_none_is_refused(content: bytes, why: str) -> None:
    """Another paper, an error page, a document type, or more than any entry has."""
    with pytest.raises(ArxivError, match=why):
        facts_in(content, "2404.99990")
