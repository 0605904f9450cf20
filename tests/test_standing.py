"""Whether a claim is true on its own model: every branch on runs whose answer is known, each beside one that differs in a single thing."""

from __future__ import annotations

from typing import Any

import pytest

from headkb.catalog.schema import Claim, HeadIndex, Run
from headkb.catalog.schema.claim import Measure
from headkb.catalog.standing import met_on, said_by, standing_of, standing_of_head, standing_of_run, why_not_comparable
from tests.small_records import GLOW, WITHDRAWN, ZEROS, claim, claim_run, run

A, B = HeadIndex(0, 0), HeadIndex(0, 1)
PINNED, OTHER = "a" * 40, "b" * 40
ONE = claim()
PAIR = claim(values={"L0H0": 0.9, "L0H1": 0.9})
DATA: dict[str, Any] = {"model_source": "published-data"}
COPY: dict[str, Any] = {"model": "jar-q4", "copy_of": "jar-small"}


def stands(about: Claim, *runs: Run, measure: Measure | None = GLOW, pinned: str | None = PINNED) -> str:
    """Where the claim stands after these runs."""
    return standing_of(runs, about, measure, pinned)


def of_head(about: Claim, head: HeadIndex, *runs: Run) -> str:
    """Where it stands for one head."""
    return standing_of_head(runs, about, GLOW, PINNED, head)


def one(value: float = 0.9, name: str = "one", **more: Any) -> Run:
    """A run against the claim about L0H0 that gave it this value."""
    return claim_run(name, on={"L0H0": value}, **more)


MET, OFF = one(0.86, "met"), one(0.84, "off")


def test_a_value_inside_its_tolerance_meets_and_one_outside_does_not() -> None:
    """0.9 ± 0.05, on the claim's own model and prompts; the edge is inside."""
    assert stands(ONE) == "not-rerun"
    assert stands(ONE, MET) == "met"
    assert stands(ONE, one(0.85)) == "met"
    assert stands(ONE, OFF) == "off"
    assert stands(ONE, MET, OFF) == stands(ONE, OFF, MET) == "off"


def test_a_withdrawn_run_counts_neither_way() -> None:
    """As if it had not been made."""
    assert stands(ONE, one(**WITHDRAWN)) == "not-rerun"
    assert stands(ONE, MET, one(0.1, **WITHDRAWN)) == "met"
    assert of_head(ONE, A, one(**WITHDRAWN)) == "not-rerun"


def test_a_claim_that_gives_no_number_of_a_head_is_not_rerun() -> None:
    """Nothing could be held against it."""
    assert stands(claim(values={}, heads=["L0H0"]), run("one", claim="moss-1999-sparkle/small-sparkle")) == "not-rerun"


SENTENCES = {"generator": "random-tokens", "sha256": ZEROS, "file": {"name": "my.txt", "n": 3, "sha256": "1" * 64}}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"revision": OTHER}, "the revision is bbbbbbbbbbbb, and the claim's model is pinned at aaaaaaaaaaaa"),
        ({"score": "induction"}, "the score was induction, and the measure's is previous-token"),
        ({"score_parameters": {"reduce": "sum"}}, "the parameters of previous-token were others"),
        ({"prompts": {"generator": "ioi", "sha256": ZEROS}}, "the prompts are of another kind"),
        (
            {"prompts": {"generator": "random-tokens", "sha256": ZEROS, "parameters": {"length": 50}}},
            "the prompts are of another kind",
        ),
        ({"prompts": SENTENCES}, "the sentences are those of the file my.txt"),
    ],
)
def test_on_other_inputs_or_weights_nothing_is_decided(more: dict[str, Any], words: str) -> None:
    """Neither a value inside the tolerance nor one outside."""
    for value in (0.9, 0.1):
        assert words in why_not_comparable(one(value, **more), ONE, GLOW, PINNED)
        assert stands(ONE, one(value, **more)) == "not-comparable"
        assert of_head(ONE, A, one(value, **more)) == "not-comparable"
    assert stands(ONE, one(0.1, "other", **more), MET) == "met"
    assert stands(ONE, one(0.9, "other", **more), OFF) == "off"


