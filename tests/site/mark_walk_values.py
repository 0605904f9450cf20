"""The walk over values that runs measured of heads, beside those that were expected, claimed or published."""

from __future__ import annotations

import re
from typing import Any

from tests.plain_facts import Facts
from tests.plain_showings import Record, values_of
from tests.site.mark_parts import Part, links, one, words
from tests.site.mark_sentences import NUMBER, rounds
from tests.site.mark_walk_runs import RunWalk


class ValueWalk(RunWalk):
    """Adds the rules for values."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns |= {
            "Inside tolerance": self.inside,
            "Measured": self.measured,
            "Measured and expected": self.instrument,
            "Largest difference": self.difference,
            "Value": self.value,
        }
        self.names |= {"The claim": self.example_claim, "The run": self.example_run}

    def inside(self, part: Part, cell: str) -> None:
        """Whether a value that was expected of a head came out within its tolerance."""
        if run := self.run_of(part):
            head = words(part.cells["Head"])
            expected = next(e for e in run["expected"] if e["head"] == head)
            self.hold(part, "expected value", words(cell) == "yes", self.facts.near(run, expected), run["id"])

    def row(self, part: Part) -> None:
        """On the page of a run, tables give the values of its strongest heads, and those on prompts of other seeds."""
        run = self.facts.runs.get(part.page.split("/")[1]) if part.page.startswith("runs/") else None
        if run and part.section == "values" and list(part.cells)[:1] == ["Head"]:
            head, value = map(words, part.cells.values())
            self.of_head(part, value, run, head)
        elif run and part.section == "repeats":
            again: Any = next(
                (r for r in run.get("repeats") or () if str(r["seed"]) == words(part.cells["Seed"])), {"values": {}}
            )
            said = {head: words(cell) for head, cell in part.cells.items() if head != "Seed"}
            true = {head: again["values"].get(head) for head in said}
            fits = [head for head, value in true.items() if value is not None and rounds(said[head], float(value))]
            self.hold(part, "values on another seed", fits, [head for head in said if said[head] != "–"], run["id"])
        super().row(part)

    def item(self, part: Part) -> None:
        """On the page of a head, the values that it has in runs that are folded away: `induction 0.93; needle 0.1`."""
        if part.page.startswith("models/") and part.page.count("/") == 3 and part.section == "runs":
            for piece in part.html.split("; <a "):
                run, head = self.facts.runs[links(part.page, f"<a {piece}", "runs/")[0]], part.page.split("/")[2]
                self.of_head(part, words(f"<a {piece}").rsplit(" ", 1)[1], run, head)
        super().item(part)

    def of_head(self, part: Part, text: str, run: Record, head: str) -> None:
        """The value of one head in a run; a dash where it was not measured."""
        value = values_of(run).get(head)
        fits = text == "–" if value is None else text != "–" and rounds(text, value)
        self.hold(part, f"value of {head}", text if not fits else value, value, run["id"])

    def value(self, part: Part, cell: str) -> None:
        """On the page of a head, its value in a run."""
        if "Run" in part.cells and (run := self.run_of(part)):
            self.of_head(part, words(cell), run, part.page.split("/")[2])
        else:
            self.quiet(part, cell)

    def measured(self, part: Part, cell: str) -> None:
        """The value of which something was expected, and what that is."""
        if run := self.run_of(part):
            head = words(part.cells["Head"])
            self.of_head(part, words(cell), run, head)
            true = [f"{float(e['value']):g} ± {float(e['tolerance']):g}" for e in run["expected"] if e["head"] == head]
            self.hold(part, "expected value", [words(part.cells["Expected"])], true, run["id"])

    def instrument(self, part: Part, cell: str) -> None:
        """`L1H0 0.98, expected 1 ± 0.05; …` of an exact model."""
        if run := self.run_of(part):
            pieces = [piece.partition(", expected ") for piece in words(cell).split("; ") if piece]
            true = [f"{float(e['value']):g} ± {float(e['tolerance']):g}" for e in run.get("expected") or ()]
            self.hold(part, "expected values", [expected for *_, expected in pieces], true, run["id"])
            for (measured, *_), expected in zip(pieces, run.get("expected") or (), strict=False):
                head, _, value = measured.partition(" ")
                self.hold(part, "head of an expected value", head, expected["head"], run["id"])
                self.of_head(part, value, run, head)

    def difference(self, part: Part, cell: str) -> None:
        """How many values a run on published data has beside those of the source, and how far off the furthest is."""
        run = self.run_of(part)
        if run is None:
            return
        if run.get("table"):
            count, _, far = self.facts.compared(run)
        else:
            values, expected = values_of(run), run["expected"]
            count, far = len(expected), max(abs(values[e["head"]] - float(e["value"])) for e in expected)
        self.hold(part, "values compared", words(part.cells["Values"]), str(count), run["id"])
        self.hold(part, "largest difference", abs(float(words(cell)) - far) <= 0.06 * far + 6e-7, True, run["id"])

    def example_claim(self, part: Part, html: str) -> None:
        """`in GPT-2 small, L5H1 has 0.9`: one value that the example claims, and the model."""
        claim = self.facts.claims[self.claim_of(part, html)]
        found = re.search(rf", (L\d+H\d+) has ({NUMBER})", words(html))
        said = found and (found[1], float(found[2]))
        self.hold(part, "an example", said in [(h, float(v)) for h, v in claim["values"].items()], True)
        self.hold(part, "model of a claim", links(part.page, html, "models/"), [claim["model"]])

    def example_run(self, part: Part, html: str) -> None:
        """`0.56 in a run, on the quantised copy`: the value of the same head, and the tolerance that was fixed."""
        run = self.facts.runs[one(links(part.page, html, "runs/"))]
        head = re.search(r", (L\d+H\d+) has ", words(self.before["The claim"].html))
        assert head is not None
        self.of_head(part, words(html).split(" ")[0], run, head[1])
        expected = next(e for e in run["expected"] if e["head"] == head[1])
        tolerance = f"{float(expected['tolerance']):g}, fixed before the run"
        self.hold(part, "tolerance", words(self.before["Tolerance"].html), tolerance)
        self.hold(
            part, "copies of a model", links(part.page, html, "models/"), [run["model"]] if run.get("copy_of") else []
        )
