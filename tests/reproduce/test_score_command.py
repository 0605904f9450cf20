"""`headkb score`: the strongest heads in the direction of the score, and intervals only where there are several prompts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

from headkb.cli import main

FEW = ("--prompts", "6", "--model", "organism-tasks")


def said(*arguments: str) -> str:
    """What `headkb score` prints."""
    result = CliRunner().invoke(main, ["score", *arguments, *FEW], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def rows(text: str) -> list[str]:
    """The lines of heads."""
    return [line for line in text.splitlines() if re.match(r"L\d+H\d+ ", line)]


def data(*arguments: str) -> Any:
    """What it gives as JSON."""
    return json.loads(said(*arguments, "--json"))


@pytest.mark.parametrize(
    ("score", "direction", "key"),
    [
        ("previous-token", "more", lambda value: -value),
        ("cmr-distance", "less", lambda value: value),
        ("path-patching", "size", lambda value: -abs(value)),
        ("attribution-patching", "size", lambda value: -abs(value)),
    ],
)
def test_the_first_heads_are_those_that_the_score_looks_for(score: str, direction: str, key: Any) -> None:
    """Checked against all values of the same answer; `--top` takes the first of them."""
    found = data(score, "--top", "3")
    assert found["direction"] == direction
    values = [v for row in found["values"] for v in row if v is not None]
    assert [row["value"] for row in found["top"]] == sorted(values, key=key)[:3]
    assert [row["value"] for row in found["top"]] != sorted(values, reverse=True)[:3] or direction == "more"


def test_the_heading_says_in_which_order_they_stand() -> None:
    """In words, before the table."""
    assert said("cmr-distance").startswith("cmr-distance on organism-tasks, lowest first: ")
    assert said("path-patching").startswith("path-patching on organism-tasks, furthest from zero first: ")
    assert said("previous-token").startswith("previous-token on organism-tasks, highest first: ")


def test_one_value_of_the_weights_or_of_the_whole_set_has_no_interval() -> None:
    """Neither in the table nor in the JSON; a score of the weights does not count prompts that it never read."""
    weights, whole, several = said("ov-copying"), said("cmr-distance"), said("previous-token")
    assert "95 % interval" in several
    assert all(" to " in row for row in rows(several))
    for text in (weights, whole):
        assert rows(text)
        assert "interval" not in text
        assert not any(" to " in row for row in rows(text))
    assert "weights alone, no prompts" in weights
    assert "6 prompts of" in whole
    assert {row["low"] for row in data("ov-copying")["top"]} == {None}
    assert None not in {row["low"] for row in data("previous-token")["top"]}
    one = CliRunner().invoke(main, ["score", "previous-token", "--model", "organism-tasks", "--prompts", "1"])
    assert "interval" not in one.output
