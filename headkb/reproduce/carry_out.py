"""Plans carried out, on a model or on published patterns: the one way from a plan to a run record, for one plan or all claims."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headkb.catalog import Catalog, Statement
from headkb.catalog.schema import Run
from headkb.catalog.schema.run import Expected, Repeat, by_head
from headkb.errors import HeadkbError, ReproductionError, UnknownNameError
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.reproduce.causal import run_check
from headkb.reproduce.measure import Measurement, measure
from headkb.reproduce.plan import NotRerunnableError, Plan, copied_model, expected_values, plan_of_claim
from headkb.reproduce.published import get_published, measure_published
from headkb.reproduce.record import facts_of, run_record, selected_heads, with_prompts

MORE_SEEDS = 2
"""Further seeds on which the heads of a recipe are scored again."""


def run_on_model(
    catalog: Catalog, plan: Plan, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None
) -> Run:
    """Measure the plan's score on a loaded model and compare it with what is expected.

    A recipe is measured on the prompts of two more seeds, and the heads that it selects are put to its causal checks.

    Args:
        catalog: Where the expected values stand.
        plan: What to run.
        loaded: The model.
        on_batch: Called with (prompts done, prompts in all).

    Raises:
        HeadkbError: If the score, the prompts or the model do not go together; the text says why.
    """
    expected = expected_values(catalog, plan, loaded.id)
    _check_heads(expected, loaded, plan.parameters.get("part"))
    record = catalog.scores.get(plan.score)
    measurement = measure_plan(plan, loaded, on_batch, record.needs if record else ())
    ranked = measurement.ranked()
    if not ranked:
        raise ReproductionError(
            f"{plan.score} is defined for no head of {loaded.id} on these prompts, so nothing was measured. "
            "Try more or other prompts, or a model that can do the task."
        )
    facts = facts_of(measurement)
    measured = by_head(facts["values"], facts.get("layers", ()))
    absent = [str(e.head) for e in expected if e.head not in measured]
    if absent:
        raise ReproductionError(
            f"cannot be compared: {plan.score} is not defined for {_some(absent)} of {loaded.id} on these prompts. Try more or "
            "other prompts."
        )
    if plan.recipe is None:
        if file := measurement.prompts.get("file"):
            expected = expected_values(catalog, plan, loaded.id, file["sha256"])
        facts |= {"copy_of": copied_model(catalog, plan, loaded.id)}
        return run_record(plan, loaded.id, with_prompts(facts, measurement, expected), expected)
    start = time.process_time()
    heads = selected_heads(plan, facts)
    repeated = heads or (ranked[0 if plan.higher_is == "more" else -1][0],)
    seed = int(plan.parameters.get("seed", 0))
    repeats = [repeat_score(plan, loaded, repeated, seed + step) for step in range(1, MORE_SEEDS + 1)]
    # A causal check silences heads of the one stack that a model has.
    checks = plan.checks if heads and len(loaded.passport.stacks) == 1 else ()
    causal = [run_check(check, loaded, heads) for check in checks]
    facts["seconds"] = round(facts["seconds"] + time.process_time() - start, 3)
    return run_record(plan, loaded.id, facts, expected, repeats=repeats, causal=causal)


def _check_heads(expected: Sequence[Expected], loaded: LoadedModel, part: Any) -> None:
    """Refuse to compare heads that the model does not have: that says nothing about the claim."""
    stack = loaded.passport.stack(part)
    heads = dict(zip(stack.layers, stack.n_heads, strict=True))
    absent = [str(e.head) for e in expected if e.head.head >= heads.get(e.head.layer, 0)]
    if absent:
        attending = "" if len(heads) == stack.n_layers else f", of which {', '.join(map(str, heads))} attend"
        raise ReproductionError(
            f"cannot be compared: {_some(absent)} {'does' if len(absent) == 1 else 'do'} not exist in {loaded.id}, which has "
            f"{stack.n_layers} layers of {max(stack.n_heads)} heads{attending}."
        )


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def measure_plan(
    plan: Plan, loaded: LoadedModel, on_batch: Callable[[int, int], None] | None = None, needs: Collection[str] = ()
) -> Measurement:
    """The plan's score of every head of the model; see `measure`."""
    return measure(
        plan.score,
        loaded,
        generator=plan.prompts,
        parameters=plan.parameters,
        score_parameters=plan.score_parameters,
        needs=needs,
        on_batch=on_batch,
    )


