"""How often an organism is right on prompts that training never showed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from headkb.organisms import dense, logic, sequences
from headkb.organisms.batches import IGNORED, Batch
from headkb.organisms.rendered import rendered
from headkb.prompts import Vocabulary

Test = Callable[[Vocabulary, int, torch.Generator], Batch]


def _prompts(name: str, **options: Any) -> Test:
    return partial(rendered, name=name, options=(options,), test=True)


TESTS: Mapping[str, Test] = {
    "repeated-random-tokens": partial(sequences.repeats, shortest=25, longest=25),
    "repeated-random-tokens, period 50": partial(sequences.repeats, shortest=50, longest=50),
    "ioi": _prompts("ioi"),
    "colored-objects": _prompts("colored-objects"),
    **{
        f"succession, {name}": _prompts("succession", classes=name)
        for name in ("numbers", "number-words", "ordinal-words", "days", "months", "letters")
    },
    "succession, sequences": _prompts("succession", form="sequence", members=4),
    "mcqa, 4 options": _prompts("mcqa", options=4),
    "mcqa, 2 options": _prompts("mcqa", options=2),
    "yes-no": _prompts("yes-no"),
    "key-value retrieval": partial(dense.holdings, least=8, most=8, test=True),
    "needle, 256 tokens": partial(dense.needles, test=True),
    "facts": partial(dense.facts, most=1),
    "knowledge-conflict": partial(dense.conflicts, test=True),
    **{
        f"few-shot, {name}": partial(dense.pairs, tasks={name: found}, test=True) for name, found in dense.TASKS.items()
    },
    "translation": partial(dense.translations, test=True),
    "toy-movie-review": _prompts("toy-movie-review"),
    "toy-mood-story": _prompts("toy-mood-story"),
    **{f"acronyms, letter {at}": _prompts("acronyms", letter=at) for at in (1, 2, 3)},
    "parity": partial(dense.bits, most=8, test=True),
    "addition and shifted addition": partial(dense.sums, test=True),
    "true-false": partial(dense.statements, most=1),
    "syllogisms": partial(logic.syllogisms, test=True),
    "identity-rules": logic.triples,
    "propositional": partial(logic.chains, test=True),
}


@torch.no_grad()
def accuracy(model: Any, vocabulary: Vocabulary, test: Test, n: int = 60, seed: int = 0) -> float:
    """Share of the asked-for tokens that the model puts first."""
    batch = test(vocabulary, n, torch.Generator().manual_seed(seed))
    asked = batch.targets != IGNORED
    hidden = model.model(batch.tokens, use_cache=False).last_hidden_state[asked]
    return float((model.lm_head(hidden).argmax(-1) == batch.targets[asked]).float().mean())
