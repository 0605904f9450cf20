"""Search in the texts of records: those that hold every word of a query. Spelling is forgiven in names only.

A record's score is the best of its fields per query word: whole name, words of a name, id, definition, any text.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.spelling import normalise

WEIGHTS = {"name": 8.0, "near": 4.0, "lead": 3.0, "text": 1.0}
_WORD = re.compile(r"[a-z0-9]+")


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


@dataclass(frozen=True)
class Document:
    """What is searched of a record.

    Attributes:
        kind: Its kind.
        id: Its id.
        names: What it goes by, its own name first.
        texts: Its texts, each with whether it leads: a definition, a statement, a title or a summary.
    """

    kind: Kind
    id: str
    names: tuple[str, ...]
    texts: tuple[tuple[bool, str], ...]


class Documents:
    """The documents of a catalog, as lines, of which only those are taken apart that may hold the words of a query."""

    def __init__(self, words: Sequence[str], lines: Sequence[str | bytes], vocabulary: Sequence[str]) -> None:
        """Of what another one holds: each document's words, each document as JSON, and the words of all names."""
        self.words, self.lines, self.vocabulary = words, lines, vocabulary

    @classmethod
    def of(cls, documents: Sequence[Document]) -> Documents:
        """Prepare documents."""
        vocabulary = sorted({word for document in documents for name in document.names for word in _words(name)})
        return cls([_held(d) for d in documents], [_line(d) for d in documents], vocabulary)

    def find(self, query: str, limit: int = 10) -> list[Hit]:
        """The records that hold every word of `query`, best first; names may be misspelt."""
        words = _words(query)
        if not words:
            return []
        near = {
            word: set(get_close_matches(word, self.vocabulary, n=3, cutoff=0.8)) - {word}
            for word in words
            if len(word) > 3
        }
        whole, hits = normalise(query), []
        for document in self._candidates(words, near):
            score, excerpt = _score(document, words, near)
            if score and any(normalise(name) == whole for name in [document.id, *document.names]):
                score += 100
            if score:
                path = f"{document.kind}/{document.id}/"
                hits.append(Hit(document.kind, document.id, document.names[0], round(score, 2), excerpt, path))
        weights: dict[str, int] = {kind: spec.weight for kind, spec in KINDS.items()}
        return sorted(hits, key=lambda h: (-h.score, -weights[h.kind], h.id))[:limit]

    def _candidates(self, words: Sequence[str], near: dict[str, set[str]]) -> Iterator[Document]:
        asked = [[f" {form} " for form in (word, *near.get(word, ()))] for word in words]
        for held, line in zip(self.words, self.lines, strict=True):
            if all(any(form in held for form in forms) for forms in asked):
                kind, id_, names, texts = json.loads(line)
                yield Document(kind, id_, tuple(names), tuple((lead, text) for lead, text in texts))


def _line(document: Document) -> str:
    return json.dumps([document.kind, document.id, document.names, document.texts], allow_nan=False)


def _held(document: Document) -> str:
    """Every word of a document once, between spaces."""
    texts = [document.id, *document.names, *(text for _, text in document.texts)]
    return f" {' '.join(sorted({word for text in texts for word in _words(text)}))} "


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold())


def _score(document: Document, words: Sequence[str], near: dict[str, set[str]]) -> tuple[float, str]:
    names = {word for name in [document.id, *document.names] for word in _words(name)}
    total, excerpt = 0.0, ""
    texts = [(leads, text, set(_words(text))) for leads, text in document.texts]
    for word in words:
        best = WEIGHTS["name"] if word in names else WEIGHTS["near"] if near.get(word, set()) & names else 0.0
        for leads, text, has in texts:
            if word in has:
                weight = WEIGHTS["lead"] if leads else WEIGHTS["text"]
                if weight > best or not excerpt:
                    excerpt = excerpt or " ".join(text.split())[:160]
                best = max(best, weight)
        if not best:
            return 0.0, ""
        total += best
    return total, excerpt
