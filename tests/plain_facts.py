"""What the records say, worked out a second time from nothing but the YAML files and `docs/evidence.md`: no code of the package is used.

Pages are held against this. Heads are texts (`L9H6`), records plain dicts, and every number is read from where it was measured: heads that a
run found are those beyond the recipe's threshold, and a causal check ended as its own numbers say.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any

import yaml

Record = dict[str, Any]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KINDS = ("heads", "models", "claims", "runs", "papers")
WEAKEST = ("off", "not-comparable", "not-rerun", "formula-checked", "met")
SAME_KIND = ("n", "seed", "part", "file")
"""Parameters that may differ between prompts of one kind."""


def read(root: Path) -> dict[str, dict[str, Record]]:
    """Kind → id → record of a catalog's folder."""
    return {
        kind: {p.stem: yaml.load(p.read_text("utf-8"), LOADER) for p in sorted((root / kind).glob("*.yaml"))}
        for kind in KINDS
    }


@dataclass(frozen=True)
class Shown:
    """The showing of a type in a model, and the heads that it is shown for; none unless it is `shown`."""

    word: str
    heads: frozenset[str] = frozenset()


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


def passing(run: Record, recipe: Record | None) -> frozenset[str]:
    """The heads that a run lists and whose values are beyond the threshold: the recipe's own, if the type still has the recipe."""
    asked = recipe or run
    if asked.get("threshold") is None:
        return frozenset()
    sign = 1 if run.get("higher_is", "more") == "more" else -1  # a recipe says it only where its score leaves it open
    values, limit = values_of(run), sign * float(asked["threshold"])
    return frozenset(head for head in run.get("heads", ()) if head in values and sign * values[head] >= limit)


def does_it(seen: Record) -> bool:
    """Whether the model shows the behaviour that a check asks for: at least as much as it needs, and more than nothing."""
    clean = fmean(float(row["clean"]) for row in seen["seeds"]) if seen.get("seeds") else 0.0
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
    sign, clean = -1 if expects == "fall" else 1, fmean(float(row["clean"]) for row in seeds)
    effect = sign * (fmean(float(row["silenced"]) for row in seeds) / clean - 1)
    random = sign * (fmean(fmean(map(float, row["control"])) for row in seeds) / clean - 1)
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


def causal_of(made: Sequence[Record]) -> str | None:
    """The worst of the results that count; None without one."""
    results = {result for _, result in deciding(made)}
    return next((word for word in ("opposite", "refuted", "undecided", "confirmed") if word in results), None)


def recipes_of(head: Record) -> dict[str, Record]:
    """Recipe → its record."""
    return {recipe["id"]: recipe for recipe in head.get("recipes") or ()}


def showing(head: Record, runs: Sequence[Record]) -> Shown | None:
    """What runs of a type's recipes on one model show; newest first; None without a run on the model itself."""
    on_model = [run for run in runs if run.get("recipe") and run["model_source"] != "published-data"]
    newest: dict[str, Record] = {}
    for run in on_model:
        if not run.get("invalidation"):
            newest.setdefault(run["recipe"], run)
    if not newest:
        return Shown("invalidated") if on_model else None
    recipes = recipes_of(head)
    found = {name: passing(run, recipes.get(name)) for name, run in newest.items()}
    defining = [name for name, recipe in recipes.items() if recipe["role"] == "defining"]
    tried = [name for name in defining if name in newest]
    supported = any(found[name] for name in newest if name in recipes and recipes[name]["role"] == "supporting")
    checks = (head.get("ablation") or {}).get("checks") or []
    if not tried:
        return Shown("partly" if supported else "undecided")
    if not any(found[name] for name in tried):
        asked = [s for run in newest.values() for s in [*run.get("behaviours", ()), *run.get("causal", ())]]
        does = any(does_it(s) for s in asked if s["check"].get("expects") != "stay")
        return Shown("not-shown" if does or not checks else "undecided")
    meeting = frozenset.intersection(*(found[name] for name in tried)) if len(tried) == len(defining) else frozenset()
    if not meeting:
        return Shown("partly")
    return (
        _causal(checks, meeting, [(newest[name], found[name]) for name in tried]) if checks else Shown("shown", meeting)
    )


