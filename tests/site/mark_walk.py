"""A walk over every mark of a page: each is held against the records of exactly its head type, model, head, claim or run.

What marks mean is told by `docs/evidence.md`, what the records say by `tests.plain_facts`. A mark that no rule here explains is a problem, too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from html import unescape
from typing import Any

from tests.plain_facts import Facts, Record, does_it, passing, recipes_of, result_of
from tests.site.mark_parts import (
    ANY_MARK,
    DRAWING,
    MARK,
    OUTCOMES,
    SAYS,
    SHOWINGS,
    STANDINGS,
    WORDS,
    Part,
    links,
    number,
    one,
    parts,
    read,
    showings_in,
    standings_in,
    words,
)

CONSTRUCTED = {"met": "as constructed", "off": "not as constructed", "invalidated": "instrument check"}
KIND_WORDS = {
    "public": "public model",
    "organism": "organism",
    "exact": "exact model",
    "unreleased": "unreleased model",
}
KINDS_TOLD = {"Public models": "public", "Organisms": "organism"}
MANY_TYPES = 16
Rule = Callable[[Part, str], None]


def page_kind(path: str) -> str:
    """What kind of page this is, for counts of marks."""
    folder, depth = path.partition("/")[0], path.strip("/").count("/")
    if folder == "models":
        return ("list of models", "models", "heads of models")[depth]
    if folder in ("heads", "claims", "runs", "stages", "papers"):
        return folder if depth else f"list of {folder}"
    return {"": "home", "matrix": "matrices", "reproduction": "reproduction"}.get(folder, folder)


class Walk:
    """Problems that pages have, and how many marks were held against records.

    Attributes:
        facts: What the records say.
        problems: What a page says beyond them, or says wrongly, or without a rule that explains it.
        seen: (kind of page, what) → number of marks that were held against records.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts, self.problems = facts, list[str]()
        self.seen: Counter[tuple[str, str]] = Counter()
        self.columns: dict[str, Rule] = {
            "Outcome": self.outcome,
            "This run by itself": self.outcome,
            "First run here": self.first_run,
            "Standing": self.standing,
            "Showing": self.showing,
            "Claims": self.claims,
            "Public models": self.of_kind,
            "Organisms": self.of_kind,
            "Result": self.result,
            "The model does it": self.model_does,
            "Inside tolerance": self.inside,
            "Head type": self.head_type,
            "Selected": self.selected,
            "Heads found": self.heads_found,
            "Looked for": self.head_type,
        }
        self.names: dict[str, Rule] = {
            "This run by itself": self.run_itself,
            "The type in this model": self.run_together,
            "Claim": self.run_claim,
            "Heads found": self.run_heads,
            "Standing": self.fact_standing,
            "Claims": self.claims,
            "Public models": self.of_kind,
            "Organisms": self.of_kind,
            "Formula checked": self.formula,
            "Not comparable": self.formula,
            "Together": self.example,
        }

    # ── frame ──

    def page(self, path: str, html: str) -> None:
        """Walk over one page; `""` is home."""
        self.rows: Counter[str] = Counter()
        self.before: dict[str, Part] = {}
        for part in parts(path, html):
            getattr(
                self,
                {"row": "row", "fact": "fact", "item": "item", "state": "state", "grid": "grid"}.get(part.kind, "line"),
            )(part)
        self.done(path)

    def done(self, path: str) -> None:
        """What is to be said of a page as a whole."""

    def tell(self, part: Part, text: str) -> None:
        """Note a problem."""
        self.problems.append(f"{part.page or 'home'} #{part.section}: {text}")

    def hold(self, part: Part, what: str, said: Any, true: Any, about: str = "") -> None:
        """Count a mark, and note it if it says something else than the records."""
        self.seen[page_kind(part.page), what] += 1
        if said != true:
            self.tell(part, f"{what} {about or one(links(part.page, part.html)[:1])}: says {said}, records say {true}")

    def quiet(self, part: Part, html: str) -> None:
        """Hold that no mark stands here and nothing is counted, since no rule explains it."""
        text = words(DRAWING.sub("", html))
        if found := ANY_MARK.search(html) or SAYS.search(text):
            self.tell(part, f"nothing explains {found[0]!r} in {text[:120]!r}")
        elif part.kind == "row" and text in OUTCOMES and not html.startswith("<code>"):
            self.tell(part, f"nothing explains the word {text!r}")

    def row(self, part: Part) -> None:
        """A row: each cell by the rule of its column, or of the model or method that its column is about."""
        for title, cell in part.cells.items():
            column = one(links(part.page, part.heads[title]))
            here = replace(part, name=title)
            if not column.startswith(("models/", "methods/")):
                self.columns.get(title, self.quiet)(here, cell)
            elif "Recipe" in part.cells:
                self.aside(here, cell, column)
            else:
                self.pair(here, cell, column)

    def fact(self, part: Part) -> None:
        """A name with what stands behind it."""
        self.before[part.name] = part
        of_run = part.name.startswith("Run ") or (part.page == "evidence/" and part.name.startswith("Recipe "))
        rule = self.linked_run if of_run else self.quiet
        self.names.get(part.name, rule)(part, part.html)

    def marks(self, part: Part, html: str) -> list[str]:
        """The marks of a piece, in short; what looks like one and cannot be read is told."""
        if left := ANY_MARK.search(MARK.sub("", html)):
            self.tell(part, f"a mark that cannot be read: {left[0]!r}")
        return [read(mark) for mark in MARK.finditer(html)]

    # ── names of things ──

    def type_of(self, part: Part) -> str:
        """The head type that a part is about."""
        for html in (
            part.cells.get("Head type", ""),
            part.cells.get("Recipe", ""),
            *([part.html] if part.kind == "item" else []),
        ):
            if found := links(part.page, html, "heads/"):
                return found[0].partition("#")[0]
        if part.key.startswith("type-"):
            return part.key.removeprefix("type-")
        return part.page.split("/")[1] if part.page.startswith("heads/") else "?"

    def model_of(self, part: Part) -> str:
        """The model that a part is about."""
        found = links(part.page, part.cells.get("Model", ""), "models/")
        return (
            found[0].partition("#")[0] if found else part.page.split("/")[1] if part.page.startswith("models/") else "?"
        )

    def run_of(self, part: Part) -> Record | None:
        """The run that a row is about, or the page."""
        if part.page.startswith("runs/") and part.page != "runs/":
            return self.facts.runs.get(part.page.split("/")[1])
        places = [
            html
            for title, html in part.cells.items()
            if title in ("Date", "Run", "Outcome", "Recipe", "First run here")
        ]
        run = self.facts.runs.get(one([name for html in places for name in links(part.page, html, "runs/")]))
        if run is None:
            self.tell(part, f"no run stands beside {words(part.html)[:80]!r}")
        return run

    def claim_of(self, part: Part, html: str) -> str:
        """The claim that a piece links to by its own place."""
        found = [link.replace("#", "/") for link in links(part.page, html, "claims/")]
        name = next((link for link in found if link in self.facts.claims), "?")
        if name == "?":
            self.tell(part, f"no claim stands beside {words(part.html)[:80]!r}")
        return name

    def name(self, kind: str, record: str) -> str:
        """What a head type or model is called."""
        return str(self.facts.records[kind][record]["name"])

    # ── runs ──

    def mark_of_run(self, run: Record) -> str:
        """The mark of a run by itself."""
        question, word = self.facts.outcome(run)
        if question == "showing":
            return f"{word} {self.facts.kind(run['model'])}"
        if question == "standing":
            return "withdrawn" if word == "invalidated" else word
        return CONSTRUCTED.get(word, "instrument check")

    def outcome(self, part: Part, cell: str) -> None:
        """What one run says by itself."""
        if run := self.run_of(part):
            self.hold(part, "outcome of a run", self.marks(part, cell), [self.mark_of_run(run)], run["id"])
            said = part.data.get("outcome")
            if said is not None and said != words(re.sub(r"<i .*?</i>", "", cell)):
                self.tell(part, f"filters call {run['id']} {said}")

    def word_of_run(self, run: Record) -> str:
        """The same in words: `shown, public model`."""
        question, word = self.facts.outcome(run)
        if question == "showing":
            return f"{SHOWINGS[word]}, {KIND_WORDS[self.facts.kind(run['model'])]}"
        mark = self.mark_of_run(run)
        return STANDINGS[mark][0] if mark in STANDINGS else mark

    def first_run(self, part: Part, cell: str) -> None:
        """The first run of a head type, in words."""
        if words(cell) != "–" and (run := self.run_of(part)):
            said = words(cell).partition(" ")[2]
            self.hold(
                part, "outcome of a run", (said, run["head"]), (self.word_of_run(run), self.type_of(part)), run["id"]
            )

    def run_itself(self, part: Part, html: str) -> None:
        """The same on the run's own page; that the model does the behaviour is said only where it was measured."""
        if run := self.run_of(part):
            self.hold(part, "outcome of a run", self.marks(part, html), [self.mark_of_run(run)], run["id"])
            if "the model does the behaviour" in words(html).casefold() and not self.does([run]):
                self.tell(part, f"{run['id']} does not say that the model does the behaviour")

    @staticmethod
    def does(runs: Iterable[Record]) -> bool:
        """Whether runs measured that the model does what a causal check asks for."""
        asked = [one for run in runs for key in ("causal", "joint", "behaviours") for one in run.get(key) or ()]
        return any(does_it(one) for one in asked if one["check"].get("expects") != "stay")

    def run_together(self, part: Part, html: str) -> None:
        """What all runs of a type on a model show, on the page of one of them."""
        if run := self.run_of(part):
            self.together(part, html, run["head"], run["model"])
            there = one(links(part.page, html, "models/"))
            self.hold(part, "place of a showing", there, self.place(run["head"], run["model"]))

    def place(self, head_type: str, model: str) -> str:
        """Where the page of a model tells of a type: in a row; where many were looked for, rows are for those that are shown or spoken against."""
        few = sum(m == model for _, m in self.facts.showings) <= MANY_TYPES
        shown = self.facts.showings.get((head_type, model))
        own = few or (shown is not None and shown.word in ("shown", "against"))
        return f"{model}#type-{head_type}" if own else f"{model}#types"

    def together(self, part: Part, html: str, head_type: str, model: str) -> None:
        """A showing, its shape for the kind of model, and a sentence that says no more."""
        shown = self.facts.showings.get((head_type, model))
        true = [f"{shown.word} {self.facts.kind(model)}"] if shown else []
        self.hold(part, "showing", self.marks(part, html), true, f"{head_type} in {model}")
        text = words(html)
        if "is confirmed" in text and not (shown and shown.word == "shown"):
            self.tell(part, f"{head_type} in {model} is not confirmed: {text[:100]!r}")
        runs = [r for r in self.facts.newest if (r["head"], r["model"]) == (head_type, model)]
        if "the model does the behaviour" in text and not self.does(runs):
            self.tell(part, f"no run says that {model} does the behaviour of {head_type}")

    def run_claim(self, part: Part, html: str) -> None:
        """Where the claim of a run stands after all its runs."""
        if run := self.run_of(part):
            name = next(name for name, runs in self.facts.runs_of_claim.items() if run in runs)
            self.hold(part, "standing", self.marks(part, html), [self.facts.standing(name)], name)

    def found_by(self, run: Record) -> frozenset[str]:
        """The heads that a run found."""
        return passing(run, recipes_of(self.facts.heads[run["head"]]).get(run.get("recipe") or ""))

    def heads_found(self, part: Part, cell: str) -> None:
        """The heads that a run found, as its row tells them."""
        if run := self.run_of(part):
            self.some_of(part, words(cell), self.found_by(run), run["id"])

    def run_heads(self, part: Part, html: str) -> None:
        """The same on the run's own page."""
        if run := self.run_of(part):
            self.some_of(part, words(html), self.found_by(run), run["id"])

    def some_of(self, part: Part, text: str, true: Iterable[str], about: str) -> None:
        """Heads named, and how many more: no others than those, and as many."""
        true = set(true)
        named, more = set(re.findall(r"\bL\d+H\d+\b", text)), re.search(r"and (\d+) more", text)
        count = len(named) + (int(more[1]) if more else 0)
        self.hold(part, "heads named", (named - true, count), (set(), len(true)), about)

    def selected(self, part: Part, cell: str) -> None:
        """Whether a run selected the head of the page."""
        if run := self.run_of(part):
            self.hold(part, "selected", words(cell) == "yes", part.page.split("/")[2] in self.found_by(run), run["id"])

    def result(self, part: Part, cell: str) -> None:
        """What came of a causal check, a row each in the order of the run."""
        if run := self.run_of(part):
            place, made = self.rows[f"{run['id']} {part.section}"], run.get("causal") or []
            self.rows[f"{run['id']} {part.section}"] += 1
            said, seen = words(cell), run.get("behaviours") or []
            if place < len(made):
                self.hold(part, "causal check", said.partition(":")[0], result_of(made[place]), run["id"])
            elif place < len(seen):
                does = "the model does it" if does_it(seen[place]) else "the model does not do it"
                true = does if seen[place].get("seeds") else "behaviour not asked"
                self.hold(part, "behaviour", said.partition(":")[0], true, run["id"])
            else:
                self.hold(part, "causal check", said, "no check" if self.found_by(run) else "", run["id"])

    def model_does(self, part: Part, cell: str) -> None:
        """Whether a model does what a check asks for."""
        if run := self.run_of(part):
            check = words(part.cells["Check"])
            seen = next(b for b in run["behaviours"] if b["check"]["id"] == check)
            self.hold(part, "behaviour", words(cell).startswith("yes"), does_it(seen), run["id"])

    def inside(self, part: Part, cell: str) -> None:
        """Whether a value that was expected of a head came out within its tolerance."""
        if run := self.run_of(part):
            head = words(part.cells["Head"])
            expected = next(e for e in run["expected"] if e["head"] == head)
            self.hold(part, "expected value", words(cell) == "yes", self.facts.near(run, expected), run["id"])

    # ── claims ──

    def standing(self, part: Part, cell: str) -> None:
        """Where a claim of a row stands, for the head of the page if it is one's; with links to its runs alone."""
        folder, *rest = part.page.strip("/").split("/")
        if folder == "evidence":
            self.hold(part, "legend", self.marks(part, cell), [words(part.cells["In the data"])])
        elif part.page == "claims/":
            self.line_of_claims(part, cell)
        else:
            name = (
                f"{rest[0]}/{part.key}"
                if folder == "claims"
                else self.claim_of(part, part.cells.get("What is claimed" if folder == "models" else "Source", ""))
            )
            if name in self.facts.claims:
                self.claim_row(part, cell, name, rest[1] if folder == "models" else "")

    def claim_row(self, part: Part, cell: str, name: str, head: str) -> None:
        """The marks of one claim's row."""
        claim, runs = self.facts.claims[name], self.facts.runs_of_claim.get(name, [])
        true = self.facts.standing_for(name, head) if head else self.facts.standing(name)
        self.hold(part, "standing", self.marks(part, cell), [true], name)
        of = {run["id"] for run in runs if not head or run["model_source"] != "published-data"}
        self.hold(part, "runs of a claim", set(links(part.page, cell, "runs/")), of, name)
        copies = {run["model"] for run in runs if run["model"] != claim["model"]}
        self.hold(part, "copies of a model", set(links(part.page, cell, "models/")), copies, name)
        if "Heads" in part.cells:
            named = [*claim.get("heads", ()), *claim.get("values", ())]
            self.some_of(part, words(part.cells["Heads"]), named, name)
        types = links(
            part.page, part.cells.get("Head type", part.cells.get("Role", part.cells.get("About", ""))), "heads/"
        )
        if types:
            text = words(part.cells.get("Head type", part.cells.get("Role", "about")))
            says = "about" if text.startswith(("about ", "measured for ")) or "About" in part.cells else "head"
            self.hold(part, "type of a claim", one(types), claim.get(says) or claim.get("head"), name)
        if part.page.startswith("heads/") and self.type_of(part) not in (claim.get("head"), claim.get("about")):
            self.tell(part, f"{name} is not about this type")
        if self.model_of(part) not in ("?", claim["model"]):
            self.tell(part, f"{name} is about {claim['model']}")
        if "standing" in part.data and part.data["standing"] != STANDINGS[true][0]:
            self.tell(part, f"filters call {name} {part.data['standing']}")

    def line_of_claims(self, part: Part, cell: str) -> None:
        """A line for each source, head type and standing."""
        file, head_type = one(links(part.page, part.cells["Source"], "claims/")), self.type_of(part)
        mark = self.marks(part, cell)
        mine = [
            n for n, c in self.facts.claims.items()
            if c["file"] == file and (c.get("head") or c.get("about")) == head_type and [self.facts.standing(n)] == mark
        ]  # fmt: skip
        self.hold(part, "standing", number(words(part.cells["Claims"])), len(mine), f"{file} {head_type} {mark}")
        models = {self.facts.claims[name]["model"] for name in mine}
        if not set(links(part.page, part.cells["Models"], "models/")) <= models:
            self.tell(part, f"{file} has no such claims about {words(part.cells['Models'])}")

    def fact_standing(self, part: Part, html: str) -> None:
        """The standing of the claim that a page, or the example above it, is about."""
        if part.page == "evidence/":
            name = self.claim_of(part, self.before["The claim"].html)
        else:
            name = "/".join(part.page.strip("/").split("/")[1:])
        if name in self.facts.claims:
            self.hold(part, "standing", self.marks(part, html), [self.facts.standing(name)], name)

    def formula(self, part: Part, html: str) -> None:
        """Checks of a formula where the measure is explained: how many values of how many claims, on which runs."""
        _folder, file, *rest = part.page.strip("/").split("/")
        claim = self.facts.claims.get(f"{file}/{rest[0]}") if rest else None
        measure = claim["measure"] if claim else part.section.removeprefix("measure-")
        mine = {n for n, c in self.facts.claims.items() if c["file"] == file and c.get("measure") == measure}
        runs = [
            r
            for n in mine
            for r in self.facts.runs_of_claim.get(n, [])
            if r["model_source"] == "published-data" and not r.get("invalidation")
        ]
        word = {said: word for word, (said, _) in STANDINGS.items()}[part.name.lower()]
        runs = [r for r in runs if self.facts.outcome(r)[1] == word]
        values = sum(r["table"]["heads"] if r.get("table") else len(r["expected"]) for r in runs)
        found = re.search(r"(\d+) values? of (\d+) claims?", words(html))
        said = (set(links(part.page, html, "runs/")), *(map(int, found.groups()) if found else ()))
        self.hold(part, "formula check", said, ({r["id"] for r in runs}, values, len({r["claim"] for r in runs})))

    def counted(self, part: Part, text: str, names: Iterable[str], about: str) -> None:
        """`69 claims about 41 models: 2 met, …`, or `69: 2 met, …`: as many as there are, and as they stand."""
        names = list(names)
        found = re.search(r"([\d,]+)(?: claims? about ([\d,]+) models?)?:", text)
        if not names:
            said = None if text.strip() in ("–", "", "No claim about particular heads is in the catalog yet.") else text
            self.hold(part, "claims counted", said, None, about)
            return
        models = len({self.facts.claims[name]["model"] for name in names})
        true = (len(names), models, self.facts.count(names))
        total, of = (number(found[1]), number(found[2]) if found[2] else models) if found else (-1, -1)
        self.hold(
            part, "claims counted", (total, of, standings_in(text[found.end() :] if found else text)), true, about
        )

    def claims(self, part: Part, html: str) -> None:
        """How many claims there are, and where they stand: about a head type, a model or of a paper."""
        folder = part.page.split("/")[0]
        if part.page == "claims/":
            return  # counted with the standing of its line
        if part.page == "models/":
            model = self.model_of(part)
            self.counted(part, words(html), self.facts.of_model(model), model)
        elif folder == "papers" and part.page == "papers/":
            paper = links(part.page, part.cells["Paper"], "papers/")[0]
            self.counted(part, words(html), self.facts.of_paper(paper), paper)
        elif folder == "papers":
            mine = [
                n for n in self.facts.of_paper(part.page.split("/")[1]) if self.facts.subject(n) == self.type_of(part)
            ]
            self.counted(part, words(html), mine, self.type_of(part))
        elif part.kind == "fact":
            self.counted(part, words(html), self.facts.about(self.type_of(part)), self.type_of(part))
        else:
            self.number_of_claims(part, html)

    def number_of_claims(self, part: Part, html: str) -> None:
        """The number of claims about a head type in ink, its standings in the label."""
        head_type, found = self.type_of(part), [m for m in MARK.finditer(html) if m["number"]]
        names = self.facts.about(head_type)
        self.hold(part, "claims in ink", [number(m["number"]) for m in found], [len(names)] if names else [], head_type)
        for mark in found:
            self.counted(part, unescape(mark["claims"]), names, head_type)

    # ── showings ──

    def showing(self, part: Part, cell: str) -> None:
        """A row for a head type in a model: its shape, sentence and heads."""
        head_type, model = self.type_of(part), self.model_of(part)
        shown = self.facts.showings.get((head_type, model))
        self.together(part, cell + part.cells.get("What holds", ""), head_type, model)
        if "Heads" in part.cells:
            self.some_of(part, words(part.cells["Heads"]), shown.heads if shown else (), f"{head_type} in {model}")
        if shown and part.data.get("showing") not in (None, SHOWINGS[shown.word]):
            self.tell(part, f"filters call {head_type} in {model} {part.data['showing']}")

    def of_kind(self, part: Part, html: str) -> None:
        """A head type in all models of one kind: a shape with a fraction, or a sentence."""
        if part.page == "evidence/":
            kind = KINDS_TOLD[part.name]
            marks = [f"{m['bare']} {m['bare_kind']}" for m in MARK.finditer(html)]
            self.hold(part, "legend", marks, [f"{words(part.cells['In the data'])} {kind}"])
        elif part.kind == "fact":
            self.sentence(part, f"{part.name}: {words(html)}", self.type_of(part), KINDS_TOLD[part.name])
        else:
            self.summed(part, html, self.type_of(part), KINDS_TOLD[part.name])

    def sentence(self, part: Part, text: str, head_type: str, kind: str) -> None:
        """`Public models: shown in 1, partly in 2 of 3 tried.`."""
        found, tried = self.facts.in_kind(head_type, kind), re.search(r"of ([\d,]+) tried", text)
        name = next(name for name, k in KINDS_TOLD.items() if k == kind)
        said = (text.startswith(f"{name}:"), showings_in(text), number(tried[1]) if tried else 0)
        self.hold(part, "showings counted", said, (True, found, sum(found.values())), f"{head_type}, {kind}")

    def summed(self, part: Part, html: str, head_type: str, kind: str) -> None:
        """A shape for all models of one kind: `shown` if in any, with in how many of how many, and the sentence as its label."""
        found = self.facts.in_kind(head_type, kind)
        marks = [mark for mark in MARK.finditer(html) if mark["sum"] and mark["of"] == kind]
        self.hold(part, "shape of a kind", len(marks), 1 if found else 0, f"{head_type}, {kind}")
        for mark in marks:
            word = mark["sum"]
            said = (int(mark["some"]), int(mark["all"]), mark["label"])
            self.hold(part, "fraction", said, (found[word], sum(found.values()), mark["title"]), f"{head_type}, {kind}")
            most = max((n for w, n in found.items() if w != "invalidated"), default=0)
            if not found[word] or ("shown" in found) != (word == "shown") or (word != "shown" and found[word] < most):
                self.tell(part, f"the shape of {head_type} in {kind} models is {word} of {dict(found)}")
            self.sentence(part, unescape(mark["label"]), head_type, kind)

    def pair(self, part: Part, cell: str, linked: str) -> None:
        """A cell of a matrix: claims about the type and model of its row and column, those rerun, and the shape; or papers with a method."""
        folder, record = linked.split("/")
        head_type = self.type_of(part)
        marks = [mark for mark in MARK.finditer(cell) if mark["href"]]
        if folder == "methods":
            count = self.facts.with_method(head_type, record)
            self.hold(
                part,
                "papers of a method",
                [words(m["inner"]) for m in marks],
                [str(count)] if count else [],
                f"{head_type} {record}",
            )
            return
        names, shown = self.facts.about(head_type, record), self.facts.showings.get((head_type, record))
        by, kind = self.facts.count(names), self.facts.kind(record)
        lines = [str(len(names))] if names else []
        lines += [f"{STANDINGS[word][1]}{by[word]}" for word in ("met", "off") if by[word]]
        rerun = shown or by.keys() & {"met", "off", "not-comparable"}
        wanted = bool(rerun if part.page == "reproduction/" else names or shown)
        self.hold(part, "cell of a matrix", len(marks), int(wanted), f"{head_type} in {record}")
        for mark in marks:
            shapes = re.findall(r'hk-m-([a-z-]+) hk-([a-z]+)"', mark["inner"])
            said = (re.findall(r"<b>(.*?)</b>", mark["inner"]), shapes)
            self.hold(part, "pair", said, (lines, [(shown.word, kind)] if shown else []), f"{head_type} in {record}")
            self.pair_label(part, unescape(mark["pair"]), head_type, record)

    def pair_label(self, part: Part, text: str, head_type: str, model: str) -> None:
        """`Induction head in GPT-2 small: 3 claims, 0 met, 0 off, 3 not rerun; shown, public model`."""
        names, shown = self.facts.about(head_type, model), self.facts.showings.get((head_type, model))
        about = f"{self.name('heads', head_type)} in {self.name('models', model)}: "
        claims = re.search(r"(\d+) claims?, ", text.removeprefix(about))
        word = f"{SHOWINGS[shown.word]}, {KIND_WORDS[self.facts.kind(model)]}" if shown else ""
        last = text.removeprefix(about).split("; ")[-1] if shown else ""
        said = (text.startswith(about), int(claims[1]) if claims else 0, standings_in(text.removeprefix(about)), last)
        self.hold(part, "label of a pair", said, (True, len(names), self.facts.count(names), word), about)

    def aside(self, part: Part, cell: str, linked: str) -> None:
        """A cell of the table of recipes by model: the showing in its first row, then what each recipe found and what its checks say."""
        model, head_type = linked.split("/")[1], self.type_of(part)
        shown = self.facts.showings.get((head_type, model))
        if "all together" in words(part.cells["Recipe"]):
            self.together(part, cell, head_type, model)
            self.some_of(part, words(cell), shown.heads if shown else (), f"{head_type} in {model}")
            return
        recipe, role = words(part.cells["Recipe"]).rstrip(")").split(" (")
        record = recipes_of(self.facts.heads[head_type]).get(recipe, {})
        self.hold(part, "role of a recipe", role, record.get("role"), f"{head_type} {recipe}")
        found = links(part.page, cell, "runs/")
        run = self.facts.runs.get(one(found)) if found else None
        key = (head_type, recipe, model)
        true = next(
            (
                r
                for r in self.facts.newest
                if (r["head"], r.get("recipe"), r["model"]) == key and not r.get("invalidation")
            ),
            None,
        )
        self.hold(part, "run of a recipe", run and run["id"], true and true["id"], " ".join(key))
        if run:
            text = words(cell).removesuffix("(run)")
            heads = "" if text.startswith("no head") else text.partition(";")[0]
            self.some_of(part, heads, self.found_by(run), run["id"])
            results = re.findall(r"[;:] (confirmed|refuted|opposite|undecided)\b", text)
            self.hold(part, "causal check", results, [result_of(o) for o in run.get("causal") or ()], run["id"])

    def example(self, part: Part, html: str) -> None:
        """The example of the evidence page: what recipes find alone, and what they show together."""
        question = self.before["The question"]
        head_type, model = (one(links(part.page, question.html, folder)) for folder in ("heads/", "models/"))
        self.together(part, html, head_type, model)

    def linked_run(self, part: Part, html: str) -> None:
        """One of these recipes, alone."""
        run = self.facts.runs.get(one(links(part.page, html, "runs/")), {})
        self.hold(
            part, "outcome of a run", self.marks(part, html), [self.mark_of_run(run)] if run else ["?"], part.name
        )

    def head_type(self, part: Part, cell: str) -> None:
        """A head type in a row names what other cells are held against; by itself it says nothing."""
        self.quiet(part, cell)

    # ── lines ──

    def item(self, part: Part) -> None:
        """An item of a list: a head type with its marks, a shape of the legend, a claim or the tables of a source."""
        text = words(part.html)
        if found := re.match(r"([\w ]+): no head found in (\d+) runs?: ", text):
            self.quiet_runs(part, found[1].casefold(), int(found[2]))
        elif "hk-chip" in part.html:
            self.number_of_claims(part, part.html)
            for kind in KINDS_TOLD.values():
                self.summed(part, part.html, self.type_of(part), kind)
        elif 'role="img"' in part.html and "hk-m" in part.html:
            said = {(m["bare"], m["bare_kind"]) for m in MARK.finditer(part.html)}
            true = {(WORDS.get(words(part.html), "?"), kind) for kind in KINDS_TOLD.values()}
            self.hold(part, "legend", said, true)
        elif part.page == "reproduction/" and SAYS.search(words(part.html)):
            self.stands(part, words(part.html))
        elif part.page.startswith("heads/") and part.section.startswith(("survey-", "tables")):
            self.listed_claim(part)
        elif part.page.startswith("claims/") and part.section.startswith("tables-"):
            name = self.claim_of(part, part.html)
            stands = [self.facts.standing(name)] if name in self.facts.claims else []
            self.hold(part, "standing", self.marks(part, part.html), [] if stands == ["not-rerun"] else stands, name)
        else:
            self.quiet(part, part.html)

    def quiet_runs(self, part: Part, kind: str, count: int) -> None:
        """Runs of recipes that found no head in models of one kind: of a head type, a model or a score."""
        folder, record = part.page.strip("/").split("/")
        key = {"heads": "head", "models": "model", "scores": "score"}[folder]
        runs = [r for r in self.facts.newest if r[key] == record and r.get("recipe") and not r.get("invalidation")]
        true = [r for r in runs if KIND_WORDS[self.facts.kind(r["model"])] == kind and not self.found_by(r)]
        self.hold(part, "runs without a head", count, len(true), f"{record}, {kind}")

    def listed_claim(self, part: Part) -> None:
        """One claim of a long source, or all tables of one, on the page of a head type."""
        text, head_type = words(part.html), self.type_of(Part(part.page, "line", "", ""))
        if part.section == "tables":
            file = links(part.page, part.html, "claims/")[0]
            names = [
                n
                for n in self.facts.about(head_type)
                if self.facts.claims[n]["file"] == file and self.facts.claims[n].get("table")
            ]
            self.hold(part, "tables of a source", standings_in(text[text.rfind("(") :]), self.facts.count(names), file)
            return
        name = self.claim_of(part, part.html)
        if name in self.facts.claims:
            true, notes = self.facts.standing(name), text[text.rfind("(") :] if text.endswith(")") else ""
            said = [word for word, (say, _) in STANDINGS.items() if re.search(rf"[( ]{say}[,)]", notes)]
            self.hold(part, "standing", said, [] if true == "not-rerun" else [true], name)
            self.hold(
                part, "contested", "contested" in notes.split("contests others")[-1], name in self.facts.contested, name
            )
            if self.facts.claims[name].get("head") != head_type:
                self.tell(part, f"{name} does not assert {head_type}")

    def line(self, part: Part) -> None:
        """A line of text or a heading: sentences that count claims are held against them, others say nothing."""
        text = words(part.html)
        folder, *rest = part.page.strip("/").split("/")
        if part.kind == "h1" and folder == "runs" and rest:
            self.title(part, text)
        elif not SAYS.search(text) or not re.search(r"[\d,]+ claims? about [\d,]+ models?:", text):
            self.counts(part, text)
        elif part.page == "claims/":
            self.counted(part, text, self.facts.claims, "all claims")
        elif folder == "papers":
            self.counted(part, text, self.facts.of_paper(rest[0]), rest[0])
        elif folder == "claims":
            mine = [n for n, c in self.facts.claims.items() if c["file"] == rest[0]]
            if part.section.startswith("tables-"):
                mine = [
                    n
                    for n in mine
                    if part.section == f"tables-{self.facts.claims[n].get('measure')}-{self.facts.subject(n)}"
                ]
                mine = [n for n in mine if self.facts.claims[n].get("table")]
            self.counted(part, text, mine, part.section)
        else:
            self.quiet(part, part.html)

    def counts(self, part: Part, text: str) -> None:
        """Numbers in a line that is not about claims alone."""
        if found := re.match(r"([\d,]+) claims were neither rerun nor checked by their formula", text):
            self.hold(part, "claims counted", number(found[1]), self.facts.count(self.facts.claims)["not-rerun"])
        elif found := re.search(r"(\d+) runs: (\d+) formula checked, on (\d+) values; (\d+) not comparable", text):
            runs = [r for r in self.facts.newest if r["model_source"] == "published-data" and not r.get("invalidation")]
            good = [r for r in runs if self.facts.outcome(r)[1] == "formula-checked"]
            values = sum(r["table"]["heads"] if r.get("table") else len(r["expected"]) for r in good)
            true = (len(runs), len(good), values, len(runs) - len(good))
            self.hold(part, "formula check", tuple(map(int, found.groups())), true)
        else:
            self.quiet(part, part.html)

    def title(self, part: Part, text: str) -> None:
        """The title of a run: that the type is shown only where all recipes together say so, too."""
        if run := self.run_of(part):
            question, word = self.facts.outcome(run)
            about = f"{self.name('heads', run['head'])} in {self.name('models', run['model'])}"
            together = self.facts.showings.get((run["head"], run["model"]))
            if run.get("claim"):
                true = f"{about}: claim {self.word_of_run(run)}{', on a quantised copy' if run.get('copy_of') else ''}"
            elif question == "showing" and word == "shown" and together and together.word == "shown":
                true = f"{about}: shown"
            else:
                true = f"{about}, recipe {run['recipe']}: {self.word_of_run(run).partition(',')[0]}"
            self.hold(part, "title of a run", text, true, run["id"])

    def state(self, part: Part) -> None:
        """The sentences of the whole catalog, or of a model."""
        for text in map(words, re.findall(r"<p>(.*?)</p>", part.html)):
            self.stands(part, text)

    def stands(self, part: Part, text: str) -> None:
        """One of these sentences."""
        model = part.page.split("/")[1] if part.page.startswith("models/") else ""
        kind = KINDS_TOLD.get(text.partition(":")[0])
        if kind and not model:
            self.all_of(part, text, kind)
        elif model and text.startswith("Head types looked for"):
            found = self.facts.in_model(model)
            said = (number(re.findall(r"\d+", text)[0]), showings_in(text.partition(";")[2]))
            self.hold(part, "showings counted", said, (sum(found.values()), found), model)
        else:
            self.counted(part, text, self.facts.of_model(model) if model else self.facts.claims, model or "all claims")

    def all_of(self, part: Part, text: str, kind: str) -> None:
        """`Public models: 68 head types looked for in 4 models, 12 shown in at least one.`."""
        mine = [(t, m, s.word) for (t, m), s in self.facts.showings.items() if self.facts.kind(m) == kind]
        true = [len({t for t, *_ in mine}), len({m for _, m, _ in mine}), len({t for t, _, w in mine if w == "shown"})]
        fits = re.search(r"head types? looked for in .* models?, .* shown in at least one\.", text) is not None
        self.hold(
            part, "showings counted", (fits, [number(n) for n in re.findall(r"[\d,]*\d", text)]), (True, true), kind
        )

    def grid(self, part: Part) -> None:
        """A table of all heads; only grids of roles have marks."""
        self.quiet(part, part.html)
