"""Identifiers of papers inside web addresses and DOIs."""

from __future__ import annotations

import re
from urllib.parse import unquote

from headkb.catalog.schema.paper import ARXIV_PATTERN

Identifier = tuple[str, str]
"""The key of a paper that holds it (`arxiv`, `doi`, `openreview`, `acl`), and its value."""
NUMBERS_SINCE = "0704"
"""The month from which arXiv's ids are a month and a number; before, they named a subject."""
FIVE_DIGITS_SINCE = "1501"
"""The month from which that number has five digits; before, it had four."""

_WITH_VERSION = re.compile(r"(?:arxiv:\s*)?(\S+?)(?:v[0-9]+)?", re.IGNORECASE)
_ARXIV = re.compile(r"https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/([^?#]+?)(?:\.pdf)?/?(?:#.*)?")
_OPENREVIEW = re.compile(r"https?://openreview\.net/(?:forum|pdf)\?id=([A-Za-z0-9_-]+)$")
_ACL = re.compile(r"https?://(?:www\.)?aclanthology\.org/([A-Za-z0-9._-]+?)(?:\.pdf)?/?$")
_DOI = re.compile(r"https?://(?:dx\.|www\.)?doi\.org/(10\.[^?#]+)$")
_DOIS = (("10.48550/arxiv.", "arxiv"), ("10.18653/v1/", "acl"), ("10.3115/v1/", "acl"))
"""How DOIs begin that hold another identifier."""


def plain_arxiv(written: str) -> str:
    """An arXiv id without `arXiv:` and version; empty for anything else.

    Example:
        >>> plain_arxiv("arXiv:2211.00593v2"), plain_arxiv("2211.593")
        ('2211.00593', '')
    """
    match = _WITH_VERSION.fullmatch(written)
    return match[1] if match and re.fullmatch(ARXIV_PATTERN, match[1]) else ""


def in_url(url: str) -> Identifier | None:
    """The identifier that an address is made of; None for every other address.

    Example:
        >>> in_url("https://arxiv.org/pdf/2211.00593v2"), in_url("https://example.org/2211.00593")
        (('arxiv', '2211.00593'), None)
    """
    if (match := _ARXIV.fullmatch(url)) and (found := plain_arxiv(match[1])):
        return "arxiv", found
    if match := _OPENREVIEW.match(url):
        return "openreview", match[1]
    if match := _ACL.match(url):
        return "acl", match[1]
    if match := _DOI.match(url):
        doi = unquote(match[1])
        return in_doi(doi) or ("doi", doi)
    return None


def in_doi(doi: str) -> Identifier | None:
    """The identifier of arXiv or of the ACL Anthology that a DOI is made of; None for every other DOI.

    Example:
        >>> in_doi("10.48550/arXiv.2211.00593"), in_doi("10.18653/v1/2023.acl-long.1"), in_doi("10.1000/1")
        (('arxiv', '2211.00593'), ('acl', '2023.acl-long.1'), None)
    """
    for start, name in _DOIS:
        if doi.casefold().startswith(start):
            rest = doi[len(start) :]
            return name, plain_arxiv(rest) or rest if name == "arxiv" else rest
    return None
