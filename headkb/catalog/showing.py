"""Does headkb find this type in this model? What the runs of a type's recipes on one model show, together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from headkb.catalog.schema import Head, Run
from headkb.catalog.schema.causal import CausalOutcome, Result, causal_result
from headkb.head_index import HeadIndex

Word = Literal["shown", "partly", "not-shown", "against", "undecided", "invalidated"]
"""`shown`: a head meets every defining criterion, and the causal check, where the type has one, is confirmed for it. `partly`: some criteria
hold and some do not, or were not tried. `not-shown`: the model does the behaviour, and no head passes. `against`: silencing the heads moves
the behaviour the other way. `undecided`: the model does not do the behaviour, or nothing could be compared. `invalidated`: every run was
withdrawn."""
WORDS: tuple[Word, ...] = get_args(Word)
_WORST: tuple[Result, ...] = ("opposite", "refuted", "undecided", "confirmed")


@dataclass(frozen=True)
class Showing:
    """What the runs show of one head type in one model.

    Attributes:
        head_type: Id of the head type.
        model: Id of the model.
        word: The showing.
        heads: The heads that the type is shown for, strongest first; empty unless it is `shown`.
        found: Defining recipe → the heads that pass it, of those that were run.
        why: One sentence: what holds and what does not.
        runs: The runs that it rests on, the newest of each recipe.
    """

    head_type: str
    model: str
    word: Word
    heads: tuple[HeadIndex, ...]
    found: Mapping[str, tuple[HeadIndex, ...]]
    why: str
    runs: tuple[Run, ...]


def newest_by_recipe(newest_first: Iterable[Run]) -> dict[str, Run]:
    """Recipe → its newest run that was not withdrawn."""
    runs: dict[str, Run] = {}
    for run in newest_first:
        if run.recipe is not None and run.invalidation is None and run.model_source != "published-data":
            runs.setdefault(run.recipe, run)
    return runs


def judge(head: Head, model: str, runs: Iterable[Run]) -> Showing | None:
    """What the runs of a type's recipes on one model show, whatever their number; None without a run of a recipe.

    Args:
        head: The head type, whose record says which recipes define it and how its heads are tested causally.
        model: Id of the model.
        runs: Runs on this model, newest first; those of other types must be left out.
    """
    runs = [run for run in runs if run.recipe is not None]
    newest = newest_by_recipe(runs)
    if not runs:
        return None
    if not newest:
        return Showing(head.id, model, "invalidated", (), {}, "every run was withdrawn", tuple(runs))
    tried = {name: newest[name] for name in head.defining if name in newest}
    word, heads, why = _judge(head, tried, list(newest.values()))
    found = {name: run.heads for name, run in tried.items()}
    return Showing(head.id, model, word, heads, found, why, tuple(newest.values()))


def _judge(head: Head, tried: Mapping[str, Run], runs: list[Run]) -> tuple[Word, tuple[HeadIndex, ...], str]:
    if not tried:
        return _beside(head, runs)
    absent = [name for name in head.defining if name not in tried]
    both = meeting_all(head, tried)
    if not any(run.heads for run in tried.values()):
        word, why = _nothing_found(head, runs)
        return word, (), why
    if absent:
        return "partly", (), f"{_passed(tried)}; not tried: {', '.join(absent)}"
    if not both:
        return "partly", (), f"{_passed(tried)}; no head passes all of them"
    return _causal(head, tried, both)


def meeting_all(head: Head, tried: Mapping[str, Run]) -> tuple[HeadIndex, ...]:
    """The heads that pass every defining recipe, in the order of the first; none where one of the recipes was not run."""
    if not head.defining or any(name not in tried for name in head.defining):
        return ()
    first, *others = (tried[name] for name in head.defining)
    return tuple(h for h in first.heads if all(h in run.heads for run in others))


def _silenced(outcomes: Iterable[CausalOutcome]) -> set[HeadIndex]:
    return {head for outcome in outcomes for head in outcome.heads}


def tested_alone(head: Head, tried: Mapping[str, Run], both: tuple[HeadIndex, ...]) -> bool:
    """Whether every check of the defining recipes was made with no other heads than those that pass all of them."""
    due = {check.id for name in tried for check in head.checks_of(name) if check.instead_of is None}
    return due <= {
        outcome.check.id
        for run in tried.values()
        for made in (run.causal, run.joint)
        if made and _silenced(made) <= set(both)
        for outcome in made
    }


def _causal(
    head: Head, tried: Mapping[str, Run], both: tuple[HeadIndex, ...]
) -> tuple[Word, tuple[HeadIndex, ...], str]:
    """The word for heads that meet every defining criterion."""
    names = _named(both)
    if not (head.ablation and head.ablation.checks):
        return "shown", both, f"{names} met every defining criterion; the type has no causal check"
    inside: list[tuple[Result, set[HeadIndex]]] = []
    outside = False
    for made in (made for run in tried.values() for made in (run.causal, run.joint)):
        result, silenced = causal_result(made), _silenced(made)
        if result is not None and silenced <= set(both):
            inside.append((result, silenced))
        elif result is not None:
            outside = True
    result = next((word for word in _WORST if any(word == r for r, _ in inside)), None)
    if result is None:
        why = "the causal check silenced others with them" if outside else "no causal check was made with them"
        return "partly", (), f"{names} met every defining criterion; {why}"
    if result == "undecided":
        return "undecided", (), f"{names} met every defining criterion; {_why_undecided(tried.values())}"
    if result == "opposite":
        return "against", (), f"silencing {names} moves the behaviour the other way"
    if result == "refuted":
        return "partly", (), f"{names} met every defining criterion; silencing them does not do what the type predicts"
    tested = set.intersection(*(silenced for r, silenced in inside if r == "confirmed"))
    heads = tuple(h for h in both if h in tested)
    return "shown", heads, f"{_named(heads)} met every defining criterion, and the causal check is confirmed for them"


def _beside(head: Head, runs: list[Run]) -> tuple[Word, tuple[HeadIndex, ...], str]:
    """The word where no defining recipe was run."""
    roles = {recipe.id: recipe.role for recipe in head.recipes}
    supporting = [run for run in runs if run.heads and roles.get(run.recipe or "") == "supporting"]
    if supporting:
        names = ", ".join(run.recipe or "" for run in supporting)
        return "partly", (), f"heads pass {names}, which supports the type and does not define it"
    if not head.defining:
        return "undecided", (), "no recipe defines the type; what was run is a screen"
    return "undecided", (), f"no defining recipe was run: {', '.join(head.defining)}"


def _nothing_found(head: Head, runs: list[Run]) -> tuple[Word, str]:
    """The word where no head passes any defining recipe: it depends on whether the model does the behaviour."""
    checks = head.ablation.checks if head.ablation else ()
    if not checks:
        return "not-shown", "no head passes; the type has no causal check, so no behaviour was asked for"
    if any(seen.shown for run in runs for seen in (*run.behaviours, *run.causal)):
        return "not-shown", "the model does the behaviour, and no head passes"
    if any(run.behaviours or run.causal for run in runs):
        return "undecided", f"no head passes, and {_why_undecided(runs)}"
    return "undecided", "no head passes, and whether the model does the behaviour was not asked"


def _why_undecided(runs: Iterable[Run]) -> str:
    seen = [one for run in runs for one in (*run.joint, *run.behaviours, *run.causal)]
    asked = next((one for one in seen if one.seeds and not one.shown), None)
    if asked is not None:
        return f"the model does not do the behaviour ({asked.check.metric} {asked.clean:.3g}, needed {asked.check.clean:g})"
    return next((" ".join(one.why.split()).rstrip(".") for one in seen if one.why), "nothing could be compared")


def _passed(tried: Mapping[str, Run]) -> str:
    return ", ".join(f"{name}: {_named(run.heads) if run.heads else 'no head'}" for name, run in tried.items())


def _named(heads: tuple[HeadIndex, ...]) -> str:
    more = f" and {len(heads) - 3} more" if len(heads) > 3 else ""
    return ", ".join(map(str, heads[:3])) + more
