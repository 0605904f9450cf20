"""Questions with answers to choose from: lettered options, and yes or no."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import torch

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts
from headkb.prompts.lines import Line, fill, one, pick
from headkb.prompts.lists import CHOICES, NO, STATEMENTS, YES
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary


@generator("mcqa", version=2, needs_tokenizer=True)
def mcqa(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    options: Annotated[int, Range(2, 4)] = 4,
    shots: Annotated[int, Range(0, 64)] = 0,
    bos: Bos = "auto",
) -> Drafts:
    """Multiple choice: a question, lettered options, and the letter of the right one to be named.

    Each letter is right equally often. The corrupted version swaps the right option with another, so that only their order changes.

    Args:
        options: How many options, 2 to 4.
        shots: Answered questions before it, their letters drawn evenly. They show a model that was not taught to that a letter is wanted;
            all marked places are in the question asked.

    Returns:
        Positions: `letters`, the letters in front of the options, and `letter_a` … `letter_d`, each by itself; `contents`, all tokens of the options; `correct_letter`, `correct_content`;
        `question`; `end`. Paired: `answers`, the right letter; `wrong`, the letter that is right in `corrupted`; `corrupted`; `correct`, the
        place of the right option.

    Source:
        Lieberum et al. 2023 (arXiv:2307.09458) for the layout of MMLU; questions are ours and easy.
    """
    if not 0 <= shots < len(CHOICES):
        raise HeadkbError(f"shots is {shots}; mcqa has 0 to {len(CHOICES) - 1}.")
    letters = "ABCD"[:options]

    for count in itertools.count():
        correct = count % options
        if shots:
            *shown, (question, right, *wrongs) = pick(CHOICES, generator, shots + 1)
            before = _answered(shown, letters, generator)
        else:
            question, right, *wrongs = one(CHOICES, generator)
            before = ""
        contents = pick(wrongs, generator, options - 1)
        contents.insert(correct, right)
        other = one([place for place in range(options) if place != correct], generator)
        swapped = list(contents)
        swapped[correct], swapped[other] = swapped[other], swapped[correct]
        clean = _choice(before, question, contents, letters, correct, other)
        yield Draft(clean, _choice(before, question, swapped, letters, other, correct), {"correct": correct})


def _answered(shown: Sequence[tuple[str, ...]], letters: str, generator: torch.Generator) -> str:
    """Answered questions, each with a letter drawn by itself, so that they say nothing of the one asked for next."""
    text = ""
    for question, right, *wrongs in shown:
        place = int(torch.randint(len(letters), (1,), generator=generator))
        contents = pick(wrongs, generator, len(letters) - 1)
        contents.insert(place, right)
        listed = "".join(f"\n{letter}. {content}" for letter, content in zip(letters, contents, strict=True))
        text += f"Question: {question}{listed}\nAnswer: {letters[place]}\n\n"
    return text


def _choice(before: str, question: str, contents: list[str], letters: str, correct: int, wrong: int) -> Line:
    template = before + "Question: {question:question}"
    values = {"question": question}
    for at, (letter, content) in enumerate(zip(letters, contents, strict=True)):
        extra = ("+correct_letter", "+correct_content") if at == correct else ("", "")
        template += f"\n{{L{at}:letters+letter_{letter.lower()}{extra[0]}}}. {{C{at}:contents{extra[1]}}}"
        values |= {f"L{at}": letter, f"C{at}": content}
    return fill(template + "\nAnswer:", values, f" {letters[correct]}", f" {letters[wrong]}")


@generator("yes-no", version=1, needs_tokenizer=True)
def yes_no(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    order: Literal["both", "yes-no", "no-yes"] = "both",
    bos: Bos = "auto",
) -> Drafts:
    """Questions to be answered with Yes or No, both named in the instruction; as many of either kind.

    Args:
        n: Questions may come again.
        order: Which answer the instruction names first; `both`, in turn.

    Returns:
        Positions: `yes` and `no`, in the instruction; `after_instruction`, every token behind it; `question`; `end`. Paired: `answers`, `wrong`,
        `order` of each prompt. There is no corrupted version: another question changes the length.

    Source:
        Yu et al. 2024 (arXiv:2408.00137) for the instruction that names both answers; questions are ours.
    """
    for count in itertools.count():
        answers = (" Yes", " No") if count % 2 == 0 else (" No", " Yes")
        first_named = order if order != "both" else ("yes-no", "no-yes")[count // 2 % 2]
        named = "{=Yes:yes} or {=No:no}" if first_named == "yes-no" else "{=No:no} or {=Yes:yes}"
        question = one(YES if count % 2 == 0 else NO, generator)
        line = fill(
            f"Answer with {named}. {{rest:after_instruction}}", {"rest": f"Question: {question} Answer:"}, *answers
        )
        start = line.text.index(question)
        marks = (*line.marks, ("question", start, start + len(question)))
        yield Draft(replace(line, marks=marks), None, {"order": first_named})


@generator("true-false", version=1, needs_tokenizer=True)
def true_false(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Drafts:
    """Short statements of common knowledge, half of them true, for probes.

    Each statement has a true and a false version; both carry the same number in `paired["groups"]`, so that a split can keep them
    together.

    Args:
        n: At most twice the number of statements.

    Returns:
        Positions: `end`, the full stop. Paired: `labels` (1 = true) and `groups`, `[prompt]`.

    Source:
        The kind of data of Li et al. 2023 (arXiv:2306.03341); the statements are ours.
    """
    for group in pick(range(len(STATEMENTS)), generator, len(STATEMENTS)):
        for kind, statement in enumerate(STATEMENTS[group]):
            yield Draft(Line(statement), None, {"labels": 1 - kind, "groups": group})
