"""In-context Markov chains and parity: sequences whose rule can only be read off the sequence itself, or off its first half."""

from __future__ import annotations

import re
from typing import Annotated

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.prompts.drafts import Draft, Drafts
from headkb.prompts.lines import fill
from headkb.prompts.random_ids import assemble, draw, drawable
from headkb.prompts.registry import generator
from headkb.prompts.vocabularies import Bos, Vocabulary
from headkb.tensors import Prompts

LARGEST_TABLE = 1_000_000
"""Entries of a prompt's transition table."""
_LAG = re.compile("[1-9][0-9]{0,5}")


@generator("icl-markov", version=2)
def icl_markov(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    symbols: Annotated[int, Range(2, 1000)] = 3,
    length: Annotated[int, Range(2, 100_000)] = 101,
    order: Annotated[int, Range(1, 8)] = 1,
    low: Annotated[int, Range(0, 10_000_000)] | None = None,
    high: Annotated[int, Range(0, 10_000_000)] | None = None,
    bos: Bos = "auto",
) -> Prompts:
    """Sequences of a few symbols, each prompt from a Markov chain of its own.

    Every row of a chain's transition table is drawn from the flat Dirichlet distribution. A first-order chain starts in its
    stationary distribution, one of higher order with `order` symbols drawn evenly. Each prompt draws its own tokens as symbols.

    Args:
        symbols: Different symbols a prompt, 2 or more.
        length: Symbols in a row.
        order: How many symbols the next one depends on.

    Returns:
        Positions: `body`, `[prompt, length]`; `end`. Meta: `symbols`, ids `[prompt, symbols]`; `transition`, `[prompt, context, symbols]`, a
        context counting in base `symbols`, the latest symbol last; `states`, `[prompt, length]`.

    Source:
        Edelman et al. 2024 (arXiv:2402.11004), ICL-MC: flat Dirichlet rows, stationary start, length 101; their chains have 2 symbols by default.
    """
    if length <= order:
        raise HeadkbError(f"length is {length} and order {order}; icl-markov needs a length of order + 1 or more.")
    if symbols**order * symbols > LARGEST_TABLE:
        raise HeadkbError(
            f"symbols is {symbols} and order {order}, which is a table of {symbols**order} x {symbols}. Choose fewer of either."
        )
    chosen = draw(drawable(vocabulary, low, high, symbols), n, symbols, True, generator)
    table = _dirichlet((n, symbols**order, symbols), generator)
    states = torch.zeros(n, length, dtype=torch.long)
    states[:, :order] = torch.randint(symbols, (n, order), generator=generator)
    if order == 1:
        states[:, 0] = torch.multinomial(_stationary(table), 1, generator=generator)[:, 0]
    rows, place = torch.arange(n), symbols ** torch.arange(order - 1, -1, -1)
    for t in range(order, length):
        context = (states[:, t - order : t] * place).sum(-1)
        states[:, t] = torch.multinomial(table[rows, context], 1, generator=generator)[:, 0]
    where = torch.arange(length).expand(n, -1)
    positions = {"body": where, "end": where[:, -1]}
    body = chosen.gather(1, states)
    return assemble(body, vocabulary, bos, positions, opened=True, symbols=chosen, transition=table, states=states)


