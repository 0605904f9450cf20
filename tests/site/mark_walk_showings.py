"""The walk over showings: head types in models, one by one, in matrices and counted; recipes and models side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from tests.plain_facts import Facts
from tests.plain_showings import side_of, values_of
from tests.site.mark_parts import (
    MARK,
    SAYS,
    SHOWINGS,
    STANDINGS,
    WORDS,
    Part,
    in_brackets,
    links,
    number,
    one,
    showings_in,
    standings_in,
    words,
)
from tests.site.mark_reasons import reason
from tests.site.mark_sentences import checked, the_first
from tests.site.mark_walk import KIND_WORDS, KINDS_TOLD
from tests.site.mark_walk_claims import ClaimWalk

MANY_TYPES = 16


class ShowingWalk(ClaimWalk):
    """Adds the rules for head types in models, and for lists and lines that tell of several."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns |= {
            "Showing": self.showing,
            "What holds": self.with_showing,
            "Meaning": self.meaning_of,
            "Public models": self.of_kind,
            "Organisms": self.of_kind,
        }
        self.names |= {
            "The type in this model": self.run_together,
            "Public models": self.of_kind,
            "Organisms": self.of_kind,
            "Together": self.example,
        }

    def with_showing(self, part: Part, cell: str) -> None:
        """What holds of a type in a model is held with the showing of its row."""
        if "Showing" not in part.cells:
            self.quiet(part, cell)

    def meaning_of(self, part: Part, cell: str) -> None:
        """The legend of the evidence page says what its words mean, and nothing of any record."""
        if part.page != "evidence/":
            self.quiet(part, cell)

    def fact(self, part: Part) -> None:
        """On the page about evidence, facts named after recipes tell of their runs."""
        if part.page == "evidence/" and part.name.startswith("Recipe "):
            self.recipe_alone(part, part.html)
        else:
            super().fact(part)

    # ── one type in one model ──

    def run_together(self, part: Part, html: str) -> None:
        """What all runs of a type on a model show, on the page of one of them."""
        if run := self.run_of(part):
            self.together(part, html, html.partition("all recipes together</a>: ")[2], run["head"], run["model"])
            there = one(links(part.page, html, "models/"))
            self.hold(part, "place of a showing", there, self.place(run["head"], run["model"]))

    def place(self, head_type: str, model: str) -> str:
        """Where the page of a model tells of a type: in a row; where many were looked for, rows are for those that are shown or spoken against."""
        few = sum(m == model for _, m in self.facts.showings) <= MANY_TYPES
        shown = self.facts.showings.get((head_type, model))
        own = few or (shown is not None and shown.word in ("shown", "against"))
        return f"{model}#type-{head_type}" if own else f"{model}#types"

    def together(self, part: Part, html: str, why: str, head_type: str, model: str) -> None:
        """A showing, its shape for the kind of model, and the sentence that says what holds."""
        shown, of = self.facts.showings.get((head_type, model)), self.facts.tried.get((head_type, model))
        about = f"{head_type} in {model}"
        self.hold(
            part, "showing", self.marks(part, html), [f"{shown.word} {self.facts.kind(model)}"] if shown else [], about
        )
        if why and shown and of:
            self.hold_all(part, reason(words(why), of, shown), about)
        elif why:
            self.tell(part, f"nothing was run that shows {about}: {words(why)!r}")

    def showing(self, part: Part, cell: str) -> None:
        """A row for a head type in a model: its shape, sentence and heads."""
        head_type, model = self.type_of(part), self.model_of(part)
        shown = self.facts.showings.get((head_type, model))
        self.together(part, cell, part.cells.get("What holds", ""), head_type, model)
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
            said = (int(mark["some"]), int(mark["all"]))
            self.hold(part, "fraction", said, (found[word], sum(found.values())), f"{head_type}, {kind}")
            most = max((n for w, n in found.items() if w != "invalidated"), default=0)
            if not found[word] or ("shown" in found) != (word == "shown") or (word != "shown" and found[word] < most):
                self.tell(part, f"the shape of {head_type} in {kind} models is {word} of {dict(found)}")
            self.sentence(part, unescape(mark["title"]), head_type, kind)

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
        copies = in_brackets(text, "on a quantised copy")
        self.hold(part, "claims met on a copy", copies, self.facts.on_copies(names), about)

    def aside(self, part: Part, cell: str, linked: str) -> None:
        """A cell of the table of recipes by model: the showing in its first row, then what each recipe found and what its checks say."""
        model, head_type = linked.split("/")[1], self.type_of(part)
        if "all together" in words(part.cells["Recipe"]):
            self.all_together(part, cell, head_type, model)
            return
        recipe = words(part.cells["Recipe"]).split(" (")[0]
        runs = links(part.page, cell, "runs/")
        true = [r["id"] for r in self.facts.live(model) if (r["head"], r["recipe"]) == (head_type, recipe)]
        self.hold(part, "run of a recipe", runs, true, f"{head_type} {recipe} {model}")
        if run := self.facts.runs.get(one(runs)):
            text = words(cell).removesuffix(" (run)")
            found, nothing = self.facts.found_by(run), re.match(r"no head(?:; strongest ([^;:]*))?", text)
            heads, _, checks = (text[nothing.end() :] if nothing else text).partition("; ")
            self.some_of(part, heads, found, run["id"])
            if nothing:
                self.best(part, nothing[1] or "–", run)
            values = values_of(run)
            first = the_first(heads, found, values, side_of(run))
            self.hold(part, "strongest heads", first, True, run["id"])
            self.hold_all(part, checked(checks, run, found), run["id"])
        else:
            self.hold(part, "nothing run", words(cell), "–", f"{head_type} {recipe} {model}")

    def all_together(self, part: Part, cell: str, head_type: str, model: str) -> None:
        """A showing with the heads that it is for; with why it is not shown where the page has room for that."""
        shown = self.facts.showings.get((head_type, model))
        heads, _, why = cell.partition("; ")
        self.together(part, cell, why, head_type, model)
        self.some_of(part, words(heads), shown.heads if shown else (), f"{head_type} in {model}")
        if shown is None:
            self.hold(part, "nothing run", words(cell), "–", f"{head_type} in {model}")

    def example(self, part: Part, html: str) -> None:
        """The example of the evidence page: what recipes find alone, and what they show together."""
        question = self.before["The question"]
        head_type, model = (one(links(part.page, question.html, folder)) for folder in ("heads/", "models/"))
        self.together(part, html, html.partition("</span>: ")[2], head_type, model)

    def recipe_alone(self, part: Part, html: str) -> None:
        """`L11H3, L12H1; alone: partly`: one of its recipes, alone, with its strongest heads."""
        run = self.facts.runs[one(links(part.page, html, "runs/"))]
        heads, values, found = words(html).partition("; ")[0], values_of(run), self.facts.found_by(run)
        self.hold(part, "outcome of a run", self.marks(part, html), [self.mark_of_run(run)], part.name)
        self.hold(part, "recipe of a run", part.name, f"Recipe {run['recipe']}", run["id"])
        first = the_first(heads, found, values, side_of(run))
        self.hold(part, "heads named", (set(heads.split(", ")) <= {*found, "no head"}, first), (True, True), run["id"])
        self.hold(part, "no head found", heads == "no head", not found, run["id"])

    # ── items and lines ──

    def item(self, part: Part) -> None:
        """An item of a list: a head type with its marks, a shape of the legend, a claim or the tables of a source."""
        text = words(part.html)
        if found := re.match(r"([\w ]+): no head found in (\d+) runs?: ", text):
            self.quiet_runs(part, found[1].casefold(), int(found[2]))
        elif "heads with a role in" in text:
            self.line(part)
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
        elif part.page.startswith("heads/") and part.section == "tables":
            self.tables_of_source(part)
        elif part.page.startswith("claims/") and part.section.startswith("tables-"):
            name = self.claim_of(part, part.html)
            stands = [self.facts.standing(name)] if name in self.facts.claims else []
            self.hold(part, "standing", self.marks(part, part.html), [] if stands == ["not-rerun"] else stands, name)
        else:
            super().item(part)

    def quiet_runs(self, part: Part, kind: str, count: int) -> None:
        """Runs of recipes that found no head in models of one kind: of a head type, a model or a score."""
        folder, record = part.page.strip("/").split("/")
        key = {"heads": "head", "models": "model", "scores": "score"}[folder]
        runs = [r for r in self.facts.newest if r[key] == record and r.get("recipe") and not r.get("invalidation")]
        true = [r for r in runs if KIND_WORDS[self.facts.kind(r["model"])] == kind and not self.facts.found_by(r)]
        self.hold(part, "runs without a head", count, len(true), f"{record}, {kind}")

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
            self.alone(part, text, self.facts.shown_in([model]), model)
        else:
            self.counted(part, text, self.facts.of_model(model) if model else self.facts.claims, model or "all claims")

    def all_of(self, part: Part, text: str, kind: str) -> None:
        """`Public models: 68 head types looked for in 4 models, 12 shown in at least one.`."""
        mine = [(t, m, s.word) for (t, m), s in self.facts.showings.items() if self.facts.kind(m) == kind]
        models = {m for _, m, _ in mine}
        shown = self.facts.shown_in(models)
        found = re.fullmatch(
            r"[\w ]+: ([\d,]+) head types? looked for in ([\d,]+) models?, ([\d,]+) shown in at least one(?: \(.*\))?\.",
            text,
        )
        true = (len({t for t, *_ in mine}), len(models), len(shown))
        self.hold(part, "showings counted", found and tuple(map(number, found.groups())), true, kind)
        self.alone(part, text, shown, kind)

    def alone(self, part: Part, text: str, shown: Iterable[str], about: str) -> None:
        """How many of some types that are shown have no causal check."""
        said = in_brackets(text, "by scores alone, without a causal check")
        self.hold(part, "shown by scores alone", said, self.facts.by_scores_alone(shown), about)
