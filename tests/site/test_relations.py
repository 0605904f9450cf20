"""Each page says a relation from its own side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from headkb import Catalog, load_catalog
from headkb.catalog.schema import Head
from headkb.catalog.schema.head import RelationType
from headkb.site.document import Bullets, Prose
from headkb.site.head_pages import head_page
from headkb.site.parts import make_context
from headkb.site.relations import GROUPS, relations
from headkb.site.to_html import cell_words
from headkb.site.to_markdown import page_markdown


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The invented catalog."""
    return load_catalog(Path(__file__).parent.parent / "data" / "catalog")


def sides(catalog: Catalog, relation: dict[str, object]) -> tuple[str, str]:
    """The line of a relation on the page of the type that states it, and on that of the other."""
    source = {"paper": "moss-1999-sparkle", "locator": "section 3"}
    data = catalog.heads["sparkle"].model_dump(by_alias=True, exclude_unset=True)
    head = Head.model_validate({**data, "relations": [{"head": "twinkle", "sources": [source], **relation}]})
    other = catalog.heads["twinkle"].model_copy(update={"relations": ()})
    context = make_context(replace(catalog, heads={"sparkle": head, "twinkle": other}))
    lines = []
    for record, name in ((head, "Twinkle"), (other, "Sparkle")):
        text = page_markdown(head_page(context, record), context.links)
        lines.append(next(line for line in text.split("Related head types")[1].splitlines() if name in line))
    return lines[0], lines[1]


@pytest.mark.parametrize(
    ("relation", "mine", "theirs"),
    [
        ({"type": "variant_of"}, "A variant of", "Has the variant"),
        ({"type": "inhibits"}, "Inhibits", "Inhibited by"),
        ({"type": "opposes"}, "Writes against", "Written against by"),
        ({"type": "composes_with", "sender": "sparkle"}, "Feeds** [", "Reads from** ["),
        ({"type": "composes_with", "sender": "twinkle"}, "Reads from** [", "Feeds** ["),
        (
            {"type": "composes_with", "sender": "sparkle", "via": ["q", "k"]},
            "Feeds the queries and keys of",
            "Reads through its queries and keys from",
        ),
        ({"type": "distinct_from"}, "Not the same as", "Not the same as"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["type"],
)
def test_a_relation_keeps_its_direction(catalog: Catalog, relation: dict[str, object], mine: str, theirs: str) -> None:
    """What one page says of the other, that page says the other way round."""
    first, second = sides(catalog, relation)
    assert mine in first
    assert theirs in second


def test_the_other_page_has_a_note_of_its_own(catalog: Catalog) -> None:
    """`note_back` stands on the page of the other type, `note` on that of the record; without `note_back` both show `note`."""
    notes = {"note": "It came later.", "note_back": "It came first."}
    first, second = sides(catalog, {"type": "variant_of", **notes})
    assert "It came later." in first
    assert "It came first." not in first
    assert "It came first." in second
    assert "It came later." not in second
    assert all("Both." in line for line in sides(catalog, {"type": "variant_of", "note": "Both."}))


def test_relations_stand_in_the_order_that_the_page_states(catalog: Catalog) -> None:
    """Kinds before variants before what it works with, before what it is not; of one kind by name, whichever record states them."""
    source = {"paper": "moss-1999-sparkle", "locator": "section 3"}
    base = catalog.heads["twinkle"].model_copy(update={"relations": ()})
    others = {name: base.model_copy(update={"id": name, "name": name.title()}) for name in ("ash", "birch", "cedar")}
    stated = [
        {"type": "distinct_from", "head": "cedar"},
        {"type": "composes_with", "head": "birch", "sender": "birch"},
        {"type": "distinct_from", "head": "ash"},
        {"type": "variant_of", "head": "twinkle"},
    ]
    data = catalog.heads["sparkle"].model_dump(by_alias=True, exclude_unset=True)
    head = Head.model_validate({**data, "relations": [{**relation, "sources": [source]} for relation in stated]})
    context = make_context(replace(catalog, heads={"sparkle": head, "twinkle": base, **others}))
    nodes = relations(context, head)
    lines = [cell_words(item, context.links) for node in nodes if isinstance(node, Bullets) for item in node.items]
    assert [line.split(" — ")[0] for line in lines] == [
        "A variant of Twinkle Head",
        "Reads from Birch",
        "Not the same as Ash (side by side)",
        "Not the same as Cedar (side by side)",
    ]
    assert "In this order: variants, works with, not the same as." in [getattr(node, "text", "") for node in nodes]
    alone = Head.model_validate({**data, "relations": [{**stated[0], "sources": [source]}]})
    assert not any(isinstance(node, Prose) for node in relations(context, alone))
    assert relations(context, others["birch"].model_copy(update={"id": "elm"})) == []


def test_every_relation_has_a_place_in_the_order() -> None:
    """No kind of relation is left out, and none stands twice."""
    placed = [kind for kinds in GROUPS.values() for kind in kinds]
    assert sorted(placed) == sorted(get_args(RelationType))
