"""Training sequences made of token ids, not of text: repeated blocks and Markov chains."""

from __future__ import annotations

import torch

from headkb.prompts import SENTENCES, Vocabulary, make_prompts
from headkb.prompts.lines import pick
from headkb.prompts.lists import LINKED, RARE_SENTENCES, SPLIT_SENTENCES, parse
from organisms.batches import Batch, Row, padded


def repeats(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, shortest: int = 4, longest: int = 50
) -> Batch:
    """Blocks of random tokens given twice, now and then more often; each row with a block of its own length, all cut to one length.

    Targets stand wherever the block can be known: from its second showing on. Block lengths vary from row to row, so no fixed offset
    predicts anything and a head has to match tokens.
    """
    most = int(torch.randint(shortest, longest + 1, (1,), generator=generator))
    ids, rows = vocabulary.drawable, list[Row]()
    for _ in range(n):
        period = int(torch.randint(max(shortest, most // 2), most + 1, (1,), generator=generator))
        block = ids[torch.randperm(len(ids), generator=generator)[:period]].tolist()
        row = [block[at % period] for at in range(2 * most)]
        rows.append((row, {at: row[at + 1] for at in range(period, 2 * most - 1)}))
    return padded(vocabulary, rows)


def markov(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, most: int = 8, length: int = 101) -> Batch:
    """Chains of `headkb.prompts`' `icl-markov` with 2 to `most` symbols; every next symbol that has stood there before is asked for."""
    symbols = int(torch.randint(2, most + 1, (1,), generator=generator))
    seed = int(torch.randint(1_000_000, 2**31, (1,), generator=generator))
    made = make_prompts("icl-markov", vocabulary, n, seed, symbols=symbols, length=length)
    opened = len(vocabulary.prefix)
    bodies = made.tokens[:, opened:].tolist()
    rows = [(row, {at: row[at + 1] for at in range(length - 1) if row[at + 1] in set(row[: at + 1])}) for row in bodies]
    return padded(vocabulary, rows)


def counted(
    vocabulary: Vocabulary, n: int, generator: torch.Generator, *, symbols: int = 4, lead: float = 0.2
) -> Batch:
    """Chains in which the symbol that followed the present one most often is asked for, where it leads clearly.

    The expectation is that of a counter with a flat prior: (times that the symbol followed + 1) / (times that anything followed + symbols). It is
    asked for from the fortieth symbol on, where the first is at least `lead` more likely than the second.
    """
    seed = int(torch.randint(2**31, (1,), generator=generator))
    made = make_prompts("icl-markov", vocabulary, n, seed, symbols=symbols)
    rows = list[Row]()
    for states, names in zip(made.meta["states"].tolist(), made.meta["symbols"].tolist(), strict=True):
        counts, asked = torch.ones(symbols, symbols), dict[int, int]()
        for at, state in enumerate(states):
            if at:
                counts[states[at - 1], state] += 1
            best = (counts[state] / counts[state].sum()).topk(2)
            if at >= 40 and best.values[0] - best.values[1] >= lead:
                asked[at] = names[int(best.indices[0])]
        rows.append(([names[state] for state in states], asked))
    return padded(vocabulary, [row for row in rows if row[1]])


def _passages(vocabulary: Vocabulary) -> list[list[int]]:
    """The English sentences of `headkb.prompts`, in tokens."""
    texts = [*SENTENCES, *(parse(text)[0] for text in LINKED), *SPLIT_SENTENCES]
    texts += [text.replace("*", "") for text in RARE_SENTENCES]
    return [vocabulary.text_of(text) for text in texts]


def english(vocabulary: Vocabulary, n: int, generator: torch.Generator, *, most: int = 4) -> Batch:
    """One to `most` English sentences in a row; every next token but the first of each sentence is asked for."""
    passages, rows = _passages(vocabulary), list[Row]()
    count = int(torch.randint(1, most + 1, (1,), generator=generator))
    for _ in range(n):
        row, asked = list[int](), dict[int, int]()
        for passage in pick(passages, generator, count):
            asked |= {len(row) + at: passage[at + 1] for at in range(len(passage) - 1)}
            row += passage
        rows.append((row, asked))
    return padded(vocabulary, rows)
