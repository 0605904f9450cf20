"""The page that walks through IOI holds what is measured today, and words that stand on the page alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("torch")

import ioi_walkthrough as tool

from headkb import Catalog, HeadkbError
from headkb.models import load_model


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    """The numbers that the page was made from."""
    data: dict[str, Any] = json.loads(tool.NUMBERS.read_text(encoding="utf-8"))
    return data


def numbers(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of nested data with its path."""
    if isinstance(value, dict | list | tuple):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from numbers(inner, f"{at}/{key}")
    else:
        yield at, value


def test_every_number_of_the_page_is_measured_again(stored: dict[str, Any], real_catalog: Catalog) -> None:
    """Same heads, same words, and no number further away than its rounding and float32 explain."""
    again = dict(numbers(tool.measure(real_catalog, load_model(tool.MODEL, catalog_models=real_catalog.models))))
    before = dict(numbers(stored))
    assert again.keys() == before.keys()
    for at, value in before.items():
        if isinstance(value, float):
            assert again[at] == pytest.approx(value, abs=2e-4), at
        else:
            assert again[at] == value, at


def test_the_measured_parts_of_the_page_are_of_these_numbers_and_runs(
    stored: dict[str, Any], real_catalog: Catalog
) -> None:
    """Nobody has edited them by hand, and no run has changed since; each kind of head has its part."""
    page = tool.PAGE.read_text(encoding="utf-8")
    assert tool.filled(page, tool.parts(stored, real_catalog)) == page
    assert "python tools/ioi_walkthrough.py" in page
    assert f"over {stored['n']} prompts" in page


def test_numbers_heads_and_commands_stand_beside_one_another(stored: dict[str, Any], real_catalog: Catalog) -> None:
    """Each measured number is in its part, with the command that reruns it; a word that looks like a tag is escaped."""
    changed = {**stored, "tokens": ["<s>", *stored["tokens"][1:]], "answers": [["Ann", 0.8]]}
    parts = tool.parts(changed, real_catalog)
    assert parts["prompt"].startswith("&lt;s&gt; ")
    assert f"{stored['tokens'][stored['positions']['io']]}<sub>IO</sub>" in parts["prompt"]
    assert "**Ann** 0.800" in parts["prompt"]
    mover = stored["roles"]["name-mover"]
    assert f"{mover['heads'][0]} gives END → IO {mover['edges']['end → io']:.2f}" in parts["name-mover"]
    assert "`headkb reproduce name-mover --model organism-tasks`" in parts["name-mover"]
    assert f"| nothing |  | {stored['clean']['logit_diff']:.2f} |" in parts["silenced"]
    assert "| [[heads/name-mover]] | END |" in parts["silenced"]


def test_a_missing_kind_is_said_to_be_missing(stored: dict[str, Any], real_catalog: Catalog) -> None:
    """A gap in the circuit is not passed over."""
    roles = {**stored["roles"], "name-mover": {"recipe": "direct-effect", "heads": [], "at": "end"}}
    part = tool.role_part("name-mover", {**stored, "roles": roles}, real_catalog)
    assert "finds no such head ([[runs/organism-tasks-name-mover-direct-effect" in part


def test_words_are_left_alone_and_unknown_parts_refused() -> None:
    """Only what stands between the marks is replaced, and a part that the page lacks is an error."""
    page = "Words.\n\n<!-- measured: prompt -->\n\nold\n\nlines\n\n<!-- end -->\n\nMore.\n"
    assert tool.filled(page, {"prompt": "new"}) == page.replace("old\n\nlines", "new")
    with pytest.raises(HeadkbError, match="the page has the measured parts prompt; measured were prompt, control"):
        tool.filled(page, {"prompt": "new", "control": "x"})


def test_without_recorded_runs_there_is_nothing_to_walk_through(toy_catalog: Catalog) -> None:
    """The heads come from runs, so a model without runs has no page; the message holds the command that makes one."""
    with pytest.raises(HeadkbError, match="headkb reproduce previous-token --model exact-induction --record"):
        tool.measure(toy_catalog, load_model("exact-induction"))
