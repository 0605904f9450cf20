"""How head types stand to each other, as the page of either side says it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from headkb.catalog.schema import Head
from headkb.catalog.schema.head import SYMMETRIC, Relation
from headkb.site.document import Cell
from headkb.site.parts import Context, ref, with_sources

WORDS = {
    "same_as": ("Same as", "Same as"),
    "narrower_than": ("A narrower kind of", "Broader than"),
    "variant_of": ("A variant of", "Has the variant"),
    "inhibits": ("Inhibits", "Inhibited by"),
    "opposes": ("Writes against", "Written against by"),
    "backs_up": ("Backs up", "Backed up by"),
    "distinct_from": ("Not the same as", "Not the same as"),
    "replaced_by": ("Replaced by", "Replaces"),
}
"""Relation → how the page of the type that states it says so, and how the page of the other type does."""
INPUTS = {"q": "queries", "k": "keys", "v": "values"}


def relations(context: Context, head: Head) -> list[Cell]:
    """The relations that the record states, then those that other records state about it."""
    others = [
        _relation(relation, head.id, other.id, relation.note_back or relation.note, 1)
        for other, relation in context.catalog.relations_to.get(head.id, [])
    ]
    return [*(_relation(r, head.id, r.head, r.note, 0) for r in head.relations), *others]


def related(context: Context, head: Head) -> dict[str, list[Cell]]:
    """The other type → what the records of the two state about how they stand to each other."""
    found: dict[str, list[Cell]] = {}
    for relation in head.relations:
        found.setdefault(relation.head, []).append(_relation(relation, head.id, relation.head, relation.note, 0))
    for other, relation in context.catalog.relations_to.get(head.id, []):
        note = relation.note_back or relation.note
        found.setdefault(other.id, []).append(_relation(relation, head.id, other.id, note, 1))
    return found


def _relation(relation: Relation, mine: str, other: str, note: str | None, side: int) -> Cell:
    word = _composition(relation, mine) if relation.type == "composes_with" else WORDS[relation.type][side]
    strong = f"**{word}** " if relation.type in SYMMETRIC else f"{word} "
    beside = (
        f" ([side by side](@compare/types/?{urlencode({'a': mine, 'b': other})}))"
        if relation.type == "distinct_from"
        else ""
    )
    return (strong, ref("heads", other), beside, with_sources(f": {note}" if note else "", relation.sources))


def _composition(relation: Relation, mine: str) -> str:
    """What one side of a composition does: write for the other, or read what it wrote."""
    inputs = _listed(relation.via)
    if relation.sender == mine:
        return f"Feeds the {inputs} of" if inputs else "Feeds"
    return f"Reads through its {inputs} from" if inputs else "Reads from"


def through(via: Sequence[str]) -> str:
    """`through the queries and keys`."""
    return f"through the {_listed(via)}"


def _listed(via: Sequence[str]) -> str:
    words = [INPUTS[name] for name in via]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
