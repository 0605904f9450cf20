"""How well pages fit the words of a query: names in any spelling, authors, questions, a head type with a model.

All sums are of whole numbers, so that `docs/assets/find.js`, which does the same, rounds alike (see `finder`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from headkb.catalog.gaps import numbers
from headkb.catalog.search_models import ModelHeads
from headkb.catalog.search_words import Asked, SearchWords, Splitter
from headkb.catalog.spelling import distance

MODELS, TYPES, PAPERS, PLACES = "models/", "heads/", "papers/", ("", "role-", "type-", "in-")
NAMED = (MODELS, TYPES, "methods/", "scores/", "circuits/", "glossary/", "tools/", "benchmarks/")
"""Kinds of page whose names people write as one word."""
NAMED_SO = 80
"""Percent of a query from which on something is called so."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
NEAREST = 12
"""Head types, and models, of which the pairs are tried."""
LEAST_OF_TYPE, LEAST_OF_MODEL, WHOLE = 30, 15, 85
"""Percent of the name of a type, and of a model, that a query must say to mean it; `Mistral` means many. What stands for the whole name."""


@dataclass(frozen=True)
class Destination:
    """A page, or a place on it, that a search leads to; paths as on the site, a title to show, what kind of thing it is."""

    path: str
    title: str
    label: str
    score: int


@dataclass(frozen=True)
class SearchPage:
    """A page as the search sees it: every name as words, and all words with how much a hit on them counts, 100 in a name."""

    number: int
    kind: str
    path: str
    title: str
    label: str
    extra: int
    names: list[list[str]]
    tight: list[str]
    bag: dict[str, int]


@dataclass(frozen=True)
class Rate:
    """How well a page fits.

    Attributes:
        met: How surely each word of the query is met.
        covered: The share of the query that is met, in percent.
        named: The share of the page's name that meets it, in percent.
        score: Both together.
        close: Whether the words of the name that meet it stand side by side.
        by_name: How surely the name alone meets each word.
        by_all: The share of the query that all words of the page meet, in percent.
    """

    met: list[int]
    covered: int
    named: int
    score: int
    close: bool = False
    by_name: Sequence[int] = ()
    by_all: int = 0


