"""What the records say, worked out a second time from nothing but the YAML files and `docs/evidence.md`: no code of the package is used.

Pages are held against this. Heads are texts (`L9H6`), records plain dicts; what runs of recipes show is worked out in `tests.plain_showings`.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import product
from pathlib import Path

import yaml

from tests.plain_showings import Record, Shown, Tried, passing, recipes_of, result_of, showing, tried, values_of

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KINDS = ("heads", "models", "claims", "runs", "papers", "scores", "circuits")
WEAKEST = ("off", "not-comparable", "not-rerun", "formula-checked", "met")
SAME_KIND = ("n", "seed", "part", "file")
"""Parameters that may differ between prompts of one kind."""


def read(root: Path) -> dict[str, dict[str, Record]]:
    """Kind → id → record of a catalog's folder."""
    return {
        kind: {p.stem: yaml.load(p.read_text("utf-8"), LOADER) for p in sorted((root / kind).glob("*.yaml"))}
        for kind in KINDS
    }


class Facts:
    """The evidence of a catalog's folder."""

    def __init__(self, root: Path, records: Mapping[str, Mapping[str, Record]] | None = None) -> None:
        self.root, self.records = root, records or read(root)
        self.heads, self.models, self.runs = (self.records[kind] for kind in ("heads", "models", "runs"))
        for name, run in self.runs.items():
            run["id"] = name
        self.newest = sorted(self.runs.values(), key=lambda run: (str(run["date"]), run["id"]), reverse=True)
        self._found: dict[str, frozenset[str]] = {}
        self._outcomes: dict[str, tuple[str, str]] = {}
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
                self.runs_of_claim[self.claim_of(run)].append(run)

    def claim_of(self, run: Record) -> str:
        """The claim that a run was held against, by the id that it has now."""
        return run["claim"] if run["claim"] in self.claims else self.former[run["claim"]]

    def kind(self, model: str) -> str:
        """`public`, `organism`, `exact` or `unreleased`."""
        return str(self.models[model]["kind"])

    # ── Does headkb find this type in this model? ──

    @cached_property
    def showings(self) -> dict[tuple[str, str], Shown]:
        """(type, model) → its showing; exact models have none."""
        return {pair: showing(of) for pair, of in self.tried.items()}

    @cached_property
    def tried(self) -> dict[tuple[str, str], Tried]:
        """(type, model) → what was run of the type's recipes there; exact models are left out."""
        groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for run in self.newest:
            if run.get("recipe") and self.kind(run["model"]) != "exact":
                groups[run["head"], run["model"]].append(run)
        told = {pair: tried(self.heads[pair[0]], runs) for pair, runs in groups.items()}
        return {pair: of for pair, of in told.items() if of is not None}

    def alone(self, run: Record) -> Tried | None:
        """One run as if it were the only one of its type on its model."""
        return tried(self.heads[run["head"]], [run])

    def found_by(self, run: Record) -> frozenset[str]:
        """The heads that a run found."""
        if run["id"] not in self._found:
            recipe = recipes_of(self.heads[run["head"]]).get(run.get("recipe") or "")
            self._found[run["id"]] = passing(run, recipe)
        return self._found[run["id"]]

    def side(self, recipe: Record) -> str:
        """`more` or `less`: the side of the threshold on which a head counts, as its score says, or the recipe where that leaves it open."""
        direction = self.records["scores"].get(recipe["score"], {}).get("direction", "more")
        return str(recipe.get("higher_is", "more") if direction == "size" else direction)

    def by_scores_alone(self, types: Iterable[str]) -> int:
        """How many of some types have no causal check, so that nothing but scores shows them."""
        return sum(not (self.heads[name].get("ablation") or {}).get("checks") for name in types)

    def shown_in(self, models: Iterable[str]) -> set[str]:
        """The types that are shown in at least one of some models."""
        some = set(models)
        return {head_type for (head_type, model), s in self.showings.items() if model in some and s.word == "shown"}

    def live(self, model: str) -> list[Record]:
        """The newest run of each recipe on a model, of those that were not withdrawn."""
        newest: dict[tuple[str, str], Record] = {}
        for run in self._runs_on[model]:
            if run.get("recipe") and not run.get("invalidation") and run["model_source"] != "published-data":
                newest.setdefault((run["head"], run["recipe"]), run)
        return list(newest.values())

    @cached_property
    def _runs_on(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = defaultdict(list)
        for run in self.newest:
            found[run["model"]].append(run)
        return found

    def outcome(self, run: Record) -> tuple[str, str]:
        """What one run says by itself: (`showing`, `standing` or `construction`; word)."""
        if run["id"] not in self._outcomes:
            self._outcomes[run["id"]] = self._outcome(run)
        return self._outcomes[run["id"]]

    def _outcome(self, run: Record) -> tuple[str, str]:
        if run.get("claim"):
            if run.get("invalidation"):
                return "standing", "invalidated"
            claim = self.claims[self.claim_of(run)]
            parts = [None] if claim.get("table") else [e["head"] for e in run.get("expected", ())]
            said = {self._said(run, claim, part) for part in parts}
            said = said - {"copy-missed"} | ({"not-comparable"} if "copy-missed" in said else set())
            return "standing", next((word for word in WEAKEST if word in said), "not-comparable")
        if self.kind(run["model"]) == "exact":
            return "construction", _construction(run)
        alone = self.alone(run)
        return ("showing", showing(alone).word) if alone else ("nothing", "undecided")

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
        asked = (
            measure.get("score"),
            measure.get("score_parameters") or {},
            measure.get("prompts"),
            kind_of_prompts(measure),
        )
        done = (run["score"], run.get("score_parameters") or {}, prompts.get("generator"), kind_of_prompts(prompts))
        return asked == done and (file is None or bool(own and own["sha256"] == file["sha256"]))

    def compared(self, run: Record) -> tuple[int, int, float]:
        """How many heads of a claim's table a run has, of how many, and the largest difference."""
        claim = self.claims[self.claim_of(run)]
        factor, column, values = float(claim["of"].get("factor", 1)), self._column(claim["table"]), values_of(run)
        far = max(abs(factor * values[head] - column[head]) for head in values.keys() & column.keys())
        return len(values.keys() & column.keys()), len(column), far

    def _column(self, table: Record) -> dict[str, float]:
        with (self.root / "claims" / table["file"]).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {f"L{r['layer']}H{r['head']}": float(r[table["column"]]) for r in rows if r[table["column"]]}

    def _words(self, name: str, head: str | None) -> tuple[set[str], set[str]]:
        """What runs on the model itself say of one head or of the table, and what those on its quantised copies say."""
        own, copies = set[str](), set[str]()
        for run in self.runs_of_claim.get(name, ()):
            word = self._said(run, self.claims[name], head)
            if word is not None and run["model_source"] != "published-data":
                (own if run["model"] == self.claims[name]["model"] else copies).add(word)
        return own, copies

    def _on_model(self, name: str, head: str | None) -> str | None:
        """What all these runs say together; None where none was made. What a copy misses takes nothing from a run on the model itself."""
        own, copies = self._words(name, head)
        by_copy = {"met"} & copies if "copy-missed" not in copies else set()
        decided = next((word for word in ("off", "met") if word in own | by_copy), None)
        return decided or ("not-comparable" if own | copies else None)

    def on_copies(self, names: Iterable[str], head: str = "") -> int:
        """How many of some claims are met, of one head or as they stand, only because of what a copy meets and no run on the model does."""
        met = [name for name in names if (self.standing_for(name, head) if head else self.standing(name)) == "met"]
        parts = {name: [head] if head else self._parts(name) for name in met}
        return sum(any("met" not in self._words(name, part)[0] for part in parts[name]) for name in met)

    def _parts(self, name: str) -> list[str | None]:
        """The heads that a claim names; of a table, None for the whole."""
        claim = self.claims[name]
        return [None] if claim.get("table") else [*dict.fromkeys([*claim.get("heads", ()), *claim.get("values", ())])]

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
        each = []
        for head in self._parts(name):
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
        mine = self._about.get(head_type, [])
        return [name for name in mine if not model or self.claims[name]["model"] == model]

    @cached_property
    def _about(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for name, claim in self.claims.items():
            for head_type in {claim.get("head"), claim.get("about")} - {None}:
                found[head_type].append(name)
        return found

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
        return self._methods[head_type, method]

    @cached_property
    def _methods(self) -> Counter[tuple[str, str]]:
        papers = self.records["papers"].values()
        return Counter(
            pair for p in papers for pair in product({e["id"] for e in p.get("heads", ())}, p.get("methods", ()))
        )

    @staticmethod
    def near(run: Record, expected: Record) -> bool:
        """Whether the value of a head lies within the tolerance of the value that was expected of it."""
        value = values_of(run).get(expected["head"])
        return value is not None and abs(value - float(expected["value"])) <= float(expected["tolerance"]) * 1.001


def kind_of_prompts(prompts: Record) -> Record:
    """What tells one kind of prompts from another, of their parameters."""
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
