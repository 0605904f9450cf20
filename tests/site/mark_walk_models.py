"""The walk on pages of models and of their heads: roles in letters, titles, tables and sentences."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape

from tests.plain_facts import Facts
from tests.site.mark_parts import MARK, Part, in_brackets, links, number, one, standings_in, words
from tests.site.mark_sentences import does
from tests.site.mark_walk_lists import OF_OTHERS, ListWalk

CELL = re.compile(r'<td class="(hk-(?:g\d|own)(?: hk-more)?)"><a href=(L\d+H\d+)/(?: title="([^"]*)")?>([^<]*)</a>')
DOT = re.compile(r"<td><a href=(L\d+H\d+)/ aria-label=\1>·</a>")
DOES = re.compile(
    r"^(?:L\d+H\d+ of .*?: |L\d+H\d+: )?((?:Its highest places among pattern scores|Silencing it)\b.*)", re.IGNORECASE
)
MEETS = re.compile(r" It meets the criteria of (\d+) head types\.$")
NO_ROLE = re.compile(r"Nothing gives this head a role|give no head a role")


ROLE_FACTS = ("Roles", "Best known for", "Also said to be", "Contested", "Shown by headkb alone")
"""Names of the facts that give the roles of a head: one for all of them, or parted by who says so."""
ROLES = re.compile(rf"<dt>({'|'.join(ROLE_FACTS)})</dt><dd>(.*?)</dd>", re.DOTALL)
OF_HEAD = re.compile(r"models/[^/]+/L\d+H\d+/")
"""The address of a page of one head; a model may have other pages."""


class ModelWalk(ListWalk):
    """Adds the rules for pages of models, atlases and heads of models."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.columns |= {"Role": self.role, "Grounds": self.grounds, "Shown for it": self.shown_for_it}
        self.names |= {**dict.fromkeys(ROLE_FACTS, self.roles), "Selected by runs as": self.selected_as}

    def page(self, path: str, html: str) -> None:
        """Walk over one page, its title and its grid last, when the letters are known."""
        self.codes: dict[str, str] = {}
        self.grids: list[Part] = []
        self.html = html
        super().page(path, html)

    def head_of(self, part: Part) -> tuple[str, str]:
        """Model and head that a page is about."""
        _, model, *head = part.page.strip("/").split("/")
        return model, head[0] if head else ""

    def row(self, part: Part) -> None:
        """Two tables held against each other: what is said of them follows from the numbers in the same row."""
        if part.section == "agreement":
            shared, rank = (
                int(words(part.cells["First ten"]).split(" of ")[0]),
                float(words(part.cells["Rank correlation"])),
            )
            told = words(part.cells["Result"])
            fits = told == "in dispute" if shared < 5 else told == "agree" or (told == "in dispute" and rank < 0.5)
            self.hold(part, "agreement of two tables", fits, True, words(part.html)[:80])
            part = replace(part, cells={title: cell for title, cell in part.cells.items() if title != "Result"})
        super().row(part)

    # ── the grid of a model, and its table of roles ──

    def role(self, part: Part, cell: str) -> None:
        """A role of heads of a model with its letters; on the page of a head, the type of a claim."""
        found = [mark for mark in MARK.finditer(cell) if mark["code"]]
        if not found:
            self.quiet(part, cell)
            return
        head_type, (model, _) = one(links(part.page, cell, "heads/")), self.head_of(part)
        heads = self.heads_with(model, head_type)
        self.codes[found[0]["code"]] = head_type
        self.hold(part, "role of heads", int(words(part.cells["1"])), len(heads), f"{head_type} in {model}")
        self.some_of(part, words(part.cells["Heads"]), heads, f"{head_type} in {model}")
        self.colour(part, found[0]["group"], model, f"{head_type} in {model}")

    def heads_with(self, model: str, head_type: str) -> set[str]:
        """The heads of a model that are of a type."""
        of_claims = {h for (m, h), types in self.facts.asserted.items() if m == model and head_type in types}
        return of_claims | {h for (m, h), types in self.facts.shown_for.items() if m == model and head_type in types}

    def colour(self, part: Part, group: str, model: str, about: str) -> None:
        """Models of others have a colour, by stage; organisms have none, and exact models have no role."""
        kind = self.facts.kind(model)
        fits = (kind in OF_OTHERS and re.match(r"hk-g\d", group)) or (kind == "organism" and group.startswith("hk-own"))
        self.hold(part, "colour of a role", bool(fits), True, f"{about} ({group}, {kind})")

    def grounds(self, part: Part, cell: str) -> None:
        """The claims that assert a type for heads of a model, and for how many it is shown."""
        head_type, (model, _) = one(links(part.page, part.cells["Role"], "heads/")), self.head_of(part)
        names = {n for (m, _), types in self.facts.asserted.items() if m == model for n in types.get(head_type, ())}
        shown = {h for (m, h), types in self.facts.shown_for.items() if m == model and head_type in types}
        text = words(cell)
        claims = re.search(r"Claims: (.*?\.?) \((?!\d+ on a quantised copy)", text)
        self.counted(part, claims[1] if claims else "", names, f"{head_type} in {model}")
        files = {self.facts.claims[name]["file"] for name in names}
        linked, more = set(links(part.page, cell, "claims/")), re.search(r" and (\d+) more\)", text)
        said = (linked - files, len(linked) + int(more[1] if more else 0))
        self.hold(part, "sources of a role", said, (set(), len(files)), f"{head_type} in {model}")
        self.hold(part, "contested", "contested" in text, self.facts.disputed(names), head_type)
        marks = self.marks(part, cell)
        self.hold(
            part, "showing", marks, [f"shown {self.facts.kind(model)}"] if shown else [], f"{head_type} in {model}"
        )
        by = re.search(r"by headkb for (\d+) heads?", text)
        self.hold(part, "role of heads", int(by[1]) if by else 0, len(shown), f"{head_type} in {model}")

    def grid(self, part: Part) -> None:
        """Grids of roles are read when the table below has told the letters; other tables of heads have no mark."""
        if 'class="hk-heat hk-known"' in part.html:
            self.grids.append(part)
        else:
            super().grid(part)

    def done(self, path: str) -> None:
        """The grid of a model; on the page of a head, what follows from its roles."""
        for part in self.grids:
            self.letters(part)
        if OF_HEAD.fullmatch(path):
            part = Part(path, "page", "", self.html)
            model, head = self.head_of(part)
            roles = self.facts.roles(model, head)
            exact = self.facts.kind(model) == "exact"
            self.hold(part, "no role", bool(NO_ROLE.search(self.html)), not roles or exact, f"{model} {head}")
            told = [one for _, html in ROLES.findall(self.html) for one in links(path, html, "heads/")]
            self.hold(part, "roles", sorted(told), sorted(roles), f"{model} {head}")

    def letters(self, part: Part) -> None:
        """Each letter stands for a role of its head, each dot for a head without one."""
        model, _ = self.head_of(part)
        for group, head, title, code in CELL.findall(part.html):
            mine, about = self.facts.roles(model, head), f"{model} {head}"
            self.colour(part, group, model, about)
            self.hold(part, "corner", "hk-more" in group, len(mine) > 1, about)
            if "×" in code:
                text = unescape(title)
                said = (int(code.rstrip("×")), *map(int, re.findall(r"criteria of (\d+) head types?", text)))
                self.hold(part, "letters", said, (len(mine), len(mine)), about)
                if title != f"{head}: It meets the criteria of {len(mine)} head types.":
                    self.described(part, MEETS.sub("", text), model, head)
            else:
                self.hold(part, "letters", self.codes.get(code) in mine, True, f"{about} {code}")
                if title:  # cells of a large grid have none
                    self.tip(part, unescape(title), model, head)
        for head in DOT.findall(part.html):
            self.hold(part, "dot", self.facts.roles(model, head), set(), f"{model} {head}")
        marks = len(CELL.findall(part.html))
        if marks != len(re.findall(r'<td class="hk-(?:g|own)', part.html)):
            self.tell(part, "a cell that cannot be read")
        with_role = {h for m, h in {*self.facts.asserted, *self.facts.shown_for} if m == model}
        self.hold(part, "heads in a grid", marks, len(with_role), model)

    def tip(self, part: Part, title: str, model: str, head: str) -> None:
        """`L9H9: Name mover head (claimed, shown) and 2 more`: what stands behind a letter."""
        asserted, shown = self.facts.asserted.get((model, head), {}), self.facts.shown_for.get((model, head), set())
        named = re.findall(r"(?:: |, )(.+?) \(((?:claimed|contested|shown|, )+)\)", title)
        ids = {self.name("heads", head_type): head_type for head_type in self.facts.roles(model, head)}
        more = re.search(r" and (\d+) more$", title)
        if title == head:
            return
        for name, words_ in named:
            mine = ids.get(name, "?")
            claimed = asserted.get(mine, ())
            true = ["claimed"] if claimed else []
            true += ["contested"] if self.facts.disputed(claimed) else []
            true += ["shown"] if mine in shown else []
            self.hold(
                part, "grounds of a letter", (mine != "?", words_.split(", ")), (True, true), f"{model} {head} {name}"
            )
        self.hold(part, "roles in a title", len(named) + int(more[1] if more else 0), len(ids), f"{model} {head}")

    def described(self, part: Part, text: str, model: str, head: str) -> None:
        """`Its highest places among pattern scores are in …; silencing it, on …: …`: what a head of an organism does."""
        found = DOES.search(text)
        self.hold(part, "a description", bool(found), True, f"{model} {head}")
        if found:
            self.hold_all(part, does(found[1], self.facts, model, head), f"{model} {head}")

    # ── the page of one head ──

    def roles(self, part: Part, html: str) -> None:
        """Roles of a head with the grounds of each, under the name that they belong to, and the sources that stand beside them."""
        if not OF_HEAD.fullmatch(part.page):
            self.quiet(part, html)
            return
        model, head = self.head_of(part)
        asserted = self.facts.asserted.get((model, head), {})
        chunks = re.split(r'(?=<a href="[^"]*heads/[a-z0-9-]+/">)', html)[1:]
        named = [links(part.page, chunk, "heads/")[0] for chunk in chunks]
        for head_type, chunk in zip(named, chunks, strict=True):
            names = asserted.get(head_type, [])
            if part.name != "Roles":
                files = {self.facts.claims[name]["file"] for name in names}
                self.hold(part, "sources of a role", set(links(part.page, chunk, "claims/")), files, head_type)
            fits = {
                "Contested": bool(names) and self.facts.disputed(names),
                "Also said to be": bool(names) and not self.facts.disputed(names),
                "Best known for": bool(names),
                "Shown by headkb alone": not names,
            }
            self.hold(part, "kind of a role", fits.get(part.name, True), True, f"{head_type} of {model} {head}")
            self.ground(part, words(chunk), head_type, chunk)

    def ground(self, part: Part, text: str, head_type: str, chunk: str) -> None:
        """`Name mover (3 claims of 2 sources, one of a paper that introduces the type: 1 met, 2 not rerun; shown by headkb)`."""
        model, head = self.head_of(part)
        names = self.facts.asserted.get((model, head), {}).get(head_type, [])
        shown = head_type in self.facts.shown_for.get((model, head), ())
        claims = re.search(r"(\d+) claims? of (\d+) sources?", text)
        standings = Counter(self.facts.standing_for(name, head) for name in names)
        sources = {self.facts.claims[name]["by"] for name in names}
        said = (int(claims[1]), int(claims[2])) if claims else (0, 0)
        about = f"{head_type} of {model} {head}"
        self.hold(part, "grounds of a role", (*said, standings_in(text)), (len(names), len(sources), standings), about)
        copies = in_brackets(text, "on a quantised copy")
        self.hold(part, "claims met on a copy", copies, self.facts.on_copies(names, head), about)
        first, contested = "introduces the type" in text, "contested" in text
        self.hold(part, "first paper", first, any(map(self.facts.introduces, names)), about)
        self.hold(part, "contested", contested, self.facts.disputed(names), about)
        self.hold(part, "shown for a head", "shown by headkb" in text, shown, about)
        there = links(part.page, chunk, "models/")
        self.hold(part, "place of a showing", there, [self.place(head_type, model)] if shown else [], about)

    def selected_as(self, part: Part, html: str) -> None:
        """Types for which runs selected the head: shown, by each recipe, by some."""
        model, head = self.head_of(part)
        some = {t: recipes for t, (heads, recipes) in self.selections(model).items() if head in heads}
        shown = self.facts.shown_for.get((model, head), set())
        each = {t for t, recipes in some.items() if t not in shown and all(head in heads for heads in recipes.values())}
        true = {"shown": shown & some.keys(), "each": each, "some": some.keys() - shown - each}
        for piece in html.split("; <strong>"):
            text = words(piece)
            name = (
                "each"
                if "by each recipe" in text
                else "some"
                if "by some" in text
                else "shown"
                if "shown:" in text
                else ""
            )
            if name:
                named, more = set(links(part.page, piece, "heads/")), re.search(r"and (\d+) more", text)
                said = (named - true[name], len(named) + int(more[1] if more else 0))
                self.hold(part, "selected", said, (set(), len(true.pop(name))), f"{model} {head}, {name}")
        if any(true.values()):
            self.tell(part, f"{model} {head} was selected for {true}, too")

    def shown_for_it(self, part: Part, cell: str) -> None:
        """Whether a type for which runs selected the head is shown for it, and which recipes did."""
        (model, head), head_type = self.head_of(part), self.type_of(part)
        recipes = self.selections(model).get(head_type, (set(), {}))[1]
        shown = head_type in self.facts.shown_for.get((model, head), ())
        self.hold(part, "shown for a head", words(cell) == "yes", shown, f"{head_type} of {model} {head}")
        for title, hit in (("Recipes that selected it", True), ("Recipes that did not", False)):
            said = set(re.findall(r"<code>(.*?)</code>", part.cells[title]))
            self.hold(part, "selected", said, {r for r, heads in recipes.items() if (head in heads) == hit}, head_type)

    def item(self, part: Part) -> None:
        """Head types that were looked for in a model and have no row, named by their showing."""
        if not (part.page.startswith("models/") and part.section == "types"):
            super().item(part)
            return
        model, marks = self.model_of(part), self.marks(part, part.html)
        word = marks[0].partition(" ")[0] if marks else "?"
        mine = {t for (t, m), s in self.facts.showings.items() if m == model and s.word == word}
        self.hold(part, "showing", marks, [f"{word} {self.facts.kind(model)}"], model)
        count = re.search(r" (\d+): ", words(part.html))
        said = (count and int(count[1]), set(links(part.page, part.html, "heads/")))
        self.hold(part, "types of a showing", said, (len(mine), mine), f"{word} in {model}")

    def line(self, part: Part) -> None:
        """Lines on pages of heads: the roles below the title, and the number of types whose criteria it meets."""
        text = words(part.html)
        if OF_HEAD.fullmatch(part.page):
            model, head = self.head_of(part)
            if DOES.search(text):
                self.described(part, text, model, head)
                return
            roles = self.facts.roles(model, head)
            if 'class="hk-kind"' in part.html:
                names = {self.name("heads", role) for role in roles}
                said = set(text.split(", ")) if text not in ("Head", "Head of an organism") else set()
                many = text == "Head of an organism"
                self.hold(part, "roles in a title", said, set() if many else names, f"{model} {head}")
                if many and not (self.facts.kind(model) == "organism" and len(roles) > 3):
                    self.tell(part, f"{model} {head} is called a head of an organism")
                return
            if found := re.fullmatch(r"(\d+) head types? whose criteria it meets", text):
                self.hold(part, "roles in a title", int(found[1]), len(roles), f"{model} {head}")
                return
        if part.page.startswith("models/") and (found := re.search(r"(\d+) heads with a role\.$", text)):
            model, _ = self.head_of(part)
            true = {h for m, h in {*self.facts.asserted, *self.facts.shown_for} if m == model}
            self.hold(part, "heads with a role", int(found[1]), len(true), model)
            return
        if found := re.search(r"([\d,]+) ?heads with a role in ([\d,]+) models", text):
            mine = [(m, h) for m, h in self.facts.asserted if self.facts.kind(m) in OF_OTHERS]
            counts = (len(mine), len({m for m, _ in mine}))
            self.hold(part, "heads with a role", (number(found[1]), number(found[2])), counts)
            return
        super().line(part)
