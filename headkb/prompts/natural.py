"""English text with its structure marked: sentences of a paragraph, pieces of words, rare words, grammatical links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from headkb.errors import HeadkbError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.english import SENTENCES
from headkb.prompts.lines import Line, Reading, Unfit, pick, segment_starts, span, word_starts
from headkb.prompts.links import LINKED, RELATION_NAMES, WORD, parse
from headkb.prompts.long_words import RARE_SENTENCES, SPLIT_SENTENCES
from headkb.prompts.vocabulary import Bos, Vocabulary
from headkb.tensors import Prompts


def english_paragraphs(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, sentences: int = 4, bos: Bos = "auto"
) -> Prompts:
    """Several English sentences one after the other, each marked as a segment.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts; a sentence stands once in a prompt and may come again in another.
        generator: Source of all randomness.
        sentences: Sentences a prompt, at least 2.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions: `segment_start`, for every token the first token of its sentence, `[prompt, pos]`; `word_start`, of its word; `end`.
    """
    if not 2 <= sentences <= len(SENTENCES):
        raise HeadkbError(f"sentences is {sentences}; a paragraph has 2 to {len(SENTENCES)}.")

    def drafts() -> Iterator[Draft]:
        while True:
            chosen = pick(SENTENCES, generator, sentences)
            text = " ".join(chosen)

            def segments(reading: Reading, text: str = text, chosen: list[str] = chosen) -> Reading:
                starts = segment_starts(vocabulary, chosen, reading.ids)
                words = word_starts(vocabulary, text, reading.ids)
                return replace(reading, starts={"segment_start": starts, "word_start": words})

            yield Draft(Line(text), finish=segments)

    return collect(vocabulary, n, drafts(), bos, "english-paragraphs")


def induction_text(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, sentences: int = 2, bos: Bos = "auto"
) -> Prompts:
    """A passage of English and the same passage again, token by token.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts.
        generator: Source of all randomness.
        sentences: Sentences of the passage.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions: `first_copy` and `second_copy`, `[prompt, k]`, padded with -1; `end`. Common words recur within a passage, so the earlier
        copy of a token can be several places.
    """
    if not 1 <= sentences <= len(SENTENCES):
        raise HeadkbError(f"sentences is {sentences}; a passage has 1 to {len(SENTENCES)}.")

    def drafts() -> Iterator[Draft]:
        while True:
            passage = vocabulary.text_of(" ".join(pick(SENTENCES, generator, sentences)))
            marks = {"first_copy": range(len(passage)), "second_copy": range(len(passage), 2 * len(passage))}
            yield Draft(Reading([*passage, *passage], marks))

    return collect(vocabulary, n, drafts(), bos, "induction-text")


def _with_words(vocabulary: Vocabulary, text: str, reading: Reading) -> Reading:
    """With `word_start`, and `pieces`: the tokens of words that are not the first of their word."""
    starts = word_starts(vocabulary, text, reading.ids)
    pieces = [at for at, start in enumerate(starts) if 0 <= start < at]
    return replace(reading, starts={**reading.starts, "word_start": starts}, marks={**reading.marks, "pieces": pieces})


def subword_words(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
    """English sentences with long and unusual words, which most tokenizers split into pieces.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts, at most the number of sentences with a split word.
        generator: Source of all randomness.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions: `word_start`, for every token the first token of its word, `[prompt, pos]`, -1 = of none; `pieces`, tokens that continue a word;
        `end`.

    Raises:
        HeadkbError: If the tokenizer splits no word in enough of the sentences.
    """

    def drafts() -> Iterator[Draft]:
        for text in pick(SPLIT_SENTENCES, generator, len(SPLIT_SENTENCES)):

            def marked(reading: Reading, text: str = text) -> Reading:
                found = _with_words(vocabulary, text, reading)
                if not found.marks["pieces"]:
                    raise Unfit("the tokenizer splits no word of the sentence")
                return found

            yield Draft(Line(text), finish=marked)

    return collect(vocabulary, n, drafts(), bos, "subword-words")


def rare_words(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
    """English sentences of common words with one rare word each.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts, at most the number of sentences.
        generator: Source of all randomness.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions: `rare`, all tokens of the rare word; `word_start`, `[prompt, pos]`; `pieces`; `end`.

    Source:
        Voita et al. 2019 (arXiv:1905.09418) measure rarity in a training corpus; here it is by construction.
    """

    def drafts() -> Iterator[Draft]:
        for sentence in pick(RARE_SENTENCES, generator, len(RARE_SENTENCES)):
            before, word, after = sentence.split("*")
            text = before + word + after
            line = Line(text, (("rare", len(before), len(before) + len(word)),))
            yield Draft(line, finish=lambda reading, text=text: _with_words(vocabulary, text, reading))  # type: ignore[misc]

    return collect(vocabulary, n, drafts(), bos, "rare-words")


def dependency_sentences(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
    """English sentences whose determiner–noun, subject–verb and object–verb links are marked.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts, at most the number of sentences.
        generator: Source of all randomness.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions, padded with -1, link by link, the first token of a word each: `dependent` and `head`, of all links; `determiner` and
        `determiner_head`, `subject` and `subject_head`, `object` and `object_head`, of one relation; `word_start`, `[prompt, pos]`; `end`.

    Source:
        Written and marked for headkb, after the relations det, nsubj and dobj of Clark et al. 2019 (arXiv:1906.04341). No fixed offset finds more than
        four in ten of the links from object to verb, so position alone does not pass for syntax there.
    """

    def drafts() -> Iterator[Draft]:
        for marked in pick(LINKED, generator, len(LINKED)):
            text, links = parse(marked)

            def placed(reading: Reading, text: str = text, links: list[tuple[str, int, int]] = links) -> Reading:
                starts = word_starts(vocabulary, text, reading.ids)
                words = [(found.start(), found.end()) for found in WORD.finditer(text)]
                first = [span(vocabulary, text, reading.ids, *where)[0] for where in words]
                marks = {}
                for name in ("", *RELATION_NAMES):
                    chosen = [link for link in links if name in ("", link[0])]
                    marks[name or "dependent"] = [first[child] for _, child, _ in chosen]
                    marks[f"{name}_head".strip("_")] = [first[parent] for _, _, parent in chosen]
                return replace(reading, marks=marks, starts={"word_start": starts})

            yield Draft(Line(text), finish=placed)

    return collect(vocabulary, n, drafts(), bos, "dependency-sentences")
