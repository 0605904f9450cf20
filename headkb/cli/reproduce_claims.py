"""`headkb reproduce --claims`: every published claim on its own model, with a verdict or the reason why there is none; runs as lines for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import CausalOutcome
from headkb.cli.common import print_json, printing
from headkb.cli.progress import progress

if TYPE_CHECKING:
    from headkb.models import LoadedModel


def reproduce_claims(
    catalog: Catalog,
    names: tuple[str, ...],
    model_name: str | None,
    load: Callable[[str], LoadedModel],
    record: bool,
    as_json: bool,
) -> None:
    """Run the claims, print each result as it comes, and write it into the catalog with `--record`."""
    from headkb.reproduce import Outcome, Plan, claims_named, rerun_claims
    from headkb.reproduce.carry_out import OnBatch

    model_id = None if model_name is None else catalog.resolve("models", model_name).id

    outcomes: list[Outcome] = []
    with ExitStack() as bars:

        def bar(plan: Plan) -> OnBatch | None:
            bars.close()  # the bar of the claim before
            return bars.enter_context(progress(str(plan.claim)))

        for outcome in rerun_claims(catalog, claims_named(catalog, names, model_id), load, bar):
            outcomes.append(outcome)
            if outcome.run is not None:
                bars.close()
                deliver(outcome.run, catalog.root if record else None, quiet=as_json)
    runs = [outcome.run for outcome in outcomes if outcome.run is not None]
    left_out = {outcome.claim: outcome.reason for outcome in outcomes if outcome.run is None}
    print_rest(runs, left_out, as_json)
    if as_json:
        return
    verdicts = Counter(run.verdict for run in runs)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "none run"
    click.echo(f"{len(outcomes)} claims: {counted}, {len(left_out)} left out")


def print_rest(runs: Sequence[Run], left_out: Mapping[str, str], as_json: bool) -> None:
    """What could not be run and why, a line each; with `as_json` all runs and reasons as one list."""
    if as_json:
        reasons = [{"id": name, "verdict": None, "reason": reason} for name, reason in left_out.items()]
        print_json([*(run.data() for run in runs), *reasons])
        return
    for name, reason in left_out.items():
        click.echo(f"{'left out':<13} {name}: {reason}")


def deliver(run: Run, catalog_root: Path | None, *, quiet: bool) -> None:
    """Print a run and write it into the catalog; where one of the two fails, the other is done all the same.

    Args:
        run: The run.
        catalog_root: Where to write it; None = nowhere.
        quiet: Leave the printing to the caller, who prints all runs as JSON.
    """
    try:
        if not quiet:
            print_run(run)
    finally:
        if catalog_root is not None:
            from headkb.reproduce import write_run

            write_run(run, catalog_root)


def print_run(run: Run) -> None:
    """One line for the run, one for each causal check."""
    best = run.strongest()
    strongest = f"strongest {best[0]} {best[1]:.3f}" if best else "defined for no head"
    if run.expected:
        result = "; ".join(
            f"{e.head} {run.value_of(*e.head)} (expected {e.value:.4g} ± {e.tolerance:g})" for e in run.expected
        )
    else:
        more = f" and {len(run.heads) - 8} more" if len(run.heads) > 8 else ""
        listed = ", ".join(map(str, run.heads[:8])) + more
        result = f"{listed or 'no head'} ({run.score} {'≥' if run.higher_is == 'more' else '≤'} {run.threshold:g})"
    with printing() as console:
        where = f"{run.model}, a quantised copy of {run.copy_of}" if run.copy_of else run.model
        if file := run.prompts.file:
            where += f", on {file.n} sentences of {file.name} (SHA-256 {file.sha256[:12]}…)"
        console.print(f"{run.verdict:<13} {run.head}/{run.recipe or run.claim} in {where}: {result}; {strongest}")
        if run.cause:
            console.print(f"{'':<13} {run.cause}")
        for outcome in run.causal:
            console.print(f"{'':<13} {causal_line(outcome)}")


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
