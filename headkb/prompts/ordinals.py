"""Succession: an item of an ordered class, or a few in a row, and the question what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch

from headkb.errors import HeadkbError
from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import fill, one, selected
from headkb.prompts.lists import CYCLES, ORDINAL_CLASSES
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

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
    members: int = 3,
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
    if members < 2:
        raise HeadkbError(f"members is {members}; a sequence has 2 or more.")
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
