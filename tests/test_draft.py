"""Drafts of records: what is given, in order and in the house style, and a question for the rest."""

from __future__ import annotations

import pytest

from headkb.catalog.draft import draft, drafted, open_questions
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.shape import shape_of
from headkb.catalog.source import parse

WRITTEN = [kind for kind, spec in KINDS.items() if not spec.made_by]
PAPER = {
    "summary": {"innovation": "word " * 30 + "end", "tasks": 'GPT-2 "small"'},
    "arxiv": "2211.00590",
    "title": "Jars: a study",
    "date": "2022",
    "authors": ["Ada Moss"],
    "links": [{"url": "https://openreview.net/forum?id=abcdef", "label": "Paper"}],
    "heads": [{"id": "induction", "role": "applies"}],
}


def test_a_whole_record_is_written_in_the_house_style_and_asks_nothing() -> None:
    """Keys in the schema's order, short pieces on one line, long text folded, quotes only where a reader would misread."""
    words = " ".join(["word"] * 23)
    assert draft("papers", PAPER, "moss-2022-jars").splitlines()[1:] == [
        'title: "Jars: a study"',
        "authors: [Ada Moss]",
        "date: 2022",
        'arxiv: "2211.00590"',
        "links:",
        '  - {label: Paper, url: "https://openreview.net/forum?id=abcdef"}',
        "heads:",
        "  - id: induction",
        "    role: applies",
        "summary:",
        "  innovation: >-",
        f"    {words}",
        f"    {' '.join(['word'] * 7)} end",
        '  tasks: GPT-2 "small"',
    ]


def test_a_draft_with_everything_given_is_a_valid_record() -> None:
    """Nothing is added to what is known."""
    data = parse(draft("papers", PAPER, "moss-2022-jars"))[0]
    assert KINDS["papers"].schema.model_validate({**data, "id": "moss-2022-jars"})
    assert data == {**PAPER, "summary": {**PAPER["summary"], "innovation": "word " * 30 + "end"}}  # type: ignore[dict-item]


def test_what_must_be_there_is_asked_in_the_words_of_the_schema_and_nothing_else_is() -> None:
    """Of a paper only title and date must be known; with `ask`, heads and summary are asked as well."""
    bare = drafted("papers", {"arxiv": "2211.00590", "venue": "", "doi": None})
    assert list(bare) == ["title", "date", "arxiv"]
    assert bare["title"] == "‹The full title›"
    assert {"authors", "links", "heads", "summary"} <= drafted("papers", {}, ask=True).keys()
    assert "heads" in drafted("papers", {"heads": [{"id": "induction"}]})
    assert open_questions(draft("papers", {"title": "Jars", "date": "2022", "heads": [{"id": "induction"}]})) == [
        (6, "What the paper does with it: introduces, replicates, applies, observes or contests")
    ]


def test_a_key_that_only_others_make_necessary_is_asked_with_them() -> None:
    """A type has recipes and `defined_by`, or says why it has none; our own placement needs a reason, the survey's does not."""
    assert "no_recipe" in drafted("heads", {})
    with_recipes = drafted("heads", {"recipes": [{"id": "default"}]})
    assert "no_recipe" not in with_recipes
    assert "defined_by" in with_recipes
    assert "reason" in drafted("heads", {"placement": {"by": "headkb"}})["placement"]
    assert "reason" not in drafted("heads", {"placement": {"by": "survey"}})["placement"]


def test_unknown_keys_stay_at_the_end() -> None:
    """A draft loses nothing; the validator says what is wrong."""
    assert list(drafted("glossary", {"zzz": "1", "definition": "x", "name": "y"})) == ["name", "definition", "zzz"]


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_key_of_a_kind_that_people_write_is_described(kind: Kind) -> None:
    """Editors show the description, and `headkb new` asks with it."""
    missing, queue, seen = [], [(kind, shape_of(kind))], set()
    while queue:
        name, shape = queue.pop()
        for key in shape.keys:
            place = shape.key(key)
            if not place.node.get("description"):
                missing.append(f"{name}.{key}")
            inner = place.item if place.is_list else place
            title = inner.node.get("title")
            if inner.keys and title not in seen:
                seen.add(title)
                queue.append((f"{name}.{key}", inner))
    assert missing == []
