"""What published numbers mean, and the checks of headkb's scores on inputs that their sources published."""

from __future__ import annotations

from collections.abc import Mapping

from headkb.catalog.schema import ClaimFile, Run, ScoreRecord
from headkb.catalog.schema.claim import Measure
from headkb.site.compose import counted
from headkb.site.document import Cell
from headkb.site.parts import Context, joined, keywords, ref, score_ref

MEANINGS: Mapping[str, str] = {
    "pattern": "Where it attends",
    "weights": "What its weights do",
    "output": "What it writes",
    "effect": "What changes when it is changed",
    "training": "What training or a search settled on",
    "": "Other numbers",
}
"""What a number is taken from → what it then says of a head, in the order in which pages group numbers."""


def taken_from(measure: Measure, scores: Mapping[str, ScoreRecord]) -> str:
    """What a published number is taken from: as its record says, else by what headkb's score of the same formula needs; empty if neither does.

    A score that runs the model and multiplies with matrices follows what a head writes; one that only runs it, or takes its gradients,
    changes something.
    """
    score = scores.get(measure.score or "")
    if measure.taken_from or score is None:
        return measure.taken_from or ""
    needs = set(score.needs)
    if "training" in needs:
        return "training"
    if "pattern" in needs or not needs & {"passes", "gradients"}:
        return "pattern" if "pattern" in needs else "weights"
    return "output" if "weights" in needs else "effect"


def measure_facts(measure: Measure) -> list[tuple[str, Cell]]:
    """What a published number means."""
    rows: list[tuple[str, Cell | None]] = [
        ("Definition", measure.definition),
        ("Formula", measure.formula and f"${measure.formula}$"),
        ("Range", measure.range),
        ("Unit", measure.unit),
        ("headkb score", measure.score and (score_ref(measure.score), keywords(measure.score_parameters))),
        ("Sign and unit", _sign_and_unit(measure)),
        ("Differs", measure.differs),
        ("Not rerun because", measure.no_rerun),
    ]
    return [(name, value) for name, value in rows if value]


def _sign_and_unit(measure: Measure) -> str | None:
    """How the number follows from the score; of one that the score cannot give, only that it counts the other way round."""
    if measure.no_rerun is not None:
        return "the lower this number, the higher that score" if measure.factor < 0 else None
    return None if measure.factor == 1 else f"this number is {measure.factor:g} times that score"


def formula_checks(context: Context, file: ClaimFile, measure: str) -> list[tuple[str, Cell]]:
    """How headkb's score agrees with a source's numbers on inputs that the source published; a fact of the measure, not of heads."""
    claims = [f"{file.id}/{claim.id}" for claim in file.claims if claim.measure == measure]
    of_claim = context.catalog.runs_of_claim
    runs = [run for claim in claims for run in of_claim.get(claim, []) if is_formula_check(run)]
    runs.sort(key=lambda run: (run.date, run.id), reverse=True)
    inside = [run for run in runs if context.catalog.evidence.outcome(run).standing == "formula-checked"]
    others = [run for run in runs if run not in inside]
    rows: list[tuple[str, Cell]] = []
    if inside:
        rows.append(("Formula checked", _agreement(inside, "headkb’s score on the published", "gives")))
    if others:
        rows.append(("Not comparable", _agreement(others, "headkb’s score on the published", "was held against")))
    return rows


def _agreement(runs: list[Run], subject: str, verb: str) -> Cell:
    data = joined([f"`{name}`" for name in dict.fromkeys(run.prompts.data or "" for run in runs)])
    values, claims = sum(map(compared, runs)), len({run.claim for run in runs})
    links = joined([ref("runs", run.id, run.date) for run in runs])
    largest = f"largest difference {max(map(largest_difference, runs)):.1e}"
    return (
        subject,
        " ",
        data,
        f" {verb} {counted(values, 'value')} of {counted(claims, 'claim')}, {largest} (",
        links,
        ")",
    )


def is_formula_check(run: Run) -> bool:
    """Whether the run applied a score to inputs that the source published, without a model."""
    return run.model_source == "published-data" and run.claim is not None and run.invalidation is None


def compared(run: Run) -> int:
    """How many single values were compared."""
    return run.table.heads if run.table else len(run.expected)


def largest_difference(run: Run) -> float:
    """The largest distance of a value from the one it is held against."""
    return run.table.largest_difference if run.table else max(run.distance(e) for e in run.expected)