class Pages:
    """The words and pages of `data`, as `search_data` makes it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.notes, self.weights, self.splitter = data, data["notes"], data["weights"], Splitter(data)
        self.entries = [self._entry(number, page) for number, page in enumerate(data["pages"])]
        count = Counter(word for entry in self.entries for word in entry.bag)
        size, *bits = self._bits(count)
        rarity = {word: max(3, 2 * (size - n)) for word, n in zip(count, bits, strict=True)}
        named = (name for entry in self.entries if entry.kind in NAMED for name in entry.names)
        self.words = SearchWords(data, self.splitter, rarity, named)
        self.ids: dict[str, list[int]] = {}
        for number, page in enumerate(data["pages"]):
            for identifier in page[5] if len(page) > 5 else ():
                self.ids.setdefault(identifier, []).append(number)
        models = [entry.number for entry in self.entries if entry.kind == MODELS and entry.path != MODELS]
        self.models = {number: ModelHeads(*model) for number, model in zip(models, data["models"], strict=True)}
        self.pairs = {
            (head, models[ordinal]): place
            for head, *texts in data["pairs"]
            for place, text in enumerate(texts)
            for ordinal in numbers(text)
        }

    def _bits(self, count: Mapping[str, int]) -> list[int]:
        """How many pages there are and how many have each word, as the length of the number in bits."""
        if common := self.data.get("common"):
            return [int(digit, 36) for digit in common]
        return [number.bit_length() for number in (len(self.entries), *count.values())]

    def common(self, words: Iterable[str]) -> str:
        """The same for some words, one digit each."""
        count = Counter(word for entry in self.entries for word in entry.bag)
        return "".join(DIGITS[number.bit_length()] for number in (len(self.entries), *(count[word] for word in words)))

    def _entry(self, number: int, page: Sequence[Any]) -> SearchPage:
        absent: list[Any] = [0, (), (), (), "", ""]
        kind, stem, title, own, names, _, authors, about, more = [*page, *absent[len(page) - 3 :]]
        label, weight, folder = self.data["kinds"][kind]
        path = folder + (f"{stem}/" if stem else "")
        by = [self.data["authors"][author] for author in authors]
        texts = [title, *names]
        if stem and "/" not in stem:
            texts.append(stem)
        if by:
            last = [author.split(" ")[-1] for author in by]
            year = next((part for part in stem.split("-") if re.fullmatch("[0-9]{4}", part)), "")
            texts += [f"{' '.join(last if len(last) < 3 else last[:1])} {year}", by[0]]
        all_names = [words for words in map(self.splitter.words, texts) if words]
        bag = dict.fromkeys(more.split(), self.weights["more"])
        bag |= dict.fromkeys(about.split(), self.weights["about"])
        bag |= {word: 100 for words in (*all_names, *map(self.splitter.words, by)) for word in words}
        return SearchPage(
            number, folder, path, title, label, 6 * weight + own, all_names, ["".join(name) for name in all_names], bag
        )

    def rate(self, entry: SearchPage, asked: Asked) -> Rate:
        """How well a page fits the words: by its best name, or by the words of all its names, authors and definition together."""
        best = Rate(nothing := [0] * len(asked.words), 0, 0, 0, False, nothing)
        for place, name in enumerate(entry.names):
            met, used, own = [], [], 0
            for near in asked.near:
                at, sure = -1, 0
                for i, word in enumerate(name):
                    if near.get(word, 0) > sure and i not in used:
                        at, sure = i, near[word]
                met.append(sure)
                if sure:
                    used.append(at)
                    own += self.words.rarity[name[at]] * sure
            if not used:
                continue
            covered, close = self.covered(asked, met), max(used) - min(used) < len(used)
            named = own // sum(self.words.rarity[word] for word in name)
            score = (
                (650 * covered + 350 * named * min(100, 2 * covered) // 100) // 100
                + (15 if close else 0)
                - (3 if place else 0)
            )
            if score > best.score:
                best = Rate(met, covered, named, score, close, met)
        met = [
            max((sure * entry.bag[w] // 100 for w, sure in near.items() if w in entry.bag), default=0)
            for near in asked.near
        ]
        covered = self.covered(asked, met)
        if 7 * covered > best.score:
            return replace(best, met=met, covered=covered, score=7 * covered, by_all=covered)
        return replace(best, by_all=covered)

    def covered(self, asked: Asked, met: Sequence[int]) -> int:
        """The share of a query that is met, in percent."""
        return sum(weight * sure for weight, sure in zip(asked.weights, met, strict=True)) // asked.total

    def by_words(self, text: str, asked: Asked) -> tuple[str, dict[int, Rate], list[Destination]]:
        """A note, how well every page fits, and the places that are worth showing."""
        rates = {entry.number: self.rate(entry, asked) for entry in self.entries}
        whole = "".join(asked.words)
        for entry in self.entries:
            rate = rates[entry.number]
            for tight in entry.tight:
                if tight == whole:
                    every = [100] * len(asked.words)
                    rate = Rate(every, 100, 100, 1100, False, every, 100)
                elif len(whole) > 3 and rate.covered < 80:
                    if tight.startswith(whole):
                        rate = max(
                            rate, Rate(rate.met, 90, 80, 860, False, rate.by_name, rate.by_all), key=lambda r: r.score
                        )
                    elif len(whole) >= self.weights["slack"][1] and (steps := distance(whole, tight, 2)) < 3:
                        rate = max(
                            rate,
                            Rate(rate.met, 78 - steps, 75, 820 - 60 * steps, False, rate.by_name, rate.by_all),
                            key=lambda r: r.score,
                        )
            rates[entry.number] = rate
        most = max((rate.covered for rate in rates.values()), default=0)
        least = min(20, most // 2) if most >= 10 else 101
        if most < NAMED_SO:
            # Nothing is called so: what a page is called counts for less than all words that tell of it.
            rates = {number: replace(r, score=(14 * r.by_all + r.score) // 3) for number, r in rates.items()}
        more = self._wanted(text) if most < NAMED_SO else {}
        places = [
            self.place(e, rates[e.number].score + more.get(e.kind, 0))
            for e in self.entries
            if rates[e.number].covered >= least
        ]
        note, pairs = self._pairs(asked, rates)
        return note, rates, [*places, *pairs]

    def _wanted(self, text: str) -> dict[str, int]:
        """What kinds of page gain where a question asks for them (`which heads`, `paper about`, `tool to`), and papers lose where it does not."""
        wanted = [kind for kind, pattern in self.data.get("wants", {}).items() if re.search(pattern, text)]
        return {PAPERS: -self.weights["unasked"], **dict.fromkeys(wanted, self.weights["wanted"])}

    def place(self, entry: SearchPage, score: int) -> Destination:
        """A page as an answer."""
        return Destination(entry.path, entry.title, entry.label, score + entry.extra)

    def best(self, kind: str, rates: Mapping[int, Rate]) -> list[SearchPage]:
        """The pages of a kind that fit a query, or a part of it, best: by how much of it they cover, then by their names."""
        least = LEAST_OF_MODEL if kind == MODELS else LEAST_OF_TYPE
        some = [e for e in self.entries if e.kind == kind and e.path != kind and rates[e.number].named >= least]
        order = {e.number: (-rates[e.number].covered, -rates[e.number].named, -e.extra, e.number) for e in some}
        return sorted(some, key=lambda e: order[e.number])[:NEAREST]

    def _pairs(self, asked: Asked, rates: Mapping[int, Rate]) -> tuple[str, list[Destination]]:
        """A head type and a model in one query: where the catalog tells of the type in the model; a note where it does not.

        Where the words mean several models, the page of the type, which tells of all, comes first.
        """
        both: list[tuple[int, SearchPage, SearchPage]] = []
        shares: dict[tuple[int, int], int] = {}
        models = self.best(MODELS, rates)
        # A model whose name has the words apart gives way to one that has the same side by side: `llama 2` is not Llama 3.2.
        said = {model.number: tuple(map(bool, rates[model.number].by_name)) for model in models}
        close = {said[model.number] for model in models if rates[model.number].close}
        models = [m for m in models if rates[m.number].close or said[m.number] not in close]
        for head in self.best(TYPES, rates):
            for model in models:
                a, b = rates[head.number], rates[model.number]
                covered = self.covered(asked, [max(pair) for pair in zip(a.by_name, b.by_name, strict=True)])
                alone = max(self.covered(asked, a.by_name), self.covered(asked, b.by_name))
                if covered >= 70 and covered >= alone + 10:
                    score = (650 * covered + 175 * (a.named + b.named)) // 100
                    both.append((score + min(20, self.models[model.number].named.bit_length() * 2), head, model))
                    shares[head.number, model.number] = covered
        both.sort(key=lambda pair: (-pair[0], pair[1].number, pair[2].number))
        if not both:
            return "", []
        # A pair that is told must say as much of the query as one that is not.
        least = max(shares.values()) - 10
        known = [pair for pair in both if shares.get((pair[1].number, pair[2].number), 0) >= least]
        known = [pair for pair in known if (pair[1].number, pair[2].number) in self.pairs][:NEAREST]
        score, head, model = (known or both)[0]
        if not known and min(rates[head.number].named, rates[model.number].named) < WHOLE:
            return "", []
        if not known:
            note = self.notes["no_pair"].replace("{0}", head.title).replace("{1}", model.title)
            return note, [self.place(head, score), self.place(model, score - 10)]
        places = [
            self._pair(head, model, self.pairs[head.number, model.number], score + 120) for score, head, model in known
        ]
        if rates[model.number].named < WHOLE and len({model.number for _, _, model in known}) > 1:
            places.append(self.place(head, score + 120))
        return "", places

    def told(self, head: int, model: int) -> Destination:
        """Where the catalog tells of a head type in a model, both by number."""
        return self._pair(self.entries[head], self.entries[model], self.pairs[head, model], 0)

    def _pair(self, head: SearchPage, model: SearchPage, place: int, score: int) -> Destination:
        path = head.path if place == 3 else model.path
        stem = (model if place == 3 else head).path.split("/")[1]
        anchor = f"#{PLACES[place]}{stem}" if place else ""
        title = self.data["pair_title"].replace("{0}", head.title).replace("{1}", model.title)
        return Destination(path + anchor, title, head.label, score)
