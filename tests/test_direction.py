"""Which values of a score are meant: its record says it, and recipes, runs, tables and ranks follow."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from headkb import Catalog
from headkb.catalog import head_dossier
from headkb.catalog.comparison import compare
from headkb.catalog.directions import measure_direction, recipe_side, run_direction, score_direction
from headkb.catalog.load import load
from headkb.catalog.rules import check
from headkb.catalog.schema import HeadIndex, ScoreRecord
from headkb.catalog.schema.claim import Measure, Table
from headkb.catalog.schema.head import Recipe
from headkb.catalog.tables import ranks
from headkb.direction import Direction, shades, strongest_first, turned

VALUES = {HeadIndex(0, 0): 0.2, HeadIndex(0, 1): -0.9, HeadIndex(1, 0): 0.5, HeadIndex(1, 1): 0.2}


def names(direction: Direction) -> list[str]:
    """The heads in order."""
    return [str(head) for head, _ in strongest_first(VALUES, direction)]


def test_each_direction_has_its_own_order_and_equal_values_go_by_head() -> None:
    """Three orders of the same four values, none the reverse of another by chance."""
    assert names("more") == ["L1H0", "L0H0", "L1H1", "L0H1"]
    assert names("less") == ["L0H1", "L0H0", "L1H1", "L1H0"]
    assert names("size") == ["L0H1", "L1H0", "L0H0", "L1H1"]


@pytest.mark.parametrize("direction", ["more", "less", "size"])
def test_ranks_count_the_stronger_heads(direction: Direction) -> None:
    """By brute force on values with ties: one more than the number of heads that are stronger."""
    draw = random.Random(direction)
    values = {HeadIndex(0, h): draw.randint(-4, 4) / 4 for h in range(40)}
    key = {"more": lambda v: v, "less": lambda v: -v, "size": abs}[direction]
    by_hand = {head: 1 + sum(key(other) > key(value) for other in values.values()) for head, value in values.items()}
    assert ranks(values, direction) == by_hand


def test_the_deepest_shade_is_the_strongest_head_of_a_score_without_signs() -> None:
    """Among values of one sign, whichever end is meant; all equal values have no colour for `less`."""
    for direction in ("more", "less", "size"):
        positive = {head: abs(value) for head, value in VALUES.items()}
        depth = shades(positive, direction)
        assert max(depth, key=depth.__getitem__) == strongest_first(positive, direction)[0][0]
        assert max(depth.values()) == 1.0
    assert set(shades({HeadIndex(0, h): 3.0 for h in range(3)}, "less").values()) == {0.0}


def test_a_negative_factor_turns_a_direction_and_size_has_none() -> None:
    """A source that counts losses as negative has its strongest head at the lowest value."""
    assert [turned(d, -0.5) for d in ("more", "less", "size")] == ["less", "more", "size"]
    assert [turned(d, 100.0) for d in ("more", "less", "size")] == ["more", "less", "size"]


def scores_of(catalog: Catalog, direction: Direction) -> dict[str, ScoreRecord]:
    """One score with this direction."""
    return {"glow": catalog.scores["previous-token"].model_copy(update={"direction": direction})}


def test_what_is_said_of_a_score_holds_for_recipes_and_measures(toy_catalog: Catalog) -> None:
    """The score decides; a recipe only where the score has heads on both sides, and a measure without a score by distance from zero."""
    plain = Recipe(id="a", role="defining", score="glow", prompts="random-tokens", threshold=0.5)
    chosen = plain.model_copy(update={"higher_is": "less"})
    assert [recipe_side(scores_of(toy_catalog, d), plain) for d in ("more", "less", "size")] == ["more", "less", "more"]
    assert recipe_side(scores_of(toy_catalog, "size"), chosen) == "less"
    assert recipe_side(scores_of(toy_catalog, "more"), chosen) == "more"  # the rule `recipe-direction` reports it
    measure = Measure(name="Glow", definition="How it glows.", score="glow", factor=-2)
    assert measure_direction(scores_of(toy_catalog, "more"), measure) == "less"
    assert measure_direction(scores_of(toy_catalog, "more"), measure.model_copy(update={"score": None})) == "size"
    assert score_direction({}, "score-of-a-plug-in") == "more"


def test_a_recipe_says_its_side_exactly_where_its_score_has_two(toy_copy: Path) -> None:
    """Of a score whose direction is `size` the recipe must say it; of others it may not, be it the same or the other one."""
    score, head = toy_copy / "scores" / "previous-token.yaml", toy_copy / "heads" / "sparkle.yaml"
    record, recipe = score.read_text(), head.read_text()

    def found(direction: str, side: str) -> list[str]:
        score.write_text(record.replace("direction: more", f"direction: {direction}"))
        head.write_text(recipe.replace("threshold: 0.4}", f"threshold: 0.4{side}}}"))
        return [d.message for d in check(load(toy_copy)[0]) if d.rule == "recipe-direction"]

    assert found("more", "") == found("less", "") == []
    assert found("size", ", higher_is: less") == found("size", ", higher_is: more") == []
    assert "does not say which it means" in found("size", "")[0]
    assert "repeats the direction" in found("more", ", higher_is: more")[0]
    assert "contradicts the direction" in found("less", ", higher_is: more")[0]


def test_the_top_of_a_comparison_follows_the_direction() -> None:
    """Twelve heads far below zero and twelve above: which ten are looked for depends on what the measure means."""
    published = {HeadIndex(0, h): float(h - 12) for h in range(24)}
    measured = {head: value if value < 0 else -0.5 for head, value in published.items()}  # the upper half is lost
    shared = {}
    for direction in ("more", "less", "size"):
        found = compare(measured, published, Table(file="a/b.csv", column="x"), direction)
        assert found is not None
        shared[direction] = found.top_shared
    assert shared == {"less": 10, "more": 8, "size": 6}


def test_every_score_argues_its_direction_and_none_is_called_signed_that_is_not(real_catalog: Catalog) -> None:
    """Of numbers that cannot fall below 0 the size is the value itself, so `size` would hide that more is meant."""
    assert all(len(score.direction_reason) > 40 for score in real_catalog.scores.values())
    assert [
        s.id
        for s in real_catalog.scores.values()
        if s.direction == "size" and (s.range.least or 0) >= 0 and s.range.least is not None
    ] == []
    signed = {"path-patching", "attribution-patching", "direct-logit-attribution", "ov-copying"}
    assert {s.id for s in real_catalog.scores.values() if s.direction == "size"} == signed
    assert {s.id for s in real_catalog.scores.values() if s.direction == "less"} == {
        "cmr-distance",
        "sparse-attention-decomposition",
    }


def test_recorded_runs_select_on_the_side_that_their_score_means(real_catalog: Catalog) -> None:
    """Each run with a threshold, against the score's record, and against the recipe where the score has two sides."""
    wrong = []
    for run in real_catalog.runs.values():
        if run.threshold is None or run.invalidation is not None:
            continue
        direction = real_catalog.scores[run.score].direction
        recipe = next((r for r in real_catalog.heads[run.head].recipes if r.id == run.recipe), None)
        side = recipe_side(real_catalog.scores, recipe) if recipe and recipe.score == run.score else None
        if run.higher_is not in ((side,) if side else (direction, "size")) or (
            direction != "size" and run.higher_is != direction
        ):
            wrong.append(run.id)
        assert run_direction(real_catalog.scores, run) == run.higher_is
    assert wrong == []


