"""Where a paper was published, and what kind of text it is, as its entry says. A preprint server is no venue."""

from __future__ import annotations

import re

from headkb.catalog.bibtex.identifiers import TextOf, without_arxiv_ids
from headkb.catalog.bibtex.latex import addresses, plain

_SERVER = frozenset(["arxiv", "corr", "abs", "preprint", "preprints"])
_BESIDE = _SERVER | frozenset(
    [
        "e",
        "print",
        "prints",
        "eprint",
        "eprints",
        "at",
        "on",
        "in",
        "the",
        "available",
        "org",
        "https",
        "http",
        "www",
        "computing",
        "research",
        "repository",
        "cornell",
        "university",
        "cs",
        "cl",
        "lg",
        "ai",
        "cv",
        "ne",
        "it",
        "ml",
        "stat",
        "math",
        "ro",
        "hc",
        "cy",
        "ir",
    ]
)
_THESES = frozenset(("phdthesis", "mastersthesis", "thesis", "bachelorsthesis", "bathesis"))
_WEB = frozenset(("online", "electronic", "www"))
_OPEN = frozenset(("misc", "techreport", "report", "manual", "software", "booklet", "unpublished"))
_SERIALS = ("journal", "journaltitle", "booktitle", "howpublished", "publisher")
_KINDS = ("paper", "preprint", "post", "thesis", "dataset")


def venue_field(text: TextOf, kind: str) -> str:
    """The name of the field that says where the paper was published; empty if none does."""
    first = ("journal", "journaltitle") if kind == "article" else ("booktitle",)
    names = [*first, "booktitle", "journal", "journaltitle", "eventtitle"]
    if kind in _THESES:
        names = ["school", "institution", "publisher", "organization", *names]
    elif kind in ("techreport", "report", "manual"):
        names = ["institution", "organization", "publisher", *names, "howpublished"]
    elif kind in ("book", "inbook", "incollection"):
        names = [*names, "publisher"]
    else:
        names = [*names, "howpublished", "organization"]
    return next((name for name in names if venue_in(text(name) or "")), "")


def venue_in(tex: str) -> str:
    """The venue that a field names; empty for arXiv and the like, and for an address.

    Example:
        >>> venue_in("arXiv preprint arXiv:2211.00593"), venue_in("{ICLR} 2023")
        ('', 'ICLR 2023')
    """
    if addresses(tex):
        return ""
    text = plain(tex)
    return "" if _is_server(text) or not any(c.isalnum() for c in without_arxiv_ids(text)) else text


def _is_server(text: str) -> bool:
    """Whether a text names arXiv and nothing else."""
    words = set(re.findall("[a-z]+", without_arxiv_ids(text).casefold()))
    return bool(_SERVER & words) and words <= _BESIDE


def kind_of(entry_kind: str, text: TextOf, *, venue: str, arxiv: str) -> tuple[str, bool]:
    """(kind of paper, whether that is known); an empty kind is that of most papers, `paper`."""
    said = plain(text("entrysubtype") or "").casefold()
    if said in _KINDS:
        return said.replace("paper", ""), True
    if entry_kind in _THESES:
        return "thesis", True
    if entry_kind == "dataset":
        return "dataset", True
    if not venue and (arxiv or any(_is_server(plain(text(name) or "")) for name in _SERIALS)):
        return "preprint", True
    if entry_kind in _WEB:
        return "post", True
    return "", bool(venue) or entry_kind not in _OPEN
