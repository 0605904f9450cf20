"""The ids of a paper in its entry: arXiv, DOI, ACL Anthology, OpenReview."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from pydantic import ValidationError

from headkb.catalog.bibtex.latex import addresses, plain, verbatim
from headkb.catalog.identifiers import FIVE_DIGITS_SINCE, NUMBERS_SINCE, in_doi
from headkb.catalog.schema import Paper

TextOf = Callable[[str], str]
"""The TeX of a field by its name; empty where there is none."""
_ARXIV_ID = re.compile(
    r"(?<![0-9.])([0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5})(?:v[0-9]+)?(?![0-9])"
    r"|(?<![\w-])([a-z-]{2,20}(?:\.[A-Z]{2})?/[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3})(?:v[0-9]+)?(?![0-9])"
)
_ARXIV_ADDRESS = re.compile(r"https?://(?:www\.|[a-z]{2}\.)?arxiv\.org/(?:abs|pdf|html|ps|format|e-print)/", re.IGNORECASE)  # fmt: skip
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.", re.IGNORECASE)
_DOI_ADDRESS = re.compile(r"https?://(?:dx\.|www\.)?doi\.org/", re.IGNORECASE)
_ACL_ADDRESS = re.compile(r"https?://(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology|aclanthology\.info/papers)/", re.IGNORECASE)  # fmt: skip
_OPENREVIEW = re.compile(r"https?://(?:www\.)?openreview\.net/(?:forum|pdf)\?id=([A-Za-z0-9_-]{6,20})", re.IGNORECASE)
_BEFORE_ID = frozenset((
    "arxiv", "e", "print", "prints", "eprint", "eprints", "preprint", "available", "at", "on", "in", "abs",
    "corr", "https", "doi", "org",
))  # fmt: skip


def arxiv_ids(text: TextOf) -> list[str]:
    """Every arXiv id that the entry says is its own, without version, each once; the surest field first.

    Example:
        >>> arxiv_ids({"journal": "CoRR", "volume": "abs/2401.09999"}.get)
        ['2401.09999']
        >>> arxiv_ids({"eprint": "2409.03752", "eprinttype": "jstor"}.get)
        []
    """
    found: list[str] = []
    eprint = verbatim(text("eprint") or "")
    if _archive(text) in ("", "arxiv"):
        found += _ids(_after(eprint, _ARXIV_ADDRESS))
    for name in ("arxiv", "arxivid"):
        found += _ids(verbatim(text(name) or ""))
    if _ARXIV_DOI.search(verbatim(text("doi") or "")):
        found += _ids(_ARXIV_DOI.split(verbatim(text("doi")), maxsplit=1)[1])
    for name in ("url", "howpublished", "note"):
        for address in addresses(text(name) or ""):
            found += _in_address(address)
    for name in ("journal", "journaltitle", "booktitle", "volume", "number", "howpublished", "note", "publisher"):
        written = plain(text(name) or "")
        if "arxiv" in written.casefold() or re.match(r"(?:corr,? *)?abs/", written, re.IGNORECASE):
            found += _leading(written)
    return list(dict.fromkeys(found))


def _archive(text: TextOf) -> str:
    """Whose `eprint` it is, in lower case; empty if the entry does not say."""
    return plain(text("eprinttype") or text("archiveprefix") or "").casefold().removesuffix(".org")


def bad_eprint(text: TextOf) -> str:
    """What `eprint` holds where the entry says that it is an arXiv id and it is none."""
    eprint = verbatim(text("eprint") or "")
    return eprint if _archive(text) == "arxiv" and eprint and not _ids(_after(eprint, _ARXIV_ADDRESS)) else ""


def doi_of(text: TextOf) -> tuple[str, str]:
    """(DOI, what stands in its place and is none). DOIs that arXiv gives are arXiv ids.

    Example:
        >>> doi_of({"doi": r"http://dx.doi.org/10.18653/v1/2021.emnlp-main.446."}.get)
        ('10.18653/v1/2021.emnlp-main.446', '')
    """
    given = plain_doi(text("doi") or "")
    if not given:
        there = (a for name in ("url", "howpublished", "note") for a in addresses(text(name) or ""))
        given = next((plain_doi(address) for address in there if _DOI_ADDRESS.match(address)), "")
    if not given or _ARXIV_DOI.match(given):
        return "", ""
    return (given, "") if fits("doi", given) else ("", given)


def plain_doi(written: str) -> str:
    """A DOI without what stands before and behind it."""
    doi = verbatim(written).replace("{", "").replace("}", "").strip()
    if doi.casefold().startswith("doi"):
        doi = doi[3:].lstrip(": ")
    doi = _DOI_ADDRESS.sub("", doi, count=1)
    if doi.casefold().startswith("doi:"):
        doi = doi[4:].lstrip()
    if "%" in doi:
        doi = unquote(doi)
    return doi.rstrip(".,; ")


def acl_of(text: TextOf, links: Iterable[str]) -> str:
    """The id in the ACL Anthology that an address of the entry names."""
    for address in links:
        match = _ACL_ADDRESS.match(address)
        if match:
            id_ = address[match.end() :].strip("/").removesuffix(".pdf").removesuffix(".bib")
            if fits("acl", id_):
                return id_
    given = plain(text("acl") or "")
    return given if fits("acl", given) else ""


def openreview_of(text: TextOf, links: Iterable[str]) -> str:
    """The id on OpenReview that an address of the entry names."""
    found = next((match[1] for address in links if (match := _OPENREVIEW.match(address))), "")
    given = verbatim(text("openreview") or "")
    return found or (given if fits("openreview", given) else "")


def acl_of_doi(doi: str) -> str:
    """The ACL Anthology's id in a DOI that it gave; empty for other DOIs."""
    name, value = in_doi(doi) or ("", "")
    return value if name == "acl" and fits("acl", value) else ""