@pytest.mark.parametrize(
    "more",
    [
        {"revision": PINNED},
        {"revision": None},  # a folder, known by the hash of its weights
        {"prompts": {"generator": "random-tokens", "sha256": ZEROS, "n": 5, "seed": 3}},
        {"prompts": {"generator": "random-tokens", "sha256": ZEROS, "parameters": {"part": "decoder"}}},
    ],
)
def test_another_draw_of_the_same_prompts_on_the_same_weights_decides(more: dict[str, Any]) -> None:
    """How many prompts and which seed is not what kind they are."""
    assert why_not_comparable(one(**more), ONE, GLOW, PINNED) == ""
    assert [stands(ONE, one(value, **more)) for value in (0.9, 0.1)] == ["met", "off"]


def test_a_revision_is_held_against_the_one_that_the_record_pins() -> None:
    """Records may pin the first digits; a model without a pin has no other revision."""
    assert stands(ONE, one(revision=PINNED), pinned=PINNED[:7]) == "met"
    assert stands(ONE, one(revision=OTHER), pinned=PINNED[:7]) == "not-comparable"
    assert stands(ONE, one(revision=OTHER), pinned=None) == "met"


def test_the_sources_own_sentences_decide() -> None:
    """The same file as the source's, known by its hash; another claim states none."""
    own = claim(source_inputs={"n": 3, "sha256": "1" * 64, "tolerance": 0.01})
    assert stands(own, one(prompts=SENTENCES)) == "met"
    others = claim(source_inputs={"n": 3, "sha256": "2" * 64, "tolerance": 0.01})
    assert stands(others, one(prompts=SENTENCES)) == "not-comparable"


def test_prompts_of_the_kind_that_the_measure_states_are_the_sources() -> None:
    """Parameters that the measure names must be those of the run."""
    longer = GLOW.model_copy(update={"parameters": {"length": 50, "n": 8, "seed": 0}})
    same = {"generator": "random-tokens", "sha256": ZEROS, "parameters": {"length": 50}}
    assert stands(ONE, one(prompts=same), measure=longer) == "met"
    assert stands(ONE, one(), measure=longer) == "not-comparable"


def test_a_copy_can_meet_a_claim_and_cannot_put_it_off() -> None:
    """Rounded weights give what the claim says, or say nothing against it."""
    assert stands(ONE, one(**COPY)) == "met"
    assert stands(ONE, one(0.1, **COPY)) == "not-comparable"
    assert stands(ONE, one(revision=OTHER, **COPY)) == "met"  # a copy has revisions of its own


def test_a_copy_that_misses_keeps_another_from_lifting_the_claim() -> None:
    """Otherwise enough copies would meet every claim; only a run on the model itself decides then."""
    met, missed = one(0.9, "met", **COPY), one(0.1, "missed", **COPY)
    assert stands(ONE, met, missed) == stands(ONE, missed, met) == "not-comparable"
    assert of_head(ONE, A, met, missed) == "not-comparable"
    assert stands(ONE, missed, MET) == stands(ONE, MET, missed) == "met"
    assert stands(ONE, met, OFF) == "off"
    elsewhere = one(0.1, "elsewhere", prompts={"generator": "ioi", "sha256": ZEROS}, **COPY)
    assert stands(ONE, met, elsewhere) == "met"  # it was run on prompts that are not the source's
    withdrawn = one(0.1, "withdrawn", **COPY, **WITHDRAWN)
    assert stands(ONE, met, withdrawn) == "met"


