"""Search over the catalog: first what the grammar of the site's search box finds (`finder`), then records whose text has every word.

The text is read without an index: 1,000 records take a few milliseconds. A record's score is the best of its fields per query word: whole
name, words of a name, id, definition, any text. Spelling is forgiven in names only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, cast

from headkb.catalog import Catalog
from headkb.catalog.finder import Finder
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.references import texts
from headkb.catalog.schema import Record, normalise
from headkb.catalog.search_data import search_data
from headkb.catalog.search_pages import Destination

WEIGHTS = {"name": 8.0, "near": 4.0, "lead": 3.0, "text": 1.0}
LEAD = ("definition", "statement", "title", "summary")
WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Hit:
    """A record that matches, with its score and the text in which the first word was found.

    `kind` is `site` for a page that stands for no record, and the id is then its path; the id of a head is that of its model and its name,
    `gpt2/L9H9`. `path` leads to the page on the site.
    """

    kind: Kind | Literal["site", "rules"]
    id: str
    name: str
    score: float
    excerpt: str
    path: str = ""


def search(catalog: Catalog, query: str, limit: int = 10) -> list[Hit]:
    """What `query` means, the best first, then the records that hold every word of it; names may be misspelt."""
    return search_with_note(catalog, query, limit)[1]


def search_with_note(catalog: Catalog, query: str, limit: int = 10) -> tuple[str, list[Hit]]:
    """The same, with what must be said before: that nothing is called so, or that a model has no such head. Empty where all is well."""
    found = Finder(search_data(catalog)).find(query, limit)
    hits = [_hit(place) for place in found.places]
    known = {(hit.kind, hit.id) for hit in hits}
    hits += [hit for hit in in_texts(catalog, query, limit) if (hit.kind, hit.id) not in known]
    return ("" if hits and not found.places and query.strip() else found.note), hits[:limit]


def _hit(place: Destination) -> Hit:
    folder, _, rest = place.path.partition("#")[0].rstrip("/").partition("/")
    if folder in KINDS and rest:
        return Hit(cast(Kind, folder), rest, place.title, place.score, "", place.path)
    if folder == "rules" and rest:
        return Hit("rules", rest, place.title, place.score, "", place.path)
    return Hit("site", place.path, place.title, place.score, "", place.path)


def in_texts(catalog: Catalog, query: str, limit: int = 10) -> list[Hit]:
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
            hits.append(Hit(kind, record.id, record.title_text(), round(score, 2), excerpt, f"{kind}/{record.id}/"))
    weights: dict[str, int] = {kind: spec.weight for kind, spec in KINDS.items()}
    return sorted(hits, key=lambda h: (-h.score, -weights[h.kind], h.id))[:limit]


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
