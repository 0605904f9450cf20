"""Run a recorded run again, and say how far its values have moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import inf

from headkb.catalog.schema import Model, Run
from headkb.errors import HeadkbError, ModelError, ReproductionError
from headkb.models import LoadedModel
from headkb.reproduce.carry_out import measure_plan, repeat_score
from headkb.reproduce.causal import CausalChecks
from headkb.reproduce.measurements import Measurements, OnBatch
from headkb.reproduce.plan import Plan, plan_of_run
from headkb.reproduce.published import measure_published
from headkb.scores import get_score

BUNDLED_SECONDS = 60.0
"""Budget, in recorded seconds, of a rerun without names. It keeps `make` well below three minutes: loading the models comes on top, and
old records count the score alone."""


OF_EACH_MODEL, LONGEST = 2, 20.0
"""How many runs of each model are rerun whatever the budget, its quickest ones, and how many seconds such a run may have taken at most:
so that public models, whose runs are long beside those of toys, are among them."""


def bundled(runs: Iterable[Run], seconds: float = BUNDLED_SECONDS) -> list[Run]:
    """The quickest runs of each model, and of all others as many as fit into a number of seconds by their recorded times; sorted by id."""
    by_time = sorted(runs, key=lambda run: (run.seconds, run.id))
    of_model, chosen, total = Counter[str](), dict[str, Run](), 0.0
    for run in by_time:
        of_model[run.model] += 1
        if of_model[run.model] <= OF_EACH_MODEL and run.seconds <= LONGEST:
            chosen[run.id] = run
    for run in by_time:
        total += run.seconds
        if total > seconds:
            break
        chosen[run.id] = run
    return [chosen[name] for name in sorted(chosen)]


TOLERANCES: Mapping[str, float] = {"float64": 1e-5, "float32": 1e-5, "float16": 3e-3, "bfloat16": 2e-2}
"""How far a pattern score in each dtype may lie from the exact one; `docs/rerun.md` states them. A rerun in another dtype than the record's
may differ by both."""


@dataclass(frozen=True)
class Rerun:
    """What came of running a record again.

    Attributes:
        run: The record.
        status: `met`, `drifted`, `left-out` where the model or data are not available, or `failed` where it cannot be rerun at all.
        drift: Largest absolute difference over all heads; NaN where nothing was compared.
        note: Why it drifted, was left out or failed.
    """

    run: Run
    status: str
    drift: float
    note: str


def rerun(
    run: Run,
    model: Model,
    load: Callable[[str, str | None, str, str | None], LoadedModel],
    on_batch: OnBatch | None = None,
    share: Callable[[LoadedModel], Measurements] = Measurements,
) -> Rerun:
    """Repeat a run with its own recipe, prompts and seed.

    Args:
        run: A record of `catalog/runs/`.
        model: The catalog's record of the run's model.
        load: Gets a model by id and the revision, dtype and part of the record; called once unless the data are published patterns.
        on_batch: Progress.
        share: Gives the measurements that this rerun shares with others on the model.

    Raises:
        ReproductionError: If the record cannot be rerun by this version (its score has changed).
    """
    score = get_score(run.score)
    if score.version != run.score_version:
        raise ReproductionError(
            f"run {run.id} used version {run.score_version} of the score {run.score}, this is version {score.version}. "
            f"Record it anew: headkb reproduce {run.head} --model {run.model} --record."
        )
    if (file := run.prompts.file) is not None:
        again = f"headkb reproduce {run.claim} --model {run.model} --set file={file.name}"
        note = f"it read {file.n} sentences of a user's own file, which is not kept. Who has it runs: {again}"
        return Rerun(run, "left-out", float("nan"), note)
    plan, allowed = plan_of_run(run), run.rerun_tolerance
    try:
        if run.model_source == "published-data":
            facts = measure_published(plan, run.prompts.data or "", model)
            values, digest = facts["values"], facts["prompts"]["sha256"]
        else:
            loaded = load(run.model, run.revision, run.dtype, run.part)
            allowed = _allowed(run, loaded.passport.dtype)
            if (
                run.weights_sha256
                and loaded.passport.weights_sha256
                and loaded.passport.weights_sha256 != run.weights_sha256
            ):
                return Rerun(run, "drifted", float("nan"), "these are other weights than the recorded ones")
            measurements = share(loaded)
            measurement = measure_plan(plan, loaded, on_batch, measurements=measurements)
            values, digest = measurement.values(), str(measurement.prompts["sha256"])
    except ModelError as error:
        return Rerun(run, "left-out", float("nan"), str(error))
    if digest != run.prompts.sha256:
        return Rerun(run, "drifted", float("nan"), "the prompts are not the recorded ones (their hash differs)")
    drift = _distance(values, run.values)
    what = "a value"
    if run.model_source != "published-data" and drift <= allowed:
        try:
            moved = {
                "the score on another seed": _repeats_drift(run, plan, loaded, measurements),
                "a causal check": _causal_drift(run, loaded),
            }
        except HeadkbError as error:
            return Rerun(
                run, "drifted", float("nan"), f"a causal check that was recorded cannot be made any more: {error}"
            )
        what, drift = max([(what, drift), *moved.items()], key=lambda pair: pair[1])
    if drift > allowed:
        return Rerun(run, "drifted", drift, f"{what} moved by {drift:.2g}; allowed is {allowed:.2g}")
    return Rerun(run, "met", drift, "")


def _allowed(run: Run, dtype: str) -> float:
    """How far a rerun in this dtype may drift."""
    if dtype == run.dtype:
        return run.rerun_tolerance
    return run.rerun_tolerance + TOLERANCES.get(dtype, 0.0) + TOLERANCES.get(run.dtype, 0.0)


def _repeats_drift(run: Run, plan: Plan, loaded: LoadedModel, measurements: Measurements) -> float:
    """How far the score has moved on the other seeds; infinite where the prompts are not the recorded ones."""
    largest = 0.0
    for old in run.repeats:
        new = repeat_score(plan, loaded, tuple(old.values), old.seed, measurements)
        same = new.sha256 == old.sha256 and new.values.keys() == old.values.keys()
        moved = max((abs(new.values[head] - value) for head, value in old.values.items()), default=0.0) if same else inf
        largest = max(largest, moved)
    return largest


def _causal_drift(run: Run, loaded: LoadedModel) -> float:
    """How far a behaviour has moved, with or without heads silenced, in shares of its clean value where that exceeds 1."""
    largest, checks = 0.0, CausalChecks(loaded)
    for seen in run.behaviours:
        again = {row.seed: row for row in checks.behaviour(seen.check).seeds}
        for was in seen.seeds:
            now = again.get(was.seed)
            if now is None or now.sha256 != was.sha256:
                return inf
            largest = max(largest, abs(now.clean - was.clean) / max(1.0, abs(was.clean)))
    for outcome in (*run.causal, *run.joint):
        if not outcome.seeds:
            continue
        rows, _ = checks.repeat(outcome.check, outcome.heads, outcome.draws)
        for new, old in zip(rows, outcome.seeds, strict=True):
            if (new.seed, new.sha256) != (old.seed, old.sha256):
                return inf
            pairs = zip((new.clean, new.silenced, *new.control), (old.clean, old.silenced, *old.control), strict=True)
            largest = max(largest, *(abs(a - b) / max(1.0, abs(old.clean)) for a, b in pairs))
    return largest


def _distance(new: list[list[float | None]], old: tuple[tuple[float | None, ...], ...]) -> float:
    """Largest absolute difference; infinite where one is defined and the other is not, or the shapes differ."""
    if [len(row) for row in new] != [len(row) for row in old]:
        return float("inf")
    largest = 0.0
    for new_row, old_row in zip(new, old, strict=True):
        for a, b in zip(new_row, old_row, strict=True):
            if (a is None) != (b is None):
                return float("inf")
            if a is not None and b is not None:
                largest = max(largest, abs(a - b))
    return largest


def summary_line(results: list[Rerun]) -> str:
    """One line of counts."""
    counts: Mapping[str, int] = {s: sum(r.status == s for r in results) for s in ("met", "drifted", "left-out")}
    failed = sum(r.status == "failed" for r in results)
    line = f"{counts['met']} met, {counts['drifted']} drifted, {counts['left-out']} left out"
    return f"{line}, {failed} failed" if failed else line