def test_a_check_of_the_formula_says_nothing_of_heads() -> None:
    """No model was run: the claim's number follows from the source's own inputs, and its heads are not rerun."""
    checked = one(**DATA)
    assert stands(ONE, checked) == "formula-checked"
    assert of_head(ONE, A, checked) == "not-rerun"
    assert stands(ONE, one(0.1, **DATA)) == "not-comparable"
    assert of_head(ONE, A, one(0.1, **DATA)) == "not-rerun"
    assert stands(ONE, checked, one(0.1, "b", **DATA)) == "formula-checked"
    elsewhere = one(0.1, "b", **COPY)
    assert of_head(ONE, A, one(0.1, **DATA), elsewhere) == "not-comparable"


def test_what_was_run_on_a_model_comes_before_the_formula() -> None:
    """Whatever it says, a model was run."""
    checked = one(0.9, "data", **DATA)
    for other, word in ((MET, "met"), (OFF, "off"), (one(revision=OTHER), "not-comparable")):
        assert stands(ONE, checked, other) == word
        assert of_head(ONE, A, checked, other) == word


@pytest.mark.parametrize(
    ("first", "second", "word"), [(0.9, 0.9, "met"), (0.9, 0.1, "off"), (0.9, None, "not-rerun"), (0.1, None, "off")]
)
def test_a_claim_about_several_heads_stands_as_its_weakest(first: float, second: float | None, word: str) -> None:
    """Both heads are claimed to have 0.9; None was not rerun. Of each head its own standing is said."""
    runs = [claim_run("a", on={"L0H0": first}), *([claim_run("b", on={"L0H1": second})] if second is not None else [])]
    assert stands(PAIR, *runs) == word
    assert of_head(PAIR, A, *runs) == ("met" if first == 0.9 else "off")
    assert of_head(PAIR, B, *runs) == {0.9: "met", 0.1: "off", None: "not-rerun"}[second]


def test_the_order_of_the_weakest() -> None:
    """One head met, the other one as each case says."""
    met = claim_run("a", on={"L0H0": 0.9})
    other = {
        "off": claim_run("b", on={"L0H1": 0.1}),
        "not-comparable": claim_run("b", on={"L0H1": 0.9}, revision=OTHER),
        "formula-checked": claim_run("b", on={"L0H1": 0.9}, **DATA),
    }
    for word, run_of_it in other.items():
        assert stands(PAIR, met, run_of_it) == word
    assert stands(PAIR, claim_run("a", on={"L0H0": 0.9}, revision=OTHER)) == "not-comparable"
    formula = claim_run("a", on={"L0H0": 0.9}, **DATA)
    assert stands(PAIR, formula) == "not-rerun"
    assert stands(PAIR, formula, other["formula-checked"]) == "formula-checked"


def test_of_a_head_that_the_claim_gives_no_value_nothing_is_said() -> None:
    """Even if the run measured it."""
    assert of_head(ONE, B, claim_run("a", on={"L0H0": 0.9, "L0H1": 0.9})) == "not-rerun"
    assert met_on(one(), B) is None
    assert said_by(one(), ONE, GLOW, PINNED, B) is None


def test_what_one_run_says_is_of_the_heads_it_was_held_against() -> None:
    """A run of half the heads of a claim can meet it by itself; the claim then still waits for the others."""
    half = claim_run("a", on={"L0H0": 0.9})
    assert standing_of_run(half, PAIR, GLOW, PINNED) == "met"
    assert stands(PAIR, half) == "not-rerun"
    assert standing_of_run(claim_run("a", on={"L0H0": 0.9, "L0H1": 0.1}), PAIR, GLOW, PINNED) == "off"
    assert standing_of_run(one(revision=OTHER), ONE, GLOW, PINNED) == "not-comparable"
    assert standing_of_run(one(**DATA), ONE, GLOW, PINNED) == "formula-checked"


TABLE = {"file": "moss-1999-sparkle/jar-small.csv", "column": "glow"}
WITHIN = claim(table={**TABLE, "tolerance": 0.1, "reason": "a test"})
IN_ORDER = claim(table={**TABLE, "rank_correlation": 0.9, "reason": "a test"})
UNASKED = claim(table=TABLE)


