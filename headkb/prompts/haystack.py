"""Needle in a haystack: one sentence hidden in a long text, and a question that only it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from headkb.errors import HeadkbError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import Line, Reading, Unfit, pick
from headkb.prompts.lists import NEEDLES, SENTENCES
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("needle", version=1, needs_tokenizer=True)
def needle(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    length: int = 256,
    depth: float | None = None,
    forced: bool = True,
    bos: Bos = "auto",
) -> Prompts:
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
    if length < 0 or (depth is not None and not 0 <= depth <= 1):
        raise HeadkbError(f"length is {length} and depth {depth}; length must be 0 or more, depth from 0 to 1.")

    def drafts() -> Iterator[Draft]:
        order = pick(range(len(NEEDLES)), generator, len(NEEDLES))
        sizes = [len(vocabulary.text_of(f" {sentence}")) for sentence in SENTENCES]
        count = 0
        while True:
            at = depth if depth is not None else count % 11 / 10
            item = order[count % len(NEEDLES)]
            sentences, total = list[str](), 0
            while total < length:
                drawn = int(torch.randint(len(SENTENCES), (1,), generator=generator))
                sentences.append(SENTENCES[drawn])
                total += sizes[drawn]
            yield Draft(_line(sentences, item, at, forced), None, {"depth": at, "item": item}, _aligned)
            count += 1

    return collect(vocabulary, n, drafts(), bos, "needle")


def _line(sentences: list[str], item: int, depth: float, forced: bool) -> Line:
    """The text: haystack, needle, haystack, question, and the answer if forced."""
    opening, answer, question = NEEDLES[item]
    before = round(depth * len(sentences))
    text, marks = " ".join([*sentences[:before], ""]), list[tuple[str, int, int]]()

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
