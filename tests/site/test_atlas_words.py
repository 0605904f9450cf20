"""The profile of a head in one sentence, on tables of a few numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headkb import Catalog
from headkb.catalog.atlas import AtlasTable
from headkb.catalog.schema import HeadIndex
from headkb.catalog.schema.atlas import Column
from headkb.site.atlas_view import AtlasView, HeadPlace, atlas_views
from headkb.site.atlas_words import figure, order, ordinal, percent, profile, words

BY_SIZE = ("ov-copying", "direct-logit-attribution")
HEADS = [HeadIndex(0, head) for head in range(4)]


def view_of(catalog: Catalog, needs: dict[str, tuple[str, ...]], **values: list[float]) -> AtlasView:
    """An atlas with these columns (`_` for `-`), each of a score of its own name; those in `needs` read no pattern."""
    view = atlas_views(catalog)["jar-small"]
    names = [name.replace("_", "-") for name in values]
    unit = {"mean-ablation": "nats", "direct-logit-attribution": "logits"}
    columns = tuple(Column(id=n, score=n, version=1, prompts="random-tokens", unit=unit.get(n)) for n in names)
    score = view.scores["previous-token"]
    return replace(
        view,
        atlas=view.atlas.model_copy(update={"columns": columns}),
        table=AtlasTable(
            columns, {n: dict(zip(HEADS, v, strict=True)) for n, v in zip(names, values.values(), strict=True)}
        ),
        scores={
            n: score.model_copy(
                update={"needs": needs.get(n, ("pattern",)), "direction": "size" if n in BY_SIZE else "more"}
            )
            for n in names
        },
    )


def test_the_profile_says_where_it_looks_what_it_writes_and_what_breaks(toy_catalog: Catalog) -> None:
    """Each number stands with its place; the share is that of the largest rise of the model."""
    view = view_of(
        toy_catalog,
        dict.fromkeys(("ov-copying", "direct-logit-attribution", "mean-ablation"), ("weights",)),
        attention_to_first=[0.6, 0.1, 0.7, 0.8],
        current_token=[0.3, 0.2, 0.1, 0.1],
        induction=[0.2, 0.9, 0.1, 0.0],
        ov_copying=[0.5, -0.25, 0.1, 0.9],
        direct_logit_attribution=[1.5, 0.5, 0.2, 0.1],
        mean_ablation=[0.02, 0.08, -0.01, 0.0],
    )
    assert profile(view, HEADS[0]) == (
        "On ordinary text **the first token** gets most, of 2 places that were measured (mean attention 0.6, 3rd of 4); its best place "
        "among 3 pattern scores is in **current token** (0.3, 1st of 4); OV copying is 0.5, 2nd of 4 by size, and what it writes itself moves the "
        "logit difference on random-tokens prompts by 1.5 logits, 1st of 4 by size; with its mean output in its place the loss on ordinary "
        "text **rises by 0.02 nats** (2nd of 4 heads, 25 % of the largest rise)."
    )
    assert "gets most, of 2 places that were measured (mean attention 0.8, 1st of 4), its best place among" in profile(
        view, HEADS[3]
    )
    assert "**falls by 0.01 nats** (4th of 4 heads)." in profile(view, HEADS[2])
    assert profile(view, HEADS[3]).endswith("the loss on ordinary text stays the same.")


def test_what_was_not_measured_is_not_said(toy_catalog: Catalog) -> None:
    """A model without an unembedding has no loss, and one pattern score alone has no best place; nothing measured says nothing."""
    some = view_of(toy_catalog, {}, current_token=[0.3, 0.2, 0.1, 0.1])
    assert profile(some, HEADS[0]) == "On ordinary text **the token itself** gets some (mean attention 0.3, 1st of 4)."
    assert profile(view_of(toy_catalog, {}, induction=[0.3, 0.2, 0.1, 0.1]), HEADS[0]) == ""
    assert profile(some, HeadIndex(9, 9)) == ""


def test_equal_values_are_no_place() -> None:
    """Where all heads have the same value, none is first."""
    assert words(HeadPlace(0.0, "", None, 24)) == "0, the same in all 24"
    assert order(HeadPlace(0.1, "", 11, 24)) == "11th of 24"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.7123, "0.712"), (-0.0045, "−0.0045"), (12.345, "12.3"), (-3.2e-6, "−3.2·10⁻⁶"), (1.0, "1")],
)
def test_figures(value: float, text: str) -> None:
    """Three significant digits and a true minus sign; small numbers do not become zero."""
    assert figure(value) == text


def test_ordinals_and_shares() -> None:
    """The teens end in th; what is little is not nothing."""
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 111, 122)] == (
        ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "111th", "122nd"]
    )
    assert [percent(share) for share in (0, 0.004, 0.5, 1)] == ["0 %", "less than 1 %", "50 %", "100 %"]
