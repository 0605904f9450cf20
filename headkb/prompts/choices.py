"""Questions with answers to choose from: lettered options, and yes or no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch

from headkb.errors import HeadkbError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import Line, fill, one, pick
from headkb.prompts.lists import CHOICES, NO, STATEMENTS, YES
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("mcqa", version=2, needs_tokenizer=True)
def mcqa(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, options: int = 4, bos: Bos = "auto") -> Prompts:
    """Multiple choice: a question, lettered options, and the letter of the right one to be named.

    Each letter is right equally often. The corrupted version swaps the right option with another, so that only their order changes.

    Args:
        options: How many options, 2 to 4.

    Returns:
        Positions: `letters`, the letters in front of the options, and `letter_a` … `letter_d`, each by itself; `contents`, all tokens of the options; `correct_letter`, `correct_content`;
        `question`; `end`. Paired: `answers`, the right letter; `wrong`, the letter that is right in `corrupted`; `corrupted`; `correct`, the
        place of the right option.

    Source:
        Lieberum et al. 2023 (arXiv:2307.09458) for the layout of MMLU; questions are ours and easy.
    """
    if not 2 <= options <= 4:
        raise HeadkbError(f"options is {options}; mcqa has 2 to 4.")
    letters = "ABCD"[:options]

    def drafts() -> Iterator[Draft]:
        count = 0
        while True:
            question, right, *wrongs = one(CHOICES, generator)
            correct = count % options
            contents = pick(wrongs, generator, options - 1)
            contents.insert(correct, right)
            other = one([place for place in range(options) if place != correct], generator)
            swapped = list(contents)
            swapped[correct], swapped[other] = swapped[other], swapped[correct]
            clean = _choice(question, contents, letters, correct, other)
            yield Draft(clean, _choice(question, swapped, letters, other, correct), {"correct": correct})
            count += 1

    return collect(vocabulary, n, drafts(), bos, "mcqa")


def _choice(question: str, contents: list[str], letters: str, correct: int, wrong: int) -> Line:
    template = "Question: {question:question}"
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
) -> Prompts:
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
    first_yes = "Answer with {=Yes:yes} or {=No:no}. "
    first_no = "Answer with {=No:no} or {=Yes:yes}. "

    def drafts() -> Iterator[Draft]:
        count = 0
        while True:
            true = count % 2 == 0
            first_named = order if order != "both" else ("yes-no", "no-yes")[count // 2 % 2]
            template = (first_yes if first_named == "yes-no" else first_no) + "{rest:after_instruction}"
            question = one(YES if true else NO, generator)
            line = fill(
                template, {"rest": f"Question: {question} Answer:"}, *((" Yes", " No") if true else (" No", " Yes"))
            )
            start = line.text.index(question)
            yield Draft(
                Line(line.text, (*line.marks, ("question", start, start + len(question))), line.right, line.wrong),
                None,
                {"order": first_named},
            )
            count += 1

    return collect(vocabulary, n, drafts(), bos, "yes-no")


@generator("true-false", version=1, needs_tokenizer=True)
def true_false(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
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
    order = pick(range(len(STATEMENTS)), generator, len(STATEMENTS))
    rows = [(group, kind) for group in order for kind in (0, 1)]
    drafts = (Draft(Line(STATEMENTS[group][kind]), None, {"labels": 1 - kind, "groups": group}) for group, kind in rows)
    return collect(vocabulary, n, drafts, bos, "true-false")
