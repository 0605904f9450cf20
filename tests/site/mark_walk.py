"""A walk over every mark of a page: each is held against the records of exactly its head type, model, head, claim or run.

What marks mean is told by `docs/evidence.md`, what the records say by `tests.plain_facts`. A mark that no rule explains is a problem, too.
Here is the frame; the rules stand in `mark_walk_runs`, `mark_walk_claims`, `mark_walk_showings` and `mark_walk_models`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from tests.plain_facts import Facts
from tests.plain_showings import Record
from tests.site.mark_parts import ANY_MARK, DRAWING, MARK, OUTCOMES, SAYS, Part, links, one, parts, read, words
from tests.site.mark_sentences import Told, named

KIND_WORDS = {
    "public": "public model",
    "organism": "organism",
    "exact": "exact model",
    "unreleased": "unreleased model",
}
KINDS_TOLD = {"Public models": "public", "Organisms": "organism"}
SHORT = 400
"""Pieces shorter than this come again and again, and are read once."""
Rule = Callable[[Part, str], None]


def page_kind(path: str) -> str:
    """What kind of page this is, for counts of marks."""
    folder, depth = path.partition("/")[0], path.strip("/").count("/")
    if folder == "models":
        return ("list of models", "models", "heads of models")[depth]
    if folder in ("heads", "claims", "runs", "stages", "papers"):
        return folder if depth else f"list of {folder}"
    return {"": "home", "matrix": "matrices", "reproduction": "reproduction"}.get(folder, folder)


@lru_cache(maxsize=1 << 18)
def evidence_of(html: str, cell: bool) -> str:
    """What a piece says of evidence, where nothing should be said: a mark, a count, in a cell a bare word; empty if nothing is."""
    text = words(DRAWING.sub("", html) if "<svg" in html else html)
    if found := ("hk-" in html and ANY_MARK.search(html)) or SAYS.search(text):
        at = max(0, text.find(found[0]))
        return f"nothing explains {found[0]!r} in {text[max(0, at - 60) : at + 120]!r}"
    return f"nothing explains the word {text!r}" if cell and text in OUTCOMES and not html.startswith("<code>") else ""


class Walk(ABC):
    """Problems that pages have, and how many marks were held against records.

    Attributes:
        facts: What the records say.
        problems: What a page says beyond them, or says wrongly, or without a rule that explains it.
        seen: (kind of page, what) → number of marks that were held against records.
        columns: Title of a column → the rule for its cells.
        names: Name of a fact → the rule for it.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts, self.problems = facts, list[str]()
        self.seen: Counter[tuple[str, str]] = Counter()
        self.columns: dict[str, Rule] = {}
        self.names: dict[str, Rule] = {}

    def page(self, path: str, html: str) -> None:
        """Walk over one page; `""` is home."""
        self.path, self.kind_of_page = path, page_kind(path)
        self.rows: Counter[str] = Counter()
        self.before: dict[str, Part] = {}
        self.about: dict[str, str] = {}
        for part in parts(path, html):
            getattr(self, part.kind if part.kind in ("row", "fact", "item", "state", "grid") else "line")(part)
        self.done(path)

    def done(self, path: str) -> None:  # noqa: B027  # most pages have nothing more to say
        """What is to be said of a page as a whole."""

    def tell(self, part: Part, text: str) -> None:
        """Note a problem."""
        self.problems.append(f"{part.page or 'home'} #{part.section}: {text}")

    def hold(self, part: Part, what: str, said: Any, true: Any, about: str = "") -> None:
        """Count a mark, and note it if it says something else than the records."""
        self.seen[self.kind_of_page, what] += 1
        if said != true:
            self.tell(part, f"{what} {about or one(links(part.page, part.html)[:1])}: says {said}, records say {true}")

    def hold_all(self, part: Part, told: Told, about: str) -> None:
        """The same for all that a sentence says."""
        for what, said, true in told:
            self.hold(part, what, said, true, about)

    def quiet(self, part: Part, html: str) -> None:
        """Hold that no mark stands here and nothing is counted, since no rule explains it."""
        if said := (evidence_of if len(html) < SHORT else evidence_of.__wrapped__)(html, part.kind == "row"):
            self.tell(part, said)

    def row(self, part: Part) -> None:
        """A row: each cell by the rule of its column, or of the model or method that its column is about."""
        for title, cell in part.cells.items():
            column = self.column(part, title)
            if column.startswith(("models/", "methods/")):
                rule = self.aside if "Recipe" in part.cells else self.pair
                rule(replace(part, name=title), cell, column)
            elif title in self.columns:
                self.columns[title](replace(part, name=title), cell)
            else:
                self.quiet(part, cell)

    def column(self, part: Part, title: str) -> str:
        """The only record that the title of a column links to."""
        head = part.heads[title]
        if head not in self.about:
            self.about[head] = one(links(part.page, head))
        return self.about[head]

    def fact(self, part: Part) -> None:
        """A name with what stands behind it."""
        self.before[part.name] = part
        self.names.get(part.name, self.quiet)(part, part.html)

    def marks(self, part: Part, html: str) -> list[str]:
        """The marks of a piece, in short; what looks like one and cannot be read is told."""
        if left := ANY_MARK.search(MARK.sub("", html)):
            self.tell(part, f"a mark that cannot be read: {left[0]!r}")
        return [read(mark) for mark in MARK.finditer(html)]

    def some_of(self, part: Part, text: str, true: Iterable[str], about: str) -> None:
        """Heads named, and how many more: no others than those, and as many."""
        self.hold(part, "heads named", *named(text, true), about)

    # ── parts with rules of their own ──

    @abstractmethod
    def pair(self, part: Part, cell: str, linked: str) -> None:
        """A cell of a column about a model or method."""

    @abstractmethod
    def aside(self, part: Part, cell: str, linked: str) -> None:
        """A cell of a table of recipes in a column about a model."""

    def item(self, part: Part) -> None:
        """An item of a list."""
        self.quiet(part, part.html)

    def state(self, part: Part) -> None:
        """The sentences of the whole catalog, or of a model."""
        self.quiet(part, part.html)

    def grid(self, part: Part) -> None:
        """A table of all heads; only grids of roles have marks."""
        self.quiet(part, part.html)

    def line(self, part: Part) -> None:
        """A line of text or a heading."""
        self.quiet(part, part.html)

    # ── names of things ──

    def type_of(self, part: Part) -> str:
        """The head type that a part is about."""
        for html in (
            part.cells.get("Head type", ""),
            part.cells.get("Looked for", ""),
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
