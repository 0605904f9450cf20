"""Causal checks where the truth is known by construction: heads that do the work, heads that only look so, heads that do nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import comb
from random import Random
from typing import Any

import pytest
import torch

from headkb.attention import edits
from headkb.catalog.schema.causal import CausalCheck, CausalOutcome, causal_result
from headkb.exact import build_tokenizer
from headkb.exact.build import build_causal
from headkb.exact.registry import EXACT
from headkb.head_index import HeadIndex, parse_head
from headkb.models import LoadedModel, load_model, make_passport
from headkb.prompts import make_prompts
from headkb.reproduce import CausalChecks, choose_heads, measure, run_check
from headkb.reproduce.behaviour import behaviour, targets
from headkb.reproduce.carry_out import carry_out_checks
from headkb.tensors import Prompts

COPYING = {
    "id": "copying",
    "prompts": "repeated-random-tokens",
    "parameters": {"period": 8, "n": 4},
    "metric": "accuracy",
    "at": "second_copy",
    "clean": 0.5,
    "reason": "The copy of a random block can be continued by induction alone.",
}


def check(**changes: Any) -> CausalCheck:
    """The copying check with some keys changed."""
    return CausalCheck.model_validate(COPYING | changes)


@pytest.fixture(scope="module")
def circuit() -> LoadedModel:
    """The exact induction circuit: L0H0 writes the previous token, L1H0 matches and copies."""
    return load_model("exact-induction")


@pytest.fixture(scope="module")
def twins() -> LoadedModel:
    """The same circuit with L1H1 a twin of L1H0: the same pattern, but it writes nothing."""
    (previous,), (induction, *_) = EXACT["exact-induction"].layers
    model = build_causal(((previous,), (induction, replace(induction, writes=None))))
    words = build_tokenizer()
    return LoadedModel(model, words, make_passport(model, words, id_="twins", source="exact", weights_sha256="0" * 64))


@pytest.fixture(scope="module")
def copying(circuit: LoadedModel) -> CausalOutcome:
    """The check with the induction head silenced."""
    return run_check(check(), circuit, [HeadIndex(1, 0)])


@pytest.mark.parametrize("head", ["L0H0", "L1H0"])
def test_silencing_either_half_of_the_circuit_ends_the_copying(head: str, circuit: LoadedModel) -> None:
    """Both the previous-token head and the induction head are needed, no other head is."""
    outcome = run_check(check(), circuit, [parse_head(head)])
    assert outcome.result == "confirmed"
    assert outcome.clean == 1.0
    assert outcome.silenced < 0.2
    assert outcome.control == (1.0, 1.0, 1.0)
    assert len(outcome.seeds) == 3


@pytest.mark.parametrize("edit", ["mean", "zero"])
def test_a_head_that_has_no_part_in_it_is_refuted(edit: str, circuit: LoadedModel) -> None:
    """L1H1 rests on the first token; without it the copying goes on, and one of the random heads is the one that matters."""
    outcome = run_check(check(edit=edit), circuit, [HeadIndex(1, 1)])
    assert outcome.result == "refuted"
    assert (outcome.effect, outcome.interval) == (0.0, (0.0, 0.0))
    assert min(outcome.control) < 0.2


def test_a_twin_that_looks_right_and_writes_nothing_is_refuted(twins: LoadedModel) -> None:
    """The score cannot tell the two apart; silencing them does."""
    scored = measure("induction", twins, generator="repeated-random-tokens", parameters={"period": 8, "n": 4})
    assert scored.values()[1][:2] == [1.0, 1.0]
    assert run_check(check(), twins, [HeadIndex(1, 0)]).result == "confirmed"
    assert run_check(check(), twins, [HeadIndex(1, 1)]).result == "refuted"


def test_a_prediction_of_the_other_direction_is_the_opposite(circuit: LoadedModel) -> None:
    """Who says that silencing an induction head helps the copying is not merely wrong by a little."""
    assert run_check(check(expects="rise"), circuit, [HeadIndex(1, 0)]).result == "opposite"


def test_what_must_stay_may_not_move_either_way(circuit: LoadedModel) -> None:
    """Without the resting head the copying stays, without the induction head it does not."""
    assert run_check(check(expects="stay"), circuit, [HeadIndex(1, 1)]).result == "confirmed"
    assert run_check(check(expects="stay"), circuit, [HeadIndex(1, 0)]).result == "refuted"


def test_forbidding_a_head_to_see_where_the_copy_lies_is_enough(circuit: LoadedModel) -> None:
    """Cut off from the first copy, the induction head has nothing to copy; cut off from the second, it loses nothing."""
    cut = check(edit="knock-out", keys="first_copy")
    assert run_check(cut, circuit, [HeadIndex(1, 0)]).result == "confirmed"
    harmless = run_check(check(edit="knock-out", keys="second_copy", expects="stay"), circuit, [HeadIndex(1, 0)])
    assert harmless.result == "confirmed"


def test_a_head_that_rests_on_the_first_token_can_be_kept_from_it(circuit: LoadedModel) -> None:
    """`first` needs no mark in the prompts; L1H1 loses its resting place, and the copying does not need it."""
    assert (
        run_check(check(edit="knock-out", keys="first", expects="stay"), circuit, [HeadIndex(1, 1)]).result
        == "confirmed"
    )


def test_a_model_without_the_behaviour_leaves_the_check_undecided() -> None:
    """A model that does not copy cannot stop copying."""
    outcome = run_check(check(), load_model("exact-previous-token"), [HeadIndex(0, 0)])
    assert outcome.result == "undecided"
    assert outcome.why is not None
    assert outcome.why.startswith("The model does not show the behaviour: accuracy is ")


def test_a_behaviour_that_never_occurs_has_no_interval(circuit: LoadedModel) -> None:
    """A share of nothing is not a number, and no such number is written."""
    outcome = run_check(check(prompts="ioi", parameters={"n": 2}, at="end"), circuit, [HeadIndex(1, 0)])
    assert (outcome.clean, outcome.interval, outcome.result) == (0.0, None, "undecided")


def test_prompts_that_the_model_cannot_read_leave_it_undecided_with_the_reason(circuit: LoadedModel) -> None:
    """Without a tokenizer there are no words to ask with."""
    outcome = run_check(
        check(prompts="ioi", parameters={}, at="end"), replace(circuit, tokenizer=None), [HeadIndex(1, 0)]
    )
    assert (outcome.result, outcome.seeds) == ("undecided", ())
    assert outcome.why


def test_a_model_that_writes_nothing_leaves_it_undecided() -> None:
    """An encoder without an unembedding has no behaviour of this kind."""
    outcome = run_check(check(), load_model("exact-next-token"), [HeadIndex(0, 0)])
    assert outcome.why is not None
    assert "does not write tokens one after the other" in outcome.why


def test_random_heads_come_from_blocks_that_attend_and_have_them() -> None:
    """Where blocks 1 and 3 attend, with 3 and 2 heads, no other head is drawn."""
    heads, draws = choose_heads([HeadIndex(3, 0), HeadIndex(1, 2)], {1: 3, 3: 2})
    assert heads == (HeadIndex(3, 0), HeadIndex(1, 2))
    assert draws == [(HeadIndex(1, 0), HeadIndex(3, 1)), (HeadIndex(1, 1), HeadIndex(3, 1))]


def test_where_every_head_was_found_nothing_is_left_to_compare_with(circuit: LoadedModel) -> None:
    """Beating no other head, or a single one, shows nothing."""
    everything = [HeadIndex(1, head) for head in range(4)]
    assert "none is left to compare with" in str(run_check(check(), circuit, everything).why)
    single = run_check(check(), circuit, everything[:3])
    assert (single.result, single.heads, single.draws) == ("undecided", (HeadIndex(1, 0),), ((HeadIndex(1, 3),),))
    assert "only 1 sets" in str(single.why)


def test_the_strongest_heads_are_taken_and_never_more_than_half_of_the_others() -> None:
    """Eight heads of which six were found: one is silenced, and each of the two others is a set to compare it with."""
    heads, draws = choose_heads([HeadIndex(0, head) for head in (5, 1, 2, 3, 4, 0)], {0: 8})
    assert heads == (HeadIndex(0, 5),)
    assert draws == [(HeadIndex(0, 6),), (HeadIndex(0, 7),)]


def test_random_sets_match_the_layers_and_hold_no_found_head() -> None:
    """Two heads of layer 0 and one of layer 1 are compared with twenty different sets of two and one."""
    found = [HeadIndex(0, 1), HeadIndex(1, 0), HeadIndex(0, 7)]
    heads, draws = choose_heads(found, {0: 8, 1: 8})
    assert heads == tuple(found)
    assert len(set(draws)) == 20
    for draw in draws:
        assert [head.layer for head in draw] == [0, 0, 1]
        assert not set(draw) & set(found)
    assert choose_heads(found, {0: 8, 1: 8}) == (heads, draws)


def test_random_sets_are_drawn_however_many_there_are() -> None:
    """GPT-2's 12 × 12 with three found heads a layer has 84^12 sets; 64 heads of which 20 were found have 10^12 in a layer."""
    found = [HeadIndex(layer, head) for head in range(3) for layer in range(12)]
    heads, draws = choose_heads(found, dict.fromkeys(range(12), 12))
    assert (heads, len(set(draws))) == (tuple(found), 20)
    for draw in draws:
        assert [head.layer for head in draw] == [layer for layer in range(12) for _ in range(3)]
        assert len(set(draw)) == 36
        assert not set(draw) & set(found)
    heads, draws = choose_heads([HeadIndex(0, head) for head in range(20)], {0: 64})
    assert (len(heads), len(set(draws)), {len(set(draw)) for draw in draws}) == (20, 20, {20})


