"""Full-text search over the catalog, without an index: 1,000 records take a few milliseconds.

A record's score is the best of its fields per query word: whole name, words of a name, id, definition, any text. Spelling is
forgiven in names only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches

from headkb.catalog import Catalog
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.references import texts
from headkb.catalog.schema import Record, normalise

WEIGHTS = {"name": 8.0, "near": 4.0, "lead": 3.0, "text": 1.0}
LEAD = ("definition", "statement", "title", "summary")
WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Hit:
    """A record that matches, with its score and the text in which the first word was found."""

    kind: Kind
    id: str
    name: str
    score: float
    excerpt: str


def search(catalog: Catalog, query: str, limit: int = 10) -> list[Hit]:
    """The records that hold every word of `query`, best first; names may be misspelt."""
    words = _words(query)
    if not words:
        return []
    hits = []
    vocabulary = sorted({w for _, record in catalog.records() for name in record.names() for w in _words(name)})
    near = {word: set(get_close_matches(word, vocabulary, n=3, cutoff=0.8)) - {word} for word in words if len(word) > 3}
    whole = normalise(query)
    for kind, record in catalog.records():
        score, excerpt = _score(record, words, near)
        if score and any(normalise(name) == whole for name in [record.id, *record.names()]):
            score += 100
        if score:
            hits.append(Hit(kind, record.id, record.title_text(), round(score, 2), excerpt))
    return sorted(hits, key=lambda h: (-h.score, -KINDS[h.kind].weight, h.id))[:limit]


def _words(text: str) -> list[str]:
    return WORD.findall(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold())


def _score(record: Record, words: list[str], near: dict[str, set[str]]) -> tuple[float, str]:
    names = {w for name in [record.id, *record.names()] for w in _words(name)}
    total, excerpt = 0.0, ""
    fields = [(field, text, set(_words(text))) for field, text in texts(record)]
    for word in words:
        best = WEIGHTS["name"] if word in names else WEIGHTS["near"] if near.get(word, set()) & names else 0.0
        for field, text, has in fields:
            if word in has:
                weight = WEIGHTS["lead"] if field[0] in LEAD else WEIGHTS["text"]
                if weight > best or not excerpt:
                    excerpt = excerpt or " ".join(text.split())[:160]
                best = max(best, weight)
        if not best:
            return 0.0, ""
        total += best
    return total, excerpt
