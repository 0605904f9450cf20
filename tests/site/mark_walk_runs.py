"""The walk over what runs say: outcomes, the heads found, and recipes with their role."""

from __future__ import annotations

import re

from tests.plain_facts import Facts, kind_of_prompts
from tests.plain_showings import Record, recipes_of, showing, side_of, strongest, values_of
from tests.site.mark_parts import SHOWINGS, STANDINGS, Part, links, words
from tests.site.mark_reasons import reason
from tests.site.mark_sentences import NUMBER, rounds, the_first
from tests.site.mark_walk import KIND_WORDS
from tests.site.mark_walk_checks import CheckWalk

CONSTRUCTED = {"met": "as constructed", "off": "not as constructed", "invalidated": "instrument check"}
BUILT = {
    "met": ". The value that follows from how the weights were set was met. This checks the instrument; it gives the head type no mark.",
    "off": ". The value that follows from how the weights were set was missed. This checks the instrument; it gives the head type no mark.",
    "undecided": ". Nothing was compared.",
}
RECIPE = re.compile(r"([a-z0-9-]+) \((defining|supporting|screen|no longer a recipe of the type)\)(?:: (.*))?")


class RunWalk(CheckWalk):
    """Adds the rules for what runs say."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns |= {
            "Outcome": self.outcome,
            "This run by itself": self.outcome,
            "First run here": self.first_run,
            "Selected": self.selected,
            "Heads found": self.heads_found,
            "Recipe": self.recipe,
            "Tests": self.recipe,
            "Strongest head": self.strongest,
        }
        self.names |= {
            "This run by itself": self.run_itself,
            "Claim": self.run_claim,
            "Heads found": self.heads_found,
            "Recipe": self.recipe,
            "A head counts if": self.criterion,
            "Quantised copy of": self.copy_of,
        }

    # ── outcomes ──

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
        """The same on the run's own page, with the sentence that says what holds."""
        if run := self.run_of(part):
            self.hold(part, "outcome of a run", self.marks(part, html), [self.mark_of_run(run)], run["id"])
            self.meaning(part, re.sub(r"^.*?</span>(?=[.:])", "", html), run)

    def meaning(self, part: Part, html: str, run: Record) -> None:
        """What stands behind the mark of a run: why a type is shown or not, what a standing means, why there is no verdict."""
        text, (question, word) = words(html), self.facts.outcome(run)
        if word == "invalidated":
            self.hold(part, "a withdrawn run", text, ". It no longer counts.", run["id"])
        elif question == "showing":
            alone = self.facts.alone(run)
            assert alone is not None
            self.hold_all(part, reason(text.removeprefix(": "), alone, showing(alone)), run["id"])
        elif question == "standing":
            self.hold(part, "verdict", self.verdict(text.removeprefix(". "), run), word, run["id"])
        else:
            said = next((said for said, about in BUILT.items() if text.startswith(about)), text)
            self.hold(part, "an exact model", said, word, run["id"])

    def verdict(self, text: str, run: Record) -> str:
        """The standing of which a text gives the meaning or the reason, if what it says of the run is true; else the text."""
        claim, on_copy = self.facts.claims[self.facts.claim_of(run)], bool(run.get("copy_of"))
        own, file = claim.get("source_inputs"), run["prompts"].get("file")
        table = run.get("table") or {}
        true = {
            "met": [
                "Prompts as stated: inside the stated tolerance, on a quantised copy of the claim’s model."
                if on_copy
                else "On the claim’s own model or, named, a quantised copy of it, on prompts of the kind that the source states: "
                "inside a tolerance that was fixed beforehand."
            ],
            "off": [] if on_copy else ["On the claim’s own model and revision, "],
            "formula-checked": [
                "headkb’s score, applied to inputs that the source published, gives the source’s number. "
            ],
            "not-comparable": (
                ["No model was run, and headkb’s score on what the source published does not give the claimed number, "]
                if run["model_source"] == "published-data"
                else [f"No verdict: {why}" for why in self.why_no_verdict(run, claim, table, own, file)]
            ),
        }
        return next((word for word, texts in true.items() if text.startswith(tuple(texts))), text)

    def why_no_verdict(
        self, run: Record, claim: Record, table: Record, own: Record | None, file: Record | None
    ) -> list[str]:
        """The reasons that are true of a run on a model, as texts begin."""
        measure, prompts = claim["of"], run["prompts"]
        pinned, revision = str(self.facts.models[claim["model"]].get("revision") or ""), str(run.get("revision") or "")
        asked = {"tolerance", "rank_correlation"} & (claim.get("table") or {"tolerance": 0}).keys()
        reasons = {
            "the claim states no tolerance for its table.": not asked,
            f"only {table.get('heads')} of the {table.get('of')} heads of the table were compared.": (
                table and table["heads"] < table["of"]
            ),
            f"the revision is {revision[:12]}, and the claim's model is pinned at {pinned[:12]}.": (
                not run.get("copy_of") and not revision.startswith(pinned)
            ),
            f"the score was {run['score']}, and the measure's is ": run["score"] != measure.get("score"),
            f"the parameters of {run['score']} were others than the measure's.": (
                (run.get("score_parameters") or {}) != (measure.get("score_parameters") or {})
            ),
            "the prompts are of another kind than the source's.": (
                (prompts.get("generator"), kind_of_prompts(prompts))
                != (measure.get("prompts"), kind_of_prompts(measure))
            ),
            f"the sentences are those of the file {(file or {}).get('name')}, which are not the source's.": (
                file and (own is None or own["sha256"] != file["sha256"])
            ),
        }
        true = [reason for reason, holds in reasons.items() if holds]
        rounded = "the value lies outside the tolerance, on a quantised copy, where rounding can be the cause."
        return true or ([rounded] if run.get("copy_of") else [])

    def run_claim(self, part: Part, html: str) -> None:
        """Where the claim of a run stands after all its runs."""
        if run := self.run_of(part):
            name = self.facts.claim_of(run)
            self.hold(part, "standing", self.marks(part, html), [self.facts.standing(name)], name)

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

    # ── heads found ──

    def heads_found(self, part: Part, html: str) -> None:
        """The heads that a run found, the strongest named; `none` where a recipe found none, a dash where a claim is no search."""
        if run := self.run_of(part):
            true, text = self.facts.found_by(run), words(html)
            values = values_of(run)
            self.some_of(part, text, true, run["id"])
            nothing = "none" if run.get("recipe") else "–"
            self.hold(
                part, "no head found", text if not re.search("L\\d", text) else "", "" if true else nothing, run["id"]
            )
            first = the_first(text, true, values, side_of(run))
            self.hold(part, "strongest heads", first, True, run["id"])

    def strongest(self, part: Part, cell: str) -> None:
        """`L5H1 0.978`: the head with the strongest value."""
        if run := self.run_of(part):
            self.best(part, words(cell), run)

    def best(self, part: Part, text: str, run: Record) -> None:
        """The same as a text; of heads that are equally strong any."""
        head, values = strongest(run), values_of(run)
        found = re.fullmatch(rf"(L\d+H\d+) ({NUMBER})", text)
        fits = found and found[1] in values and values[found[1]] == values[head] and rounds(found[2], values[head])
        self.hold(part, "strongest head", text if not fits else head, head or "–", run["id"])

    def selected(self, part: Part, cell: str) -> None:
        """Whether a run selected the head of the page."""
        if run := self.run_of(part):
            true = part.page.split("/")[2] in self.facts.found_by(run)
            self.hold(part, "selected", words(cell), "yes" if true else "no", run["id"])

    # ── recipes ──

    def recipe(self, part: Part, html: str) -> None:
        """What a recipe is for its head type, and that a run is one of this recipe; or the claim that a run was held against."""
        text, in_run = words(html), part.page.startswith("runs/") and part.page != "runs/"
        run = (
            self.run_of(part)
            if in_run or {"Run", "Date"} & part.cells.keys() or links(part.page, html, "runs/")
            else None
        )
        if text.startswith("claim ") and run:
            self.hold(part, "claim of a run", self.claim_of(part, html), self.facts.claim_of(run), run["id"])
        elif found := RECIPE.fullmatch(text):
            head_type = run["head"] if run else self.type_of(part)
            record = recipes_of(self.facts.heads[head_type]).get(found[1])
            role = record["role"] if record else "no longer a recipe of the type"
            self.hold(part, "role of a recipe", found[2], role, f"{head_type} {found[1]}")
            if found[3]:
                defines = (
                    found[3].startswith("one of the criteria that a head must all meet") and "no role" not in found[3]
                )
                self.hold(part, "what a recipe is for", defines, role == "defining", found[1])
            if run:
                self.hold(part, "recipe of a run", found[1], run.get("recipe"), run["id"])
        else:
            self.quiet(part, html)

    def criterion(self, part: Part, html: str) -> None:
        """`its mean score is at least 0.4`, below a recipe of the page's head type."""
        record = recipes_of(self.facts.heads[self.type_of(part)])[words(self.before["Recipe"].html).split(" (")[0]]
        side = "at least" if self.facts.side(record) == "more" else "at most"
        true = f"its mean score is {side} {float(record['threshold']):g}"
        self.hold(part, "criterion of a recipe", words(html), true, record["id"])

    def copy_of(self, part: Part, html: str) -> None:
        """The model of which another is a quantised copy: of a run, or of the page's model."""
        run = self.run_of(part) if part.page.startswith("runs/") else None
        model = run["model"] if run else self.model_of(part)
        there = links(part.page, html, "models/")
        self.hold(part, "copies of a model", there, [self.facts.models[model].get("quantisation_of")], model)
