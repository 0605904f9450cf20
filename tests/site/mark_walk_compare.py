"""The walk on pages that compare two models or two head types, and over the legends of grids."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from tests.site.mark_parts import Part, links, words
from tests.site.mark_walk_models import ModelWalk

LEGEND = re.compile(r'<li><b class="hk-key (hk-[a-z0-9]+)">([^<]*)</b>(.*?)</li>')
CELL = re.compile(
    r'<td class="(hk-(?:g\d|own)(?: hk-more)?)"><a href=\.\./models/([^/]+)/(L\d+H\d+)/(?: title="([^"]*)")?>([^<]*)</a>'
)
MODELS, TYPES = "compare/", "compare/types/"
TOLD = {"Claims", "Public models", "Organisms"}
"""Rows about a head type that say what its own page says by these names."""


class CompareWalk(ModelWalk):
    """Adds the rules for pairs, and for legends, whose letters are those of the table of roles."""

    def page(self, path: str, html: str) -> None:
        """Walk over one page; legends are read when the letters are known."""
        self.legends: list[tuple[Part, str]] = []
        self.last_model, self.pair_of_types = "?", list[str]()
        super().page(path, html)

    def item(self, part: Part) -> None:
        """Entries of a legend."""
        if 'class="hk-key ' not in part.html or not part.page.startswith(("models/", MODELS)):
            super().item(part)
            return
        # The grid of a model stands before its legend.
        self.legends.append((part, self.model_of(part) if part.page != MODELS else self.last_model))

    def grid(self, part: Part) -> None:
        """Of a pair, which model a legend belongs to."""
        if part.page == MODELS:
            found = CELL.findall(part.html)
            self.last_model = found[0][1] if found else "?"
        super().grid(part)

    def done(self, path: str) -> None:
        """Legends tell of letters as the tables do; of a pair, they alone do."""
        for part, model in self.legends:
            self.entry(part, model)
        super().done(path)

    def entry(self, part: Part, model: str) -> None:
        """Letters with the name of a head type, by its colour."""
        found = LEGEND.match(part.html)
        if found is None:
            self.tell(part, f"a legend that cannot be read: {part.html[:80]!r}")
            return
        group, code, said = found[1], unescape(found[2]), words(found[3])
        named = [
            i for i in self.facts.heads if re.sub(r" heads?$", "", self.name("heads", i), flags=re.IGNORECASE) == said
        ]
        self.hold(part, "letters", len(named), 1, f"{code} {said}")
        if part.page == MODELS and named:
            self.codes.setdefault(code, named[0])
        self.hold(part, "letters", [self.codes.get(code)], named, f"{code} {said}")
        self.hold(part, "role of heads", bool(named and self.heads_with(model, named[0])), True, f"{said} in {model}")
        self.colour(part, group, model, f"{said} in {model}")

    def letters(self, part: Part) -> None:
        """The cells of a pair lead to heads of either model."""
        if part.page != MODELS:
            super().letters(part)
            return
        found = CELL.findall(part.html)
        for group, model, head, title, code in found:
            mine, about = self.facts.roles(model, head), f"{model} {head}"
            self.colour(part, group, model, about)
            self.hold(part, "corner", "hk-more" in group, len(mine) > 1, about)
            self.hold(part, "letters", self.codes.get(code) in mine, True, f"{about} {code}")
            if title:
                self.tip(part, unescape(title), model, head)
        if len(found) != len(re.findall(r'<td class="hk-(?:g|own)', part.html)):
            self.tell(part, "a cell that cannot be read")
        for model in {model for _, model, *_ in found}:
            with_role = {h for m, h in {*self.facts.asserted, *self.facts.shown_for} if m == model}
            self.hold(part, "heads in a grid", len(found), len(with_role), model)

    def fact(self, part: Part) -> None:
        """Of each model of a pair, the sentences of its own page."""
        if part.page != MODELS or part.section != "pair":
            super().fact(part)
            return
        model, text = links(part.page, part.html, "models/")[0], words(part.html)
        kind = re.search(r": ([a-z]+) model,|: (organism),", text)
        self.hold(part, "kind of a model", (kind[1] or kind[2]) if kind else "?", self.facts.kind(model), model)
        for sentence in re.findall(
            r"(?:[\d,]+ claims? about|No claim about|Head types looked for).*?\.(?= [A-Z]|$)", text
        ):
            self.stands(replace(part, page=f"models/{model}/"), sentence)

    def row(self, part: Part) -> None:
        """Of a pair of models, the heads of a type in each and their grounds; of a pair of types, what their own pages say."""
        if part.page == MODELS and part.section == "common":
            self.common(part)
        elif part.page == TYPES and part.section == "pair":
            name = words(part.cells[next(iter(part.cells))])
            for title, cell in list(part.cells.items())[1:]:
                head_type = links(part.page, part.heads[title], "heads/")[0]
                if name in TOLD and words(cell) != "–":
                    own = replace(part, page=f"heads/{head_type}/", kind="fact", name=name, html=cell, cells={})
                    super().fact(own)
                elif name == "Shown on":
                    shown = {m for (t, m), s in self.facts.showings.items() if t == head_type and s.word == "shown"}
                    self.hold(part, "shown on", set(links(part.page, cell, "models/")), shown, head_type)
                else:
                    self.quiet(part, cell)
        elif part.page == TYPES and part.section == "common":
            model = self.model_of(part)
            a, b = self.pair_of_types
            both = self.heads_with(model, a) & self.heads_with(model, b)
            self.some_of(part, words(part.cells["Heads"]), both, f"{a} and {b} in {model}")
        else:
            super().row(part)
        if part.page == TYPES and part.section == "pair":
            self.pair_of_types = [links(part.page, head, "heads/")[0] for head in list(part.heads.values())[1:]]

    def common(self, part: Part) -> None:
        """A type that both models of a pair have."""
        head_type = links(part.page, part.cells["Head type"], "heads/")[0]
        for title, cell in list(part.cells.items())[1:]:
            model = links(part.page, part.heads[title], "models/")[0]
            heads, _, rest = cell.partition(". ")
            self.some_of(part, words(heads), self.heads_with(model, head_type), f"{head_type} in {model}")
            cells = {"Role": self.seen_from(part.cells["Head type"]), "Grounds": rest}
            self.grounds(replace(part, page=f"models/{model}/", cells=cells), self.seen_from(rest))

    def seen_from(self, html: str) -> str:
        """Links of the page of a pair as the page of a model has them."""
        return re.sub(r'(href="?)\.\./', r"\1../../", html)
