"""Longer passages: a needle in a haystack, concepts among random tokens, worked solutions, the same sentences in five languages."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import torch

from headkb.keywords import Range
from headkb.prompts.drafts import OPENING, Draft, Drafts, collect
from headkb.prompts.lines import Line, Reading, Unfit, encoded, is_blank, one, pick, segment_starts, selected
from headkb.prompts.lists import CONCEPTS, LANGUAGES, NAMES, NEEDLES, OBJECTS, SENTENCES
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("concept-copying", version=1, needs_tokenizer=True)
def concept_copying(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    around: Annotated[int, Range(2, 1000)] = 8,
    bos: Bos = "auto",
) -> Drafts:
    """Random tokens with a word of several tokens among them, and the same again up to the word's first token.

    Corrupted, the first half holds other tokens and another word; the second half is the same.

    Args:
        around: Random tokens on either side of the word, 2 or more.

    Returns:
        Positions: `concept`, the word in the first half; `before_concept`, the last token before the word in the second half; `end`, the word's
        first token there. Paired: `answers`, the word's second token; `wrong`, that of the corrupted word. Meta: `concepts` of each prompt.

    Source:
        Feucht et al. 2025 (arXiv:2504.03022), section 2: concept copying, patched before the word, read at its second token; there the words are
        subjects of CounterFact, here nouns and names of ours.
    """
    ids = vocabulary.drawable
    known = _of_several_tokens(vocabulary, CONCEPTS)
    if len({found[1] for found in known.values()}) < 2:
        return
    while True:
        word, other = pick(list(known), generator, 2)
        if known[word][1] == known[other][1]:
            continue
        drawn = ids[torch.randint(len(ids), (4, around), generator=generator)].tolist()
        half = [*drawn[0], *known[word], *drawn[1]]
        again = [*drawn[0], known[word][0]]
        start = len(drawn[0])
        false = [*drawn[2], *known[other], *drawn[3]]
        # Words of another number of tokens are made up for after the word.
        false = (false + drawn[1])[: len(half)]
        marks = {"concept": range(start, start + len(known[word])), "before_concept": [len(half) + start - 1]}
        right, wrong = known[word][1], known[other][1]
        yield Draft(
            Reading([*half, *again], marks, right, wrong),
            Reading([*false, *again], marks, right, wrong),
            {"concepts": word},
        )


def _of_several_tokens(vocabulary: Vocabulary, known: Sequence[str]) -> dict[str, list[int]]:
    """Word → its tokens after a space, of the words that have two or more."""
    tokens = {}
    for word in known:
        with contextlib.suppress(Unfit):
            ids = encoded(vocabulary, f" {word}")
            tokens[word] = ids[1:] if is_blank(vocabulary, ids[0]) else ids
    return {word: ids for word, ids in tokens.items() if len(ids) > 1}


@generator("worked-solutions", version=2, needs_tokenizer=True)
def worked_solutions(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    sentences: Annotated[int, Range(8, 14)] = 14,
    bos: Bos = "auto",
) -> Drafts:
    """A sum about money and its solution thought through aloud, sentence by sentence, with a plan, a doubt and a check.

    Args:
        sentences: How many of the fourteen sentences, 8 or more.

    Returns:
        Positions: `segment_start`, for every token the first token of its sentence, `[prompt, pos]`; `end`.

    Source:
        The form of the traces of Bogdan et al. 2025 (arXiv:2506.19143). There a reasoning model writes them itself; these are ours, so they show
        how a head reads such a text, not how the model that is measured would think.
    """
    # Without a BOS the first sentence would hold the token on which heads rest, and every such head would seem to read that sentence.
    opening = [] if vocabulary.around(bos)[0] else [OPENING.rstrip()]
    while True:
        chosen = [*opening, *_solution(generator)[:sentences]]

        def marked(reading: Reading, chosen: list[str] = chosen) -> Reading:
            starts = segment_starts(vocabulary, chosen, reading.ids)
            if opening:
                starts = [-1 if start == starts[0] else start for start in starts]
            return replace(reading, starts={"segment_start": starts})

        yield Draft(Line(" ".join(chosen)), finish=marked)


def _solution(generator: torch.Generator) -> list[str]:
    name, thing = one(NAMES, generator), one(OBJECTS, generator)
    price, count, extra, paid = (
        int(torch.randint(low, high, (1,), generator=generator)) for low, high in ((3, 10), (3, 9), (2, 9), (90, 99))
    )
    goods = price * count
    return [
        f"{name} buys {count} of one {thing} and pays {paid}.",
        f"Each costs {price}, and the bag costs {extra}.",
        "I have to find out how much money is left.",
        "My plan is to add up the costs first and then take them away.",
        f"{count} times {price} makes {goods}.",
        f"So the goods cost {goods}.",
        f"With the bag it is {goods + extra}.",
        "Wait, is the bag bought once or every time?",
        "The text speaks of one bag, so once.",
        f"{paid} minus {goods + extra} is {paid - goods - extra}.",
        f"Let me check: {goods + extra} and {paid - goods - extra} make {paid}.",
        "That is what was paid, so it fits.",
        f"{name} has {paid - goods - extra} left.",
        f"The answer is {paid - goods - extra}.",
    ]


@generator("multilingual-sentences", version=1, needs_tokenizer=True)
def multilingual_sentences(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, languages: str = "all", bos: Bos = "auto"
) -> Prompts:
    """Plain sentences in several languages, the same content in each.

    Args:
        n: The languages come in turn, sentences come again when all were used.
        languages: Names in `LANGUAGES`, separated by commas, or `all`.

    Returns:
        Positions: `end`. Paired: `labels`, the number of the language. Meta: `languages`, their names in the order of the numbers.

    Source:
        Written for headkb; Liu et al. 2025 (arXiv:2511.07498) use articles of an encyclopedia, a thousand a language.
    """
    chosen = list(LANGUAGES) if languages == "all" else selected(languages, LANGUAGES, "language")

    def drafts() -> Iterator[Draft]:
        while True:
            order = pick(range(len(LANGUAGES[chosen[0]])), generator, len(LANGUAGES[chosen[0]]))
            for at in order:
                for number, name in enumerate(chosen):
                    yield Draft(Line(LANGUAGES[name][at]), None, {"labels": number})

    return collect(vocabulary, n, drafts(), bos, "multilingual-sentences", languages=chosen)


@generator("needle", version=2, needs_tokenizer=True)
def needle(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    length: Annotated[int, Range(0, 100_000)] = 256,
    depth: Annotated[float, Range(0, 1)] | None = None,
    forced: bool = True,
    bos: Bos = "auto",
) -> Drafts:
    """A sentence hidden in a text of about `length` tokens, the question about it, and, if forced, its answer.

    Needles and haystack are our own: no model knows the answers by heart. The haystack takes the English sentences of headkb in an
    order that the seed decides, over again where they do not reach.

    Args:
        n: Needles and depths come in turn.
        length: Tokens of the haystack, about; needle, question and answer come on top.
        depth: Share of the haystack before the needle, 0 to 1; None = eleven depths from 0 to 1 in turn.
        forced: Let the right answer stand at the end, so that one forward pass shows what each head looks at while it is written.

    Returns:
        Positions: `needle`, the whole sentence; `source`, the answer within it, `[prompt, k]`; `question`; `context`, everything before the
        question; `end`. Forced: also `answer`, the queries at which the answer's tokens are predicted, in the order of `source`; `generated`, the
        answer itself. Meta: `depth` and `item`, of each prompt.

    Source:
        Kamradt 2023 (LLMTest_NeedleInAHaystack) and Wu et al. 2024 (arXiv:2404.15574) for the form; all text is ours.
    """
    # A needle at the very start would be where a model without BOS rests its attention.
    before = "" if vocabulary.around(bos)[0] else OPENING
    order = pick(range(len(NEEDLES)), generator, len(NEEDLES))
    sizes = [len(vocabulary.text_of(f" {sentence}")) for sentence in SENTENCES]
    for count in itertools.count():
        at = depth if depth is not None else count % 11 / 10
        item = order[count % len(NEEDLES)]
        sentences, total = list[str](), 0
        while total < length:
            drawn = int(torch.randint(len(SENTENCES), (1,), generator=generator))
            sentences.append(SENTENCES[drawn])
            total += sizes[drawn]
        yield Draft(_line(before, sentences, item, at, forced), None, {"depth": at, "item": item}, _aligned)


def _line(first: str, sentences: list[str], item: int, depth: float, forced: bool) -> Line:
    """The text: what opens it, haystack, needle, haystack, question, and the answer if forced."""
    opening, answer, question = NEEDLES[item]
    before = round(depth * len(sentences))
    text, marks = first + " ".join([*sentences[:before], ""]), list[tuple[str, int, int]]()

    def add(words: str, *names: str) -> None:
        nonlocal text
        marks.extend((name, len(text), len(text) + len(words)) for name in names)
        text += words

    start = len(text)
    add(opening)
    add(" ")
    add(answer, "source")
    add(".")
    marks.append(("needle", start, len(text)))
    text += " ".join(["", *sentences[before:]])
    marks.append(("context", 0, len(text)))
    add(" ")
    add(f"Question: {question}", "question")
    add(" Answer:")
    if forced:
        add(" ")
        add(answer, "generated")
    return Line(text, tuple(marks))


def _aligned(reading: Reading) -> Reading:
    """With the queries that predict the answer, once it is sure that the answer has the same tokens in both places."""
    marks = dict(reading.marks)
    if "generated" in marks:
        hidden, written = ([reading.ids[at] for at in marks[name]] for name in ("source", "generated"))
        if hidden != written:
            raise Unfit("the answer has other tokens at the end than in the needle")
        marks["answer"] = [at - 1 for at in marks["generated"]]
    return replace(reading, marks=marks)
