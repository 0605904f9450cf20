"""Search over the catalog: first what the grammar of the site's search box finds (`finder`), then records whose text has every word."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from headkb.catalog.finder import Finder
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.search_pages import Destination
from headkb.catalog.search_texts import Document, Documents, Hit

if TYPE_CHECKING:
    from headkb.catalog.catalog import Catalog

LEAD = ("definition", "statement", "title", "summary")


def search(catalog: Catalog, query: str, limit: int = 10) -> list[Hit]:
    """What `query` means, the best first, then the records that hold every word of it; names may be misspelt."""
    return search_with_note(catalog, query, limit)[1]


def search_with_note(catalog: Catalog, query: str, limit: int = 10) -> tuple[str, list[Hit]]:
    """The same, with what must be said before: that nothing is called so, or that a model has no such head. Empty where all is well."""
    from headkb.catalog.search_data import search_data

    return search_in(Finder(search_data(catalog)), documents_of(catalog), query, limit)


def search_in(finder: Finder, documents: Documents, query: str, limit: int = 10) -> tuple[str, list[Hit]]:
    """The same in what was prepared of a catalog."""
    found = finder.find(query, limit)
    hits = [_hit(place) for place in found.places]
    known = {(hit.kind, hit.id) for hit in hits}
    if len(hits) < limit:
        hits += [hit for hit in documents.find(query, limit) if (hit.kind, hit.id) not in known]
    return ("" if hits and not found.places and query.strip() else found.note), hits[:limit]


def documents_of(catalog: Catalog) -> Documents:
    """The texts of every record."""
    from headkb.catalog.references import texts

    return Documents.of(
        [
            Document(
                kind, record.id, tuple(record.names()), tuple((field[0] in LEAD, text) for field, text in texts(record))
            )
            for kind, record in catalog.records()
        ]
    )


def _hit(place: Destination) -> Hit:
    folder, _, rest = place.path.partition("#")[0].rstrip("/").partition("/")
    if folder in KINDS and rest:
        return Hit(cast(Kind, folder), rest, place.title, place.score, "", place.path)
    if folder == "rules" and rest:
        return Hit("rules", rest, place.title, place.score, "", place.path)
    return Hit("site", place.path, place.title, place.score, "", place.path)
