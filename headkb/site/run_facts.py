"""What one run says and what it is held against, as the head of its page and its title tell it."""

from __future__ import annotations

from collections.abc import Mapping

from headkb.catalog.effects import BEHAVIOURS
from headkb.catalog.evidence import Outcome
from headkb.catalog.inline import plain
from headkb.catalog.schema import Run
from headkb.catalog.schema.causal import CausalCheck
from headkb.catalog.schema.head import RecipeRole
from headkb.site.causal_pages import EXPECTS
from headkb.site.document import Cell
from headkb.site.evidence import STANDINGS, outcome_mark, standing_mark
from headkb.site.parts import Context, joined, ref
from headkb.site.showings import showing_link

ROLES: Mapping[RecipeRole, str] = {
    "defining": "one of the criteria that a head must all meet to be of the type",
    "supporting": "another form of a criterion, or an observation beside it; it gives no head a role",
    "screen": "necessary or suggestive, and met by other heads too; it gives no head a role",
}
FEW_VALUES = 4
"""Expected values that the head of the page names."""
CONSTRUCTION = {
    "met": "The value that follows from how the weights were set was met. This checks the instrument; it gives the head type no mark.",
    "off": "The value that follows from how the weights were set was missed. This checks the instrument; it gives the head type no mark.",
}


def run_title(context: Context, run: Run) -> str:
    """`Induction head in X: shown` only where the run by itself and all recipes together say so; else what was tried and what it says."""
    outcome = context.catalog.evidence.outcome(run)
    where = f"{context.name('heads', run.head)} in {context.name('models', run.model)}"
    if run.claim:
        copy = ", on a quantised copy" if run.copy_of else ""
        return f"{where}: claim {outcome_mark(outcome).words}{copy}"
    together = context.catalog.evidence.showings.get((run.head, run.model))
    if outcome.showing == "shown" and together and together.word == "shown":
        return f"{where}: shown"
    return f"{where}, recipe {run.recipe}: {outcome_mark(outcome).words}"


def outcome_facts(context: Context, run: Run) -> list[tuple[str, Cell | None]]:
    """What the run says by itself, and what it says together with others: of the claim, or of the head type in the model."""
    outcome = context.catalog.evidence.outcome(run)
    rows: list[tuple[str, Cell | None]] = [
        ("This run by itself", (outcome_mark(outcome), _meaning(context, run, outcome)))
    ]
    together = context.catalog.evidence.showings.get((run.head, run.model)) if run.recipe else None
    if together is not None:
        rows.append(("The type in this model", showing_link(context, together)))
    if run.claim in context.catalog.statements:
        standing = context.catalog.evidence.standing(run.claim or "")
        rows.append(("Claim", (ref("claims", run.claim or ""), ", after all its runs: ", standing_mark(standing))))
    return rows


def _meaning(context: Context, run: Run, outcome: Outcome) -> str:
    """What a run says, behind its mark: of a recipe what holds, of a claim what its standing means, or why there is no verdict."""
    if outcome.showing is not None and run.invalidation is None:
        return f": {plain(outcome.why)}."
    return f". {_verdict(context, run, outcome)}"


def _verdict(context: Context, run: Run, outcome: Outcome) -> str:
    if outcome.standing == "invalidated" or outcome.construction == "invalidated" or outcome.showing is not None:
        return "It no longer counts."
    if outcome.standing == "not-comparable" and run.model_source != "published-data":
        reason = context.catalog.evidence.why_not_comparable(run)
        if reason:
            return f"No verdict: {reason}."
        return "No verdict: the value lies outside the tolerance, on a quantised copy, where rounding can be the cause."
    if outcome.standing == "not-comparable":
        return "No model was run, and headkb’s score on what the source published does not give the claimed number, or not for the whole claim."
    if outcome.standing == "met" and run.copy_of:
        return "Prompts as stated: inside the stated tolerance, on a quantised copy of the claim’s model."
    if outcome.standing is not None:
        return STANDINGS[outcome.standing].text
    return CONSTRUCTION.get(outcome.construction or "", "Nothing was compared.")


def held_against(run: Run) -> Cell:
    """The threshold with its direction, the values expected and the predictions of the checks; empty if there is none of them."""
    parts: list[Cell] = []
    if run.threshold is not None:
        parts.append(
            f"mean score {'at least' if run.higher_is == 'more' else 'at most'} {run.threshold:g} for a head to be found"
        )
    if len(run.expected) > FEW_VALUES:
        parts.append(f"{len(run.expected)} values, in the table below")
    else:
        parts += [f"{e.head} expected {e.value:g} ± {e.tolerance:g}" for e in run.expected]
    if run.table is not None:
        parts += [f"a published table of {run.table.of} heads"]
    parts += [_predicted(outcome.check) for outcome in run.causal]
    return joined(parts, "; ")


def _predicted(check: CausalCheck) -> str:
    least = f" (at least {check.clean:g} to begin with)" if check.clean else ""
    return f"check `{check.id}`: {BEHAVIOURS[check.metric]}{least} {EXPECTS[check.expects]} {check.size:.0%} of that with the heads silenced"
