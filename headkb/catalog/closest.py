"""The record that is meant where nothing is called exactly so: by the grammar of the search, an address, an identifier or a part of a name."""

from __future__ import annotations

from headkb.catalog.finder import Finder
from headkb.catalog.kinds import Kind

SURE, CLEAR, LEAD = 2000, 800, 40
"""Scores of the search: of an identifier; from which a name is met; how far ahead of the next record it must be to be the one that is meant."""
MOST_OTHERS = 3


def closest(finder: Finder, kind: Kind, name: str) -> tuple[str, str] | None:
    """The id of the record of a kind that `name` means, and a sentence that says so; None where several or none may be meant.

    Misspelt names are not answered: they are for suggestions.
    """
    found = finder.find(name, limit=40)
    places = [place for place in found.places if place.path.startswith(f"{kind}/") and place.path.count("/") == 2]
    if not places or found.note:
        return None
    ids = [place.path.split("/")[1] for place in places]
    if places[0].score >= SURE:
        return ids[0], ""
    near = [record_id for record_id, place in zip(ids, places, strict=True) if place.score >= CLEAR]
    if not near or (len(near) > 1 and places[0].score < places[1].score + LEAD):
        return None
    others = f"; near it: {', '.join(near[1 : 1 + MOST_OTHERS])}" if near[1:] else ""
    return ids[0], f"nothing in {kind} is called {name!r}; this is {ids[0]}{others}."