def _causal(checks: Sequence[Record], meeting: frozenset[str], tried: list[tuple[Record, frozenset[str]]]) -> Shown:
    """The same for heads that meet every defining criterion, of a type with causal checks: only those made with no other head count."""
    made: list[Record] = []
    for run, found in tried:
        for outcomes, given in ((run.get("causal") or [], found), (run.get("joint") or [], meeting)):
            silenced = {head for outcome in outcomes for head in outcome.get("heads", ())}
            made += outcomes if (silenced or given) <= meeting else []
    said, worst = deciding(made), causal_of(made)
    if worst in ("opposite", "refuted", "undecided"):
        return Shown({"opposite": "against", "refuted": "partly", "undecided": "undecided"}[worst])
    recipes = {run["recipe"] for run, _ in tried}
    due = {c["id"] for c in checks if not c.get("instead_of") and (not c.get("recipes") or recipes & set(c["recipes"]))}
    if worst is None or due - {o["check"]["id"] for o in made}:
        return Shown("partly")
    by_check: dict[str, set[str]] = defaultdict(set)
    for outcome, _ in said:
        by_check[outcome["check"]["id"]] |= set(outcome.get("heads", ()))
    heads = meeting.intersection(*by_check.values())
    return Shown("shown", heads) if heads else Shown("partly")


