"""The walk-through is made of what was measured, also where a kind of head is missing."""

from __future__ import annotations

from typing import Any

import pytest

from headkb import Catalog
from headkb.site.walkthrough import pattern_drawing, walkthrough


@pytest.fixture
def data() -> dict[str, Any]:
    """A model with a name mover and nothing else, on a prompt of three words, one of which looks like a tag."""
    mover = {
        "recipe": "direct-effect",
        "heads": ["L1H2", "L1H3"],
        "at": "end",
        "edges": {"end → io": 0.75},
        "pattern": [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.2, 0.75, 0.04]],
    }
    clean = {"logit_diff": 2.5, "probability": 0.8, "name-mover end → io": 0.7}
    return {
        "model": "jar-small",
        "n": 60,
        "seed": 1,
        "tokens": ["<s>", "Ann", "to"],
        "positions": {"io": 1, "end": 2},
        "answers": [["Ann", 0.8], ["Bob", 0.1], ["to", 0.01]],
        "roles": {"s-inhibition": {"recipe": "attention", "heads": [], "at": "end"}, "name-mover": mover},
        "clean": clean,
        "silenced": {"name-mover": {"logit_diff": 0.25, "probability": 0.4, "name-mover end → io": 0.7}},
    }


def test_numbers_heads_and_commands_stand_beside_one_another(data: dict[str, Any], toy_catalog: Catalog) -> None:
    """Each measured number is on the page, with what reruns it."""
    page = walkthrough(data, toy_catalog)
    for piece in (
        "&lt;s&gt; Ann<sub>IO</sub> to<sub>END</sub>",
        "**Ann** 0.800",
        "L1H2 gives END → IO 0.75",
        "`headkb reproduce name-mover --model jar-small`",
        "| nothing |  | 2.50 | 0.800 | 0.7 |",
        "| [[heads/name-mover]] | END | 0.25 | 0.400 | 0.7 |",
        "python -m headkb.reproduce.walkthrough",
    ):
        assert piece in page, piece


def test_a_kind_that_was_not_found_is_said_to_be_missing(data: dict[str, Any], toy_catalog: Catalog) -> None:
    """A gap in the circuit is not passed over."""
    assert "The recipe `attention` finds no such head: `headkb reproduce s-inhibition" in walkthrough(data, toy_catalog)


def test_a_pattern_is_drawn_below_its_diagonal_and_only_where_there_is_attention() -> None:
    """Four of the six squares carry attention worth seeing; what lies above the diagonal is never drawn."""
    drawing = pattern_drawing([[1.0, 0.9, 0.9], [0.5, 0.5, 0.9], [0.2, 0.0, 0.04]], ["a", "<b>", "c"], "L0H0")
    assert drawing.count("<rect") == 4
    assert "2 → 0: 0.20" in drawing
    assert "&lt;b&gt;" in drawing
