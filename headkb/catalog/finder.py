"""Finds pages by what people type: heads, identifiers, addresses, names in any spelling, authors, questions, a head type with a model.

The grammar and everything that can be found are data (`search_data`). `docs/assets/find.js` does the same with it on the site, step by step,
and a test holds the two to the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headkb.catalog.search_pages import LEAST_OF_MODEL, MODELS, TYPES, WHOLE, Destination, Pages, Rate, SearchPage

SURE_PART, UNSURE_PART = 70, 90
"""Percent of the words beside a head that must be of a model: where it is written as one, and where two numbers may be one."""
MOST_MATCHES = 6
"""Heads of one query that are looked at."""


@dataclass(frozen=True)
class Found:
    """What a search leads to, the best first. Where that is not what was asked for, `note` says so; it comes before the places."""

    note: str
    places: tuple[Destination, ...]


@dataclass(frozen=True)
class WrittenHead:
    """A head as it stands in a query, the query without it, and whether it can be nothing else."""

    layer: int
    head: int
    rest: str
    sure: bool

    @property
    def name(self) -> str:
        """`L9H6`."""
        return f"L{self.layer}H{self.head}"


class Finder:
    """Searches `data`, as `search_data` makes it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.notes, self.pages = data, data["notes"], Pages(data)

    def find(self, query: str, limit: int = 10) -> Found:
        """The places that a query leads to."""
        raw = self.pages.splitter.raw(query)
        known, unknown, rest = self._identifier(raw)
        if known:
            # A head may stand beside the address of its model.
            note, heads, _ = self._heads(f"{rest} {known[0].title.lower()}") if rest.strip() else ("", [], "")
            heads = [head for head in heads if head.path.startswith(known[0].path)]
            return Found(note if heads else "", tuple([*heads, *known][:limit]))
        note, places, rest = self._heads(rest) if not unknown else ("", [], rest)
        rest = re.sub(self.data["path"], " ", rest)
        asked = self.pages.words.asked(rest)
        if asked.words:
            no_pair, rates, others = self.pages.by_words(rest, asked)
            if not unknown and not places and not note:
                note = no_pair or self._miss(raw, rates, others)
            places += others
        places = _first_of_each(sorted(places, key=lambda p: (-p.score, len(p.title), p.path)))[:limit]
        if unknown:
            what, key = unknown
            note = _said(self.notes["no_id_near" if places else "no_id"], what, key)
        return Found(note or ("" if places or not raw else self.notes["none"]), tuple(places))

    def _miss(self, raw: str, rates: Mapping[int, Rate], others: Sequence[Destination]) -> str:
        """The note where no name, and no two, say what was asked for."""
        best = max((rate.covered for rate in rates.values()), default=0)
        both = any(place.score > 1000 for place in others)
        return "" if best >= 80 or both or not others else _said(self.notes["miss"], raw)

    # identifiers

    def _identifier(self, raw: str) -> tuple[list[Destination], tuple[str, str] | None, str]:
        """The pages of the identifier or address in a query; else one that no record has, and the query without it."""
        unknown, rest = None, raw
        for rule in self.data["ids"]:
            match = re.search(rule["pattern"], raw)
            if match is None:
                continue
            key = re.sub(self.data["id_ends"], "", match[1])
            around = raw[: match.start(1)].rpartition(" ")[0], raw[match.end(1) :].partition(" ")[2]
            if pages := self._with_id(key):
                places = [self.pages.place(self.pages.entries[page], 2000 - place) for place, page in enumerate(pages)]
                return places, None, " ".join(around)
            if rule["what"] and unknown is None:
                unknown = (rule["what"], key)
                rest = f"{around[0]} {key if rule['what'] == 'address' else ''} {around[1]}"
        return [], unknown, rest

    def _with_id(self, key: str) -> list[int]:
        """The pages with an identifier, or with the address above it."""
        parts = key.removeprefix("github.com/").split("/")
        for size in range(len(parts), 0, -1):
            if found := self.pages.ids.get("/".join(parts[:size])):
                return found
        return []

    # heads

    def _heads(self, raw: str) -> tuple[str, list[Destination], str]:
        """A note, the heads that a query names, and the query without them."""
        whole = self.pages.words.asked(raw)
        named = any(
            self.pages.rate(self.pages.entries[number], whole).covered == 100
            and any(
                sorted(whole.words) == sorted(set(whole.words) & set(name)) for name in self.pages.entries[number].names
            )
            for number in self.pages.models
        )
        for written in self._written(raw):
            if not written.sure and named:
                continue
            answer = self._of_models(written)
            if answer is not None:
                return (*answer, written.rest)
        return "", [], raw

    def _written(self, raw: str) -> Iterator[WrittenHead]:
        for rule in self.data["coordinates"]:
            if "pattern" not in rule:
                yield from _apart(rule, raw)
                continue
            pattern, start, found = re.compile(rule["pattern"]), 0, 0
            while found < MOST_MATCHES and (match := pattern.search(raw, start)):
                one, other = int(match[1]), int(match[2])
                layer, head = (one, other) if rule["order"] == "layer head" else (other, one)
                yield WrittenHead(layer, head, f"{raw[: match.start()]} {raw[match.end() :]}", rule["sure"])
                start, found = match.start() + 1, found + 1

    def _of_models(self, written: WrittenHead) -> tuple[str, list[Destination]] | None:
        """A note, and this head of the models that the rest of the query means; None if the numbers mean no head."""
        pages, asked = self.pages, self.pages.words.asked(written.rest, self.pages.words.quiet)
        if sum(weight > 3 for weight in asked.weights) == 0:
            return "", self._of_all(written, 0)
        rates = {entry.number: pages.rate(entry, asked) for entry in pages.entries if entry.kind in (MODELS, TYPES)}
        models = [e for e in pages.entries if e.number in pages.models and rates[e.number].named >= LEAST_OF_MODEL]
        best = max((rates[e.number].covered for e in models), default=0)
        heads = pages.best(TYPES, rates) if best < 100 else []
        both: dict[int, int] = {}
        for model in models:
            met = rates[model.number].met
            more = [[max(p) for p in zip(met, rates[h.number].met, strict=True)] for h in heads]
            both[model.number] = max([rates[model.number].covered, *(pages.covered(asked, m) for m in more)])
        types = [e.number for e in pages.entries if e.kind == TYPES and rates[e.number].covered >= max(SURE_PART, best)]
        if written.sure and types:
            told = {pages.entries[model].path for head, model in pages.pairs if head in types}
            return "", [p for p in self._of_all(written, 300) if p.path.rpartition("L")[0] in told]
        enough = SURE_PART if written.sure else UNSURE_PART
        meant = [e for e in models if both[e.number] >= enough]
        best = max((rates[e.number].covered for e in meant), default=0)
        if meant := [e for e in meant if rates[e.number].covered >= best - 10]:
            return self._in(written, meant, rates)
        if not written.sure:
            return None
        return _said(self.notes["no_model"], " ".join(written.rest.split()), written.name), self._of_all(written, 0)

    def _of_all(self, written: WrittenHead, more: int) -> list[Destination]:
        """A head of every model, those in which it is well known and about which most is said first."""
        return [
            self._place(entry, written, 1400 + more + self._fame(entry, written))
            for entry in self.pages.entries
            if entry.number in self.pages.models and self._has(entry, written)
        ]

    def _in(
        self, written: WrittenHead, meant: Sequence[SearchPage], rates: Mapping[int, Rate]
    ) -> tuple[str, list[Destination]]:
        """A head of the models that are meant; a note where the likeliest has no page for it."""
        models = self.pages.models
        first = max(meant, key=lambda e: (rates[e.number].score, models[e.number].named, -e.number))
        here = [e for e in meant if self._has(e, written)]
        places = [
            self._place(
                e, written, 1500 + rates[e.number].score // 2 + self._fame(e, written) + _whole(rates[e.number])
            )
            for e in here
        ]
        top = max((rates[e.number].score for e in here), default=0)
        if top >= rates[first.number].score - 50 or (here and rates[first.number].named < WHOLE):
            return "", places
        shape = models[first.number]
        note = (
            _said(self.notes["unnamed"], first.title, written.name)
            if shape.holds(written.layer, written.head)
            else _said(self.notes["outside"], first.title, str(shape.layers), str(shape.heads), written.name)
        )
        return note, [self.pages.place(first, 2500), *places]

    def _fame(self, entry: SearchPage, written: WrittenHead) -> int:
        model = self.pages.models[entry.number]
        return (200 if model.is_known(written.layer, written.head) else 0) + 4 * model.named.bit_length()

    def _has(self, entry: SearchPage, written: WrittenHead) -> bool:
        """Whether a head of a model has a page."""
        return self.pages.models[entry.number].has_page(written.layer, written.head)

    def _place(self, entry: SearchPage, written: WrittenHead, score: int) -> Destination:
        return Destination(f"{entry.path}{written.name}/", f"{entry.title} {written.name}", "Head", score)


def _apart(rule: Mapping[str, Any], raw: str) -> Iterator[WrittenHead]:
    """A head whose layer and number stand apart, other words between them."""
    layer, head = re.search(rule["layer"], raw), re.search(rule["head"], raw)
    if layer and head:
        first, second = sorted([layer, head], key=lambda match: match.start())
        if first.end() <= second.start():
            rest = f"{raw[: first.start()]} {raw[first.end() : second.start()]} {raw[second.end() :]}"
            yield WrittenHead(_number(layer), _number(head), rest, rule["sure"])


def _number(match: re.Match[str]) -> int:
    return next(int(number) for number in match.groups() if number)


def _whole(rate: Rate) -> int:
    """What a name that is said whole, and nothing else, is worth more than how well known the head is."""
    return 250 if rate.covered == rate.named == 100 else 0


def _said(note: str, *values: str) -> str:
    for number, value in enumerate(values):
        note = note.replace(f"{{{number}}}", value)
    return note


def _first_of_each(places: Sequence[Destination]) -> list[Destination]:
    found: dict[str, Destination] = {}
    for place in places:
        found.setdefault(place.path, place)
    return list(found.values())