class Facts:
    """The evidence of a catalog's folder."""

    def __init__(self, root: Path, records: Mapping[str, Mapping[str, Record]] | None = None) -> None:
        self.root, self.records = root, records or read(root)
        self.heads, self.models, self.runs = (self.records[kind] for kind in ("heads", "models", "runs"))
        for name, run in self.runs.items():
            run["id"] = name
        self.newest = sorted(self.runs.values(), key=lambda run: (str(run["date"]), run["id"]), reverse=True)
        self.claims: dict[str, Record] = {}
        self.former: dict[str, str] = {}
        for stem, file in self.records["claims"].items():
            for claim in file["claims"]:
                name = f"{stem}/{claim['id']}"
                measure = (file.get("measures") or {}).get(claim.get("measure")) or {}
                source = claim["source"].get("paper") or file.get("paper") or (file.get("repository") or {}).get("name")
                self.claims[name] = {**claim, "of": measure, "by": source or stem, "file": stem}
                olds = [
                    f"{f}/{c}"
                    for f in [stem, *file.get("replaces", ())]
                    for c in [claim["id"], *claim.get("replaces", ())]
                ]
                self.former |= dict.fromkeys(olds, name)
        self.runs_of_claim: dict[str, list[Record]] = defaultdict(list)
        for run in self.newest:
            if run.get("claim"):
                name = run["claim"]
                self.runs_of_claim[name if name in self.claims else self.former[name]].append(run)

    def kind(self, model: str) -> str:
        """`public`, `organism`, `exact` or `unreleased`."""
        return str(self.models[model]["kind"])

    # ── Does headkb find this type in this model? ──

    @cached_property
    def showings(self) -> dict[tuple[str, str], Shown]:
        """(type, model) → its showing; exact models have none."""
        groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for run in self.newest:
            if run.get("recipe") and self.kind(run["model"]) != "exact":
                groups[run["head"], run["model"]].append(run)
        told = {pair: showing(self.heads[pair[0]], runs) for pair, runs in groups.items()}
        return {pair: shown for pair, shown in told.items() if shown is not None}

    def outcome(self, run: Record) -> tuple[str, str]:
        """What one run says by itself: (`showing`, `standing` or `construction`; word)."""
        if run.get("claim"):
            if run.get("invalidation"):
                return "standing", "invalidated"
            name = next(claim for claim, runs in self.runs_of_claim.items() if run in runs)
            claim = self.claims[name]
            parts = [None] if claim.get("table") else [e["head"] for e in run.get("expected", ())]
            said = {self._said(run, claim, part) for part in parts}
            said = said - {"copy-missed"} | ({"not-comparable"} if "copy-missed" in said else set())
            return "standing", next((word for word in WEAKEST if word in said), "not-comparable")
        if self.kind(run["model"]) == "exact":
            return "construction", _construction(run)
        shown = showing(self.heads[run["head"]], [run])
        return ("showing", shown.word) if shown else ("nothing", "undecided")

    # ── Is the claim true of its own model? ──

    def _said(self, run: Record, claim: Record, head: str | None) -> str | None:
        """What one run says of a claim about one head, or of its whole table; None if it was not held against that."""
        if run.get("invalidation") or (head and head not in [e["head"] for e in run.get("expected", ())]):
            return None
        if head is None and not run.get("table"):
            return None
        inside = self._inside(run, claim, head)
        if run["model_source"] == "published-data":
            return "formula-checked" if inside else "not-comparable"
        if inside is None or not self._comparable(run, claim, head):
            return "not-comparable"
        return "met" if inside else "copy-missed" if run["model"] != claim["model"] else "off"

    def _inside(self, run: Record, claim: Record, head: str | None) -> bool | None:
        """Whether the run's own values lie within the claim's own tolerance of the claim's own numbers; None where none was fixed."""
        factor = float(claim["of"].get("factor", 1))
        values = {name: factor * value for name, value in values_of(run).items()}
        if head is not None:
            limit, said = self._tolerance(run, claim), float(claim["values"][head])
            # The claim's number may be rounded in the source, and the run hold more digits of it; an edge is inside.
            return None if limit is None else head in values and abs(values[head] - said) <= limit * 1.001
        table = claim["table"]
        column = self._column(table)
        both = values.keys() & column.keys()
        limit, order = table.get("tolerance"), table.get("rank_correlation")
        if limit is None and order is None:
            return None
        near = limit is None or max(abs(values[name] - column[name]) for name in both) <= float(limit) * 1.001
        return near and (order is None or float(run["table"].get("rank_correlation", -1)) >= float(order))

    def _tolerance(self, run: Record, claim: Record) -> float | None:
        """The tolerance that the claim states for prompts like those of the run."""
        own, file = claim.get("source_inputs"), run["prompts"].get("file")
        limit = own["tolerance"] if own and file and own["sha256"] == file["sha256"] else claim.get("tolerance")
        return None if limit is None else float(limit)

    def _comparable(self, run: Record, claim: Record, head: str | None) -> bool:
        """Whether a run decides about a claim: score, prompts and revision are those that the source states."""
        measure, prompts, own = claim["of"], run["prompts"], claim.get("source_inputs")
        pinned, file = self.models[claim["model"]].get("revision"), prompts.get("file")
        if run["model"] == claim["model"] and pinned and not str(run.get("revision") or pinned).startswith(pinned):
            return False
        if head is None and run["table"]["heads"] < run["table"]["of"] and self._inside(run, claim, None):
            return False
        asked = (measure.get("score"), measure.get("score_parameters") or {}, measure.get("prompts"), _kind(measure))
        done = (run["score"], run.get("score_parameters") or {}, prompts.get("generator"), _kind(prompts))
        return asked == done and (file is None or bool(own and own["sha256"] == file["sha256"]))

    def _column(self, table: Record) -> dict[str, float]:
        with (self.root / "claims" / table["file"]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {f"L{r['layer']}H{r['head']}": float(r[table["column"]]) for r in rows if r[table["column"]]}

    def _on_model(self, name: str, head: str | None) -> str | None:
        """What all runs on the model and its quantised copies say of one head or of the table; None where none was made."""
        runs = [run for run in self.runs_of_claim.get(name, ()) if run["model_source"] != "published-data"]
        words = {self._said(run, self.claims[name], head) for run in runs} - {None}
        if "off" in words:
            return "off"
        return None if not words else "met" if "met" in words and "copy-missed" not in words else "not-comparable"

    def standing(self, name: str) -> str:
        """Where a claim stands: as the weakest of the heads that it names, or of its table."""
        return self._standings[name]

    @cached_property
    def _standings(self) -> dict[str, str]:
        return {name: self._standing(name) for name in self.claims}

    def _standing(self, name: str) -> str:
        claim = self.claims[name]
        if name not in self.runs_of_claim:
            return "not-rerun"
        heads = [None] if claim.get("table") else [*dict.fromkeys([*claim.get("heads", ()), *claim.get("values", ())])]
        each = []
        for head in heads:
            data = [run for run in self.runs_of_claim[name] if run["model_source"] == "published-data"]
            formula = {self._said(run, claim, head) for run in data} - {None}
            checked = (
                "formula-checked" if "formula-checked" in formula else "not-comparable" if formula else "not-rerun"
            )
            each.append(self._on_model(name, head) or checked)
        return next((word for word in WEAKEST if word in each), "not-rerun")

    def standing_for(self, name: str, head: str) -> str:
        """The same for one head that the claim names; a check of a formula says nothing of a head."""
        return self._on_model(name, head) or "not-rerun"

    # ── Roles ──

    def heads_of(self, name: str) -> tuple[str, ...]:
        """The query heads that a claim asserts its type for; none where it asserts no type, or counts key-value heads that share queries."""
        claim = self.claims[name]
        model = self.models.get(claim["model"], {})
        shared = model.get("n_key_value_heads") not in (None, model.get("n_heads"))
        if not claim.get("head") or (claim.get("heads_are", "query") != "query" and shared):
            return ()
        return tuple(claim.get("heads") or claim.get("values") or ())

    @cached_property
    def asserted(self) -> dict[tuple[str, str], dict[str, list[str]]]:
        """(model, head) → type → the claims that assert it for this very head."""
        found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, claim in self.claims.items():
            for head in self.heads_of(name):
                found[claim["model"], head][claim["head"]].append(name)
        return found

    @cached_property
    def shown_for(self) -> dict[tuple[str, str], set[str]]:
        """(model, head) → the types that are shown in the model for this head."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for (head_type, model), shown in self.showings.items():
            for head in shown.heads:
                found[model, head].add(head_type)
        return found

    def roles(self, model: str, head: str) -> set[str]:
        """The types that a head is of."""
        return {*self.asserted.get((model, head), ()), *self.shown_for.get((model, head), ())}

    # ── Counts ──

    def count(self, names: Iterable[str]) -> Counter[str]:
        """Claims by standing."""
        return Counter(self.standing(name) for name in names)

    def subject(self, name: str) -> str:
        """The type that a claim asserts, else the one that it is about."""
        return str(self.claims[name].get("head") or self.claims[name].get("about"))

    def about(self, head_type: str, model: str = "") -> list[str]:
        """Claims that assert a type or are about it, of one model if that is given."""
        mine = self.of_model(model) if model else self.claims
        return [name for name in mine if head_type in (self.claims[name].get("head"), self.claims[name].get("about"))]

    def of_model(self, model: str) -> list[str]:
        """Claims about heads of a model."""
        return self._by_model.get(model, [])

    @cached_property
    def _by_model(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name, claim in self.claims.items():
            found[claim["model"]].append(name)
        return found

    def of_paper(self, paper: str) -> list[str]:
        """Claims that stand in a file of a paper, or are read from it."""
        return [
            name
            for name, claim in self.claims.items()
            if paper in (claim["source"].get("paper"), self.records["claims"][claim["file"]].get("paper"))
        ]

    @cached_property
    def contested(self) -> set[str]:
        """Claims that another contests."""
        return {self.former[old] for claim in self.claims.values() for old in claim.get("contests", ())}

    def disputed(self, names: Iterable[str]) -> bool:
        """Whether one of some claims contests another or is contested."""
        return any(name in self.contested or self.claims[name].get("contests") for name in names)

    def introduces(self, name: str) -> bool:
        """Whether the paper that makes a claim introduces the type that it asserts."""
        claim = self.claims[name]
        paper = claim["source"].get("paper") or self.records["claims"][claim["file"]].get("paper")
        types = self.records["papers"].get(paper, {}).get("heads", ())
        return any((entry["id"], entry["role"]) == (claim.get("head"), "introduces") for entry in types)

    def in_kind(self, head_type: str, kind: str) -> Counter[str]:
        """What runs show of a type in models of one kind: word → number of models."""
        mine = [s.word for (t, m), s in self.showings.items() if t == head_type and self.kind(m) == kind]
        return Counter(mine)

    def in_model(self, model: str) -> Counter[str]:
        """What runs show in a model: word → number of types."""
        return Counter(s.word for (_, m), s in self.showings.items() if m == model)

    def with_method(self, head_type: str, method: str) -> int:
        """Papers on a type that used a method."""
        papers = self.records["papers"].values()
        return sum(
            method in p.get("methods", ()) and head_type in [e["id"] for e in p.get("heads", ())] for p in papers
        )

    @staticmethod
    def near(run: Record, expected: Record) -> bool:
        """Whether the value of a head lies within the tolerance of the value that was expected of it."""
        value = values_of(run).get(expected["head"])
        return value is not None and abs(value - float(expected["value"])) <= float(expected["tolerance"]) * 1.001


def _kind(prompts: Record) -> Record:
    return {key: value for key, value in (prompts.get("parameters") or {}).items() if key not in SAME_KIND}


def _construction(run: Record) -> str:
    """Whether a model with hand-set weights came out as it was constructed."""
    if run.get("invalidation"):
        return "invalidated"
    values = values_of(run)
    misses = [
        abs(values[e["head"]] - float(e["value"])) > float(e["tolerance"]) * 1.001 for e in run.get("expected", ())
    ]
    results = {result_of(outcome) for outcome in run.get("causal", ())}
    if any(misses) or results & {"refuted", "opposite"}:
        return "off"
    return "met" if misses or "confirmed" in results else "undecided"
