"""The page that walks through IOI holds what is measured today, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headkb import Catalog, ReproductionError
from headkb.models import load_model
from headkb.reproduce.walkthrough import MODEL, measure_walkthrough
from headkb.site.walkthrough import PATH, walkthrough

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    """The numbers that the page was made from."""
    data: dict[str, Any] = json.loads((DOCS / f"{PATH}.json").read_text(encoding="utf-8"))
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
    again = dict(numbers(measure_walkthrough(real_catalog, load_model(MODEL, catalog_models=real_catalog.models))))
    before = dict(numbers(stored))
    assert again.keys() == before.keys()
    for at, value in before.items():
        if isinstance(value, float):
            assert again[at] == pytest.approx(value, abs=2e-4), at
        else:
            assert again[at] == value, at


def test_the_page_is_made_of_these_numbers_and_the_recorded_runs(stored: dict[str, Any], real_catalog: Catalog) -> None:
    """Nobody has edited it by hand, and no run has changed since."""
    assert (DOCS / f"{PATH}.md").read_text(encoding="utf-8") == walkthrough(stored, real_catalog)


def test_without_recorded_runs_there_is_nothing_to_walk_through(toy_catalog: Catalog) -> None:
    """The heads come from runs, so a model without runs has no page; the command that makes one is told."""
    with pytest.raises(ReproductionError, match="headkb reproduce previous-token --model exact-induction --record"):
        measure_walkthrough(toy_catalog, load_model("exact-induction"))
