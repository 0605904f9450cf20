"""How well pages fit the words of a query: names in any spelling, authors, questions, a head type with a model.

All sums are of whole numbers, so that `docs/assets/find.js`, which does the same, rounds alike (see `finder`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog.spelling import distance, same_stem

MODELS, TYPES, PAPERS, PLACES = "models/", "heads/", "papers/", ("", "role-", "type-", "in-")
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


@dataclass
class Asked:
    """Words of a query: of each its weight, and the words of the catalog that it may mean, with how surely (100 is the same word)."""

    words: list[str]
    weights: list[int]
    near: list[dict[str, int]]
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = max(1, sum(self.weights))


@dataclass(frozen=True)
class Rate:
    """How well a page fits.

    Attributes:
        met: How surely each word of the query is met.
        covered: The share of the query that is met, in percent.
        named: The share of the page's name that meets it, in percent.
        score: Both together.
        close: Whether the words of the name that meet it stand side by side.
    """

    met: list[int]
    covered: int
    named: int
    score: int
    close: bool = False


class Pages:
    """The words and pages of `data`, as `search_data` makes it."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data, self.notes, self.weights = data, data["notes"], data["weights"]
        self.split: dict[str, list[str]] = data.get("split", {})
        self.entries = [self._entry(number, page) for number, page in enumerate(data["pages"])]
        count = Counter(word for entry in self.entries for word in entry.bag)
        size = len(self.entries).bit_length()
        self.rarity = {word: max(3, 2 * (size - n.bit_length())) for word, n in count.items()}
        for words in ("soft", "stop"):
            self.rarity |= dict.fromkeys(self.words(data[words]), self.weights[words])
        self.spoken = [word for word in self.rarity if word in count]
        self.ids: dict[str, list[int]] = {}
        for number, page in enumerate(data["pages"]):
            for identifier in page[5] if len(page) > 5 else ():
                self.ids.setdefault(identifier, []).append(number)
        models = [entry.number for entry in self.entries if entry.kind == MODELS and entry.path != MODELS]
        self.models = {
            number: [*model, *[0, "", ""][len(model) - 2 :]]
            for number, model in zip(models, data["models"], strict=True)
        }
        self.pairs = {(head, model): place for head, model, place in data["pairs"]}

    # words

    def raw(self, text: str) -> str:
        """A query in small letters without accents, its spaces single, cut off where it is longer than anyone's."""
        plain = re.sub(self.data["marks"], "", unicodedata.normalize("NFKD", text).lower())
        return re.sub(self.data["spaces"], " ", plain)[: self.data["longest"]].strip(" ")

    def words(self, text: str) -> list[str]:
        """The words of a text, letters apart from numbers, without the s of a plural; of a text that was split before, those of then."""
        if text not in self.split:
            self.split[text] = self._words(text)
        return self.split[text]

    def _words(self, text: str) -> list[str]:
        plain = re.sub(self.data["marks"], "", unicodedata.normalize("NFKD", text).lower())
        plain = re.sub(self.data["separators"], " ", plain)
        for pattern in self.data["splits"]:
            plain = re.sub(pattern, r"\1 \2", plain)
        return [re.sub(self.data["plural"], r"\1", word) for word in plain.split(" ") if word]

    def _entry(self, number: int, page: Sequence[Any]) -> SearchPage:
        absent: list[Any] = [0, (), (), (), ""]
        kind, stem, title, own, names, _, authors, about = [*page, *absent[len(page) - 3 :]]
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
        all_names = [words for words in map(self.words, texts) if words]
        bag = dict.fromkeys(self.words(about), self.weights["about"])
        bag |= {word: 100 for words in (*all_names, *map(self.words, by)) for word in words}
        return SearchPage(
            number, folder, path, title, label, 6 * weight + own, all_names, ["".join(name) for name in all_names], bag
        )

    def asked(self, text: str) -> Asked:
        """The words of a query with what they may mean."""
        words = self.words(text)
        near = [self._near(word) for word in words]
        weights = []
        for word, meant in zip(words, near, strict=True):
            best = max(meant.values(), default=0)
            known = [self.rarity[other] for other, sure in meant.items() if sure == best]
            weights.append(self.rarity.get(word, max(known, default=self.weights["unknown"])))
        return Asked(words, weights, near)

    def _near(self, word: str) -> dict[str, int]:
        """Words of the catalog that a word may mean: itself, longer ones, those of its stem, and where it is none, those it may misspell."""
        weights, size, known = self.weights, len(word), word in self.rarity
        if self.rarity.get(word) == weights["stop"]:
            return {word: weights["exact"]}
        slack = 0 if size < weights["slack"][0] else 1 if size < weights["slack"][1] else 2
        digits = any("0" <= c <= "9" for c in word)
        meant: dict[str, int] = {}
        for other in self.spoken:
            if other == word:
                meant[other] = weights["exact"]
            elif size > 1 and other.startswith(word) and not "0" <= other[size] <= "9":
                meant[other] = weights["prefix"] if size > 2 else weights["stem"]
            elif not digits and size > 4 and same_stem(word, other):
                meant[other] = weights["stem"]
            elif slack and not digits and not known:
                steps = distance(word, other, slack)
                if steps <= slack:
                    meant[other] = weights["typo"][steps]
        return meant

    # pages

    def rate(self, entry: SearchPage, asked: Asked) -> Rate:
        """How well a page fits the words: by its best name, or by the words of all its names, authors and definition together."""
        best = Rate([0] * len(asked.words), 0, 0, 0)
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
                    own += self.rarity[name[at]] * sure
            if not used:
                continue
            covered, close = self.covered(asked, met), max(used) - min(used) < len(used)
            named = own // sum(self.rarity[word] for word in name)
            score = (
                (650 * covered + 350 * named * min(100, 2 * covered) // 100) // 100
                + (15 if close else 0)
                - (3 if place else 0)
            )
            if score > best.score:
                best = Rate(met, covered, named, score, close)
        met = [
            max((sure * entry.bag[w] // 100 for w, sure in near.items() if w in entry.bag), default=0)
            for near in asked.near
        ]
        covered = self.covered(asked, met)
        if 7 * covered > best.score:
            best = Rate(met, covered, best.named, 7 * covered, best.close)
        return best

    def covered(self, asked: Asked, met: Sequence[int]) -> int:
        """The share of a query that is met, in percent."""
        return sum(weight * sure for weight, sure in zip(asked.weights, met, strict=True)) // asked.total

    def by_words(self, asked: Asked) -> tuple[str, dict[int, Rate], list[Destination]]:
        """A note, how well every page fits, and the places that are worth showing."""
        rates = {entry.number: self.rate(entry, asked) for entry in self.entries}
        whole = "".join(asked.words)
        for entry in self.entries:
            rate = rates[entry.number]
            for tight in entry.tight:
                if tight == whole:
                    rate = Rate([100] * len(asked.words), 100, 100, 1100)
                elif len(whole) > 3 and rate.covered < 80:
                    if tight.startswith(whole):
                        rate = max(rate, Rate(rate.met, 90, 80, 860), key=lambda r: r.score)
                    elif len(whole) >= self.weights["slack"][1] and (steps := distance(whole, tight, 2)) < 3:
                        rate = max(rate, Rate(rate.met, 78 - steps, 75, 820 - 60 * steps), key=lambda r: r.score)
            rates[entry.number] = rate
        most = max((rate.covered for rate in rates.values()), default=0)
        least = min(20, most // 2) if most >= 10 else 101
        places = [self.place(e, rates[e.number].score) for e in self.entries if rates[e.number].covered >= least]
        note, pairs = self._pairs(asked, rates)
        return note, rates, [*places, *pairs]

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
        models = self.best(MODELS, rates)
        models = [model for model in models if rates[model.number].close] or models
        for head in self.best(TYPES, rates):
            for model in models:
                a, b = rates[head.number], rates[model.number]
                met = [max(one, other) for one, other in zip(a.met, b.met, strict=True)]
                covered = self.covered(asked, met)
                if covered >= 70 and covered >= max(a.covered, b.covered) + 10:
                    score = (650 * covered + 175 * (a.named + b.named)) // 100
                    both.append((score + min(20, self.models[model.number][2].bit_length() * 2), head, model))
        both.sort(key=lambda pair: (-pair[0], pair[1].number, pair[2].number))
        if not both:
            return "", []
        known = [pair for pair in both if (pair[1].number, pair[2].number) in self.pairs][:NEAREST]
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
