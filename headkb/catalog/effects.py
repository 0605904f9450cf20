"""The effect of silencing heads, in words: pages, the command line and the documents all say it in this way.

What was measured comes first, as it is and silenced; a share stands only where it can be read: a behaviour that crosses zero, as a
logit difference may, has not fallen by more than all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from headkb.catalog.schema.causal import Behaviour, CausalOutcome

BEHAVIOURS: Mapping[Behaviour, str] = {
    "accuracy": "accuracy",
    "probability": "probability",
    "logit_diff": "logit difference",
    "loss": "loss",
    "mass": "probability of any answer",
}
"""What each behaviour is called."""


def decimals(value: float) -> str:
    """Three decimals at most, and no zero with a sign.

    Example:
        >>> decimals(0.5350), decimals(-0.0001), decimals(-2.9), decimals(12345.678)
        ('0.535', '0', '-2.9', '12345.7')
    """
    if abs(value) >= 1000:
        return f"{value:g}"
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def effect_words(outcome: CausalOutcome, *, share: bool = True) -> str:
    """`accuracy 0.535 → 0 (falls by 100 %, 98 to 100), random heads 0.47`; empty where nothing was measured.

    The behaviour as it is, with the heads silenced, the change where it reads as a share, and with random heads silenced, mean over
    the sets.

    Args:
        outcome: What came of a check.
        share: Whether the change may stand there as a share; narrow tables do without.
    """
    if not outcome.seeds:
        return ""
    change = change_words(outcome) if share else ""
    told = f"{BEHAVIOURS[outcome.check.metric]} {decimals(outcome.clean)} → {decimals(outcome.silenced)}"
    told += f" ({change})" if change else ""
    return f"{told}, random heads {decimals(fmean(outcome.control))}" if outcome.control else told


def change_words(outcome: CausalOutcome) -> str:
    """`falls by 98 %, 96 to 99`: the change as a share of the clean behaviour, with its 95 % interval, by the way that it really went.

    Empty where a share says nothing: the check is undecided, or the behaviour crosses zero within the interval.
    """
    if outcome.result == "undecided" or outcome.interval is None or outcome.clean <= 0:
        return ""
    sign = -1 if outcome.check.expects == "fall" else 1  # shares of an outcome count as predicted; these count upwards
    low, high = sorted(100 * sign * bound for bound in outcome.interval)
    if low < -100 or outcome.silenced < 0:
        return ""
    if max(abs(low), abs(high)) < 1:
        return "changes by less than 1 %"
    mean = 100 * (outcome.silenced / outcome.clean - 1)
    if low < 0 < high:
        least, most = (f"{n:+d}" if n else "0" for n in (round(low), round(high)))
        return f"no clear change, {least} to {most} %"
    verb = "falls" if high <= 0 else "rises"
    near, far = sorted((abs(low), abs(high)))
    return f"{verb} by {abs(mean):.0f} %, {near:.0f} to {far:.0f}"
