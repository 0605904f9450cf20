"""`headkb reproduce --claims`: every published claim on its own model, with a verdict or the reason why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from headkb.catalog import Catalog
from headkb.cli.common import print_json
from headkb.cli.progress import progress
from headkb.cli.run_lines import deliver

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
    """Run the claims, print each result as it comes, and write it into the catalog if asked to."""
    from headkb.reproduce import Outcome, Plan, claims_named, rerun_claims
    from headkb.reproduce.claims import OnBatch

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
    left_out = [outcome for outcome in outcomes if outcome.run is None]
    if as_json:
        runs = [outcome.run.data() for outcome in outcomes if outcome.run is not None]
        print_json([*runs, *({"id": o.claim, "verdict": None, "reason": o.reason} for o in left_out)])
        return
    for outcome in left_out:
        click.echo(f"{'left out':<13} {outcome.claim}: {outcome.reason}")
    verdicts = Counter(outcome.run.verdict for outcome in outcomes if outcome.run is not None)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())) or "none run"
    click.echo(f"{len(outcomes)} claims: {counted}, {len(left_out)} left out")