def test_sets_have_the_order_of_itertools() -> None:
    """Recorded runs name their sets, which were drawn by their numbers from a list of all combinations."""
    heads, draws = choose_heads([HeadIndex(0, 0), HeadIndex(0, 1), HeadIndex(0, 2)], {0: 12})
    listed = list(combinations([HeadIndex(0, head) for head in range(3, 12)], 3))
    assert len(listed) == comb(9, 3)
    assert draws == [listed[number] for number in sorted(Random(0).sample(range(len(listed)), 20))]
    assert len(heads) == 3


def test_random_sets_are_measured_only_as_far_as_they_can_matter(circuit: LoadedModel) -> None:
    """An effect that is too small is refuted beside five sets as beside all; a behaviour that is missing is compared with nothing."""
    checks, found = CausalChecks(circuit), [HeadIndex(1, 1), HeadIndex(0, 1)]
    heads, draws = choose_heads(found, {0: 4, 1: 4})
    small = checks.run(check(), found)
    assert (len(draws), len(small.draws)) == (9, 5)
    assert set(small.draws) < set(draws)
    seeds, interval = checks.repeat(check(), heads, draws)
    whole = small.model_copy(update={"draws": tuple(draws), "seeds": tuple(seeds), "interval": interval})
    assert (small.result, whole.decide()) == ("refuted", "refuted")
    missing = checks.run(check(clean=1.5), found)
    assert (missing.result, missing.draws) == ("undecided", ())
    assert all(row.control == () for row in missing.seeds)
    assert len(checks.run(check(), [HeadIndex(1, 0), HeadIndex(0, 0)]).draws) == 9


