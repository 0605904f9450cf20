"""What was measured and what it is held against → a run record in `catalog/runs/`."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headkb.catalog import Catalog
from headkb.catalog.load import load_file
from headkb.catalog.pinning import unrepeatable
from headkb.catalog.record_text import record_text
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import BehaviourSeen, CausalOutcome
from headkb.catalog.schema.run import Expected, Repeat, TableComparison, beyond, by_head
from headkb.catalog.writing import write_text
from headkb.direction import Direction
from headkb.errors import ReproductionError
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.reproduce.measure import Measurement
from headkb.reproduce.plan import Plan

LONGEST_ID = 80
COPY = "Measured on {copy}, a quantised copy of {model}. A copy can meet a claim about {model}; that this one does not says nothing against it."
RECORDED_PROMPTS = 64
"""Up to how many prompts the values of a claim's heads are written prompt by prompt."""
RECORDED_INTERVALS = 5
"""How many of the strongest heads have their interval written into the record."""


def facts_of(measurement: Measurement, direction: Direction) -> dict[str, Any]:
    """What a run record holds of a measurement: values, intervals of the heads strongest in this direction, prompts, provenance."""
    strongest = [head for head, _ in measurement.ranked(direction)[:RECORDED_INTERVALS]]
    return {
        "score_version": measurement.score.version,
        **measurement.provenance,
        "prompts": dict(measurement.prompts),
        "values": measurement.values(),
        "intervals": {
            head: (round(ends[0], 6), round(ends[1], 6)) for head in strongest if (ends := measurement.interval(head))
        },
    }


def with_prompts(facts: Mapping[str, Any], measurement: Measurement, expected: Sequence[Expected]) -> dict[str, Any]:
    """The facts with the value of every prompt for the heads of a claim, where the prompts are a few texts.

    The texts themselves are written, too, unless they come from a user's file, whose licence nobody here knows.
    """
    if not measurement.texts or len(measurement.texts) > RECORDED_PROMPTS:
        return dict(facts)
    values = measurement.by_prompt
    heads = {e.head: [None if v != v else round(v, 4) for v in values[:, *e.head].tolist()] for e in expected}
    prompts = facts["prompts"] if "file" in facts["prompts"] else {**facts["prompts"], "texts": measurement.texts}
    return {**facts, "by_prompt": heads, "prompts": prompts}


def selected_heads(plan: Plan, facts: Mapping[str, Any]) -> tuple[HeadIndex, ...]:
    """The heads beyond the plan's threshold, strongest first."""
    return beyond(by_head(facts["values"], facts.get("layers", ())), plan.threshold, plan.higher_is)


def check_recordable(catalog: Catalog, loaded: LoadedModel) -> None:
    """Refuse, before anything is computed, to record runs that nobody could repeat on the same weights.

    Raises:
        ReproductionError: If the model has no record, or its weights are fixed neither by a commit nor by a hash; with what to type.
    """
    passport, model = loaded.passport, catalog.models.get(loaded.id)
    if model is None:
        raise ReproductionError(
            f"{loaded.id} has no record in models/. Add models/<id>.yaml first, then give that id to --model."
        )
    fault = unrepeatable(passport.source, passport.revision, passport.weights_sha256, model.revision)
    if fault is not None:
        commit = model.revision or "COMMIT"
        raise ReproductionError(
            f"a run on {loaded.id} ({passport.source}) cannot be recorded: {fault} Name the commit: headkb reproduce … --model "
            f"{loaded.id} --revision {commit} --record."
        )


def run_id(plan: Plan, model_id: str, data: str | None, date: str, more: Sequence[str] = ()) -> str:
    """What was run, on which model or data, `more` that sets it apart, and when; at most 80 characters, a hash instead of the end of longer names.

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
    name, room = "-".join([*parts, *more]), LONGEST_ID - len(date) - 1
    if len(name) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name[: room - 9].rstrip('-')}-{digest}"
    return f"{name}-{date}"


def run_record(
    plan: Plan,
    model_id: str,
    facts: Mapping[str, Any],
    expected: Sequence[Expected] = (),
    *,
    repeats: Sequence[Repeat] = (),
    causal: Sequence[CausalOutcome] = (),
    behaviours: Sequence[BehaviourSeen] = (),
    data: str | None = None,
    table: TableComparison | None = None,
) -> Run:
    """The record of a run; what it says is worked out from its numbers (`headkb.catalog.evidence`), so none of that is written.

    Args:
        plan: What was run.
        model_id: Catalog id of the model.
        facts: What was measured: `facts_of` a measurement, or `measure_published`.
        expected: The values that it is compared with.
        repeats: The score of the selected heads on prompts of other seeds.
        causal: What silencing the selected heads does.
        behaviours: Whether the model does what the checks need, where no head was selected.
        data: Name of the published data, if it ran on such.
        table: The comparison with the table of the plan's claim, if that gives one.
    """
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    heads = selected_heads(plan, facts)
    more, copied = [], facts.get("copy_of")
    if copied:
        more.append(model_id)
        if not _met(facts, expected, table):
            facts = {**facts, "cause": COPY.format(copy=model_id, model=copied)}
    if file := facts["prompts"].get("file"):
        more.append(f"file-{file['sha256'][:8]}")
    fields: dict[str, Any] = {
        "recipe": plan.recipe,
        "claim": plan.claim,
        "score_parameters": dict(plan.score_parameters),
        **facts,
        "threshold": plan.threshold,
        "higher_is": None if plan.threshold is None else plan.higher_is,
        "expected": tuple(expected),
        "table": table,
        "repeats": tuple(repeats),
        "causal": tuple(causal),
        "behaviours": tuple(behaviours),
    }
    return Run(
        id=run_id(plan, model_id, data, today, more),
        head=plan.head,
        score=plan.score,
        model=model_id,
        date=today,
        heads=heads,
        **{name: value for name, value in fields.items() if value not in (None, (), [], {})},
    )


def _met(facts: Mapping[str, Any], expected: Sequence[Expected], table: TableComparison | None) -> bool:
    values = by_head(facts["values"], facts.get("layers", ()))
    return all(e.met_by(values.get(e.head)) for e in expected) and (table is None or table.met() is not False)


def write_run(run: Run, catalog_root: Path) -> Path:
    """Write the record to `runs/<id>.yaml`. A record of the same id, made on the same day, is replaced; others are kept.

    Raises:
        ReproductionError: If that id belongs to a run of another claim, or to a file that cannot be read.
    """
    path = catalog_root / "runs" / f"{run.id}.yaml"
    if path.is_file() and run.claim:
        old, problems = load_file(catalog_root, "runs", path)
        if not isinstance(old, Run):
            first = problems[0].text().splitlines()[0]
            raise ReproductionError(f"this would overwrite a file that is not a run: {first} Fix or delete it.")
        if old.claim != run.claim:
            raise ReproductionError(
                f"runs/{run.id}.yaml is a run of another claim than {run.claim}. Rename one of the claims."
            )
    data = run.model_dump(mode="json", by_alias=True, exclude_unset=True)
    data.pop("id")
    return write_text(path, record_text("runs", data, catalog_root))
