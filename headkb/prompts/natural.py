"""English text with its structure marked: sentences of a paragraph, pieces of words, rare words, grammatical links."""

from __future__ import annotations

import string
from dataclasses import replace
from typing import Annotated

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import OPENING, Draft, Drafts
from headkb.prompts.lines import Line, Reading, Unfit, pick, segment_starts, span, word_starts
from headkb.prompts.lists import LINKED, RARE_SENTENCES, RELATION_NAMES, SENTENCES, SPLIT_SENTENCES, WORD, parse
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("english-sentences", version=1, needs_tokenizer=True)
def english_sentences(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
    """English sentences of 12 to 18 words with ordinary punctuation, in an order that the seed decides.

    Args:
        n: At most the number of sentences.

    Returns:
        Positions, padded with -1: `punctuation`, tokens that hold nothing but punctuation; `special`, special tokens. Meta:
        `sentences`, which of `SENTENCES` the prompts are.

    Raises:
        HeadkbError: If there is no tokenizer, or `n` exceeds the number of sentences.
    """
    if not 1 <= n <= len(SENTENCES):
        raise HeadkbError(
            f"n is {n}; english-sentences has {len(SENTENCES)} sentences. Choose --prompts 1 to {len(SENTENCES)} (n= in Python)."
        )
    prefix, suffix = vocabulary.around(bos)
    chosen = torch.randperm(len(SENTENCES), generator=generator)[:n].tolist()
    rows = [[*prefix, *vocabulary.text_of(SENTENCES[index]), *suffix] for index in chosen]
    longest = max(map(len, rows))
    tokens = torch.tensor([row + [vocabulary.pad] * (longest - len(row)) for row in rows])
    mask = torch.arange(longest) < torch.tensor([len(row) for row in rows])[:, None]  # [prompt, pos]
    stops = {id_ for id_ in {id_ for row in rows for id_ in row} if _is_punctuation(vocabulary, id_)}
    positions = {"punctuation": _places(rows, stops), "special": _places(rows, set(vocabulary.special))}
    return Prompts(
        tokens, mask, positions, {"sentences": chosen, "bos": bos, "prefix": list(prefix), "suffix": list(suffix)}
    )


def _is_punctuation(vocabulary: Vocabulary, id_: int) -> bool:
    if id_ in vocabulary.special or vocabulary.decode is None:
        return False
    text = vocabulary.decode(id_).strip()
    return bool(text) and all(sign in string.punctuation for sign in text)


def _places(rows: list[list[int]], wanted: set[int]) -> Tensor:
    """Where the wanted ids stand, `[prompt, k]`, padded with -1; one column of -1 if nowhere."""
    columns = [[pos for pos, id_ in enumerate(row) if id_ in wanted] for row in rows]
    most = max(1, *map(len, columns))
    return torch.tensor([places + [-1] * (most - len(places)) for places in columns])


@generator("english-paragraphs", version=1, needs_tokenizer=True)
def english_paragraphs(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    sentences: Annotated[int, Range(2, 64)] = 4,
    bos: Bos = "auto",
) -> Drafts:
    """Several English sentences one after the other, each marked as a segment.

    Args:
        n: A sentence stands once in a prompt and may come again in another.
        sentences: Sentences a prompt, at least 2.

    Returns:
        Positions: `segment_start`, for every token the first token of its sentence, `[prompt, pos]`; `word_start`, of its word; `end`.
    """
    if not 2 <= sentences <= len(SENTENCES):
        raise HeadkbError(f"sentences is {sentences}; a paragraph has 2 to {len(SENTENCES)}.")

    while True:
        chosen = pick(SENTENCES, generator, sentences)
        text = " ".join(chosen)

        def segments(reading: Reading, text: str = text, chosen: list[str] = chosen) -> Reading:
            starts = segment_starts(vocabulary, chosen, reading.ids)
            words = word_starts(vocabulary, text, reading.ids)
            return replace(reading, starts={"segment_start": starts, "word_start": words})

        yield Draft(Line(text), finish=segments)


@generator("induction-text", version=1, needs_tokenizer=True)
def induction_text(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    sentences: Annotated[int, Range(1, 64)] = 2,
    bos: Bos = "auto",
) -> Drafts:
    """A passage of English and the same passage again, token by token.

    Args:
        sentences: Sentences of the passage.

    Returns:
        Positions: `first_copy` and `second_copy`, `[prompt, k]`, padded with -1; `end`. Common words recur within a passage, so the earlier
        copy of a token can be several places.
    """
    if not 1 <= sentences <= len(SENTENCES):
        raise HeadkbError(f"sentences is {sentences}; a passage has 1 to {len(SENTENCES)}.")

    while True:
        passage = vocabulary.text_of(" ".join(pick(SENTENCES, generator, sentences)))
        marks = {"first_copy": range(len(passage)), "second_copy": range(len(passage), 2 * len(passage))}
        yield Draft(Reading([*passage, *passage], marks))


def _with_words(vocabulary: Vocabulary, text: str, reading: Reading) -> Reading:
    """With `word_start`, and `pieces`: the tokens of words that are not the first of their word."""
    starts = word_starts(vocabulary, text, reading.ids)
    pieces = [at for at, start in enumerate(starts) if 0 <= start < at]
    return replace(reading, starts={**reading.starts, "word_start": starts}, marks={**reading.marks, "pieces": pieces})


@generator("subword-words", version=1, needs_tokenizer=True)
def subword_words(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """English sentences with long and unusual words, which most tokenizers split into pieces.

    Args:
        n: At most the number of sentences with a split word.

    Returns:
        Positions: `word_start`, for every token the first token of its word, `[prompt, pos]`, -1 = of none; `pieces`, tokens that continue a word;
        `end`.

    Raises:
        HeadkbError: If the tokenizer splits no word in enough of the sentences.
    """
    for text in pick(SPLIT_SENTENCES, generator, len(SPLIT_SENTENCES)):

        def marked(reading: Reading, text: str = text) -> Reading:
            split = _with_words(vocabulary, text, reading)
            if not split.marks["pieces"]:
                raise Unfit("the tokenizer splits no word of the sentence")
            return split

        yield Draft(Line(text), finish=marked)


@generator("rare-words", version=1, needs_tokenizer=True)
def rare_words(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """English sentences of common words with one rare word each.

    Args:
        n: At most the number of sentences.

    Returns:
        Positions: `rare`, all tokens of the rare word; `word_start`, `[prompt, pos]`; `pieces`; `end`.

    Source:
        Voita et al. 2019 (arXiv:1905.09418) measure rarity in a training corpus; here it is by construction.
    """
    for sentence in pick(RARE_SENTENCES, generator, len(RARE_SENTENCES)):
        before, word, after = sentence.split("*")
        text = before + word + after
        line = Line(text, (("rare", len(before), len(before) + len(word)),))
        yield Draft(line, finish=lambda reading, text=text: _with_words(vocabulary, text, reading))  # type: ignore[misc]


@generator("dependency-sentences", version=2, needs_tokenizer=True)
def dependency_sentences(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """English sentences whose determiner–noun, subject–verb and object–verb links are marked.

    Args:
        n: At most the number of sentences.

    Returns:
        Positions, padded with -1, link by link, the first token of a word each: `dependent` and `head`, of all links; `determiner` and
        `determiner_head`, `subject` and `subject_head`, `object` and `object_head`, of one relation; `word_start`, `[prompt, pos]`; `end`.
        Where nothing stands before a text, `Text:` does, whose tokens count as no word.

    Source:
        Written and marked for headkb, after the relations det, nsubj and dobj of Clark et al. 2019 (arXiv:1906.04341). No fixed offset finds more than
        four in ten of the links from object to verb, so position alone does not pass for syntax there.
    """
    # Without a BOS, the first word would be where heads rest, and more than half of the sentences begin with a determiner.
    opening = "" if vocabulary.around(bos)[0] else OPENING
    for marked in pick(LINKED, generator, len(LINKED)):
        sentence, links = parse(marked)
        text = opening + sentence

        def placed(reading: Reading, text: str = text, links: list[tuple[str, int, int]] = links) -> Reading:
            starts = word_starts(vocabulary, text, reading.ids)
            words = [(match.start(), match.end()) for match in WORD.finditer(text) if match.start() >= len(opening)]
            before = span(vocabulary, text, reading.ids, *words[0])[0]
            starts = [-1 if at < before else start for at, start in enumerate(starts)]
            first = [span(vocabulary, text, reading.ids, *where)[0] for where in words]
            marks = {}
            for name in ("", *RELATION_NAMES):
                chosen = [link for link in links if name in ("", link[0])]
                marks[name or "dependent"] = [first[child] for _, child, _ in chosen]
                marks[f"{name}_head".strip("_")] = [first[parent] for _, _, parent in chosen]
            return replace(reading, marks=marks, starts={"word_start": starts})

        yield Draft(Line(text), finish=placed)
