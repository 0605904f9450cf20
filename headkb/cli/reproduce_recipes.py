"""`headkb reproduce --model` or `--data`: the recipes of head types, and single claims."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.catalog.settings import read_settings
from headkb.catalog.showing import judge
from headkb.cli.common import emit
from headkb.cli.groups import Reasons
from headkb.cli.net import sentence
from headkb.cli.progress import Steps
from headkb.cli.reproduce_claims import deliver
from headkb.cli.troubles import Troubles
from headkb.errors import HeadkbError
from headkb.keywords import keywords_of

if TYPE_CHECKING:
    from headkb.models import LoadedModel
    from headkb.reproduce import Kept, Plan


def detect_in_model(
    catalog: Catalog,
    ids: tuple[str, ...],
    load: Callable[[], LoadedModel],
    kept: Kept,
    part: str | None,
    settings: tuple[str, ...],
    record: bool,
    as_json: bool,
) -> int:
    """Carry out every plan on a model; one that cannot run is told with its reason, and the others go on. The exit code.

    The model is loaded once everything that was typed is known to mean something: loading can take a minute.
    """
    from headkb.reproduce import carry_out_all, check_recordable

    plans, reasons = _plans(catalog, ids, on_data=False)
    if part is not None:
        plans = [replace(plan, parameters={**plan.parameters, "part": part}) for plan in plans]
    todo: list[Plan] = []
    for plan in plans:
        try:
            todo.append(_with_settings(plan, settings))
        except HeadkbError as error:
            if len(plans) == 1:
                raise
            reasons[_name(plan)] = str(error)
    loaded = load()
    if record:
        check_recordable(catalog, loaded)
    made: list[Run] = []
    troubles, unforeseen, left = Troubles(), False, Reasons(as_json=as_json)
    with left, Steps(len(todo)) as steps:
        for done in carry_out_all(
            catalog, todo, loaded, kept=kept, on_plan=lambda plan: steps.begin(f"{_name(plan)} in {loaded.id}")
        ):
            steps.close()
            steps.done += 1
            if done.run is not None:
                made.append(done.run)
                deliver(catalog, done.run, troubles, record=record, as_json=as_json, kept=done.kept)
            elif done.error is not None:
                if len(plans) == 1:
                    raise done.error
                unforeseen = unforeseen or not isinstance(done.error, HeadkbError)
                left(_name(done.plan), _why(done.plan, done.error))
    if not as_json:
        _print_showings(catalog, made)
    code = _end(len(made), len(todo) - len(made), reasons, left, bool(plans or ids), unforeseen, as_json)
    troubles.end()
    return code


def _print_showings(catalog: Catalog, runs: list[Run]) -> None:
    """What the runs just made show of each head type, its recipes taken together."""
    for head_id in dict.fromkeys(run.head for run in runs if run.recipe):
        mine = [run for run in runs if run.head == head_id]
        model = catalog.models.get(mine[0].model)
        if model is not None and model.type == "exact":
            continue  # such a model checks the instrument
        showing = judge(catalog.heads[head_id], mine[0].model, mine)
        if showing is not None:
            emit(f"{showing.word}: {head_id} in {showing.model}: {showing.why}")


def detect_in_data(catalog: Catalog, ids: tuple[str, ...], data: str, record: bool, as_json: bool) -> int:
    """The same on published attention patterns."""
    from headkb.reproduce import run_on_data

    plans, reasons = _plans(catalog, ids, on_data=True)
    troubles, left = Troubles(), Reasons(as_json=as_json)
    count, unforeseen = 0, False
    with left:
        for plan in plans:
            try:
                run = run_on_data(catalog, plan, data)
            except Exception as error:
                if len(plans) == 1:
                    raise
                unforeseen = unforeseen or not isinstance(error, HeadkbError)
                left(_name(plan), _why(plan, error))
                continue
            count += 1
            deliver(catalog, run, troubles, record=record, as_json=as_json)
    code = _end(count, len(plans) - count, reasons, left, bool(plans or ids), unforeseen, as_json)
    troubles.end()
    return code


def _name(plan: Plan) -> str:
    return f"{plan.head}/{plan.name}"


def _why(plan: Plan, error: Exception) -> str:
    """One sentence on why a plan has no run."""
    return str(error) if isinstance(error, HeadkbError) else sentence(error, _name(plan))


def _end(
    count: int, failed: int, reasons: dict[str, str], left: Reasons, asked: bool, unforeseen: bool, as_json: bool
) -> int:
    """Say what was left out from the start and how many there are; the exit code."""
    for name, reason in reasons.items():
        left(name, reason)
    left.end()
    if (failed or reasons) and not as_json:
        click.echo(f"{count} run, {failed + len(reasons)} left out")
    return 2 if unforeseen or (asked and not count) else 0


def _with_settings(plan: Plan, settings: tuple[str, ...]) -> Plan:
    """The plan with parameters that were typed in place of its own; causal checks keep theirs."""
    if not settings:
        return plan
    from headkb.prompts import get_generator
    from headkb.scores import get_score

    score = get_score(plan.score)
    maker = get_generator(plan.prompts or score.prompts)
    for_prompts, for_score = read_settings(
        settings, (maker.id, keywords_of(maker.function)), (score.id, keywords_of(score.function))
    )
    return replace(
        plan, parameters={**plan.parameters, **for_prompts}, score_parameters={**plan.score_parameters, **for_score}
    )


def _plans(catalog: Catalog, ids: tuple[str, ...], on_data: bool) -> tuple[list[Plan], dict[str, str]]:
    """The plans of these claims and head types, of all recipes without ids; and why the others have none."""
    from headkb.reproduce import NotRerunnableError, plan_of_claim, plans_of_head

    if not ids:
        reasons = {
            h.id: f"{h.no_recipe.reason} Needed: {h.no_recipe.needed}" for h in catalog.heads.values() if h.no_recipe
        }
        return [
            plan for head in catalog.heads.values() if head.recipes for plan in plans_of_head(catalog, head)
        ], reasons
    plans: list[Plan] = []
    reasons = {}
    for name in ids:
        if "/" not in name:
            plans += plans_of_head(catalog, catalog.resolve("heads", name))
            continue
        try:
            plans.append(plan_of_claim(catalog.statement(name), on_data=on_data))
        except NotRerunnableError as error:
            if len(ids) == 1:
                raise
            reasons[name] = error.reason
    return plans, reasons
