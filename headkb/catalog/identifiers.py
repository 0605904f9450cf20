"""Identifiers of papers inside web addresses and DOIs."""

from __future__ import annotations

import re

Identifier = tuple[str, str]
"""The key of a paper that holds it (`arxiv`, `doi`, `openreview`, `acl`), and its value."""

_ARXIV = re.compile(
    r"https?://(?:www\.)?arxiv\.org/(?:abs|pdf|html)/((?:[a-z.A-Z-]+/)?[0-9.]+[0-9])(?:v[0-9]+)?(?:\.pdf)?/?$"
)
_OPENREVIEW = re.compile(r"https?://openreview\.net/(?:forum|pdf)\?id=([A-Za-z0-9_-]+)$")
_ACL = re.compile(r"https?://(?:www\.)?aclanthology\.org/([A-Za-z0-9._-]+?)(?:\.pdf)?/?$")
_DOI = re.compile(r"https?://(?:dx\.)?doi\.org/(10\.[^?#]+)$")
_ARXIV_DOI = "10.48550/arxiv."
_ACL_DOI = "10.18653/v1/"


def in_url(url: str) -> Identifier | None:
    """The identifier that an address is made of; None for every other address.

    Example:
        >>> in_url("https://arxiv.org/pdf/2211.00593v2"), in_url("https://example.org/2211.00593")
        (('arxiv', '2211.00593'), None)
    """
    if match := _ARXIV.match(url):
        return "arxiv", match[1]
    if match := _OPENREVIEW.match(url):
        return "openreview", match[1]
    if match := _ACL.match(url):
        return "acl", match[1]
    if match := _DOI.match(url):
        return in_doi(match[1]) or ("doi", match[1])
    return None


def in_doi(doi: str) -> Identifier | None:
    """The identifier of arXiv or of the ACL Anthology that a DOI is made of; None for every other DOI.

    Example:
        >>> in_doi("10.48550/arXiv.2211.00593"), in_doi("10.18653/v1/2023.acl-long.1"), in_doi("10.1000/1")
        (('arxiv', '2211.00593'), ('acl', '2023.acl-long.1'), None)
    """
    for start, name in ((_ARXIV_DOI, "arxiv"), (_ACL_DOI, "acl")):
        if doi.casefold().startswith(start):
            return name, doi[len(start) :]
    return None
