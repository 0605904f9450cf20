"""Colored Objects: three things on a table, each of another colour, and the colour of one of them asked for."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from headkb.prompts.drafts import Draft, collect
from headkb.prompts.lines import fill, pick
from headkb.prompts.vocabulary import Bos, Vocabulary
from headkb.prompts.words import COLOURS, THINGS
from headkb.tensors import Prompts

_SEEN = "Q: On the table there is a {c0} {t0}, a {c1} {t1}, and a {c2} {t2}. What color is the {asked}?\nA: {answer}\n"
_ASKED = (
    "Q: On the table there is a {k0:colors} {k0t:objects}, a {k1:colors} {k1t:objects}, and a {k2:colors} {k2t:objects}. "
    "What color is the {asked:query}?\nA:"
)


def colored_objects(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, bos: Bos = "auto") -> Prompts:
    """One answered example and one question about the colour of a thing among three.

    The corrupted version asks for another of the same three things, so the text differs in the last noun alone.

    Args:
        vocabulary: A tokenizer's.
        n: Number of prompts.
        generator: Source of all randomness.
        bos: What to put around a text: `none`, `first` or `auto`.

    Returns:
        Positions, all in the question, not in the example: `colors`, `objects`; `correct_color`, `correct_object`; `wrong_color`; `query`, the
        thing asked for; `end`. Paired: `answers`, its colour; `wrong`, the colour of the thing that `corrupted` asks for; `corrupted`.

    Source:
        Merullo et al. 2024 (arXiv:2310.08744): one example, three things, eight colours, seventeen things; wording and things are ours.
    """

    def drafts() -> Iterator[Draft]:
        while True:
            things, colours = pick(THINGS, generator, 6), [*pick(COLOURS, generator, 3), *pick(COLOURS, generator, 3)]
            shown, right, wrong = (int(torch.randint(3, (1,), generator=generator)) for _ in range(3))
            wrong = wrong if wrong != right else (right + 1) % 3
            example = {f"c{at}": colours[at] for at in range(3)} | {f"t{at}": things[at] for at in range(3)}
            example |= {"asked": things[shown], "answer": colours[shown].capitalize()}
            seen = _SEEN.format(**example)
            values = {f"k{at}": colours[3 + at] for at in range(3)} | {f"k{at}t": things[3 + at] for at in range(3)}
            template = _ASKED.replace(f"{{k{wrong}:colors}}", f"{{k{wrong}:colors+wrong_color}}")
            template = template.replace(f"{{k{right}:colors}}", f"{{k{right}:colors+correct_color}}")
            template = template.replace(f"{{k{right}t:objects}}", f"{{k{right}t:objects+correct_object}}")
            answers = (f" {colours[3 + right].capitalize()}", f" {colours[3 + wrong].capitalize()}")
            lines = [
                fill(seen + template, {**values, "asked": things[3 + at]}, *pair)
                for at, pair in ((right, answers), (wrong, answers[::-1]))
            ]
            yield Draft(lines[0], lines[1])

    return collect(vocabulary, n, drafts(), bos, "colored-objects")
