"""Effects in words: what was measured, and a share only where one can be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from headkb.catalog.effects import BEHAVIOURS, change_words, decimals, effect_words
from headkb.catalog.schema import HeadIndex
from headkb.catalog.schema.causal import CausalCheck, CausalOutcome, OnSeed

PACKAGE = Path(__file__).parents[1] / "headkb"
CHECK: dict[str, Any] = {
    "id": "noticing",
    "prompts": "random-tokens",
    "metric": "accuracy",
    "clean": 0.1,
    "reason": "It is what they are for.",
}


def outcome(
    clean: float, silenced: float, *interval: float, control: tuple[float, ...] = (), **changed: Any
) -> CausalOutcome:
    """An outcome on one seed; the interval counts as the check predicts, as in records."""
    result = changed.pop("result", "confirmed")
    check = CausalCheck.model_validate(CHECK | changed)
    draws = tuple((HeadIndex(0, i),) for i in range(len(control)))
    row = OnSeed(seed=1, sha256="0" * 64, clean=clean, silenced=silenced, control=control)
    return CausalOutcome(
        check=check,
        heads=(HeadIndex(0, 9),),
        draws=draws,
        seeds=(row,),
        interval=interval or None,
        result=result,
        why="too few" if result == "undecided" else None,
    )


def test_an_effect_says_what_was_measured_then_the_share_then_random_heads() -> None:
    """The mean over random sets; nothing is said of them where there are none."""
    measured = outcome(0.54, 0.0, 0.98, 1.0, control=(0.44, 0.5))
    assert effect_words(measured) == "accuracy 0.54 → 0 (falls by 100 %, 98 to 100), random heads 0.47"
    assert effect_words(measured, share=False) == "accuracy 0.54 → 0, random heads 0.47"
    assert effect_words(outcome(0.54, 0.27, 0.4, 0.6)) == "accuracy 0.54 → 0.27 (falls by 50 %, 40 to 60)"


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (outcome(0.8, 0.2, 0.7, 0.8), "falls by 75 %, 70 to 80"),
        (outcome(0.8, 1.0, -0.3, -0.2), "rises by 25 %, 20 to 30"),  # predicted to fall
        (outcome(0.9, 0.009, -0.995, -0.985, expects="rise"), "falls by 99 %, 98 to 100"),  # predicted to rise
        (outcome(4.0, 6.0, 0.4, 0.6, expects="rise", metric="loss"), "rises by 50 %, 40 to 60"),
        (outcome(0.6, 0.15, -0.85, -0.6, expects="stay"), "falls by 75 %, 60 to 85"),
        (outcome(0.6, 0.606, -0.02, 0.04, expects="stay"), "no clear change, -2 to +4 %"),
        (outcome(0.6, 0.6, -0.001, 0.03, expects="stay"), "no clear change, 0 to +3 %"),
        (outcome(0.6, 0.599, -0.004, 0.002, expects="stay"), "changes by less than 1 %"),
        (outcome(4.1, -2.9, 1.6, 1.8, metric="logit_diff"), ""),  # crosses zero: 171 % of nothing
        (outcome(4.1, 0.1, 0.94, 1.02, metric="logit_diff"), ""),  # its interval does
        (outcome(4.1, -2.9, -1.8, -1.6, metric="logit_diff", expects="rise"), ""),
        (outcome(0.05, 0.01, 0.7, 0.9, result="undecided"), ""),
        (outcome(0.0, 0.0), ""),
        (outcome(-0.1, -0.2, 0.5, 2.0, metric="logit_diff"), ""),
    ],
)
def test_a_share_is_told_by_the_way_it_went_and_only_where_it_reads(measured: CausalOutcome, words: str) -> None:
    """Never more than all of something, never a negative rise, nothing where the behaviour crosses zero."""
    assert change_words(measured) == words
    assert ("(" in effect_words(measured)) == bool(words)


def test_what_was_not_measured_is_not_said() -> None:
    """A check that could not be made has no effect, and says why elsewhere."""
    nothing = CausalOutcome(check=CausalCheck.model_validate(CHECK), result="undecided", why="no tokenizer")
    assert effect_words(nothing) == change_words(nothing) == ""
    assert effect_words(outcome(4.1, -2.9, 1.6, 1.8, metric="logit_diff")) == "logit difference 4.1 → -2.9"


FALLS = re.compile(r"falls by (\d+) %, (\d+) to (\d+)")
RISES = re.compile(r"rises by (\d+) %, (\d+) to (\d+)")


def test_every_recorded_effect_reads_right(real_catalog) -> None:
    """Each sentence against the numbers of its record: the values, the way, the size, and that no share exceeds what there was."""
    outcomes = [(run.id, o) for run in real_catalog.runs.values() for o in run.causal]
    shares = crossing = 0
    for run_id, found in outcomes:
        words, change = effect_words(found), change_words(found)
        if not found.seeds:
            assert words == "", run_id
            continue
        start = f"{BEHAVIOURS[found.check.metric]} {decimals(found.clean)} → {decimals(found.silenced)}"
        assert words.startswith(start), run_id
        if found.control:
            assert words.endswith(f", random heads {decimals(sum(found.control) / len(found.control))}"), run_id
        assert not re.search(r"by -|-\d+ to -|-0(?![.\d])|nan|inf", words.removeprefix(start)), (run_id, words)
        fall, rise = FALLS.fullmatch(change), RISES.fullmatch(change)
        moved = 100 * (found.silenced / found.clean - 1) if found.clean else 0.0
        if fall:
            assert found.silenced <= found.clean, (run_id, words)
            assert all(0 <= int(share) <= 100 for share in fall.groups()), (run_id, words)
            assert int(fall[1]) == pytest.approx(-moved, abs=0.51), (run_id, words)
        if rise:
            assert found.silenced >= found.clean, (run_id, words)
            assert int(rise[1]) == pytest.approx(moved, abs=0.51), (run_id, words)
        assert fall or rise or change == "" or change.startswith(("no clear change, ", "changes by less than 1 %")), (
            words
        )
        shares += bool(fall or rise)
        crossing += found.silenced < 0 < found.clean and found.result != "undecided"
        assert not (found.silenced < 0 and change), (run_id, words)
    assert len(outcomes) > 250
    assert shares > 150
    assert crossing > 20  # the cases that a share would misreport


def test_no_other_module_words_an_effect() -> None:
    """Pages and the command line take the sentence from one place, so none computes a share of its own."""
    for path in [*(PACKAGE / "site").glob("*.py"), *(PACKAGE / "cli").glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\.(control_effect|interval)\b(?!\()", text), path.name
        assert not re.search(r"outcome\.effect\b", text) or path.name == "roles.py", path.name  # it orders by them
        assert '"falls"' not in text or path.name == "atlas_words.py", path.name