def test_published_tables_put_the_head_first_that_the_source_means(real_catalog: Catalog) -> None:
    """Three tables whose strongest head is not the one furthest from zero: suppression, a share of deviation, and ranks."""

    def first(claim: str, head: str) -> int:
        layer, number = head[1:].split("H")
        return real_catalog.ranks(claim)[HeadIndex(int(layer), int(number))]

    # McDougall and others: L10H7 suppresses most; the name mover L9H9 does the opposite and lies furthest from zero.
    suppression = "mcdougall-2023-copy-suppression/gpt2-copy-suppression-scores"
    assert (first(suppression, "L10H7"), first(suppression, "L9H9")) == (1, 144)
    # One minus a mean error: nearly all heads of GPT-2 are far below zero, L4H11 is the previous-token head.
    assert first("transformerlensorg-head-detector/gpt2-previous-abs", "L4H11") == 1
    # Ranks: 1 is the highest.
    ranked = "zhang-2025-qrhead/llama-3-1-70b-instruct-nq-rank"
    column = real_catalog.column(real_catalog.statements[ranked])
    assert [column[head] for head, place in real_catalog.ranks(ranked).items() if place == 1] == [1.0]


def test_a_dossier_says_what_a_rank_counts(real_catalog: Catalog) -> None:
    """Each value of a table comes with its direction, for `whois --json` and the API."""
    dossier = head_dossier(real_catalog, "gpt2", HeadIndex(10, 7))
    found = {table.statement.id: table.direction for table in dossier.tables}
    assert found["transformerlensorg-transformerlens/gpt2-direct-logit-differences"] == "size"
    assert found["mcdougall-2023-copy-suppression/gpt2-copy-suppression-scores"] == "more"
    assert {row["direction"] for row in dossier.data()["tables"]} == set(found.values())
