"""Heads that a run silenced together, for the head browser: what came of it is the set's, and is said so on every head of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from headkb.catalog.effects import effect_words
from headkb.catalog.schema import HeadIndex, Model
from headkb.catalog.schema.causal import CausalOutcome
from headkb.site.links import record_path
from headkb.site.parts import Context


@dataclass(frozen=True)
class SilencedSet:
    """What one causal check of a run says of the heads that it silenced.

    Attributes:
        name: The head type that the heads were found for.
        page: The path of the run.
        says: The effect and the result, in words that name whose it is.
        heads: The heads.
    """

    name: str
    page: str
    says: str
    heads: tuple[HeadIndex, ...]


def silenced_sets(context: Context, model: Model) -> list[SilencedSet]:
    """The checks of the newest valid run of each recipe in a model, small sets first; what was left undecided says nothing here."""
    found: dict[tuple[str, str | None], list[SilencedSet]] = {}
    for run in context.catalog.runs_of_model.get(model.id, []):
        if run.recipe and run.invalidation is None:
            made = [o for o in run.causal if o.heads and o.seeds and o.result != "undecided"]
            sets = [
                SilencedSet(context.name("heads", run.head), record_path("runs", run.id), said(o), o.heads)
                for o in made
            ]
            found.setdefault((run.head, run.recipe), sets)
    # Two recipes that found the same heads made the same check.
    told = {(one.name, one.says, one.heads): one for sets in found.values() for one in sets}
    return sorted(told.values(), key=lambda one: (len(one.heads), one.name, one.page, one.says))


def said(outcome: CausalOutcome) -> str:
    """The effect in one line: `Silenced together with 7 others, on ioi: accuracy 0.53 → 0: confirmed. That is the effect of all 8 …`."""
    count = len(outcome.heads)
    others = f" together with {count - 1} other{'s' if count > 2 else ''}" if count > 1 else ""
    due = "" if outcome.check.expects == "fall" else f"; it must {outcome.check.expects}"
    whose = f" That is the effect of all {count}, not of this head." if count > 1 else ""
    effect = effect_words(outcome, share=False)
    return f"Silenced{others}, on {outcome.check.prompts}: {effect}{due}: {outcome.result}.{whose}"


def by_head(sets: list[SilencedSet]) -> Mapping[str, list[int]]:
    """Head → the places of the sets that it is of."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(sets):
        for head in one.heads:
            places.setdefault(str(head), []).append(place)
    return places
