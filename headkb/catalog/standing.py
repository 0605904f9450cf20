"""Is the claim true on its own model? What a run says of a claim, and where the claim stands after all its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from headkb.catalog.schema import Claim, Run
from headkb.catalog.schema.claim import Measure
from headkb.head_index import HeadIndex

Standing = Literal["met", "off", "not-comparable", "formula-checked", "not-rerun"]
"""`met`, `off`: headkb's code, on the claim's own model and on prompts as the source states them, gives a value inside or outside the
stated tolerance. `not-comparable`: something was run, but inputs or revision differ, no tolerance was fixed beforehand, or a quantised copy
misses; value and difference are shown. `formula-checked`: headkb's score, applied to inputs that the source published, gives the source's
number; no model was run, and nothing is said of heads. `not-rerun`: nobody here ran it."""
STANDINGS: tuple[Standing, ...] = get_args(Standing)
_WEAKEST: tuple[Standing, ...] = ("off", "not-comparable", "not-rerun", "formula-checked", "met")
"""A claim about several heads is worth what its weakest head is worth."""
_STRONGEST: tuple[Standing, ...] = ("off", "met", "formula-checked", "not-comparable")
"""Of several runs on one head, those that decide come before those that do not."""
_NOT_THE_KIND = ("n", "seed", "part", "file")
"""Parameters that do not change what kind of prompts they are: how many, which draw, where they are read, whose file."""


def why_not_comparable(run: Run, claim: Claim, measure: Measure | None, pinned: str | None) -> str:
    """Why a run on a model decides nothing about a claim, whatever its values; empty if it can decide.

    Args:
        run: A run of the claim on a model.
        claim: The claim.
        measure: The definition of the claim's numbers.
        pinned: The revision that the record of the claim's model names.
    """
    if run.table is not None and run.table.met() is None:
        return "the claim states no tolerance for its table"
    if run.table is not None and not run.table.whole and not run.table.too_far:
        return f"only {run.table.heads} of the {run.table.of} heads of the table were compared"
    if run.copy_of is None and pinned and run.revision and not run.revision.startswith(pinned):
        return f"the revision is {run.revision[:12]}, and the claim's model is pinned at {pinned[:12]}"
    if measure is None:
        return ""
    if run.score != measure.score:
        return f"the score was {run.score}, and the measure's is {measure.score or 'none of headkb'}"
    if dict(run.score_parameters) != dict(measure.score_parameters):
        return f"the parameters of {run.score} were others than the measure's"
    if run.prompts.generator != measure.prompts or _kind(run.prompts.parameters) != _kind(measure.parameters):
        return "the prompts are of another kind than the source's"
    own, file = claim.source_inputs, run.prompts.file
    if file is not None and (own is None or file.sha256 != own.sha256):
        return f"the sentences are those of the file {file.name}, which are not the source's"
    return ""


def _kind(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in _NOT_THE_KIND}


def met_on(run: Run, head: HeadIndex | None) -> bool | None:
    """Whether the run gives the value that is claimed of a head, or the whole table; None if it was not held against that."""
    if head is None:
        return None if run.table is None else run.table.met() is True
    expected = next((e for e in run.expected if e.head == head), None)
    return None if expected is None else expected.met_by(run.value_of(*head))


def said_by(
    run: Run, claim: Claim, measure: Measure | None, pinned: str | None, head: HeadIndex | None
) -> Standing | None:
    """What one run says of a claim about a head, or about a whole table (`head` None); None if it says nothing of it."""
    met = met_on(run, head)
    if run.invalidation is not None or met is None:
        return None
    if run.model_source == "published-data":
        return "formula-checked" if met else "not-comparable"  # a part of a table tests a formula as well as the whole
    if why_not_comparable(run, claim, measure, pinned):
        return "not-comparable"
    return "met" if met else "not-comparable" if run.copy_of else "off"


def standing_of(runs: Iterable[Run], claim: Claim, measure: Measure | None, pinned: str | None) -> Standing:
    """Where a claim stands: as its weakest head does, so that one value outside its tolerance is enough to put it `off`.

    Of one head, runs on a model come before checks of the formula. A quantised copy that meets the claim lifts it, unless one misses it on
    the source's terms; neither changes what a run on the claim's own model says.
    """
    runs = list(runs)
    parts: list[HeadIndex | None] = [None] if claim.table else list(claim.values)
    each = [
        _on_model(runs, claim, measure, pinned, part) or _on_data(runs, claim, measure, pinned, part) for part in parts
    ]
    return next((word for word in _WEAKEST if word in each), "not-rerun")


def standing_of_run(run: Run, claim: Claim, measure: Measure | None, pinned: str | None) -> Standing:
    """What one run says of a claim, of the heads alone that it was held against."""
    parts: list[HeadIndex | None] = [None] if claim.table else [e.head for e in run.expected]
    said = [said_by(run, claim, measure, pinned, part) for part in parts]
    return next((word for word in _WEAKEST if word in said), "not-comparable")


def standing_of_head(
    runs: Iterable[Run], claim: Claim, measure: Measure | None, pinned: str | None, head: HeadIndex
) -> Standing:
    """The same for one head that the claim names or its table has. A check of the formula says nothing of heads.

    A table is judged as a whole: of one of its heads it is said that something was run, or `met` where every number lies within a tolerance.
    """
    if claim.table is None:
        return (_on_model(runs, claim, measure, pinned, head) if head in claim.values else None) or "not-rerun"
    runs = [r for r in runs if r.table and r.model_source != "published-data" and r.invalidation is None]
    if claim.table.tolerance is not None and _on_model(runs, claim, measure, pinned, None) == "met":
        return "met"
    return "not-comparable" if any(run.value_of(*head) is not None for run in runs) else "not-rerun"


def _on_model(
    runs: Iterable[Run], claim: Claim, measure: Measure | None, pinned: str | None, head: HeadIndex | None
) -> Standing | None:
    """What all runs on the model and its quantised copies say together; None where they say nothing."""
    own, copies, missed = set[Standing | None](), set[Standing | None](), False
    for run in (run for run in runs if run.model_source != "published-data"):
        word = said_by(run, claim, measure, pinned, head)
        (copies if run.copy_of else own).add(word)
        # A copy's miss on the source's terms and its run on others' are both not comparable; only the first tells against other copies.
        missed = missed or bool(
            run.copy_of and word == "not-comparable" and not why_not_comparable(run, claim, measure, pinned)
        )
    words = own | (copies - {"met"} if missed else copies)
    return next((word for word in _STRONGEST if word in words), None)


def _on_data(
    runs: Iterable[Run], claim: Claim, measure: Measure | None, pinned: str | None, head: HeadIndex | None
) -> Standing:
    """What all checks of the formula on published data say together."""
    words = {said_by(run, claim, measure, pinned, head) for run in runs if run.model_source == "published-data"}
    return next((word for word in _STRONGEST if word in words), "not-rerun")
