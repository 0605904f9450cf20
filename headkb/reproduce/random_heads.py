"""Which of the found heads a causal check silences, and the random heads of the same layers that it compares them with."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Mapping, Sequence

from headkb.catalog.schema.causal import DRAWS
from headkb.head_index import HeadIndex


def choose_heads(
    selected: Sequence[HeadIndex], n_heads: Mapping[int, int]
) -> tuple[tuple[HeadIndex, ...], list[tuple[HeadIndex, ...]]]:
    """Which of the selected heads are silenced, and the random sets that they are compared with.

    In each layer the strongest selected heads are taken, at most half as many as it has other heads and at least one, so that there is
    always something to compare with; a layer in which every head was selected is left out. The random sets hold as many heads of the
    same layers, none of them selected: all such sets where there are at most 20, else 20 different ones.

    Args:
        selected: Heads that a recipe selected, strongest first.
        n_heads: Heads of each layer that attends, by its number.

    Example:
        >>> heads, sets = choose_heads([HeadIndex(0, 1)], {0: 3})
        >>> [str(head) for head in heads], [[str(head) for head in drawn] for drawn in sets]
        (['L0H1'], [['L0H0'], ['L0H2']])
    """
    taken: set[HeadIndex] = set()
    ways: list[tuple[list[HeadIndex], int]] = []  # of each layer: the other heads, and how many of them are drawn
    for layer, count_here in n_heads.items():
        here = [index for index in selected if index.layer == layer]
        others = [HeadIndex(layer, head) for head in range(count_here) if HeadIndex(layer, head) not in here]
        count = min(len(here), max(1, len(others) // 2)) if others else 0
        if count:
            taken.update(here[:count])
            ways.append((others, count))
    if not taken:
        return (), []
    total = math.prod(math.comb(len(others), count) for others, count in ways)
    sets = [tuple(head for part in _nth(ways, number) for head in part) for number in _numbers(total)]
    return tuple(index for index in selected if index in taken), sets


def _numbers(total: int) -> Sequence[int]:
    """All numbers below `total` where there are at most 20, else 20 different ones, in order; `total` has no upper bound."""
    draw = random.Random(0)
    if total <= DRAWS:
        return range(total)
    if total <= sys.maxsize:
        return sorted(draw.sample(range(total), DRAWS))
    numbers: set[int] = set()
    while len(numbers) < DRAWS:
        numbers.add(draw.randrange(total))
    return sorted(numbers)


def _nth(ways: Sequence[tuple[Sequence[HeadIndex], int]], number: int) -> list[list[HeadIndex]]:
    """One choice in each layer: the digits of a number in mixed base."""
    chosen = []
    for others, count in ways:
        number, digit = divmod(number, math.comb(len(others), count))
        chosen.append(_combination(others, count, digit))
    return chosen


def _combination(others: Sequence[HeadIndex], count: int, number: int) -> list[HeadIndex]:
    """The combination of that number in the order of `itertools.combinations`, found without listing those before it."""
    chosen: list[HeadIndex] = []
    for place, head in enumerate(others):
        with_it = math.comb(len(others) - place - 1, count - len(chosen) - 1) if len(chosen) < count else 0
        if number < with_it:
            chosen.append(head)
        else:
            number -= with_it
    return chosen
