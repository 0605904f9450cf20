"""What arXiv says of a paper: from its API where it can be reached, else as much as the id itself tells."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from xml.etree import ElementTree

from headkb.catalog.addresses import SITE
from headkb.catalog.bibtex.facts import PaperFacts
from headkb.catalog.bibtex.identifiers import arxiv_ids, doi_of
from headkb.catalog.bibtex.venue import venue_in
from headkb.catalog.bibtex.when import Day
from headkb.catalog.characters import cleaned
from headkb.catalog.person_names import split_name
from headkb.errors import HeadkbError

API = "https://export.arxiv.org/api/query?id_list="
SECONDS = 10.0
MOST_BYTES = 1_000_000
_ATOM = "{http://www.w3.org/2005/Atom}"
_OWN = "{http://arxiv.org/schemas/atom}"


class ArxivError(HeadkbError):
    """arXiv cannot be asked, or does not say what was asked; the text says why and how to go on."""


def arxiv_id(text: str) -> str:
    """The id in what a person gives: an id, with or without version and `arXiv:`, or an address.

    Raises:
        ArxivError: If there is none in it.

    Example:
        >>> arxiv_id("https://arxiv.org/pdf/2404.15574v2"), arxiv_id("arXiv:2211.00593")
        ('2404.15574', '2211.00593')
    """
    found = arxiv_ids(_fields(eprint=text.strip(), doi=text.strip(), url=text.strip()))
    if len(found) != 1:
        raise ArxivError(f"{text!r} is no arXiv id. Write one such as 2404.15574, or the address of its page.")
    return found[0]


def asked_of_arxiv(identifier: str, fetch: Callable[[str], bytes] | None = None) -> PaperFacts:
    """The facts of a paper as arXiv's API gives them.

    Args:
        identifier: An arXiv id without a version.
        fetch: What gets the bytes of an address; None = `fetched`.

    Raises:
        ArxivError: If arXiv cannot be reached, or has no such paper, or answers with something else than that.
    """
    return facts_in((fetch or fetched)(API + identifier), identifier)


def fetched(address: str) -> bytes:
    """The answer of an address, of a megabyte at most.

    Raises:
        ArxivError: If there is none within ten seconds.
    """
    request = urllib.request.Request(address, headers={"User-Agent": f"headkb (+{SITE})"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
    except (OSError, ValueError, HTTPException) as error:
        why = getattr(error, "reason", None) or error
        raise ArxivError(f"arXiv cannot be asked ({why})") from None
    return content


def facts_in(answer: bytes, identifier: str) -> PaperFacts:
    """The facts in an Atom feed of arXiv.

    Raises:
        ArxivError: If it is no such feed, declares entities, or is not about this paper.
    """
    entry = _feed(answer).find(f"{_ATOM}entry")
    if entry is None or identifier not in arxiv_ids(_fields(url=_text(entry, f"{_ATOM}id"))):
        raise ArxivError(f"arXiv knows no paper {identifier}")
    title = _text(entry, f"{_ATOM}title")
    if not title:
        raise ArxivError(f"arXiv's answer on {identifier} has no title")
    authors = tuple(name for who in entry.iter(f"{_ATOM}author") if (name := _text(who, f"{_ATOM}name")))
    venue = venue_in(_text(entry, f"{_OWN}journal_ref"))
    doi, _ = doi_of(_fields(doi=_text(entry, f"{_OWN}doi")))
    return PaperFacts(
        key=identifier,
        line=0,
        title=title[:400],
        authors=authors,
        family=split_name(authors[0])[1] if authors else "",
        day=Day(_text(entry, f"{_ATOM}published")[:10]),
        kind="" if venue else "preprint",
        venue=venue[:400],
        arxiv=identifier,
        doi=doi,
    )


def _feed(answer: bytes) -> ElementTree.Element:
    """The root of the feed. A document type can declare entities that grow without bounds, and arXiv sends none."""
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError:
        raise ArxivError("arXiv's answer is not UTF-8") from None
    if len(answer) > MOST_BYTES or "<!doctype" in text.casefold() or "<!entity" in text.casefold():
        raise ArxivError("arXiv's answer is longer than any, or declares entities, and was not read")
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ArxivError(f"arXiv's answer is no Atom feed ({error})") from None


def _text(node: ElementTree.Element, tag: str) -> str:
    """The text of the first such element, on one line."""
    return " ".join(cleaned(node.findtext(tag) or "").split())


def _fields(**fields: str) -> Callable[[str], str]:
    """Fields as the readers of BibTeX take them."""
    return lambda name: fields.get(name, "")
