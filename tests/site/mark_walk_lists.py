"""The walk over lists of models: their kinds, the heads with a role and the types shown in each."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.plain_facts import Facts
from tests.plain_showings import worst_of
from tests.site.mark_parts import SHOWINGS, STANDINGS, Part, links, number, showings_in, words
from tests.site.mark_walk import KIND_WORDS
from tests.site.mark_walk_types import TypeWalk

KINDS = {
    "weights set by hand, heads known by construction": "exact",
    "a small model trained by this project": "organism",
    "weights not released": "unreleased",
}
OF_OTHERS = ("public", "unreleased")


class ListWalk(TypeWalk):
    """Adds the rules for lists of models."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns |= {
            "Kind": self.kind,
            "Tables": self.tables,
            "Runs": self.runs,
            "Named heads": self.named_heads,
            "Head types shown": self.types_shown,
            "Heads for which a type is shown": self.share,
        }
        self.names |= {"Kind": self.kind_told, "Quantised copies": self.copies, "Roles by headkb": self.share}
        self.selecting: dict[str, dict[str, tuple[set[str], dict[str, set[str]]]]] = {}

    def row(self, part: Part) -> None:
        """A row that is about a model names no other kind than the model's."""
        model = self.model_of(part)
        if model != "?" and (true := self.facts.models.get(model)):
            said = re.search(r"\(([a-z ]+)\)$", words(part.cells.get("Model", "")))
            kinds = [part.data.get("kind"), said[1] if said else None]
            if part.page != "models/":
                told = {kind for kind in kinds if kind in KIND_WORDS.values()}
                self.hold(part, "kind of a model", told - {KIND_WORDS[true["kind"]]}, set(), model)
        super().row(part)

    def kind(self, part: Part, cell: str) -> None:
        """The kind of a model, as the list says it and filters by it; elsewhere the column is about other things."""
        if part.page == "models/":
            model = self.model_of(part)
            self.hold(part, "kind of a model", {words(cell), part.data["kind"]}, {self.facts.kind(model)}, model)
        else:
            self.quiet(part, cell)

    def kind_told(self, part: Part, html: str) -> None:
        """The same in words on the model's own page."""
        if part.page.startswith("models/"):
            model = self.model_of(part)
            self.hold(part, "kind of a model", KINDS.get(words(html), words(html)), self.facts.kind(model), model)
        else:
            self.quiet(part, html)

    def tables(self, part: Part, cell: str) -> None:
        """How many score tables claims give of a model."""
        model = self.model_of(part)
        count = sum("table" in self.facts.claims[name] for name in self.facts.of_model(model))
        self.hold(part, "tables of a model", words(cell), str(count), model)

    def runs(self, part: Part, cell: str) -> None:
        """How many runs there are on a model; in a row of a type in a model, the newest of its recipes."""
        model = self.model_of(part)
        if part.page == "models/":
            count = sum(run["model"] == model for run in self.facts.newest)
            self.hold(part, "runs of a model", words(cell), str(count), model)
        elif "Showing" in part.cells:
            mine = {run["id"] for run in self.facts.live(model) if run["head"] == self.type_of(part)}
            said = links(part.page, cell, "runs/")
            self.hold(part, "runs of a type", set(said), mine if said else set(), f"{self.type_of(part)} in {model}")
        else:
            self.quiet(part, cell)

    def copies(self, part: Part, html: str) -> None:
        """The quantised copies of a model, with the number of runs on each."""
        model = self.model_of(part)
        mine = {name for name, other in self.facts.models.items() if other.get("quantisation_of") == model}
        counts = [int(n) for n in re.findall(r"\((\d+) runs?\)", words(html))]
        runs = [sum(run["model"] == name for run in self.facts.newest) for name in links(part.page, html, "models/")]
        said = (set(links(part.page, html, "models/")), counts)
        self.hold(part, "copies of a model", said, (mine, [n for n in runs if n]), model)

    # ── counts of heads ──

    def named_heads(self, part: Part, cell: str) -> None:
        """Heads to which claims give a role, in a model of others."""
        model = self.model_of(part)
        count = sum(m == model for m, _ in self.facts.asserted) if self.facts.kind(model) in OF_OTHERS else 0
        self.hold(part, "heads with a role", number(words(cell)), count, model)

    def types_shown(self, part: Part, cell: str) -> None:
        """`3 of 12`: types shown of those that were looked for."""
        model = self.model_of(part)
        found = self.facts.in_model(model)
        true = f"{found['shown']} of {sum(found.values())}" if found else "–"
        self.hold(part, "showings counted", words(cell), true, model)
        said = {SHOWINGS[word] for word in found} or {"none looked for"}
        self.hold(part, "filter", set(part.data.get("types", "").split("|")), said, model)
        stands = {STANDINGS[word][0] for word in self.facts.count(self.facts.of_model(model))} or {"none"}
        self.hold(part, "filter", set(part.data.get("claims", "").split("|")), stands, model)

    def share(self, part: Part, html: str) -> None:
        """For how many heads of a model with an atlas a type is shown, and how many some run selected."""
        model, text = self.model_of(part), words(html)
        if part.page == "atlases/":
            model = links(part.page, part.cells["Model"], "models/")[0].partition("#")[0]
        record = self.facts.models[model]
        shown = sum(m == model for m, _ in self.facts.shown_for)
        if said := re.search(r"(\d+) of (\d+)", text):
            true = (shown, record["n_layers"] * record["n_heads"])
            self.hold(part, "shown for heads", (int(said[1]), int(said[2])), true, model)
        else:
            self.hold(part, "shown for heads", "no recipe was run" in text, not self.selections(model), model)
        if said := re.search(r"for (\d+) of them one with a confirmed causal check", text):
            types = [found for (m, _), found in self.facts.shown_for.items() if m == model]
            checked = sum(self.facts.by_scores_alone(found) < len(found) for found in types)
            self.hold(part, "confirmed", int(said[1]), checked, model)
        if said := re.search(r"recipe selected (\d+) heads?", text):
            heads = set[str]().union(*(heads for heads, _ in self.selections(model).values()))
            self.hold(part, "selected", int(said[1]), len(heads), model)

    # ── one public model beside others ──

    def fact(self, part: Part) -> None:
        """Facts of the page of public models have the names of models."""
        if part.page == "reproduction/public/":
            self.public(part)
        else:
            super().fact(part)

    def public(self, part: Part) -> None:
        """What stands for one public model, or in each of several."""
        text, models = words(part.html), [model for model in self.facts.models if self.facts.kind(model) == "public"]
        if part.name == "Shown in each of":
            types = {
                m: {t for (t, of), s in self.facts.showings.items() if of == m and s.word == "shown"} for m in models
            }
            some = {model: found for model, found in types.items() if found}
            self.hold(part, "models with a shown type", sorted(links(part.page, part.html, "models/")), sorted(some))
            self.shown_types(part, text, part.html, set[str].intersection(*some.values()) if some else set())
            return
        model = next((model for model in models if self.name("models", model) == part.name), "?")
        found, said = self.facts.in_model(model), re.search(r"Head types looked for: (\d+); (.*?)\.", text)
        true = (sum(found.values()), found)
        self.hold(part, "showings counted", said and (int(said[1]), showings_in(said[2])), true, part.name)
        self.alone(part, text, self.facts.shown_in([model]), model)
        self.shown_types(part, text.partition("which by itself shows no type")[2], part.html, self.confirmed(model))

    def confirmed(self, model: str) -> set[str]:
        """Types of which the newest run of a recipe found heads whose causal checks are confirmed."""
        return {
            run["head"]
            for run in self.facts.live(model)
            if self.facts.found_by(run) and worst_of(run.get("causal") or ()) == "confirmed"
        }

    def shown_types(self, part: Part, text: str, html: str, true: Iterable[str]) -> None:
        """`2 types: A, B`."""
        true = set(true)
        count = re.search(r"(\d+) types?", text)
        self.hold(
            part, "types listed", (count and int(count[1]), set(links(part.page, html, "heads/"))), (len(true), true)
        )

    def selections(self, model: str) -> dict[str, tuple[set[str], dict[str, set[str]]]]:
        """Head → types that some recipe selected it for … as type → (recipes run, recipe → heads found) of a model."""
        if model not in self.selecting:
            found: dict[str, tuple[set[str], dict[str, set[str]]]] = {}
            for run in self.facts.live(model):
                heads, recipes = found.setdefault(run["head"], (set(), {}))
                recipes[run["recipe"]] = set(self.facts.found_by(run))
                heads |= recipes[run["recipe"]]
            self.selecting[model] = found
        return self.selecting[model]
