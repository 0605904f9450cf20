"""The walk over the answers of head types: the heads that most sources name, the claims behind them, the models in which a type is shown."""

from __future__ import annotations

import re
from collections import Counter

from tests.plain_facts import Facts
from tests.plain_showings import Record
from tests.site.mark_parts import MARK, Part, links, number, words
from tests.site.mark_sentences import HEAD
from tests.site.mark_walk import KINDS_TOLD
from tests.site.mark_walk_showings import ShowingWalk

OF_OTHERS = ("public", "unreleased")
LOOKED_AT_FIRST = "gpt2"


class TypeWalk(ShowingWalk):
    """Adds the rules for the answers of head types."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.names |= {"Shown on": self.shown_on, "Best known heads": self.best_known}

    def shown_on(self, part: Part, html: str) -> None:
        """A sentence for each kind of model, every count behind its shape; or that nobody looked."""
        head_type, kinds = self.type_of(part), list(KINDS_TOLD.values())
        lines = {line.split(":")[0]: line for line in html.split("<br>") if words(line).split(":")[0] in KINDS_TOLD}
        told = {KINDS_TOLD[name]: line for name, line in lines.items()}
        true = {kind for kind in kinds if self.facts.in_kind(head_type, kind)}
        self.hold(part, "kinds looked at", set(told), true, head_type)
        for kind, line in told.items():
            self.sentence(part, words(line), head_type, kind)
            shapes = Counter(f"{m['bare']} {m['bare_kind']}" for m in MARK.finditer(line))
            found = Counter(f"{word} {kind}" for word, count in self.facts.in_kind(head_type, kind).items() if count)
            self.hold(part, "shapes of a sentence", shapes, found, f"{head_type}, {kind}")

    def asserting(self, head_type: str) -> list[str]:
        """The claims that say of particular heads of models of others that they are of a type."""
        return [
            name
            for name in self.facts.about(head_type)
            if (claim := self.facts.claims[name]).get("head") == head_type
            and (claim.get("heads") or claim.get("values"))
            and self.facts.kind(claim["model"]) in OF_OTHERS
        ]

    def claims(self, part: Part, html: str) -> None:
        """Of the claims about a type, how many name heads of it."""
        super().claims(part, html)
        if part.kind == "fact" and part.page.startswith("heads/") and part.section != "pair":
            names = self.asserting(self.type_of(part))
            said = re.search(r"([\d,]+) of them names? heads of the type, in (\d+) models?", words(html))
            models = {self.facts.claims[name]["model"] for name in names}
            told = (number(said[1]), int(said[2])) if said else (0, 0)
            self.hold(part, "claims that name heads", told, (len(names), len(models)), self.type_of(part))

    def best_known(self, part: Part, html: str) -> None:
        """`GPT-2 small: L5H5, L6H9 (5 of 6 sources), L5H1 (4 of 6); 8 more, all 25 models.`, claims in dispute left out."""
        head_type, text = self.type_of(part), words(html)
        asserting = self.asserting(head_type)
        held = [name for name in asserting if not self.facts.disputed([name])]
        left = re.search(r"Left out: (\d+) claims? in dispute", text)
        self.hold(part, "claims left out", int(left[1]) if left else 0, len(asserting) - len(held), head_type)
        by_model: dict[str, list[str]] = {}
        for name in held:
            by_model.setdefault(self.facts.claims[name]["model"], []).append(name)
        if not by_model:
            self.hold(part, "best known heads", text.startswith("No claim names particular heads"), True, head_type)
            return
        model = next(iter(links(part.page, html, "models/")), "?")
        counts = {name: len({self.source(n) for n in some}) for name, some in by_model.items()}
        most = [name for name, count in counts.items() if count == max(counts.values())]
        right = model in ([LOOKED_AT_FIRST] if LOOKED_AT_FIRST in counts else most)
        self.hold(part, "best known model", (right, model in counts), (True, True), head_type)
        self.counted_heads(part, text, by_model.get(model, []), head_type)
        more = re.search(r"all (\d+) models", text)
        self.hold(part, "models with heads", int(more[1]) if more else 1, len(by_model), head_type)

    def counted_heads(self, part: Part, text: str, names: list[str], head_type: str) -> None:
        """The heads named are those of most sources, each with as many as there are."""
        if "key-value heads" not in text:
            names = [name for name in names if self.facts.heads_of(name)]
        sources: dict[str, set[str]] = {}
        for name in names:
            claim: Record = self.facts.claims[name]
            for head in claim.get("heads") or claim.get("values"):
                sources.setdefault(head, set()).add(self.source(name))
        said = {
            head: (int(group[2]), int(group[3]))
            for group in re.finditer(r"([^()]*)\((\d+) of (\d+)", text)
            for head in re.findall(HEAD, group[1])
        }
        every = len({self.source(name) for name in names})
        true = {head: (len(sources.get(head, ())), every) for head in said}
        self.hold(part, "sources of a head", said, true, head_type)
        rest = [len(found) for head, found in sources.items() if head not in said]
        least = min((count for count, _ in said.values()), default=0)
        more = re.search(r"(\d+) more", text)
        told = (max(rest, default=0) <= least, int(more[1]) if more else 0)
        self.hold(part, "heads left to the table", told, (True, len(rest)), head_type)

    def source(self, name: str) -> str:
        """Who makes a claim: its paper, else the repository of its file."""
        claim = self.facts.claims[name]
        file = self.facts.records["claims"][claim["file"]]
        repository = file.get("repository") or {}
        return str(claim["source"].get("paper") or file.get("paper") or repository.get("name") or claim["file"])
