"""How often an organism is right on prompts that training never showed; `python -m organisms.accuracy ID` prints it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import click
import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.models import load_model
from headkb.prompts import Vocabulary
from headkb.prompts.lists import TASKS
from organisms import dense, logic, sequences
from organisms.batches import IGNORED, Batch
from organisms.rendered import rendered
from organisms.tokenizer import fast_vocabulary

Test = Callable[[Vocabulary, int, torch.Generator], Batch]


def _prompts(name: str, **options: Any) -> Test:
    return partial(rendered, name=name, options=(options,), test=True)


TESTS: Mapping[str, Test] = {
    "repeated-random-tokens": partial(sequences.repeats, shortest=25, longest=25),
    "repeated-random-tokens, period 50": partial(sequences.repeats, shortest=50, longest=50),
    "icl-markov, the likelier symbol by counting": sequences.counted,
    "ioi": _prompts("ioi"),
    "colored-objects": _prompts("colored-objects"),
    **{
        f"succession, {name}": partial(rendered, name="succession", options=({"classes": name},), everything=True)
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
    **{f"few-shot, {name}": partial(dense.pairs, tasks={name: found}, test=True) for name, found in TASKS.items()},
    "translation": partial(dense.translations, test=True),
    "toy-movie-review": _prompts("toy-movie-review"),
    "toy-mood-story": _prompts("toy-mood-story"),
    **{f"acronyms, letter {at}": _prompts("acronyms", letter=at) for at in (1, 2, 3)},
    "parity, 8 bits": partial(dense.bits, least=8, most=8, test=True),
    "parity, 2 to 7 bits": partial(dense.bits, most=7, test=True),
    "addition and shifted addition": partial(dense.sums, test=True),
    "true-false": partial(dense.statements, most=1),
    "syllogisms": partial(logic.syllogisms, test=True),
    "identity-rules": logic.triples,
    "propositional": partial(logic.chains, test=True),
}


N, SEEDS = 100, (0, 1, 2)
"""Sequences a seed and the seeds of the accuracies that the cards state."""


@torch.no_grad()
def right(model: Any, vocabulary: Vocabulary, test: Test, n: int = N, seed: int = 0) -> Tensor:
    """For every token that is asked for whether the model puts it first, `[answer]`, bool."""
    batch = test(vocabulary, n, torch.Generator().manual_seed(seed))
    asked = batch.targets != IGNORED
    hidden = model.model(batch.tokens, use_cache=False).last_hidden_state[asked]
    found: Tensor = model.lm_head(hidden).argmax(-1) == batch.targets[asked]
    return found


def measured(model: Any, names: Sequence[str] = tuple(TESTS), n: int = N) -> dict[str, tuple[float, int]]:
    """Task → share of right answers over all seeds, and how many answers there were.

    Args:
        model: An organism.
        names: Keys of `TESTS`.
        n: Sequences a seed.
    """
    vocabulary, found = fast_vocabulary(), dict[str, tuple[float, int]]()
    for name in names:
        answers = torch.cat([right(model, vocabulary, TESTS[name], n, seed) for seed in SEEDS])
        found[name] = (float(answers.float().mean()), len(answers))
    return found


@click.command()
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def main(model: str, as_json: bool) -> None:
    """Measure how often MODEL, an organism's id or the folder of one, is right on prompts that training never showed."""
    try:
        loaded = load_model(model)
    except HeadkbError as error:
        raise click.UsageError(str(error)) from None
    found = measured(loaded.model)
    if as_json:
        click.echo(json.dumps({"weights_sha256": loaded.passport.weights_sha256, "accuracy": found}, indent=1))
        return
    click.echo(f"{loaded.id}, weights {loaded.passport.weights_sha256}")
    for name, (share, answers) in found.items():
        click.echo(f"{share:6.1%}  {name} ({answers} answers)")


if __name__ == "__main__":
    main()
