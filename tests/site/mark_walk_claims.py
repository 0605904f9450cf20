"""The walk over claims: where each stands, one by one, in lists and counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from tests.plain_facts import Facts
from tests.site.mark_parts import MARK, SAYS, STANDINGS, Part, in_brackets, links, number, one, standings_in, words
from tests.site.mark_sentences import NUMBER, rounds
from tests.site.mark_walk_values import ValueWalk


class ClaimWalk(ValueWalk):
    """Adds the rules for claims."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns |= {"Standing": self.standing, "Claims": self.claims}
        self.columns |= {"Claims that name them": self.circuit, "Claims at its ends": self.circuit}
        self.names |= {
            "Standing": self.fact_standing,
            "Claims": self.claims,
            "Formula checked": self.formula,
            "Not comparable": self.formula,
        }

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
            self.some_of(part, words(part.cells["Heads"]), [*claim.get("heads", ()), *claim.get("values", ())], name)
        types = links(
            part.page, part.cells.get("Head type", part.cells.get("Role", part.cells.get("About", ""))), "heads/"
        )
        if types:
            text = words(part.cells.get("Head type", part.cells.get("Role", "about")))
            says = "about" if text.startswith(("about ", "measured for ")) or "About" in part.cells else "head"
            self.hold(part, "type of a claim", one(types), claim.get(says) or claim.get("head"), name)
        if part.page.startswith("heads/") and self.type_of(part) not in (claim.get("head"), claim.get("about")):
            self.tell(part, f"{name} is not about this type")
        if "Best value" in part.cells:
            self.hold(part, "contested", "contested" in words(cell), name in self.facts.contested, name)
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
        copies = in_brackets(text, "on a quantised copy")
        self.hold(part, "claims met on a copy", copies, self.facts.on_copies(names), about)

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

    def circuit(self, part: Part, html: str) -> None:
        """The claims that name a head of a node of a circuit as of its type, or one of the nodes at both ends of an edge."""
        circuit = self.facts.records["circuits"][part.page.split("/")[1]]
        kind = "nodes" if part.name == "Claims that name them" else "edges"
        piece, nodes = circuit[kind][self.rows[kind]], {node["id"]: node for node in circuit["nodes"]}
        self.rows[kind] += 1
        ends = [piece] if kind == "nodes" else [nodes[piece["from"]], nodes[piece["to"]]]
        names = {
            name
            for name, claim in self.facts.claims.items()
            for node in ends
            if claim["model"] == circuit.get("model")
            and claim.get("head", "") == node.get("head")
            and set(claim.get("heads") or claim.get("values") or ()) & {*node.get("heads", ())}
        }
        self.counted(part, words(html), names, f"{kind} {self.rows[kind]}")

    def number_of_claims(self, part: Part, html: str) -> None:
        """The number of claims about a head type in ink, its standings in the label."""
        head_type, found = self.type_of(part), [m for m in MARK.finditer(html) if m["number"]]
        names = self.facts.about(head_type)
        self.hold(part, "claims in ink", [number(m["number"]) for m in found], [len(names)] if names else [], head_type)
        for mark in found:
            self.counted(part, unescape(mark["claims"]), names, head_type)

    def fact(self, part: Part) -> None:
        """Facts named after the dates of runs, on the page of a claim, tell of each."""
        text = words(part.html)
        if part.name.startswith("Run "):
            run = self.facts.runs[one(links(part.page, part.html, "runs/"))]
            self.hold(part, "outcome of a run", self.marks(part, part.html), [self.mark_of_run(run)], run["id"])
            table = self.facts.compared(run)
            heads, far = (
                re.search(r": (\d+) of (\d+) heads, ", text),
                re.search(rf"largest difference ({NUMBER})", text),
            )
            said = (heads and tuple(map(int, heads.groups())), bool(far and rounds(far[1], table[2])))
            self.hold(part, "heads of a table", said, (table[:2], True), run["id"])
        else:
            super().fact(part)

    # ── items and lines ──

    def tables_of_source(self, part: Part) -> None:
        """All score tables of a source, on the page of a head type."""
        text, head_type = words(part.html), self.type_of(Part(part.page, "line", "", ""))
        file = links(part.page, part.html, "claims/")[0]
        names = [
            n
            for n in self.facts.about(head_type)
            if self.facts.claims[n]["file"] == file and self.facts.claims[n].get("table")
        ]
        end = re.search(r"\((?:[^()]|\([^()]*\))*\)$", text)
        told = end[0] if end else ""
        self.hold(part, "tables of a source", standings_in(told), self.facts.count(names), file)
        copies = in_brackets(told, "on a quantised copy")
        self.hold(part, "claims met on a copy", copies, self.facts.on_copies(names), file)

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
