"""The walk over causal checks: what each predicts, what a run was held against, and the numbers that came out."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.plain_facts import Facts
from tests.plain_showings import Record, does_it, mean_of, recipes_of, result_of
from tests.site.mark_parts import Part, words
from tests.site.mark_sentences import BEHAVIOURS, NUMBER, PREDICTED, change, controls, prediction, rounds
from tests.site.mark_walk import Walk

CHECK_COLUMNS = (
    "Check",
    "Silenced",
    "Behaviour",
    "As it is",
    "Without them",
    "Without random heads",
    "Change",
    "Result",
)
"""Columns about one causal check of a run."""
SEED_COLUMNS = ("Seed", "As it is", "Without the heads", "Without random heads")


class CheckWalk(Walk):
    """Adds the rules for causal checks."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns["The model does it"] = self.model_does
        self.names |= {
            "Check": self.check_of,
            "Made": self.made_where,
            "It": self.predicted,
            "Held against": self.held_against,
        }

    def row(self, part: Part) -> None:
        """A row of a causal check is read as a whole, and so is one of the prompts of a seed."""
        for columns, rule in ((CHECK_COLUMNS, self.check), (SEED_COLUMNS, self.seed)):
            if {"Check": "Result", "Seed": "Without the heads"}[columns[0]] in part.cells:
                rule(part)
                part = replace(part, cells={title: cell for title, cell in part.cells.items() if title not in columns})
        super().row(part)

    # ── causal checks ──

    def check(self, part: Part) -> None:
        """What came of a causal check, a row each in the order of the run; or of a behaviour that was asked for, or that nothing was."""
        run = self.run_of(part)
        if run is None:
            return
        place, made, seen = (
            self.rows[f"{run['id']} {part.section}"],
            run.get("causal") or [],
            run.get("behaviours") or [],
        )
        self.rows[f"{run['id']} {part.section}"] += 1
        texts = {title: words(part.cells[title]) for title in CHECK_COLUMNS if title in part.cells}
        result, _, why = texts["Result"].partition(": ")
        if place < len(made):
            outcome = made[place]
            self.hold(part, "causal check", result, result_of(outcome), run["id"])
            self.hold(part, "why nothing is decided", why, " ".join(str(outcome.get("why") or "").split()), run["id"])
            self.hold(
                part, "check of a run", texts.get("Check", outcome["check"]["id"]), outcome["check"]["id"], run["id"]
            )
            self.some_of(part, texts["Silenced"], outcome.get("heads", ()), run["id"])
            self.numbers(part, texts, outcome, run["id"])
            return
        self.some_of(part, texts["Silenced"], self.facts.found_by(run), run["id"])
        if place < len(seen):
            asked = seen[place]
            does = "the model does it" if does_it(asked) else "the model does not do it"
            self.hold(part, "behaviour", result, does if asked.get("seeds") else "behaviour not asked", run["id"])
            needed = f"needed {float(asked['check']['clean']):g}"
            true = needed if does.endswith("not do it") else ""
            self.hold(
                part, "what is needed", why, true if asked.get("seeds") else " ".join(asked["why"].split()), run["id"]
            )
            self.hold(part, "behaviour", texts["Behaviour"], BEHAVIOURS[asked["check"]["metric"]], run["id"])
            self.as_it_is(part, texts["As it is"], asked, run["id"])
        else:
            self.hold(part, "causal check", texts["Result"], "no check" if self.facts.found_by(run) else "", run["id"])
        for title in ("Without them", "Without random heads", "Change"):
            self.hold(part, "nothing silenced", texts[title], "", run["id"])

    def as_it_is(self, part: Part, text: str, seen: Record, about: str) -> None:
        """The behaviour before anything is silenced; a dash where the model could not be asked."""
        fits = rounds(text, mean_of(seen, "clean")) if seen.get("seeds") and text != "–" else text
        self.hold(part, "behaviour as it is", fits, True if seen.get("seeds") else "–", about)

    def numbers(self, part: Part, texts: dict[str, str], made: Record, about: str) -> None:
        """The numbers of a causal check: as it is, without the heads, without random ones, and the change."""
        self.hold(part, "behaviour", texts["Behaviour"], BEHAVIOURS[made["check"]["metric"]], about)
        self.as_it_is(part, texts["As it is"], made, about)
        if not made.get("seeds"):
            told = [texts[title] for title in ("Without them", "Without random heads", "Change")]
            self.hold(part, "nothing measured", told, ["–"] * 3, about)
            return
        self.hold(part, "silenced", rounds(texts["Without them"], mean_of(made, "silenced")), True, about)
        self.hold(part, "random heads silenced", *controls(texts["Without random heads"], made), about)
        self.hold(part, "change", *change(texts["Change"], made), about)

    def seed(self, part: Part) -> None:
        """The behaviour on the prompts of one seed, checks with random sets one after the other."""
        if run := self.run_of(part):
            rows = [row for o in run.get("causal") or () if o.get("draws") for row in o.get("seeds") or ()]
            row, place = rows[self.rows["seeds"]], words(part.cells["Seed"])
            self.rows["seeds"] += 1
            low, _, high = words(part.cells["Without random heads"]).partition(" to ")
            said = (words(part.cells["As it is"]), words(part.cells["Without the heads"]), low, high)
            control = list(map(float, row["control"]))
            true = (float(row["clean"]), float(row["silenced"]), min(control), max(control))
            fits = [rounds(text, value) for text, value in zip(said, true, strict=True)]
            self.hold(part, "behaviour on a seed", (place, fits), (str(row["seed"]), [True] * 4), run["id"])

    def model_does(self, part: Part, cell: str) -> None:
        """Whether a model does what a check asks for, with what it has and what is needed."""
        if run := self.run_of(part):
            seen = next(b for b in run["behaviours"] if b["check"]["id"] == words(part.cells["Check"]))
            does = "yes" if does_it(seen) else "no"
            true = does if seen.get("seeds") else f"not asked: {' '.join(seen['why'].split())}"
            self.hold(part, "behaviour", words(cell), true, run["id"])
            self.as_it_is(part, words(part.cells["As it is"]), seen, run["id"])
            least = float(seen["check"]["clean"])
            self.hold(
                part,
                "what is needed",
                words(part.cells["Needed"]),
                f"at least {least:g}" if least else "any",
                run["id"],
            )

    # ── what checks predict ──

    def stated(self, part: Part) -> Record:
        """The causal check that facts are about, by the fact above: of the run of the page, or of its head type."""
        name = words(self.before["Check"].html).split(",")[0]
        if part.page.startswith("runs/"):
            run = self.facts.runs[part.page.split("/")[1]]
            return next((o["check"] for o in run.get("causal") or () if o["check"]["id"] == name), {})
        checks = (self.facts.heads[self.type_of(part)].get("ablation") or {}).get("checks") or ()
        return next((check for check in checks if check["id"] == name), {})

    def check_of(self, part: Part, html: str) -> None:
        """The recipes whose heads a check tests."""
        check, (_, _, recipes) = self.stated(part), words(html).partition(", for the recipe ")
        self.hold(
            part, "recipes of a check", recipes, ", ".join(check.get("recipes") or ()) if check else "?", words(html)
        )

    def made_where(self, part: Part, html: str) -> None:
        """The check for which another one stands in."""
        true = f"where the model does not show the behaviour of {self.stated(part).get('instead_of')}"
        self.hold(part, "check that stands in", words(html), true)

    def predicted(self, part: Part, html: str) -> None:
        """`It must fall by at least 10% of that`, below the behaviour and how much of it is needed."""
        found = re.fullmatch(r"(m[a-z ]+) (\d+)% of that", words(html))
        behaviour = re.fullmatch(
            rf"([a-z ]+?)(?: of the answer|(?<=any answer)| over all tokens| of what follows [a-z0-9_-]+)(?:, at least ({NUMBER}) to begin with)?",
            words(self.before["Behaviour"].html),
        )
        if found is None or behaviour is None:
            self.tell(part, f"a prediction that cannot be read: {words(html)!r}")
        else:
            check = self.stated(part)
            told = (behaviour[1], behaviour[2], found[1], found[2])
            self.hold(part, "prediction", *(prediction(*told, check) if check else (told, "no such check")))

    def held_against(self, part: Part, html: str) -> None:
        """What a run is held against: threshold, expected values, the predictions of its checks."""
        run = self.run_of(part)
        if run is None:
            return
        checks, expected = [o["check"] for o in run.get("causal") or ()], run.get("expected") or []
        record = recipes_of(self.facts.heads[run["head"]]).get(run.get("recipe") or "", run)
        true: list[object] = []
        if run.get("threshold") is not None:
            side = "at least" if self.facts.side(record) == "more" else "at most"
            true.append(f"mean score {side} {float(record['threshold']):g} for a head to be found")
        if len(expected) > 4:
            true.append(f"{len(expected)} values, in the table below")
        else:
            true += [f"{e['head']} expected {float(e['value']):g} ± {float(e['tolerance']):g}" for e in expected]
        true += [f"a published table of {run['table']['of']} heads"] if run.get("table") else []
        said: list[object] = [piece for piece in words(html).split("; ") if not piece.startswith("check ")]
        self.hold(part, "held against", said, true, run["id"])
        found = [PREDICTED.fullmatch(piece) for piece in words(html).split("; ") if piece.startswith("check ")]
        told = [match["id"] if match else "?" for match in found]
        self.hold(part, "checks of a run", told, [check["id"] for check in checks], run["id"])
        for match, check in zip(found, checks, strict=False):
            if match:
                one = prediction(match["metric"], match["clean"], match["expects"], match["size"], check)
                self.hold(part, "prediction", *one, run["id"])
