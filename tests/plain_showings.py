"""What runs of recipes show, worked out a second time from the records and `docs/evidence.md`: no code of the package is used.

Heads are texts (`L9H6`), records plain dicts. Every number is read from where it was measured: heads that a run found are those beyond the
recipe's threshold, and a causal check ended as its own numbers say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """The showing of a type in a model, and the heads that it is shown for; none unless it is `shown`."""

    word: str
    heads: frozenset[str] = frozenset()


# ── One run ──


def values_of(run: Record) -> dict[str, float]:
    """Head → mean score, heads that were not measured left out."""
    layers = run.get("layers") or range(len(run["values"]))
    rows = zip(layers, run["values"], strict=True)
    return {
        f"L{layer}H{head}": float(value)
        for layer, row in rows
        for head, value in enumerate(row)
        if value not in (None, "null")
    }


def side_of(run: Record) -> int:
    """1 where high values are what the run looks for, else -1; a recipe says it only where its score leaves it open."""
    return 1 if run.get("higher_is", "more") == "more" else -1


def passing(run: Record, recipe: Record | None) -> frozenset[str]:
    """The heads that a run lists and whose values are beyond the threshold: the recipe's own, if the type still has the recipe."""
    asked = recipe or run
    if asked.get("threshold") is None:
        return frozenset()
    sign, values = side_of(run), values_of(run)
    limit = sign * float(asked["threshold"])
    return frozenset(head for head in run.get("heads", ()) if head in values and sign * values[head] >= limit)


def strongest(run: Record) -> str:
    """The head that a run measured with the strongest value; empty if it measured none."""
    values = values_of(run)
    return max(values, key=lambda head: side_of(run) * values[head]) if values else ""


# ── One causal check ──


def mean_of(seen: Record, key: str) -> float:
    """The behaviour with what `key` says, `clean` or `silenced`, mean over seeds."""
    return fmean(float(row[key]) for row in seen["seeds"])


def controls_of(made: Record) -> list[float]:
    """The behaviour with each random set silenced, mean over seeds."""
    return [fmean(map(float, values)) for values in zip(*(row["control"] for row in made["seeds"]), strict=True)]


def does_it(seen: Record) -> bool:
    """Whether the model shows the behaviour that a check asks for: at least as much as it needs, and more than nothing."""
    clean = mean_of(seen, "clean") if seen.get("seeds") else 0.0
    return clean > 0 and clean >= float(seen["check"]["clean"])


def result_of(made: Record) -> str:
    """What the numbers of a causal check say, by the four points of the evidence page."""
    if not does_it(made) or made.get("interval") is None:
        return "undecided"
    check, seeds, draws = made["check"], made["seeds"], made.get("draws") or []
    (low, high), size = map(float, made["interval"]), float(check.get("size", 0.1))
    expects = check.get("expects", "fall")
    if expects == "stay":
        return "confirmed" if max(-low, high) <= size else "refuted"
    if len(draws) < 3:
        return "undecided"
    if high <= -size:
        return "opposite"
    sign, clean = -1 if expects == "fall" else 1, mean_of(made, "clean")
    effect = sign * (mean_of(made, "silenced") / clean - 1)
    random = sign * (fmean(controls_of(made)) / clean - 1)
    for row in seeds:
        beaten = sum(sign * float(value) < sign * float(row["silenced"]) for value in row["control"])
        if beaten < 0.95 * len(draws):
            return "refuted"
    return "confirmed" if low >= size and random <= effect / 2 else "refuted"


def deciding(made: Sequence[Record]) -> list[tuple[Record, str]]:
    """Causal checks with their results, without those that say nothing: of what stays, or replaced by another, and undecided."""
    replaced = {outcome["check"].get("instead_of") for outcome in made}
    results = [(outcome, result_of(outcome)) for outcome in made]
    return [
        (outcome, result)
        for outcome, result in results
        if result != "undecided"
        or (outcome["check"].get("expects") != "stay" and outcome["check"]["id"] not in replaced)
    ]


def worst_of(made: Sequence[Record]) -> str | None:
    """The worst of the results that count; None without one."""
    results = {result for _, result in deciding(made)}
    return next((word for word in ("opposite", "refuted", "undecided", "confirmed") if word in results), None)


# ── All runs of a type's recipes on one model ──


