"""Does headkb find this type in this model? What the runs of a type's recipes on one model show, together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from headkb.catalog.glance import Glance, WithGlance, in_words, listed
from headkb.catalog.indexing import index
from headkb.catalog.schema import Head, Run
from headkb.catalog.schema.causal import BehaviourSeen, CausalOutcome, causal_result, counted
from headkb.head_index import HeadIndex

Word = Literal["shown", "partly", "not-shown", "against", "undecided", "invalidated"]
"""`shown`: a head meets every defining criterion, and the causal check, where the type has one, is confirmed for it. `partly`: some criteria
hold and some do not, or were not tried. `not-shown`: the model does the behaviour, and no head passes. `against`: silencing the heads moves
the behaviour the other way. `undecided`: the model does not do the behaviour, or nothing could be compared. `invalidated`: every run was
withdrawn."""
WORDS: tuple[Word, ...] = get_args(Word)
_Judged = tuple[Word, tuple[HeadIndex, ...], str]


@dataclass(frozen=True, repr=False)
class Showing(WithGlance):
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

    def glance(self) -> Glance:
        """The word, why, and the heads."""
        facts = (
            ("heads", in_words(self.heads)),
            ("found", listed(f"{name}: {len(heads)}" for name, heads in self.found.items())),
            ("runs", listed(run.id for run in self.runs)),
        )
        return Glance("Showing", f"{self.head_type} in {self.model}: {self.word}", self.why, facts)


def newest_by_recipe(newest_first: Iterable[Run]) -> dict[str, Run]:
    """Recipe → its newest run that was not withdrawn."""
    runs: dict[str, Run] = {}
    for run in newest_first:
        if run.recipe is not None and run.invalidation is None and run.model_source != "published-data":
            runs.setdefault(run.recipe, run)
    return runs


def judge(head: Head, model: str, runs: Iterable[Run]) -> Showing | None:
    """What the runs of a type's recipes on one model show, whatever their number; None without a run of a recipe on the model itself.

    Args:
        head: The head type, whose record says which recipes define it and how its heads are tested causally.
        model: Id of the model.
        runs: Runs on this model, newest first; those of other types must be left out.
    """
    runs = [run for run in runs if run.recipe is not None and run.model_source != "published-data"]
    newest = newest_by_recipe(runs)
    if not runs:
        return None
    if not newest:
        return Showing(head.id, model, "invalidated", (), {}, "every run was withdrawn", tuple(runs))
    tried = {name: newest[name] for name in head.defining if name in newest}
    word, heads, why = _judge(head, tried, list(newest.values()))
    found = {name: run.heads for name, run in tried.items()}
    return Showing(head.id, model, word, heads, found, why, tuple(newest.values()))


def _judge(head: Head, tried: Mapping[str, Run], runs: list[Run]) -> _Judged:
    if not tried:
        return _beside(head, runs)
    if not any(run.heads for run in tried.values()):
        return _nothing_found(head, runs)
    absent = [name for name in head.defining if name not in tried]
    if absent:
        return "partly", (), f"{_passed(tried)}; not tried: {', '.join(absent)}"
    both = meeting_all(head, tried)
    if not both:
        return "partly", (), f"{_passed(tried)}; no head passes all of them"
    return _causal(head, tried, both)


def meeting_all(head: Head, tried: Mapping[str, Run]) -> tuple[HeadIndex, ...]:
    """The heads that pass every defining recipe, in the order of the first; none where one of the recipes was not run."""
    if not head.defining or any(name not in tried for name in head.defining):
        return ()
    first, *others = (tried[name] for name in head.defining)
    return tuple(h for h in first.heads if all(h in run.heads for run in others))


def checks_left(head: Head, tried: Mapping[str, Run], both: tuple[HeadIndex, ...]) -> tuple[str, ...]:
    """The checks of the defining recipes that were not made with `both` alone, the heads that pass all of these recipes; none without such."""
    due = [check.id for name in tried if both for check in head.checks_of(name) if check.instead_of is None]
    made = {outcome.check.id for outcomes in _made_alone(tried, both) for outcome in outcomes}
    return tuple(dict.fromkeys(check for check in due if check not in made))


def _made_alone(tried: Mapping[str, Run], both: tuple[HeadIndex, ...]) -> list[tuple[CausalOutcome, ...]]:
    """The checks of each run that silenced no other heads than these; where a check could silence none, those that it was given count."""
    made = [pair for run in tried.values() for pair in ((run.causal, run.heads), (run.joint, both))]
    return [outcomes for outcomes, given in made if outcomes and (_silenced(outcomes) or set(given)) <= set(both)]


def _silenced(outcomes: Iterable[CausalOutcome]) -> set[HeadIndex]:
    return {head for outcome in outcomes for head in outcome.heads}


def _causal(head: Head, tried: Mapping[str, Run], both: tuple[HeadIndex, ...]) -> _Judged:
    """The word for heads that meet every defining criterion."""
    met = f"{_named(both)} met every defining criterion"
    if not (head.ablation and head.ablation.checks):
        return "shown", both, f"{met}; the type has no causal check"
    alone = [outcome for outcomes in _made_alone(tried, both) for outcome in outcomes]
    result, decided = causal_result(alone), counted(alone)
    left = checks_left(head, tried, both)
    if result in (None, "confirmed") and (left or result is None):
        return "partly", (), f"{met}; {_why_left(tried, left, bool(alone))} {_them(both)}"
    if result == "undecided":
        return "undecided", (), f"{met}; {_why_undecided(decided)}"
    if result in ("opposite", "refuted"):
        silenced = _silenced(outcome for outcome in decided if outcome.result == result)
        names = _named([head for head in both if head in silenced])
        if result == "opposite":
            return "against", (), f"silencing {names} moves the behaviour the other way"
        what = _them(both) if silenced >= set(both) else names
        return "partly", (), f"{met}; silencing {what} does not do what the type predicts"
    silenced_in = index((outcome.check.id, outcome.heads) for outcome in decided)
    heads = tuple(h for h in both if all(any(h in some for some in made) for made in silenced_in.values()))
    if not heads:
        return "partly", (), f"{met}; no head was silenced in every causal check"
    return (
        "shown",
        heads,
        f"{_named(heads)} met every defining criterion, and the causal check is confirmed for {_them(heads)}",
    )


def _why_left(tried: Mapping[str, Run], left: Sequence[str], made: bool) -> str:
    """Why checks say nothing of the heads that meet every criterion: they silenced others, too, were not made, or decide nothing."""
    silenced = {outcome.check.id for run in tried.values() for outcome in run.causal}
    with_others = [check for check in left if check in silenced]
    if with_others:
        return f"the causal check {', '.join(with_others)} silenced others with"
    if not made:
        return "no causal check was made with"
    return f"the causal check {', '.join(left)} was not made with" if left else "no causal check decides about"


def _beside(head: Head, runs: list[Run]) -> _Judged:
    """The word where no defining recipe was run."""
    supporting = [run for run in runs if head.role_of(run.recipe or "") == "supporting"]
    passed = ", ".join(run.recipe or "" for run in supporting if run.heads)
    if passed:
        return "partly", (), f"heads pass {passed}, which supports the type and does not define it"
    if head.defining:
        return "undecided", (), f"no defining recipe was run: {', '.join(head.defining)}"
    what = "no head passes what supports it" if supporting else "what was run is a screen"
    return "undecided", (), f"no recipe defines the type; {what}"


def _nothing_found(head: Head, runs: list[Run]) -> _Judged:
    """The word where no head passes any defining recipe: it depends on whether the model does the behaviour."""
    checks = head.ablation.checks if head.ablation else ()
    if not checks:
        return "not-shown", (), "no head passes; the type has no causal check, so no behaviour was asked for"
    # That something stays says nothing of what the heads are for.
    seen = [one for run in runs for one in _asked(run) if one.check.expects != "stay"]
    if any(one.shown for one in seen):
        return "not-shown", (), "the model does the behaviour, and no head passes"
    if seen:
        return "undecided", (), f"no head passes, and {_why_undecided(seen)}"
    return "undecided", (), "no head passes, and whether the model does the behaviour was not asked"


def _asked(run: Run) -> Iterator[CausalOutcome | BehaviourSeen]:
    yield from run.behaviours
    yield from run.causal


def _why_undecided(seen: Iterable[CausalOutcome | BehaviourSeen]) -> str:
    seen = list(seen)
    asked = next((one for one in seen if one.seeds and not one.shown), None)
    if asked is not None:
        return f"the model does not do the behaviour ({asked.check.metric} {asked.clean:.3g}, needed {asked.check.clean:g})"
    why = next((" ".join(one.why.split()).rstrip(".") for one in seen if one.why), "nothing could be compared")
    return why[:1].lower() + why[1:] if why[1:2].islower() else why


def _passed(tried: Mapping[str, Run]) -> str:
    return ", ".join(f"{name}: {_named(run.heads) if run.heads else 'no head'}" for name, run in tried.items())


def _named(heads: Sequence[HeadIndex]) -> str:
    more = f" and {len(heads) - 3} more" if len(heads) > 3 else ""
    return ", ".join(map(str, heads[:3])) + more


def _them(heads: Sequence[HeadIndex]) -> str:
    return "it" if len(heads) == 1 else "them"
