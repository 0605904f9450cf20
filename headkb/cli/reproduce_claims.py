"""`headkb reproduce --claims`: every published claim on its own model, with its standing or the reason why there is none; runs as lines for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from headkb.catalog import Catalog, Statement
from headkb.catalog.directions import run_direction
from headkb.catalog.effects import effect_words
from headkb.catalog.plain_data import run_outcome
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import BehaviourSeen, CausalOutcome
from headkb.cli.common import print_json_line, printing
from headkb.cli.groups import Reasons
from headkb.cli.net import sentence
from headkb.cli.progress import Steps
from headkb.cli.said import note
from headkb.cli.troubles import Troubles
from headkb.direction import Direction
from headkb.errors import HeadkbError

if TYPE_CHECKING:
    from headkb.models import LoadedModel
    from headkb.reproduce import Kept


def reproduce_claims(
    catalog: Catalog,
    names: tuple[str, ...],
    model_name: str | None,
    load: Callable[[str], LoadedModel],
    kept: Kept,
    record: bool,
    as_json: bool,
) -> int:
    """Run the claims, print each result as it comes, and write it into the catalog with `--record`.

    Returns:
        The exit code: 2 if one failed unforeseen, or claims were named and none of them could be run.
    """
    from headkb.reproduce import check_recordable, claims_named, rerun_claims

    def checked(name: str) -> LoadedModel:
        loaded = load(name)
        if record:
            check_recordable(catalog, loaded)
        return loaded

    model_id = None if model_name is None else catalog.resolve("models", model_name).id
    claims = claims_named(catalog, names, model_id)
    standings: Counter[str] = Counter()
    troubles, failures, left = Troubles(), 0, Reasons(as_json=as_json)
    with left, Steps(sum(map(_can_be_run, claims))) as steps:
        for outcome in rerun_claims(
            catalog, claims, checked, lambda plan: steps.begin(str(plan.claim)), on=model_id, kept=kept
        ):
            steps.close()
            steps.done += 1
            if outcome.run is not None:
                deliver(catalog, outcome.run, troubles, record=record, as_json=as_json, kept=outcome.kept)
                standings[catalog.evidence.judged(outcome.run).word] += 1
                continue
            reason = outcome.reason if outcome.error is None else sentence(outcome.error, outcome.claim)
            failures += outcome.error is not None
            left(outcome.claim, reason)
    if not as_json:
        counted = ", ".join(f"{count} {word}" for word, count in sorted(standings.items())) or "none run"
        click.echo(f"{len(claims)} claims: {counted}, {len(claims) - standings.total()} left out")
    troubles.end()
    return 2 if failures or (names and not standings) else 0


def _can_be_run(claim: Statement) -> bool:
    from headkb.reproduce import plan_of_claim

    try:
        plan_of_claim(claim)
    except HeadkbError:
        return False
    return True


def deliver(catalog: Catalog, run: Run, troubles: Troubles, *, record: bool, as_json: bool, kept: str = "") -> None:
    """Print a run and write it into the catalog; where one of the two fails, the other is done all the same.

    Args:
        catalog: What it is held against, and where it is written.
        run: The run.
        troubles: Told if it cannot be written; the command then keeps it, and goes on.
        record: Whether to write it.
        as_json: Print its record on one line instead of what it says.
        kept: When it was made, if that was before this command.
    """
    try:
        if as_json:
            print_json_line({**run.data(), **run_outcome(catalog, run)})
        else:
            print_run(run, catalog.evidence.judged(run).word, run_direction(catalog.scores, run), kept)
    finally:
        if record:
            from headkb.reproduce import write_run

            try:
                note(f"recorded: {write_run(run, catalog.root)}")
            except Exception as error:
                troubles(run.id, error)


def print_run(run: Run, word: str, direction: Direction, kept: str = "") -> None:
    """One line for the run, one for each causal check.

    Args:
        run: The run.
        word: What it says.
        direction: By which its strongest head is named.
        kept: When it was made, if not just now.
    """
    best = run.strongest(direction)
    strongest = f"strongest {best[0]} {best[1]:.3f}" if best else "defined for no head"
    if run.expected:
        result = "; ".join(
            f"{e.head} {run.value_of(*e.head)} (expected {e.value:.4g} ± {e.tolerance:g})" for e in run.expected
        )
    elif run.table:
        result = run.table.text()
    else:
        more = f" and {len(run.heads) - 8} more" if len(run.heads) > 8 else ""
        listed = ", ".join(map(str, run.heads[:8])) + more
        result = f"{listed or 'no head'} ({run.score} {'≥' if run.higher_is == 'more' else '≤'} {run.threshold:g})"
    again = f"; kept from {kept}" if kept else ""
    with printing() as console:
        where = f"{run.model}, a quantised copy of {run.copy_of}" if run.copy_of else run.model
        if file := run.prompts.file:
            where += f", on {file.n} sentences of {file.name} (SHA-256 {file.sha256[:12]}…)"
        console.print(f"{word:<15} {run.head}/{run.recipe or run.claim} in {where}: {result}; {strongest}{again}")
        if run.cause:
            console.print(f"{'':<15} {run.cause}")
        for line in [*map(causal_line, (*run.causal, *run.joint)), *map(behaviour_line, run.behaviours)]:
            console.print(f"{'':<15} {line}")


def behaviour_line(seen: BehaviourSeen) -> str:
    """Whether the model does what a causal check needs: `copying: accuracy 0.020, needed 0.5; the model does not do it`."""
    if not seen.seeds:
        return f"{seen.check.id}: not asked. {seen.why}"
    does = "does it" if seen.shown else "does not do it"
    return f"{seen.check.id}: {seen.check.metric} {seen.clean:.3f}, needed {seen.check.clean:g}; the model {does}"


def causal_line(outcome: CausalOutcome) -> str:
    """One causal check: the heads silenced, the behaviour as it is and without them, without random heads, and the result.

    Example: `copying, without L1H0: accuracy 1 → 0.014 (falls by 99 %, 98 to 99), random heads 1 (3 sets of 1): confirmed`.
    """
    if not outcome.seeds:
        return f"{outcome.check.id}: {outcome.result}. {outcome.why}"
    sets = f" ({len(outcome.draws)} sets of {len(outcome.heads)})" if outcome.control else ""
    result = outcome.result if outcome.why is None else f"{outcome.result}. {outcome.why}"
    return f"{outcome.check.id}, without {', '.join(map(str, outcome.heads))}: {effect_words(outcome)}{sets}: {result}"
