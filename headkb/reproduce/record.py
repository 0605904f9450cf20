"""A measurement held against what is expected → a verdict → a run record in `catalog/runs/`."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headkb.catalog.export import write_text
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import CausalOutcome
from headkb.catalog.schema.run import Expected, Repeat, Verdict, after_causal
from headkb.catalog.source import dump
from headkb.errors import ReproductionError
from headkb.reproduce.measure import Measurement
from headkb.reproduce.plan import Plan

LONGEST_ID = 80
SHOWN_INTERVALS = 5  # the strongest heads get their interval written down


def run_record(plan: Plan, measurement: Measurement, model_id: str, expected: Sequence[Expected] = ()) -> Run:
    """The run of a plan on a model, as a validated record; its verdict follows from the numbers alone."""
    # One value for the whole set (weights, separations) has no spread over prompts, so no interval is claimed.
    several = bool((measurement.summary.n > 1).any())
    strongest = measurement.ranked()[:SHOWN_INTERVALS] if several else []
    ends = {name: (round(low, 6), round(high, 6)) for name, _, low, high in strongest}
    facts = {
        "score_version": measurement.score.version,
        **measurement.provenance,
        "prompts": dict(measurement.prompts),
        "values": measurement.values(),
        "intervals": ends,
    }
    return judge(plan, model_id, facts, expected)


def run_id(plan: Plan, model_id: str, data: str | None, date: str) -> str:
    """The id of a plan's run: what was run, on which model or data, and when; at most 80 characters, the middle given as a hash if need be.

    Example:
        >>> run_id(Plan("induction", "default", "induction", None, recipe="default"), "gpt2", None, "2026-11-27")
        'gpt2-induction-default-2026-11-27'
    """
    if plan.claim is None:
        parts = [model_id, plan.head, data or plan.name]
    elif data is None:
        parts = plan.claim.split("/")
    else:
        parts = [*([] if plan.name.startswith(model_id) else [model_id]), plan.name, data]
    name, room = "-".join(parts), LONGEST_ID - len(date) - 1
    if len(name) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name[: room - 9].rstrip('-')}-{digest}"
    return f"{name}-{date}"


def judge(
    plan: Plan, model_id: str, facts: Mapping[str, Any], expected: Sequence[Expected], on_data: str | None = None
) -> Run:
    """Facts of a run + what was planned and expected → the record with its verdict. `on_data` names the published data, if it ran on such."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    data: dict[str, Any] = {
        "id": run_id(plan, model_id, on_data, today),
        "head": plan.head,
        "recipe": plan.recipe,
        "claim": plan.claim,
        "score": plan.score,
        "score_parameters": dict(plan.score_parameters),
        "model": model_id,
        **facts,
        "date": today,
        "threshold": plan.threshold,
        "higher_is": plan.higher_is,
        "expected": [e.model_dump(exclude_none=True) for e in expected],
    }
    data = {key: value for key, value in data.items() if value not in (None, [], {})}
    unjudged = {"verdict": "invalidated", "invalidation": {"date": today, "reason": "The verdict is not drawn yet."}}
    draft = Run.model_validate(data | unjudged)
    heads = draft.beyond_threshold()
    return Run.model_validate(data | {"heads": heads, "verdict": draw_verdict(draft, expected, heads)})


def add_causal(run: Run, causal: Sequence[CausalOutcome], repeats: Sequence[Repeat], seconds: float) -> Run:
    """The run with what its heads do on other prompts and when they are silenced; `seconds` is the time that this took."""
    data = run.model_dump(by_alias=True, exclude_unset=True)
    added: dict[str, Any] = {
        "repeats": [repeat.model_dump() for repeat in repeats],
        "causal": [outcome.model_dump(exclude_unset=True) for outcome in causal],
    }
    unjudged = Run.model_validate(data | {key: value for key, value in added.items() if value})
    return Run.model_validate(
        unjudged.model_dump(by_alias=True, exclude_unset=True)
        | {"seconds": round(run.seconds + seconds, 3), "verdict": after_causal(run.verdict, unjudged.causal_result())}
    )


def draw_verdict(run: Run, expected: Sequence[Expected], heads: Sequence[str]) -> Verdict:
    """What the numbers say.

    With expected values: `reproduced` (on published data `verified-data`) if all are met; `failed` if none is met and no expected
    effect is there by half; `deviating` otherwise. Without: `found` if a head lies beyond the threshold, else `not-found`. What
    causal checks make of it is added by `add_causal`.
    """
    if not expected:
        return "found" if heads else "not-found"
    if all(abs(_value(run, e.head) - e.value) <= e.tolerance for e in expected):
        return "verified-data" if run.model_source == "published-data" else "reproduced"
    effects = [e for e in expected if e.value != 0]
    return "failed" if effects and all(_value(run, e.head) / e.value < 0.5 for e in effects) else "deviating"


def _value(run: Run, head: str) -> float:
    layer, number = (int(part) for part in head[1:].split("H"))
    value = run.value_of(layer, number)
    return float("nan") if value is None else value


def write_run(run: Run, catalog_root: Path) -> Path:
    """Write the record to `runs/<id>.yaml`. A record of the same id, made on the same day, is replaced; others are kept.

    Raises:
        ReproductionError: If that id belongs to a run of another claim.
    """
    path = catalog_root / "runs" / f"{run.id}.yaml"
    if path.is_file() and run.claim and f"claim: {run.claim}\n" not in path.read_text(encoding="utf-8"):
        raise ReproductionError(
            f"runs/{run.id}.yaml is a run of another claim than {run.claim}. Rename one of the claims."
        )
    data = run.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data.pop("id")
    return write_text(path, dump(data))