def test_what_was_measured_is_never_measured_again(circuit: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same heads in another order, another prediction about them, and the model as it is cost no pass of the model."""
    checks, passes = CausalChecks(circuit), list[int]()
    first = checks.run(check(), [HeadIndex(1, 0), HeadIndex(0, 0)])
    monkeypatch.setattr(
        "headkb.reproduce.causal.sweep_sets",
        lambda *args, **_: pytest.fail("a set was measured again: " + str(args[2])),
    )
    again = checks.run(check(id="other", expects="rise", size=0.2), [HeadIndex(0, 0), HeadIndex(1, 0)])
    for row, before in zip(again.seeds, first.seeds, strict=True):
        assert (row.clean, row.silenced) == (before.clean, before.silenced)
        assert set(row.control) <= set(before.control)
    assert (first.heads, again.heads) == ((HeadIndex(1, 0), HeadIndex(0, 0)), (HeadIndex(0, 0), HeadIndex(1, 0)))
    assert (first.result, again.result) == ("confirmed", "opposite")
    monkeypatch.undo()
    monkeypatch.setattr("headkb.reproduce.causal._values", counting(passes))
    other = checks.run(check(), [HeadIndex(1, 1)])
    assert other.seeds[0].clean == first.seeds[0].clean
    assert passes == [
        1,
        1,
        1,
        3,
        3,
        3,
    ]  # on each seed the found head, then three random ones, and not the model as it is


def counting(passes: list[int]) -> Any:
    """`_values` that notes how many sets it measures."""
    from headkb.reproduce.causal import _values

    def count(check: Any, loaded: Any, prompts: Any, sets: Any, tokens: int) -> torch.Tensor:
        passes.append(len(sets))
        return _values(check, loaded, prompts, sets, tokens)

    return count


@pytest.mark.parametrize(
    ("metric", "at"),
    [
        ("accuracy", "second_copy"),
        ("probability", "second_copy"),
        ("loss", "every"),
        ("mass", "every"),
        ("probability", "every"),
    ],
)
def test_every_behaviour_is_that_of_whole_passes_with_all_logits(metric: Any, at: str) -> None:
    """The formulas written out in double precision, on trained weights, with a set of heads across layers set to zero."""
    loaded, heads = load_model("organism-tasks"), [HeadIndex(0, 2), HeadIndex(1, 0), HeadIndex(3, 5)]
    one = check(metric=metric, at=at, edit="zero")
    rows, _ = CausalChecks(loaded).repeat(one, heads, [[HeadIndex(2, 7)]])
    prompts = make_prompts("repeated-random-tokens", loaded, 4, 1, period=8)
    where, right = targets(prompts, at)
    there, seen = where >= 0, torch.unique(right[right >= 0])
    for some, found in (([], rows[0].clean), (heads, rows[0].silenced), ([HeadIndex(2, 7)], rows[0].control[0])):
        with torch.inference_mode():
            logits = edits.run(loaded.model, prompts, [edits.zero(some)] if some else [])
        read = logits[torch.arange(4)[:, None], where.clamp(min=0)].double()
        hit = right.clamp(min=0)[..., None]
        values = {
            "accuracy": (read.argmax(-1, keepdim=True) == hit).double()[..., 0],
            "probability": read.softmax(-1).gather(-1, hit)[..., 0],
            "loss": -read.log_softmax(-1).gather(-1, hit)[..., 0],
            "mass": read.softmax(-1)[..., seen].sum(-1),
        }[metric]
        assert found == pytest.approx(((values * there).sum(-1) / there.sum(-1)).mean().item(), abs=1e-5)


def test_random_harm_as_large_as_half_of_the_effect_refutes(copying: CausalOutcome) -> None:
    """A layer in which any head matters says nothing about the found one."""
    hurt = [row.model_copy(update={"control": (row.clean * 0.4, row.clean, row.clean * 0.4)}) for row in copying.seeds]
    assert copying.decide() == "confirmed"
    assert copying.model_copy(update={"seeds": tuple(hurt)}).decide() == "confirmed"
    hurt = [row.model_copy(update={"control": (row.clean * 0.4,) * 3}) for row in copying.seeds]
    assert copying.model_copy(update={"seeds": tuple(hurt)}).decide() == "refuted"


def test_one_seed_on_which_a_random_set_does_more_harm_refutes(copying: CausalOutcome) -> None:
    """The heads must do more than the random sets on the prompts of every seed."""
    first = copying.seeds[0]
    worse = first.model_copy(update={"control": (first.silenced, *first.control[1:])})
    assert copying.model_copy(update={"seeds": (worse, *copying.seeds[1:])}).decide() == "refuted"


def test_a_fall_whose_interval_does_not_reach_the_size_refutes(copying: CausalOutcome) -> None:
    """The lower end counts, not the mean."""
    assert copying.model_copy(update={"interval": (0.09, 1.0)}).decide() == "refuted"


def test_the_same_check_gives_the_same_numbers(copying: CausalOutcome, circuit: LoadedModel) -> None:
    """Prompts, random sets and intervals are seeded."""
    rows, interval = CausalChecks(circuit).repeat(check(), copying.heads, copying.draws)
    assert interval == copying.interval
    assert [row.silenced for row in rows] == [row.silenced for row in copying.seeds]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"edit": "knock-out"}, "no other edit takes it"),
        ({"keys": "first_copy"}, "no other edit takes it"),
        ({"parameters": {"seed": 0}}, "leave `seed` out"),
        ({"metric": "logit_diff"}, "answers stand at `end`"),
    ],
)
def test_a_check_that_cannot_be_meant_is_refused(changes: dict[str, Any], words: str) -> None:
    """Each refusal says what is wrong."""
    with pytest.raises(ValueError, match=words):
        check(**changes)


def test_behaviours_on_logits_written_out() -> None:
    """One prompt [1, 2, 3], answer 0 with rival 1; what is read where follows from the names."""
    prompts = Prompts.of(
        torch.tensor([[1, 2, 3]]),
        {"places": torch.tensor([[0, 1, 2]])},
        paired={"answers": torch.tensor([0]), "wrong": torch.tensor([1])},
    )
    logits = torch.zeros(1, 3, 4)
    logits[0, 0, 2], logits[0, 1, 0] = 9.0, 9.0  # right after the first token, wrong after the second
    logits[0, 2] = torch.tensor([3.0, 1.0, 0.0, 0.0])

    def read(metric: Any, at: str) -> float:
        measured = behaviour(prompts, metric, at)
        assert measured.positions is not None
        rows = logits[torch.arange(1)[:, None], measured.positions]
        rows = rows if measured.tokens is None else rows[..., measured.tokens]
        return measured.of(rows, prompts)[0, 0].item()

    assert targets(prompts, "places")[1].tolist() == [[2, 3, -1]]  # nothing follows the last token
    assert read("accuracy", "places") == 0.5
    assert targets(prompts, "every")[1].tolist() == [[2, 3, -1]]
    assert read("accuracy", "end") == 1.0
    assert read("logit_diff", "end") == 2.0
    share = torch.tensor([3.0, 1.0, 0.0, 0.0], dtype=torch.float64).softmax(0)
    assert read("probability", "end") == pytest.approx(share[0].item())
    assert read("mass", "end") == pytest.approx(share[0].item())  # the only answer there is
    assert read("loss", "end") == pytest.approx(-share[0].log().item())


def test_an_outcome_keeps_one_control_value_for_each_set() -> None:
    """A record whose columns do not fit together is no record."""
    row = {"seed": 1, "sha256": "0" * 64, "clean": 1.0, "silenced": 0.0, "control": (1.0,)}
    with pytest.raises(ValueError, match="one `control` value for each"):
        CausalOutcome.model_validate({"check": COPYING, "seeds": [row], "result": "confirmed"})


def test_another_form_is_made_only_where_the_behaviour_is_missing(circuit: LoadedModel) -> None:
    """A model that copies is put to the first form, one that does not to the second as well; what it shows there is what counts."""
    forms = (check(), check(id="other", instead_of="copying", metric="probability"))
    assert [made.check.id for made in carry_out_checks(forms, CausalChecks(circuit), [HeadIndex(1, 0)])] == ["copying"]
    too_much = (check(clean=0.999, parameters={"period": 8, "n": 4}, at="every"), *forms[1:])
    made = carry_out_checks(too_much, CausalChecks(circuit), [HeadIndex(1, 0)])
    assert [(outcome.check.id, outcome.result) for outcome in made] == [
        ("copying", "undecided"),
        ("other", "confirmed"),
    ]
    assert causal_result(made) == "confirmed"
    assert causal_result(made[:1]) == "undecided"


def test_where_no_head_is_left_to_compare_with_no_other_form_helps(circuit: LoadedModel) -> None:
    """That every head was found is no lack of a behaviour."""
    forms = (check(), check(id="loss", instead_of="copying", metric="loss", expects="rise", clean=0))
    every = [HeadIndex(layer, head) for layer in (0, 1) for head in range(circuit.passport.stacks[0].n_heads[layer])]
    assert [made.check.id for made in carry_out_checks(forms, CausalChecks(circuit), every)] == ["copying"]
