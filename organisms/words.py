"""Which words the prompt generators write: those of their lists and of their prompts. `python -m organisms.words` adds new ones to `vocabulary.txt`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from headkb.errors import HeadkbError
from headkb.prompts import GENERATORS, Generator, Vocabulary
from headkb.prompts.lists import DATA, ORDINAL_CLASSES, SPLIT_SENTENCES, TASKS, parse, read_lists
from organisms.tokenizer import BOS, PAD, PIECE, UNKNOWN, WORDS, words_of

_NUMBERS = (*map(str, range(201)), *(f"{number:02d}" for number in range(10)))
_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_SIGNS = ("\n", *".,;:!?()'\"-–+=*/<>&[]_#%^→")
_LOGIC = tuple(
    words_of(
        "if then and or not either neither nor both all no some every none only so therefore because since hence thus follows rule rules fact "
        "facts query given conclusion implies implied true false True False unknown Unknown valid invalid Valid Invalid statement premise "
        "hypothesis If Then And Or Not Either All No Some Every None So Therefore Because Given Suppose Is Are Does Do Yes Label label "
        "Input Output input output Text Sentence Category Answer Question plus minus times equals sum difference product is are was were "
        "Rules Facts truth value what of the is same different A B C D positive negative Positive Negative"
    )
)


def _strings(value: Any) -> Iterator[str]:
    """All texts in nested sequences and mappings, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _strings([*value.items()])
    else:
        for item in value:
            yield from _strings(item)


OPEN = ("coreference",)
"""Generators, with data files of the same name, whose sentences are for models of open vocabulary: no training task has their words."""


def listed_words() -> set[str]:
    """Words of the generators' data files, without marks, and of the lists that are made of them."""
    files = [path for path in sorted(DATA.glob("*.yaml")) if path.stem not in OPEN]
    lists = {name: value for path in files for name, value in read_lists(path.stem).items()}
    del lists["split"]  # their long words are two tokens each, see `pieces`
    lists["rare"] = [sentence.replace("*", "") for sentence in lists["rare"]]
    lists["linked"] = [parse(sentence)[0] for sentence in lists["linked"]]
    texts = (_plain(text) for text in _strings([*lists.values(), ORDINAL_CLASSES, TASKS]))
    return {word for text in texts for word in words_of(text)}


def _plain(text: str) -> str:
    """A template's literal text: `{=capital of:relation}` → `capital of`, `{slot:mark}` → nothing."""
    text = re.sub(r"\{=([^}:]*)(:[^}]*)?\}", r"\1", text)
    return re.sub(r"\{[^}]*\}", " ", text)


def rendered_words(n: int = 40, seeds: int = 2) -> set[str]:
    """Words of what the text generators write with every choice of their options, in `n` prompts each and several seeds."""
    all_words: set[str] = set()
    ids: dict[str, int] = {"a": 0}

    def encode(text: str) -> list[int]:
        read = words_of(text)
        all_words.update(read)
        return [ids.setdefault(word, len(ids)) for word in read]

    words = {id_: word for word, id_ in ids.items()}
    seen = Vocabulary(torch.arange(20_000), name="any word", encode=encode, decode=lambda id_: words.get(id_, "word"))
    for name, generator in GENERATORS.items():
        if generator.needs_tokenizer and name not in ("subword-words", "digit-addition", *OPEN):
            for options in _options(generator):
                for seed in range(seeds):
                    for count in (n, 8, 1):
                        try:
                            generator.function(seen, count, torch.Generator().manual_seed(seed), **options)
                            break
                        except HeadkbError:  # fewer prompts exist
                            continue
    return all_words


def _options(generator: Generator) -> list[dict[str, Any]]:
    """The defaults, and one setting for each other value of an option that is chosen from a few."""
    return [
        dict[str, Any](),
        *(
            {name: value}
            for name, choices in generator.choices.items()
            for value in choices
            if name != "bos" and value != generator.parameters[name]
        ),
    ]


def pieces(known: set[str]) -> dict[str, tuple[str, str]]:
    """Long words of the split sentences → their two tokens: the longest known beginning, else the first half, and the rest."""
    pairs: dict[str, tuple[str, str]] = {}
    for word in sorted({word for text in SPLIT_SENTENCES for word in words_of(text)} - known):
        starts = [word[:size] for size in range(len(word) - 1, 3, -1) if word[:size] in known]
        start = starts[0] if starts else word[: (len(word) + 1) // 2]
        pairs[word] = (start, PIECE + word[len(start) :])
    return pairs


def wanted() -> list[str]:
    """Every token that the generators need, in a fixed order."""
    known = {*listed_words(), *rendered_words(), *_NUMBERS, *_LETTERS, *_SIGNS, *_LOGIC}
    parts = {part for pair in pieces(known).values() for part in pair}
    return [BOS, PAD, UNKNOWN, *sorted(known | parts)]


def main() -> None:
    """Add what is missing to the end of the list, so that ids in trained weights stay what they are."""
    there = WORDS.read_text(encoding="utf-8").splitlines() if WORDS.exists() else []
    new = [token.replace("\n", "\\n") for token in wanted()]
    new = [token for token in new if token not in set(there)]
    WORDS.write_text("".join(f"{token}\n" for token in [*there, *new]), encoding="utf-8")
    print(f"{len(there) + len(new)} tokens, {len(new)} of them new: {' '.join(new[:50])}")


if __name__ == "__main__":
    main()
