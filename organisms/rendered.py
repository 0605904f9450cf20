"""Tasks as the prompt generators write them, one answer a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from headkb.prompts import Vocabulary, make_prompts
from headkb.prompts.lines import one
from organisms.batches import Batch, Row, held_out, padded
from organisms.tokenizer import tokens

FIRST_SEED = 1_000_000
"""Training draws its prompt seeds from here on; smaller ones are for measuring."""


def rendered(
    vocabulary: Vocabulary,
    n: int,
    generator: torch.Generator,
    *,
    name: str,
    options: Sequence[dict[str, Any]] = ({},),
    test: bool = False,
    everything: bool = False,
) -> Batch:
    """Prompts of one generator and one of the given options, those left out whose text training may not show.

    Args:
        vocabulary: Of the organisms' tokenizer.
        n: About how many; a fifth more are made, and the held-out ones dropped.
        generator: Source of all randomness.
        name: Id in `headkb.prompts.GENERATORS`.
        options: Keywords of the generator to choose from.
        test: The other way round: only texts that training may not show.
        everything: Hold nothing back: for facts, each of which must be seen to be known.
    """
    rows = list[Row]()
    while len(rows) < (n if test or everything else 1):
        seed = int(torch.randint(FIRST_SEED, 2**31, (1,), generator=generator))
        made = make_prompts(name, vocabulary, n, seed, **one(options, generator))
        opened = len(vocabulary.prefix)
        for ids, end, answer in zip(
            made.tokens.tolist(), made.positions["end"].tolist(), made.paired["answers"].tolist(), strict=True
        ):
            body = ids[opened : end + 1]
            if everything or held_out(" ".join(tokens()[token] for token in body)) == test:
                rows.append((body, {len(body) - 1: answer}))
    return padded(vocabulary, rows)