def fits(field: str, value: str) -> bool:
    """Whether an id has the form that the schema of papers asks for.

    Example:
        >>> fits("acl", "W19-4828"), fits("doi", "to appear")
        (True, False)
    """
    try:
        Paper.model_validate({"id": "any", "title": "any", "date": "2000", field: value})
    except ValidationError:
        return False
    return True


def same_everywhere(kind: str, value: str) -> str:
    """An id in the form in which it is compared: `arxiv:2211.00593`, `doi:10.18653/v1/w19-4828`."""
    if kind == "arxiv":
        value = re.sub(r"v[0-9]+$", "", value)
    return f"{kind}:{value if kind == 'openreview' else value.casefold()}"


def without_arxiv_ids(text: str) -> str:
    """A text without the arXiv ids in it."""
    return _ARXIV_ID.sub(" ", text)


def _ids(text: str) -> list[str]:
    """The arXiv ids in a text; one of a month without such ids, or with the wrong number of digits, is none."""
    found = [match[1] or match[2] for match in _ARXIV_ID.finditer(text)]
    return [id_ for id_ in found if "/" in id_ or _is_new(id_)]


def _is_new(id_: str) -> bool:
    month, _, number = id_.partition(".")
    return month >= NUMBERS_SINCE and len(number) == (5 if month >= FIVE_DIGITS_SINCE else 4)


def _leading(text: str) -> list[str]:
    """The arXiv id with which a text begins, but for words such as "preprint at"; one that a sentence mentions may be another's."""
    match = _ARXIV_ID.search(text)
    if match is None:
        return []
    before = re.findall("[^\\W\\d_]+", text[: match.start()].casefold())
    return _ids(match[0]) if set(before) <= _BEFORE_ID else []


def _in_address(address: str) -> list[str]:
    """The arXiv id of an address at arXiv, or of a DOI that arXiv gave."""
    if match := _ARXIV_ADDRESS.match(address):
        return _ids(address[match.end() :])[:1]
    parts = _ARXIV_DOI.split(address, maxsplit=1) if _DOI_ADDRESS.match(address) else []
    return _ids(parts[1])[:1] if len(parts) == 2 else []


def _after(text: str, address: re.Pattern[str]) -> str:
    match = address.match(text)
    return text[match.end() :] if match else text
