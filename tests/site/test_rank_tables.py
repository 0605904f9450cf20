"""Published values of a head: grouped by what they mean, with rank and strip, the outermost first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from headkb import Catalog
from headkb.catalog.schema import HeadIndex, ScoreRecord
from headkb.catalog.schema.claim import Measure
from headkb.catalog.tables import ranks
from headkb.site.document import DataTable, Element, Fold, Heading
from headkb.site.measures import MEANINGS, taken_from
from headkb.site.parts import Context, make_context
from headkb.site.rank_tables import OPEN_VALUES, value_tables
from headkb.site.to_html import cell_words


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def tables(nodes: list[Element]) -> Mapping[str, list[DataTable]]:
    """Heading → the tables below it, those in folds included."""
    found: dict[str, list[DataTable]] = {}
    title = ""
    for node in nodes:
        if isinstance(node, Heading):
            title = str(node.text)
        inside = node.body if isinstance(node, Fold) else (node,)
        found.setdefault(title, []).extend(one for one in inside if isinstance(one, DataTable))
    return found


def test_every_value_stands_once_with_the_rank_that_its_file_gives(context: Context) -> None:
    """Over the famous heads of GPT-2, whose pages have most of them."""
    for head in (HeadIndex(9, 9), HeadIndex(10, 7), HeadIndex(5, 5)):
        dossier = context.dossiers["gpt2"][head]
        rows = [row for some in tables(value_tables(context, dossier)).values() for one in some for row in one.rows]
        told = sorted(cell_words(row.cells[2], context.links) for row in rows)
        true = []
        for entry in dossier.tables:
            values, direction = context.catalog.column(entry.statement), context.catalog.direction_of(entry.statement)
            order = {"more": "", "less": ", lowest first", "size": ", furthest from zero first"}[direction]
            true.append(f"{ranks(values, direction)[head]} of {len(values)}{order}")
        assert told == sorted(true)
        assert len(told) > 40


def test_groups_come_in_order_and_the_outermost_rank_first(context: Context) -> None:
    """Not where most values lie; long groups are folded after the first ones."""
    found = tables(value_tables(context, context.dossiers["gpt2"][HeadIndex(10, 7)]))
    assert [title for title in found if title] == [title for title in MEANINGS.values() if title in found]
    assert "What it writes" in found
    for group in found.values():
        places = []
        for row in (row for one in group for row in one.rows):
            rank, of = map(int, re.findall(r"\d+", cell_words(row.cells[2], context.links))[:2])
            places.append(min(rank, of + 1 - rank) / of)
        assert places == sorted(places)
    first, rest = found["Where it attends"]
    assert len(first.rows) == OPEN_VALUES
    assert len(rest.rows) > OPEN_VALUES


def test_a_head_without_tables_has_no_section(context: Context) -> None:
    """No note about ranks that do not stand there."""
    dossier = replace(context.dossiers["gpt2"][HeadIndex(9, 9)], tables=())
    assert value_tables(context, dossier) == []


@pytest.mark.parametrize(
    ("score", "own", "expected"),
    [
        ("induction", None, "pattern"),
        ("retrieval", None, "pattern"),
        ("ov-copying", None, "weights"),
        ("direct-logit-attribution", None, "output"),
        ("activation-patching", None, "effect"),
        ("attribution-patching", None, "effect"),
        ("probing", None, "training"),
        (None, None, ""),
        (None, "effect", "effect"),
        ("induction", "output", "output"),
    ],
)
def test_what_a_number_is_taken_from(score: str | None, own: str | None, expected: str, real_catalog: Catalog) -> None:
    """As its record says, else by what the score needs; of what neither says nothing is guessed."""
    scores: Mapping[str, ScoreRecord] = real_catalog.scores
    measure = Measure.model_validate({"name": "x", "definition": "x", "score": score, "taken_from": own})
    assert taken_from(measure, scores) == expected
