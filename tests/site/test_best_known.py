"""What the page of a head opens with: best known for, the other roles by kind, and where the head lies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from headkb import Catalog
from headkb.catalog.dossier import HeadDossier
from headkb.catalog.head_facts import HeadRole
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.best_known import ALSO, BEST, CONTESTED, SHOWN, best_known, by_kind, where
from headkb.site.model_head_pages import head_of_model_page
from headkb.site.parts import Context, make_context
from headkb.site.to_html import page_html
from headkb.site.to_markdown import page_markdown


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog."""
    return make_context(real_catalog)


def named(dossier: HeadDossier) -> dict[str, list[str]]:
    """Name → the roles under it."""
    return {name: [role.head_type for role in roles] for name, roles in by_kind(dossier).items()}


def test_the_flagship_heads_are_known_for_what_the_papers_say(context: Context) -> None:
    """A list made from attention alone contests the negative heads; their own sources outnumber it."""
    gpt2 = context.dossiers["gpt2"]
    assert named(gpt2[HeadIndex(9, 9)])[BEST] == ["name-mover"]
    assert named(gpt2[HeadIndex(5, 5)])[BEST] == ["induction"]
    negative = named(gpt2[HeadIndex(10, 7)])
    assert negative[BEST] == ["negative-name-mover"]
    assert "induction" in negative[CONTESTED]
    assert "induction" not in negative[ALSO]


def test_what_a_run_alone_shows_is_no_fame(context: Context) -> None:
    """Literature before our own runs; a head that no source names is known for nothing."""
    dossier = context.dossiers["gpt2"][HeadIndex(9, 9)]
    alone = HeadRole("sparkle", (), 0, introduced=False, contested=False, shown=True)
    both = replace(dossier, roles=(alone, *dossier.roles))
    assert named(both)[SHOWN] == ["sparkle"]
    assert named(both)[BEST] == ["name-mover"]
    assert best_known(replace(dossier, roles=(alone,))) is None


def test_the_page_says_it_first_and_the_dispute_second(context: Context) -> None:
    """Before the values, in HTML and in the twin; the answers name sources and what is contested."""
    dossier = context.dossiers["gpt2"][HeadIndex(10, 7)]
    page = head_of_model_page(context, context.catalog.models["gpt2"], dossier)
    html, twin = page_html(page, context.links), page_markdown(page, context.links)
    places = [
        "Best known as",
        "<dt>Best known for",
        "<dt>Contested",
        "<dt>Where",
        "hk-conflict",
        'id="values"',
        'id="claims"',
    ]
    assert [html.index(place) for place in places] == sorted(html.index(place) for place in places)
    places = [
        "Best known as",
        "- Best known for: ",
        "- Where: layer 10 of 0 to 11, 0.91 of the way",
        "> **Conflict",
        "## Published values",
    ]
    assert [twin.index(place) for place in places] == sorted(twin.index(place) for place in places)
    assert "Wang et al. 2022" in html.partition("<dt>Best known for")[2].partition("</dd>")[0]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            {"n_layers": 12, "n_heads": 12, "architecture": "GPT2LMHeadModel"},
            "key-value head 5, shared with no other head",
        ),
        ({"n_layers": 12, "n_heads": 12, "n_key_value_heads": 4}, "key-value head 1 of 4, shared by heads 3 to 5"),
        ({"n_layers": 12, "n_heads": 12, "n_key_value_heads": 1}, "key-value head 0 of 1, shared by heads 0 to 11"),
        ({"n_layers": 12, "n_heads": 12, "architecture": "LlamaForCausalLM"}, ""),
        ({"n_layers": 1, "n_heads": 12}, ""),
    ],
)
def test_where_a_head_lies(shape: dict[str, Any], expected: str, context: Context) -> None:
    """Of keys and values nothing is said where the record does not; a model of one layer has no depth."""
    model = Model.model_validate({"id": "x", "name": "X", "kind": "public", "family": "x", **shape})
    layer = 3 if model.n_layers > 1 else 0
    said = where(model, replace(context.dossiers["gpt2"][HeadIndex(5, 5)], head=HeadIndex(layer, 5)))
    depth = ", 0.27 of the way from the first to the last" if model.n_layers > 1 else ""
    assert said == f"layer {layer} of 0 to {model.n_layers - 1}{depth}; head 5 of 0 to 11" + (
        f"; {expected}" if expected else ""
    )
