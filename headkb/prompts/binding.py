"""Which of several belongs where: indirect object identification among names, and the colours of things on a table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Annotated, Literal

import torch

from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts, collect
from headkb.prompts.lines import fill, one, pick, uniform
from headkb.prompts.lists import COLOURS, IOI, NAMES, OBJECTS, PLACES, THINGS
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts


@generator("ioi", version=1, needs_tokenizer=True)
def ioi(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    order: Literal["both", "ABBA", "BABA"] = "both",
    corruption: Literal["abc", "s2-io"] = "abc",
    bos: Bos = "auto",
) -> Prompts:
    """Indirect object identification: two names, one of them again, and the question who is left.

    Args:
        order: `ABBA`, the indirect object first; `BABA`, the subject first; `both`, in turn.
        corruption: `abc`, three other names in the three places; `s2-io`, the giver's second mention swapped for the other name, so
            that the answer swaps too.

    Returns:
        Positions: `io`, `s1`, `s1_plus_1`, `s2`, `end`. Paired: `answers`, the indirect object; `wrong`, the subject; `corrupted`; `order`, of
        each prompt; `tokens_per_word` and `words_dropped` of the names.

    Source:
        Wang et al. 2022 (arXiv:2211.00593): fifteen templates, both orders, ABC as corruption; the sentences and lists are ours.
    """
    names, facts = uniform(vocabulary, NAMES, 5, "ioi")

    def drafts() -> Iterator[Draft]:
        for count in itertools.count():
            io, s, *others = pick(names, generator, 5)
            template = one(IOI, generator)
            abba = order == "ABBA" or (order == "both" and count % 2 == 0)
            first, second = ("{io:io}", "{s1:s1}") if abba else ("{s1:s1}", "{io:io}")
            template = template.replace("{first}", first).replace("{second}", second)
            words = {"place": one(PLACES, generator), "object": one(OBJECTS, generator)}
            clean = fill(template, {"io": io, "s1": s, "s2": s, **words}, f" {io}", f" {s}")
            if corruption == "abc":
                a, b, c = others
                other = fill(template, {"io": a, "s1": b, "s2": c, **words}, f" {io}", f" {s}")
            else:
                other = fill(template, {"io": io, "s1": s, "s2": io, **words}, f" {s}", f" {io}")
            yield Draft(clean, other, {"order": "ABBA" if abba else "BABA"})

    return collect(vocabulary, n, drafts(), bos, "ioi", derived={"s1_plus_1": ("s1", 1)}, **facts)


_SEEN = "Q: On the table there is a {c0} {t0}, a {c1} {t1}, and a {c2} {t2}. What color is the {asked}?\nA: {answer}\n"
_ASKED = (
    "Q: On the table there is a {k0:colors} {k0t:objects}, a {k1:colors} {k1t:objects}, and a {k2:colors} {k2t:objects}. "
    "What color is the {asked:query}?\nA:"
)


def _example(generator: torch.Generator) -> str:
    things, colours = pick(THINGS, generator, 3), pick(COLOURS, generator, 3)
    asked = int(torch.randint(3, (1,), generator=generator))
    words = {f"c{at}": colours[at] for at in range(3)} | {f"t{at}": things[at] for at in range(3)}
    return _SEEN.format(**words, asked=things[asked], answer=colours[asked].capitalize())


@generator("colored-objects", version=1, needs_tokenizer=True)
def colored_objects(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    shots: Annotated[int, Range(1, 64)] = 1,
    bos: Bos = "auto",
) -> Drafts:
    """Three things of different colours, and the colour of one of them asked for, after one answered example.

    The corrupted version asks for another of the same three things, so the text differs in the last noun alone.

    Args:
        shots: Answered examples, 1 or more; the source has one.

    Returns:
        Positions, all in the question, not in the example: `colors`, `objects`; `correct_color`, `correct_object`; `wrong_color`; `query`, the
        thing asked for; `end`. Paired: `answers`, its colour; `wrong`, the colour of the thing that `corrupted` asks for; `corrupted`.

    Source:
        Merullo et al. 2024 (arXiv:2310.08744): one example, three things, eight colours, seventeen things; wording and things are ours.
    """
    while True:
        more = "".join(_example(generator) for _ in range(shots - 1))
        things, colours = pick(THINGS, generator, 6), [*pick(COLOURS, generator, 3), *pick(COLOURS, generator, 3)]
        first, right, wrong = (int(torch.randint(3, (1,), generator=generator)) for _ in range(3))
        wrong = wrong if wrong != right else (right + 1) % 3
        example = {f"c{at}": colours[at] for at in range(3)} | {f"t{at}": things[at] for at in range(3)}
        example |= {"asked": things[first], "answer": colours[first].capitalize()}
        seen = more + _SEEN.format(**example)
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