@generator("interleaved-markov", version=2)
def interleaved_markov(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    symbols: Annotated[int, Range(2, 1000)] = 5,
    lags: str = "1,2,3",
    length: Annotated[int, Range(3, 100_000)] = 96,
    low: Annotated[int, Range(0, 10_000_000)] | None = None,
    high: Annotated[int, Range(0, 10_000_000)] | None = None,
    bos: Bos = "auto",
) -> Prompts:
    """Sequences in which each symbol depends on the one that stands some places back; how many differs from prompt to prompt.

    A lag of k makes k chains that take turns. All prompts share one transition table, with flat Dirichlet rows.

    Args:
        n: The lags come in turn.
        symbols: Different symbols, 2 or more; all prompts share their tokens.
        lags: Distances, separated by commas, each 1 or more.
        length: Symbols in a row, more than twice the largest lag.

    Returns:
        Positions: `late`, the second half, and `cause`, for each of these the place of the symbol that the next one depends on, in the same
        order; `end`. Paired: `lags`, of each prompt. Meta: `symbols` and `transition`.

    Source:
        D'Angelo et al. 2025 (arXiv:2509.08184), abstract: interleaved chains, one lag a sequence, fixed transition probabilities; sizes are ours.
    """
    known = [int(lag) for lag in lags.split(",") if _LAG.fullmatch(lag.strip())]
    if len(known) != lags.count(",") + 1 or length <= 2 * max(known):
        raise HeadkbError(
            f"lags is {lags!r} and length {length}; interleaved-markov needs numbers from 1 on, separated by commas, and a length of "
            "more than twice the largest of them."
        )
    chosen = draw(drawable(vocabulary, low, high, symbols), 1, symbols, True, generator)[0]
    table = _dirichlet((symbols, symbols), generator)
    lag = torch.tensor([known[row % len(known)] for row in range(n)])
    states = torch.randint(symbols, (n, length), generator=generator)
    rows = torch.arange(n)
    for t in range(1, length):
        drawn = torch.multinomial(table[states[rows, (t - lag).clamp(min=0)]], 1, generator=generator)[:, 0]
        states[:, t] = torch.where(lag <= t, drawn, states[:, t])
    late = torch.arange(length // 2, length).expand(n, -1)
    positions = {"late": late, "cause": late + 1 - lag[:, None], "end": late[:, -1]}
    return assemble(
        chosen[states], vocabulary, bos, positions, {"lags": lag}, opened=True, symbols=chosen, transition=table
    )


def _dirichlet(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Rows of the flat Dirichlet distribution: exponentials, divided by their sum."""
    waits = -torch.rand(*shape, generator=generator, dtype=torch.float64).clamp(min=1e-300).log()
    return waits / waits.sum(-1, keepdim=True)


def _stationary(table: Tensor) -> Tensor:
    """The distribution that a chain keeps, `[prompt, symbol]`: the left eigenvector of eigenvalue 1."""
    n, symbols, _ = table.shape
    equations = torch.cat(
        [table.transpose(1, 2) - torch.eye(symbols, dtype=table.dtype), torch.ones(n, 1, symbols, dtype=table.dtype)], 1
    )
    wanted = torch.zeros(n, symbols + 1, 1, dtype=table.dtype)
    wanted[:, -1] = 1
    solution: Tensor = torch.linalg.lstsq(equations, wanted).solution
    return solution[..., 0].clamp(min=0)


@generator("parity", version=1, needs_tokenizer=True)
def parity(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    length: Annotated[int, Range(2, 1000)] = 8,
    bos: Bos = "auto",
) -> Drafts:
    """Bits, then their parity so far written out step by step; the last step is asked for.

    Args:
        length: Bits, 2 or more.

    Returns:
        Positions: `inputs`, the bits; `states`, the running parities shown, one fewer; `separator`, the colon between the two; `last_input`;
        `end`. Paired: `answers`, the parity of all bits; `wrong`, the other bit; `corrupted`, the last bit flipped, the steps shown unchanged.

    Source:
        Cabannes et al. 2024 (arXiv:2406.02128): s_t = s_{t-1} + a_t modulo 2 with s_0 = 0, inputs first, then the states; layout ours.
    """
    while True:
        bits = torch.randint(2, (length,), generator=generator).tolist()
        lines = []
        for flipped in (False, True):
            sequence = [*bits[:-1], bits[-1] ^ int(flipped)]
            states = [sum(sequence[: t + 1]) % 2 for t in range(length)]
            template = (
                "Bits"
                + "".join(f" {{={bit}:inputs}}" for bit in sequence[:-1])
                + f" {{={sequence[-1]}:inputs+last_input}}"
            )
            template += ". Parity{slot:separator}" + "".join(f" {{={state}:states}}" for state in states[:-1])
            lines.append(fill(template, {"slot": ":"}, f" {states[-1]}", f" {1 - states[-1]}"))
        yield Draft(lines[0], lines[1])