@dataclass(frozen=True)
class Tried:
    """What was run of a type's recipes on one model.

    Attributes:
        head: The record of the type.
        newest: Recipe → its newest run that was not withdrawn.
        found: Recipe → the heads that this run found.
    """

    head: Record
    newest: Mapping[str, Record]
    found: Mapping[str, frozenset[str]]

    @cached_property
    def recipes(self) -> dict[str, Record]:
        """Recipe → its record."""
        return recipes_of(self.head)

    def of_role(self, role: str) -> list[str]:
        """The recipes of the type that are `defining`, `supporting` or a `screen`."""
        return [name for name, recipe in self.recipes.items() if recipe["role"] == role]

    @cached_property
    def tried(self) -> list[str]:
        """The defining recipes that were run."""
        return [name for name in self.of_role("defining") if name in self.newest]

    @cached_property
    def absent(self) -> set[str]:
        """The defining recipes that were not run."""
        return set(self.of_role("defining")) - set(self.tried)

    @cached_property
    def meeting(self) -> frozenset[str]:
        """The heads that pass every defining recipe; none where one of the recipes was not run."""
        if self.absent or not self.tried:
            return frozenset()
        return frozenset.intersection(*(self.found[name] for name in self.tried))

    @property
    def checks(self) -> list[Record]:
        """The causal checks of the type."""
        return (self.head.get("ablation") or {}).get("checks") or []

    @cached_property
    def made(self) -> list[Record]:
        """Checks of defining recipes that were made with no other head than those that meet every criterion."""
        made: list[Record] = []
        for name in self.tried:
            run = self.newest[name]
            for outcomes, given in (
                (run.get("causal") or [], self.found[name]),
                (run.get("joint") or [], self.meeting),
            ):
                silenced = {head for outcome in outcomes for head in outcome.get("heads", ())}
                made += outcomes if (silenced or given) <= self.meeting else []
        return made

    @cached_property
    def left(self) -> set[str]:
        """The checks that these recipes ask for and that were not made in this way."""
        asked = [c for c in self.checks if not c.get("recipes") or set(self.tried) & set(c["recipes"])]
        due = {check["id"] for check in asked if not check.get("instead_of")}
        return due - {outcome["check"]["id"] for outcome in self.made}

    @cached_property
    def asked(self) -> list[Record]:
        """Where the model was asked for its behaviour; that something stays says nothing of what the heads are for."""
        runs = self.newest.values()
        seen = [one for run in runs for one in [*run.get("behaviours", ()), *run.get("causal", ())]]
        return [one for one in seen if one["check"].get("expects") != "stay"]


def recipes_of(head: Record) -> dict[str, Record]:
    """Recipe → its record."""
    return {recipe["id"]: recipe for recipe in head.get("recipes") or ()}


def tried(head: Record, runs: Sequence[Record]) -> Tried | None:
    """What of these runs of one type on one model counts, newest first; None without a run of a recipe on the model itself."""
    on_model = [run for run in runs if run.get("recipe") and run["model_source"] != "published-data"]
    newest: dict[str, Record] = {}
    for run in on_model:
        if not run.get("invalidation"):
            newest.setdefault(run["recipe"], run)
    recipes = recipes_of(head)
    found = {name: passing(run, recipes.get(name)) for name, run in newest.items()}
    return Tried(head, newest, found) if on_model else None


def showing(of: Tried) -> Shown:
    """What these runs show of the type in the model."""
    if not of.newest:
        return Shown("invalidated")
    if not of.tried:
        supported = any(of.found.get(name) for name in of.of_role("supporting"))
        return Shown("partly" if supported else "undecided")
    if not any(of.found[name] for name in of.tried):
        return Shown("not-shown" if any(map(does_it, of.asked)) or not of.checks else "undecided")
    if not of.meeting:
        return Shown("partly")
    return _causal(of) if of.checks else Shown("shown", of.meeting)


def _causal(of: Tried) -> Shown:
    """The same for heads that meet every defining criterion, of a type with causal checks: only those made with no other head count."""
    worst = worst_of(of.made)
    if worst in ("opposite", "refuted", "undecided"):
        return Shown({"opposite": "against", "refuted": "partly", "undecided": "undecided"}[worst])
    if worst is None or of.left:
        return Shown("partly")
    by_check: dict[str, set[str]] = defaultdict(set)
    for outcome, _ in deciding(of.made):
        by_check[outcome["check"]["id"]] |= set(outcome.get("heads", ()))
    heads = of.meeting.intersection(*by_check.values())
    return Shown("shown", heads) if heads else Shown("partly")
