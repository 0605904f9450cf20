"""A run as lines for the terminal: verdict, heads, and each causal check beside its control."""

from __future__ import annotations

import click
from rich.console import Console

from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import CausalOutcome


def print_run(run: Run) -> None:
    """One line for the run, one for each causal check."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    values = run.measured()
    best = (max if run.higher_is == "more" else min)(values, key=values.__getitem__, default=None)
    strongest = "defined for no head" if best is None else f"strongest {best} {values[best]:.3f}"
    if run.expected:
        result = "; ".join(
            f"{e.head} {run.value_of(*e.head)} (expected {e.value:.4g} ± {e.tolerance:g})" for e in run.expected
        )
    else:
        more = f" and {len(run.heads) - 8} more" if len(run.heads) > 8 else ""
        listed = ", ".join(map(str, run.heads[:8])) + more
        result = f"{listed or 'no head'} ({run.score} {'≥' if run.higher_is == 'more' else '≤'} {run.threshold:g})"
    console.print(f"{run.verdict:<13} {run.head}/{run.recipe or run.claim} in {run.model}: {result}; {strongest}")
    for outcome in run.causal:
        click.echo(f"{'':<13} {causal_line(outcome)}")


def causal_line(outcome: CausalOutcome) -> str:
    """One causal check: the behaviour as it is, with the heads silenced, with random heads silenced, and the result.

    Example: `copying: accuracy 1.000; without L1H0 0.014; without 1 random head 1.000 (3 sets); falls by 99% (98% to 99%); confirmed`.
    """
    check = outcome.check
    if not outcome.seeds:
        return f"{check.id}: {outcome.result}. {outcome.why}"
    random = f"{len(outcome.heads)} random head{'s' if len(outcome.heads) > 1 else ''}"
    control = sum(outcome.control) / len(outcome.control) if outcome.control else float("nan")
    low, high = outcome.interval or (float("nan"), float("nan"))
    measured = (
        f"{check.id}: {check.metric} {outcome.clean:.3f}; without {', '.join(map(str, outcome.heads))} {outcome.silenced:.3f}; "
        f"without {random} {control:.3f} ({len(outcome.draws)} sets)"
    )
    if outcome.result == "undecided":
        return f"{measured}; undecided. {outcome.why}"
    verb = {"fall": "falls", "rise": "rises", "stay": "changes"}[check.expects]
    return f"{measured}; {verb} by {outcome.effect:.0%} ({low:.0%} to {high:.0%}); {outcome.result}"
