"""The words of a query and what they may mean: other spellings, endings, slips of the finger, words written as one, words of the same sense.

`docs/assets/find.js` does the same (see `finder`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from headkb.catalog.spelling import distance, same_stem

LONGEST_RUN = 6
"""Words of a name that are looked for written as one, or apart in other places."""


@dataclass
class Asked:
    """Words of a query: of each its weight, and the words of the catalog that it may mean, with how surely (100 is the same word)."""

    words: list[str]
    weights: list[int]
    near: list[dict[str, int]]
    total: int = field(init=False)

    def __post_init__(self) -> None:
        self.total = max(1, sum(self.weights))


class Splitter:
    """Takes texts apart into words, as the grammar in `data` says."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.split: dict[str, list[str]] = data.get("split", {})

    def raw(self, text: str) -> str:
        """A query in small letters without accents, its spaces single, cut off where it is longer than anyone's; `layer nine` is layer 9."""
        raw = re.sub(self.data["spaces"], " ", self._small(text))[: self.data["longest"]].strip(" ")
        numbers, words = self.data["numbers"].split(" "), raw.split(" ")
        for at in range(1, len(words)):
            if words[at - 1] in self.data["counted"] and words[at] in numbers:
                words[at] = str(numbers.index(words[at]))
        return " ".join(words)

    def words(self, text: str) -> list[str]:
        """The words of a text, letters apart from numbers, without the s of a plural, in one spelling where English has two.

        Of a text that was split before, those of then.
        """
        if text not in self.split:
            self.split[text] = self._words(text)
        return self.split[text]

    def _words(self, text: str) -> list[str]:
        plain = re.sub(self.data["separators"], " ", self._small(text))
        for pattern in self.data["splits"]:
            plain = re.sub(pattern, r"\1 \2", plain)
        words = [re.sub(self.data["plural"], r"\1", word) for word in plain.split(" ") if word]
        for pattern, letters in self.data["spellings"]:
            words = [re.sub(pattern, rf"\1{letters}\2", word) for word in words]
        return words

    def _small(self, text: str) -> str:
        return re.sub(self.data["marks"], "", unicodedata.normalize("NFKD", text).lower())


class SearchWords:
    """The words that pages use, how rare each is, and what the words of a query mean among them."""

    def __init__(
        self, data: Mapping[str, Any], splitter: Splitter, rarity: Mapping[str, int], names: Iterable[Sequence[str]]
    ) -> None:
        self.splitter, self.weights = splitter, data["weights"]
        self.rarity, self.spoken = dict(rarity), list(rarity)
        for kind in ("soft", "stop"):
            self.rarity |= dict.fromkeys(splitter.words(data[kind]), self.weights[kind])
        self.quiet = {word for kind in ("code", "soft", "stop") for word in splitter.words(data[kind])}
        self.runs = _runs(names)
        self.meant: dict[str, dict[str, int]] = {}
        self.same: dict[str, list[str]] = {}
        for group in data.get("same", ()):
            words = splitter.words(group)
            for word in words:
                self.same.setdefault(word, []).extend(words)

    def asked(self, text: str, quiet: Collection[str] = ()) -> Asked:
        """The words of a query with what they may mean; those that are `quiet` do not count."""
        words = self._apart(self.splitter.words(text))
        for word in words:
            if word not in self.meant:
                self.meant[word] = self._near(word)
        near = [self.meant[word] for word in words]
        weights = []
        for word, meant in zip(words, near, strict=True):
            best = max(meant.values(), default=0)
            known = [self.rarity[other] for other, sure in meant.items() if sure == best]
            weight = self.rarity.get(word, max(known, default=self.weights["unknown"]))
            weights.append(0 if word in quiet else weight)
        return Asked(words, weights, near)

    def _apart(self, words: list[str]) -> list[str]:
        """The words, those of a name that are written as one, or apart in other places, as the name has them: `gptj`, `llama 3 18b`."""
        found: list[str] = []
        start = 0
        while start < len(words):
            size = min(LONGEST_RUN, len(words) - start)
            while size and not self._means_run(words[start : start + size]):
                size -= 1
            found += self.runs["".join(words[start : start + size])] if size else words[start : start + 1]
            start += size or 1
        return found

    def _means_run(self, words: Sequence[str]) -> bool:
        return "".join(words) in self.runs and not (len(words) == 1 and words[0] in self.rarity)

    def _near(self, word: str) -> dict[str, int]:
        """Words of the catalog that a word may mean: itself, longer ones, those of its stem or sense; where it is none, those it may misspell."""
        weights, size, known = self.weights, len(word), word in self.rarity
        if self.rarity.get(word) == weights["stop"]:
            return {word: weights["exact"]}
        slack = 0 if size < weights["slack"][0] else 1 if size < weights["slack"][1] else 2
        digits = any("0" <= c <= "9" for c in word)
        same = self.same.get(word, ())
        meant: dict[str, int] = {}
        for other in self.spoken:
            if other == word:
                meant[other] = weights["exact"]
            elif size > 1 and other.startswith(word) and not "0" <= other[size] <= "9":
                meant[other] = weights["prefix"] if size > 2 else weights["stem"]
            elif other in same:
                meant[other] = weights["same"]
            elif not digits and size > 4 and same_stem(word, other):
                meant[other] = weights["stem"]
            elif slack and not digits and not known and not same:
                steps = distance(word, other, slack)
                if steps <= slack:
                    meant[other] = weights["typo"][steps]
        return meant


def _runs(names: Iterable[Sequence[str]]) -> dict[str, Sequence[str]]:
    """Words of names that stand side by side, by their letters without spaces; they begin with a word of letters."""
    runs: dict[str, Sequence[str]] = {}
    for name in names:
        for start, word in enumerate(name):
            if len(word) < 2 or "0" <= word[0] <= "9":
                continue
            for end in range(start + 2, min(len(name), start + LONGEST_RUN) + 1):
                runs.setdefault("".join(name[start:end]), name[start:end])
    return runs