def table_run(
    about: Claim, name: str = "one", heads: int = 8, far: float = 0.05, order: float = 0.95, **more: Any
) -> Run:
    """A run against a table of 8 heads."""
    facts: dict[str, Any] = {"heads": heads, "of": 8, "rank_correlation": order, "largest_difference": far}
    facts |= {"largest_at": "L0H0", "top": 8, "top_shared": 8}
    asked = {"tolerance": about.table.tolerance, "least_rank_correlation": about.table.rank_correlation}
    table = facts | {name: value for name, value in asked.items() if value is not None}
    return run(
        name, claim="moss-1999-sparkle/small-table", table=table, values=[[0.5] * 4, [0.5, 0.5, 0.5, None]], **more
    )


@pytest.mark.parametrize(
    ("about", "more", "word"),
    [
        (WITHIN, {}, "met"),
        (WITHIN, {"far": 0.2}, "off"),
        (WITHIN, {"heads": 7}, "not-comparable"),
        (WITHIN, {"heads": 7, "far": 0.2}, "off"),  # one number is enough
        (WITHIN, {"heads": 7, "far": 0.2, **COPY}, "not-comparable"),
        (WITHIN, {"revision": OTHER}, "not-comparable"),
        (WITHIN, {"far": 0.2, **COPY}, "not-comparable"),
        (WITHIN, COPY, "met"),
        (WITHIN, DATA, "formula-checked"),
        (WITHIN, {"heads": 7, **DATA}, "formula-checked"),  # a part tests a formula as well as the whole
        (WITHIN, {"far": 0.2, **DATA}, "not-comparable"),
        (WITHIN, WITHDRAWN, "not-rerun"),
        (IN_ORDER, {}, "met"),
        (IN_ORDER, {"order": 0.8}, "off"),
        (IN_ORDER, {"order": 0.8, "heads": 7}, "not-comparable"),  # the other heads may mend an order
        (UNASKED, {}, "not-comparable"),
        (UNASKED, {"far": 5.0}, "not-comparable"),
        (UNASKED, DATA, "not-comparable"),
    ],
)
def test_a_table_is_judged_as_a_whole_by_what_its_claim_asks(about: Claim, more: dict[str, Any], word: str) -> None:
    """All heads compared, the largest difference or the rank correlation inside what was fixed beforehand."""
    one_run = table_run(about, **more)
    assert stands(about, one_run) == word
    assert standing_of_run(one_run, about, GLOW, PINNED) == ("not-comparable" if word == "not-rerun" else word)


def test_why_a_table_decides_nothing_is_said() -> None:
    """No tolerance, or a part of the heads."""
    assert (
        why_not_comparable(table_run(UNASKED), UNASKED, GLOW, PINNED) == "the claim states no tolerance for its table"
    )
    part = why_not_comparable(table_run(WITHIN, heads=7), WITHIN, GLOW, PINNED)
    assert part == "only 7 of the 8 heads of the table were compared"


def test_of_one_head_of_a_table_no_more_is_said_than_the_table_says_of_it() -> None:
    """A tolerance holds for every number of the column, an order for none by itself."""
    assert of_head(WITHIN, A, table_run(WITHIN)) == "met"
    assert of_head(WITHIN, A, table_run(WITHIN, far=0.2)) == "not-comparable"
    assert of_head(IN_ORDER, A, table_run(IN_ORDER)) == "not-comparable"
    assert of_head(UNASKED, A, table_run(UNASKED)) == "not-comparable"
    assert of_head(UNASKED, HeadIndex(1, 3), table_run(UNASKED)) == "not-rerun"  # it has no value
    assert of_head(WITHIN, A, table_run(WITHIN, **WITHDRAWN)) == "not-rerun"
    assert of_head(WITHIN, A, table_run(WITHIN, **DATA)) == "not-rerun"
    assert of_head(WITHIN, A) == "not-rerun"
