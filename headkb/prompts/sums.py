"""Arithmetic and succession: two operands, additions off by one or digit by digit, and what comes after an item of an ordered class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

import torch

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts, collect
from headkb.prompts.lines import Line, Reading, Unfit, fill, one, selected
from headkb.prompts.lists import CYCLES, ORDINAL_CLASSES
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

OPERATORS: tuple[str, ...] = ("+", "-", "*", "/")
_LARGEST = 99
_MOST_COPIES = 1000
"""Draws in a row whose examples give the answer away."""
_TABLE = 12  # both factors, and divisor and quotient, stay in the multiplication table


def _between(low: int, high: int, generator: torch.Generator) -> int:
    return low + int(torch.randint(high - low + 1, (1,), generator=generator))


def _problem(operator: str, generator: torch.Generator) -> tuple[int, int, int]:
    """(first operand, second operand, result); all positive whole numbers."""
    if operator == "+":
        a, b = _between(1, _LARGEST, generator), _between(1, _LARGEST, generator)
        return a, b, a + b
    if operator == "-":
        b, rest = _between(1, _LARGEST, generator), _between(1, _LARGEST, generator)
        return b + rest, b, rest
    a, b = _between(2, _TABLE, generator), _between(2, _TABLE, generator)
    return (a, b, a * b) if operator == "*" else (a * b, b, a)


@generator("arithmetic", version=2, needs_tokenizer=True)
def arithmetic(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, operators: str = "+,-", bos: Bos = "auto"
) -> Drafts:
    """Two operands and an operator: "226 - 68 =".

    Args:
        operators: Out of + - * /, separated by commas; each prompt draws one.

    Returns:
        Positions: `operand1`, `operator`, `operand2`, all their tokens; `operands`, both; `end`. Paired: `answers`, the result; `wrong`, the result
        of `corrupted`, which has the same operator and other operands. Meta: `operators` of each prompt.

    Source:
        technion-cs-nlp/llm-arithmetic-heuristics@e40cb8637c40 docs/paper.pdf, section 2.1: two operands, four operators, results of another prompt
        as counterfactual. There operands and results are one token each and solved by the model; here they may be several, and the first
        token decides.
    """
    chosen = selected(operators, OPERATORS, "operator")

    while True:
        operator = one(chosen, generator)
        a, b, right = _problem(operator, generator)
        versions = []
        for _ in range(20):
            c, d, wrong = _problem(operator, generator)
            if wrong != right:
                lines = [_line(x, operator, y, r, w) for x, y, r, w in ((a, b, right, wrong), (c, d, wrong, right))]
                versions.append(Draft(lines[0], lines[1], {"operators": operator}))
        yield versions


def _line(a: int, operator: str, b: int, right: int, wrong: int) -> Line:
    words = {"a": str(a), "sign": operator, "b": str(b)}
    return fill("{a:operand1+operands} {sign:operator} {b:operand2+operands} =", words, f" {right}", f" {wrong}")


@generator("shifted-addition", version=1, needs_tokenizer=True)
def shifted_addition(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    shots: Annotated[int, Range(1, 64)] = 4,
    shift: Annotated[int, Range(1, 5)] = 1,
    bos: Bos = "auto",
) -> Drafts:
    """Additions whose shown sums are all too large by the same number, and one more to answer; corrupted, with the ordinary sums.

    Args:
        shots: Examples before the question, 1 or more.
        shift: What is added to every sum, 1 to 5; sums stay below ten, so that both versions have one length.

    Returns:
        Positions: `labels`, the sums shown; `query`, the operands asked for; `end`. Paired: `answers`, the shifted sum; `wrong`, the ordinary one.
        `corrupted`: the same additions with ordinary sums in the examples.

    Source:
        Ye et al. 2025 (arXiv:2507.09875), abstract: off-by-one addition, 1+1=3, 2+2=5, against ordinary addition; layout and numbers are ours.
    """

    def problem() -> tuple[int, int]:
        total = _between(2, 9 - shift, generator)
        a = _between(1, total - 1, generator)
        return a, total - a

    copies = 0
    while True:
        a, b = problem()
        examples = [problem() for _ in range(shots)]
        if (a, b) in examples:  # a copy of the question would give its answer away
            copies += 1
            if copies > _MOST_COPIES:
                raise HeadkbError(
                    f"with shots {shots} and shift {shift}, the examples hold nearly every sum there is. Choose fewer shots."
                )
            continue
        copies = 0
        lines = []
        for added in (shift, 0):
            text = "".join(f"{x} + {y} = {{={x + y + added}:labels}}. " for x, y in examples)
            lines.append(fill(f"{text}{{={a}:query}} + {{={b}:query}} =", {}, f" {a + b + shift}", f" {a + b}"))
        yield Draft(lines[0], lines[1])


@generator("digit-addition", version=1, needs_tokenizer=True)
def digit_addition(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    digits: Annotated[int, Range(2, 64)] = 5,
    bos: Bos = "auto",
) -> Drafts:
    """A long addition with its sum written out, for tokenizers that write every digit as one token: "54321+77779=132100".

    Args:
        digits: Digits of either number, 2 or more; the sum has one more, a leading zero included.

    Returns:
        Positions: `step` and `digit`, pair by pair: the position that an answer digit is predicted at, and the two digits of its place value,
        so each step occurs twice; the carry into the first place has no digits of its own and is left out; `end`.

    Raises:
        HeadkbError: If the tokenizer writes several digits as one token.

    Source:
        Quirke & Barez 2023 (arXiv:2310.13121): additions of 5-digit numbers, one attention pattern for each answer digit.
    """

    def number() -> str:
        rest = "".join(str(_between(0, 9, generator)) for _ in range(digits - 1))
        return f"{_between(1, 9, generator)}{rest}"

    def paired(reading: Reading) -> Reading:
        marks = reading.marks
        if any(len(where) != 1 for where in marks.values()):
            raise Unfit("a digit is not one token")
        steps = [marks[f"s{place}"][0] - 1 for place in range(digits) for _ in range(2)]
        keys = [marks[f"{side}{place}"][0] for place in range(digits) for side in "ab"]
        return replace(reading, marks={"step": steps, "digit": keys})

    while True:
        a, b = number(), number()
        total = f"{int(a) + int(b):0{digits + 1}d}"
        parts = [
            "".join(f"{{={sign}:{side}{digits - 1 - at}}}" for at, sign in enumerate(text))
            for side, text in (("a", a), ("b", b))
        ]
        answer = total[0] + "".join(f"{{={sign}:s{digits - 1 - at}}}" for at, sign in enumerate(total[1:]))
        yield Draft(fill(f"{parts[0]}+{parts[1]}={answer}", {}), finish=paired)


_AFTER: dict[str, str] = {
    "numbers": "The {=number after:relation} {item:item} is",
    "number-words": "The {=number after:relation} {item:item} is",
    "ordinal-words": "The {=place after:relation} the {item:item} is the",
    "days": "The {=day after:relation} {item:item} is",
    "day-prefixes": "The {=day after:relation} {item:item} is",
    "months": "The {=month after:relation} {item:item} is",
    "month-prefixes": "The {=month after:relation} {item:item} is",
    "letters": "The {=letter after:relation} {item:item} is",
}


@generator("succession", version=1, needs_tokenizer=True)
def succession(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    classes: str = "numbers,number-words,days,months,letters",
    form: Literal["after", "sequence"] = "after",
    members: Annotated[int, Range(2, 16)] = 3,
    bos: Bos = "auto",
) -> Prompts:
    """The successor of a number, a number word, a day, a month or a letter.

    Args:
        n: Items may come again.
        classes: Names out of `ORDINAL_CLASSES`, separated by commas; each prompt draws one.
        form: `after`: "The day after Monday is"; `sequence`: `members` items in a row.
        members: Items of a sequence, 2 or more.

    Returns:
        Positions: `item`, the last one named; with `sequence` also `members`, all of them; with `after` `relation`; `end`. Paired: `answers`, the successor; `wrong`, another member of the class that is not named; `corrupted`, another item (or the same items in another
        order); `classes`, of each prompt; `several_tokens`, the items that this tokenizer splits, which weight scores leave out.

    Source:
        Gould et al. 2023 (arXiv:2312.09230), the eight classes; Lan et al. 2023 (arXiv:2311.04131), sequences.
    """
    chosen = selected(classes, ORDINAL_CLASSES, "class of succession")
    count = members if form == "sequence" else 1

    def drafts() -> Iterator[Draft]:
        while True:
            name = one(chosen, generator)
            items = ORDINAL_CLASSES[name]
            # Successors of the last member only where the class goes round.
            starts = len(items) if name in CYCLES else len(items) - count
            start = int(torch.randint(starts, (1,), generator=generator))
            row = [items[(start + step) % len(items)] for step in range(count)]
            right = items[(start + count) % len(items)]
            wrong = one([item for item in items if item not in (*row, right)], generator)
            if form == "after":
                clean = fill(_AFTER[name], {"item": row[0]}, f" {right}", f" {wrong}")
                item = one([item for item in items if item not in (row[0], right, wrong)], generator)
                other = fill(_AFTER[name], {"item": item}, f" {right}", f" {wrong}")
            else:
                template = " ".join(
                    ["In order:", *[f"{{{at}:members}}" for at in range(count - 1)], "{last:members+item}"]
                )
                words = {**{str(at): item for at, item in enumerate(row[:-1])}, "last": row[-1]}
                clean = fill(template, words, f" {right}", f" {wrong}")
                mixed = row[::-1] if count == 2 else [*row[1:-1], row[-1], row[0]]
                other = fill(
                    template,
                    {**{str(at): i for at, i in enumerate(mixed[:-1])}, "last": mixed[-1]},
                    f" {right}",
                    f" {wrong}",
                )
            yield Draft(clean, other, {"classes": name, "items": row[-1]})

    prompts = collect(vocabulary, n, drafts(), bos, "succession")
    split = (prompts.positions["item"].view(n, -1) >= 0).sum(1) > 1
    prompts.meta["several_tokens"] = sorted(
        {item for item, several in zip(prompts.meta["items"], split, strict=True) if several}
    )
    return prompts
