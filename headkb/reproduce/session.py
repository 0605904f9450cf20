"""Plans carried out on one loaded model, one after the other: what they share is computed once, and one that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from headkb.catalog import Catalog
from headkb.catalog.schema import Run
from headkb.errors import HeadkbError
from headkb.models import LoadedModel
from headkb.reproduce.carry_out import further_seeds, needs_of, request_of, run_on_model
from headkb.reproduce.causal import CausalChecks
from headkb.reproduce.joint import with_joint_checks
from headkb.reproduce.kept import Kept
from headkb.reproduce.measurements import Measurements, OnBatch
from headkb.reproduce.plan import Plan
from headkb.reproduce.request import Request


@dataclass(frozen=True)
class Carried:
    """What became of a plan.

    Attributes:
        plan: The plan.
        run: Its run; None if it failed.
        error: Why it failed.
        kept: When the run was made, if that was before this call; else empty.
    """

    plan: Plan
    run: Run | None
    error: Exception | None = None
    kept: str = ""


def carry_out_all(
    catalog: Catalog,
    plans: Sequence[Plan],
    loaded: LoadedModel,
    *,
    kept: Kept | None = None,
    on_plan: Callable[[Plan], OnBatch | None] = lambda _: None,
) -> Iterator[Carried]:
    """Carry out plans on one model; each result comes as soon as it is there, and is kept before it is given out.

    Results that are kept come first. Then plans on the same prompts follow each other, so that no measurement is held for long.

    Args:
        catalog: Where the plans are from.
        plans: The plans.
        loaded: The model.
        kept: Results of an earlier, interrupted call; a failure is not kept, so it is tried again.
        on_plan: Called before each plan that is run; gives its progress callback.
    """
    checks, todo = CausalChecks(loaded), list[tuple[Plan, list[Request], str]]()
    done: dict[str, dict[str, Run]] = {}  # head type → recipe → its run
    for plan, requests in _by_prompts([(plan, _requests(catalog, plan, loaded)) for plan in plans]):
        key = "" if kept is None else _key(kept, catalog, plan, loaded)
        before = kept.get(key) if kept is not None and key else None
        run = None if before is None else _remembered(before.result, checks)
        if before is None or run is None:
            todo.append((plan, requests, key))
            continue
        done.setdefault(plan.head, {})[plan.recipe or ""] = run
        yield Carried(plan, run, kept=before.finished)
    measurements = Measurements(loaded)
    for _, requests, _ in todo:
        measurements.expect(requests)
    for plan, requests, key in todo:
        try:
            run = run_on_model(catalog, plan, loaded, on_plan(plan), measurements=measurements, checks=checks)
            if plan.recipe is not None and plan.head in catalog.heads:
                of_type = done.setdefault(plan.head, {})
                of_type[plan.recipe] = run
                run = with_joint_checks(catalog.heads[plan.head], run, of_type, checks)
        except Exception as error:
            if not isinstance(error, HeadkbError):
                error.add_note(loaded.passport.first_line())
            yield Carried(plan, None, error)
            continue
        finally:
            measurements.release(requests)
        if kept is not None and key:
            seconds_of = [checks.seconds(outcome.check, run.heads) for outcome in run.causal]
            kept.add(key, {"run": run.data(), "causal_seconds": seconds_of})
        yield Carried(plan, run)


def _requests(catalog: Catalog, plan: Plan, loaded: LoadedModel) -> list[Request]:
    """What a plan will ask of a model, as far as that is known before its heads are; nothing if it cannot, which it then says itself."""
    try:
        first = request_of(plan, loaded, needs_of(catalog, plan))
        again = further_seeds(plan) if plan.recipe and not first.score.limited_by else ()
        return [first, *(request_of(other, loaded) for other in again)]
    except Exception:
        return []


def _by_prompts(plans: Sequence[tuple[Plan, list[Request]]]) -> list[tuple[Plan, list[Request]]]:
    """The plans with their requests, those on the same prompts together, in order of the first of them."""
    groups: dict[str, list[tuple[Plan, list[Request]]]] = {}
    for number, (plan, requests) in enumerate(plans):
        name = requests[0].of_prompts() if requests else f"alone {number}"
        groups.setdefault(name, []).append((plan, requests))
    return [pair for group in groups.values() for pair in group]


def _key(kept: Kept, catalog: Catalog, plan: Plan, loaded: LoadedModel) -> str:
    """The key of a plan; empty for one that cannot be run, which it then says itself."""
    try:
        return kept.key_of_plan(catalog, plan, loaded)
    except Exception:
        return ""


def _remembered(result: Any, checks: CausalChecks) -> Run | None:
    """A run that was kept, its causal checks remembered; None if the line is damaged, and it is run again."""
    try:
        run = Run.model_validate(result["run"])
        for outcome, seconds in zip(run.causal, result["causal_seconds"], strict=True):
            checks.remember(outcome, run.heads, seconds)
    except (ValidationError, KeyError, TypeError, ValueError):
        return None
    return run
