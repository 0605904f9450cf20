"""Prompts as a loaded model reads them: what its decoder reads, the noise that it sees or hears, ids that it has no embedding for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from headkb.errors import HeadkbError
from headkb.prompts.vocabularies import Vocabulary
from headkb.tensors import Prompts


def fit(prompts: Prompts, vocabulary: Vocabulary, *, paired: bool, seed: int) -> Prompts:
    """The prompts as the model reads them.

    The decoder of an encoder–decoder model reads the same tokens as its encoder; where the encoder sees or hears, the decoder reads the
    tokens alone, and the encoder gets noise.

    Args:
        prompts: Prompts of a generator.
        vocabulary: Of the model.
        paired: Whether the model has an encoder and a decoder.
        seed: Seed of the noise.

    Raises:
        HeadkbError: If a token has no row in the model's embedding.
    """
    _check_rows(prompts, vocabulary)
    noise = prompts.inputs
    if vocabulary.noise is not None and not noise:
        noise = vocabulary.noise(len(prompts), torch.Generator().manual_seed(seed))
    changes: dict[str, Any] = {"inputs": noise}
    if paired and prompts.inputs:  # the encoder is what is read; one token is enough to call the decoder
        changes["decoder"] = Prompts.of(torch.full((len(prompts), 1), vocabulary.pad))
    elif paired:
        changes["decoder"] = prompts
    if prompts.corrupted is not None:
        changes["corrupted"] = fit(prompts.corrupted, vocabulary, paired=paired, seed=seed)
    return replace(prompts, **changes)


def _check_rows(prompts: Prompts, vocabulary: Vocabulary) -> None:
    rows = vocabulary.rows
    if not rows or prompts.inputs:
        return
    beyond = prompts.tokens[(prompts.tokens >= rows) & prompts.mask]
    if len(beyond):
        id_ = int(beyond[0])
        text = f" ({vocabulary.decode(id_)!r})" if vocabulary.decode is not None else ""
        raise HeadkbError(
            f"the prompts hold token {id_}{text}, but the model's embedding has {rows} rows: {vocabulary.name} is the tokenizer of "
            "another model, or the model was saved before its embedding grew. Choose --generator random-tokens "
            "(generator= in Python), or put the right tokenizer into its folder."
        )