def repeat_score(plan: Plan, loaded: LoadedModel, heads: Sequence[HeadIndex], seed: int) -> Repeat:
    """The plan's score of some heads on prompts of another seed."""
    again = measure_plan(replace(plan, parameters={**plan.parameters, "seed": seed}), loaded)
    means = {head: round(mean, 6) for head, mean, _, _ in again.ranked()}
    return Repeat(
        seed=seed, sha256=str(again.prompts["sha256"]), values={head: means[head] for head in heads if head in means}
    )


def run_on_data(catalog: Catalog, plan: Plan, data: str) -> Run:
    """The same on published patterns; only heads that the data cover are compared with expected values.

    Raises:
        UnknownNameError: If there are no such data.
        ModelError: If their file is missing.
        ReproductionError: If the catalog lacks the model that they come from.
    """
    model = catalog.models.get(get_published(data).model)
    if model is None:
        raise ReproductionError(f"{data} comes from {get_published(data).model}, which has no record in models/.")
    facts = measure_published(plan, data, model)
    covered = by_head(facts["values"], facts["layers"])
    expected = [e for e in expected_values(catalog, plan, model.id) if e.head in covered]
    return run_record(plan, model.id, facts, expected, data=data)


OnBatch = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one claim.

    Attributes:
        claim: Its full id, `<file>/<claim>`.
        run: The run with its verdict, None if it could not be run.
        reason: Why not; empty if it was run.
    """

    claim: str
    run: Run | None
    reason: str = ""


def claims_named(catalog: Catalog, names: Iterable[str], model_id: str | None = None) -> list[Statement]:
    """The claims with these names, of one model or of all.

    Args:
        catalog: The catalog.
        names: Ids of claims, claim files or head types; empty = every claim.
        model_id: Only claims about this model.

    Raises:
        CatalogError: If the file of that name was refused.
        UnknownNameError: If a name is none of these.
    """
    wanted = list(names)
    for name in wanted:
        if name not in catalog.statements and name not in catalog.claims and name not in catalog.heads:
            catalog.raise_if_refused("claims", name)
            catalog.raise_if_refused("heads", name)
            known = [*catalog.heads, *catalog.claims, *catalog.statements]
            remedy = f"`headkb list claims` shows all.{catalog.refusals('claims', 'heads')}"
            raise UnknownNameError("claim, claim file or head type", name, known, remedy)
    return [
        s
        for _, s in sorted(catalog.statements.items())
        if (not wanted or {s.id, s.file.id, s.claim.head, s.claim.about} & set(wanted))
        and (model_id is None or s.claim.model == model_id)
    ]


def rerun_claims(
    catalog: Catalog,
    statements: Iterable[Statement],
    load: Callable[[str], LoadedModel],
    on_batch: Callable[[Plan], OnBatch | None] = lambda _: None,
) -> Iterator[Outcome]:
    """Run every claim that can be run, model by model, so that one model at a time is held in memory.

    Args:
        catalog: The catalog that the claims are of.
        statements: Claims of any models.
        load: Gets a model by its catalog id; called once a model, and only if one of its claims can be run.
        on_batch: Gives each plan its progress callback.
    """
    by_model: dict[str, list[Plan]] = {}
    for statement in statements:
        try:
            plan = plan_of_claim(statement)
        except HeadkbError as error:
            yield Outcome(statement.id, None, error.reason if isinstance(error, NotRerunnableError) else str(error))
        else:
            by_model.setdefault(statement.claim.model, []).append(plan)
    for model_id, plans in sorted(by_model.items()):
        try:
            loaded = load(model_id)
        except HeadkbError as error:
            yield from (Outcome(plan.claim or "", None, str(error)) for plan in plans)
            continue
        for plan in plans:
            try:
                yield Outcome(plan.claim or "", run_on_model(catalog, plan, loaded, on_batch(plan)))
            except HeadkbError as error:
                yield Outcome(plan.claim or "", None, str(error))
        del loaded  # before the next one is loaded
