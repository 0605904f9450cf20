"""How head types stand to each other, as the page of either side says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from headkb.catalog import Catalog
from headkb.catalog.schema import Head, Source
from headkb.catalog.schema.head import Relation, RelationType
from headkb.site.compose import one_line, section
from headkb.site.document import Cell, Element, Prose
from headkb.site.parts import Context, bullets, ref, with_sources

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


GROUPS: Mapping[str, tuple[RelationType, ...]] = {
    "kinds": ("same_as", "narrower_than"),
    "variants": ("variant_of",),
    "works with": ("composes_with", "backs_up"),
    "acts against": ("inhibits", "opposes"),
    "not the same as": ("distinct_from",),
    "names of before": ("replaced_by",),
}
"""What the relations of a group are called → these, in the order in which a page has them."""


@dataclass(frozen=True)
class RelationSeen:
    """A relation as the page of one side has it: the type at its other end, and what is said of that one from here."""

    type: RelationType
    other: str
    word: str
    note: str
    sources: tuple[Source, ...]


def relations(context: Context, head: Head) -> list[Element]:
    """What a type has to do with others, whichever record states it: by kind of relation in the order of `GROUPS`, then by name."""
    seen = relations_of(context.catalog, head)
    order = {kind: place for place, kinds in enumerate(GROUPS.values()) for kind in kinds}
    seen.sort(key=lambda one: (order[one.type], one.word, context.name("heads", one.other).casefold()))
    groups = [title for title, kinds in GROUPS.items() if any(one.type in kinds for one in seen)]
    said = [Prose(f"In this order: {', '.join(groups)}.")] if len(groups) > 1 else []
    return section(
        "Related head types", "relations", [*said, bullets([_line(head, one) for one in seen])] if seen else []
    )


def relations_of(catalog: Catalog, head: Head) -> list[RelationSeen]:
    """The relations that the record states, then those that other records state about it."""
    mine = [(r.head, r, r.note, 0) for r in head.relations]
    back = [(other.id, r, r.note_back or r.note, 1) for other, r in catalog.relations_to.get(head.id, [])]
    return [
        RelationSeen(r.type, other, _word(r, head.id, side), one_line(note), r.sources)
        for other, r, note, side in [*mine, *back]
    ]


def related(context: Context, head: Head) -> dict[str, list[Cell]]:
    """The other type → what the records of the two state about how they stand to each other."""
    found: dict[str, list[Cell]] = {}
    for one in relations_of(context.catalog, head):
        found.setdefault(one.other, []).append(_line(head, one))
    return found


def _word(relation: Relation, mine: str, side: int) -> str:
    return _composition(relation, mine) if relation.type == "composes_with" else WORDS[relation.type][side]


def _line(head: Head, one: RelationSeen) -> Cell:
    pair = urlencode({"a": head.id, "b": one.other})
    beside = f" ([side by side](@compare/types/?{pair}))" if one.type == "distinct_from" else ""
    note = with_sources(f": {one.note}" if one.note else "", one.sources)
    return (f"**{one.word}** ", ref("heads", one.other), beside, note)


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
