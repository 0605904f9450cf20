"""Whether the catalog has a paper already: by its ids, or by title and first author. Ids of records say nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.bibtex.facts import PaperFacts, arxiv_month, ids_of
from headkb.catalog.record_files import SourceError
from headkb.catalog.source import read


@dataclass(frozen=True)
class KnownPaper:
    """A paper that is there: the record's id, and by what it is recognised."""

    id: str
    title: str
    author: str
    years: frozenset[str]
    ids: frozenset[str]


@dataclass(frozen=True)
class Same:
    """The paper that an entry is about, and by what it was recognised; `against` says why it cannot be the same after all."""

    paper: KnownPaper
    by: str
    against: str = ""


@dataclass
class KnownPapers:
    """The papers of a catalog, and those of this import so far."""

    by_id: dict[str, KnownPaper] = field(default_factory=dict)
    by_title: dict[str, list[KnownPaper]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, catalog: Catalog) -> KnownPapers:
        """All papers of a catalog; drafts that cannot be loaded yet count as well, as far as they can be read."""
        known = cls()
        for paper in catalog.papers.values():
            known.taken |= {paper.id, *paper.replaces}
            year = {paper.date[:4], arxiv_month(paper.arxiv or "")[:4]} - {""}
            ids = ids_of(paper.arxiv or "", paper.doi or "", paper.acl or "", paper.openreview or "")
            author = paper.authors[0] if paper.authors else ""
            known.add(KnownPaper(paper.id, paper.title, author, frozenset(year), ids))
        for path in sorted((catalog.root / "papers").glob("*.yaml")):
            if path.stem not in catalog.papers:
                known.taken.add(path.stem)
                if (draft := _draft(path)) is not None:
                    known.add(draft)
        return known

    def add(self, paper: KnownPaper) -> None:
        """One more paper that is there."""
        self.taken.add(paper.id)
        for id_ in paper.ids:
            self.by_id.setdefault(id_, paper)
        self.by_title.setdefault(title_key(paper.title), []).append(paper)

    def find(self, facts: PaperFacts) -> Same | None:
        """The paper that these facts are about, if it is there."""
        author = facts.authors[0] if facts.authors else ""
        for id_ in sorted(facts.ids):
            paper = self.by_id.get(id_)
            if paper is not None:
                kind, _, value = id_.partition(":")
                name = {"arxiv": "arXiv id", "doi": "DOI", "acl": "ACL Anthology id"}.get(kind, "OpenReview id")
                known = bool(paper.author and author)
                other = (
                    known and not same_author(paper.author, author) and title_key(paper.title) != title_key(facts.title)
                )
                return Same(paper, f"{name} {value}", "title and first author differ" if other else "")
        for paper in self.by_title.get(title_key(facts.title), ()):
            same_year = facts.year in paper.years or not (facts.year or paper.years)
            if same_author(paper.author, author) or (not (paper.author and author) and same_year):
                apart = _contradicting(paper.ids, facts.ids)
                return Same(paper, "title and first author" if author and paper.author else "title and year", apart)
        return None


def title_key(title: str) -> str:
    """A title without case, accents, punctuation and blanks.

    Example:
        >>> title_key("Talking Heads: Inter-Layer …"), title_key("完全不同的 头")
        ('talkingheadsinterlayer', '完全不同的头')
    """
    apart = unicodedata.normalize("NFKD", title.casefold())
    return "".join(c for c in apart if c.isalnum()) or "".join(title.split())


def same_author(a: str, b: str) -> bool:
    """Whether two names can be one person's: the last word of one is a word of the other, whatever the accents.

    Example:
        >>> same_author("Adrià Garriga-Alonso", "A. Garriga Alonso"), same_author("Yan Wang", "Kevin Wang")
        (True, True)
    """
    first, second = _words(a), _words(b)
    if not (first and second):
        return bool(a) and a == b
    return first[-1] in second or second[-1] in first


def _words(name: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c if c.isalnum() else "" if unicodedata.combining(c) or c in "'’" else " " for c in apart).split()


def _contradicting(ours: Iterable[str], theirs: Iterable[str]) -> str:
    """What speaks against one paper: another arXiv id. DOIs differ between a preprint and its publication."""
    a, b = ({id_ for id_ in ids if id_.startswith("arxiv:")} for ids in (ours, theirs))
    return f"its arXiv id is {min(a)[6:]}, and the entry's {min(b)[6:]}" if a and b and not a & b else ""


def _draft(path: Path) -> KnownPaper | None:
    """A record that is still a draft or has mistakes, as far as it can be read."""
    try:
        data: Mapping[str, Any] = read(path)
    except (SourceError, OSError):
        return None
    authors = data.get("authors")
    first = _text({"": authors[0]}, "") if isinstance(authors, list) and authors else ""
    arxiv, doi, acl, openreview = (_text(data, key) for key in ("arxiv", "doi", "acl", "openreview"))
    years = frozenset({_text(data, "date")[:4], arxiv_month(arxiv)[:4]} - {""})
    return KnownPaper(path.stem, _text(data, "title"), first, years, ids_of(arxiv, doi, acl, openreview))


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) and not value.startswith("‹") else ""
