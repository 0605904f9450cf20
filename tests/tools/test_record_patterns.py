"""Which head of which model is drawn, and in what text."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import record_patterns
from record_patterns import OWN, SHORTER, chosen, strongest_query

from headkb import Catalog
from headkb.catalog.patterns import MOST, patterns_of
from headkb.prompts import get_generator


def test_the_recorded_heads_are_those_that_the_tool_would_take(real_catalog: Catalog) -> None:
    """After new runs the tool must be run again for the types that are named here."""
    patterns = patterns_of(real_catalog)
    picks = {id_: choice for id_, head in real_catalog.heads.items() if (choice := chosen(real_catalog, head))}
    other = [
        head
        for head, choice in picks.items()
        if head not in patterns or (patterns[head].run, patterns[head].head) != (choice.run.id, choice.head)
    ]
    assert other == [], f"python tools/record_patterns.py {' '.join(other)}"
    assert patterns.keys() == picks.keys()


def test_a_model_that_shows_the_type_comes_first(real_catalog: Catalog) -> None:
    """An exact model is taken where nothing else was run."""
    order = {"public": 0, "organism": 1, "exact": 2}
    for id_, head in real_catalog.heads.items():
        choice = chosen(real_catalog, head)
        if choice is None:
            continue
        kind = real_catalog.models[choice.run.model].type
        words = {
            (showing.word, real_catalog.models[model].type)
            for (type_, model), showing in real_catalog.evidence.showings.items()
            if type_ == id_
        }
        if ("shown", "public") in words or ("partly", "public") in words:
            assert kind == "public", id_
        elif ("shown", "organism") in words:
            assert kind == "organism", id_
        assert order[kind] < 2 or not words, id_


def test_texts_of_our_own_are_for_generators_that_exist() -> None:
    """And so are the parameters that make prompts shorter."""
    for name in OWN:
        assert get_generator(name).id == name
    for name, parameters in SHORTER.items():
        assert set(parameters) <= set(get_generator(name).parameters), name
    assert record_patterns.IDEAL < MOST


def test_the_query_that_looks_most_at_one_other_token_is_shown_first() -> None:
    """In the second half; the first token and the query itself do not count."""
    rows = [[1.0], [0.1, 0.9], [0.9, 0.05, 0.05], [0.3, 0.6, 0.0, 0.1], [0.2, 0.1, 0.0, 0.0, 0.7]]
    assert strongest_query(rows) == 3
    assert strongest_query([[1.0]]) == 0
