"""Prompts of the caller's own: texts through a model's tokenizer, and token ids that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.prompts.drafts import assemble
from headkb.prompts.fit import fit
from headkb.prompts.lines import Reading
from headkb.prompts.vocabularies import Vocabulary, VocabularySource, vocabulary
from headkb.tensors import Prompts

OWN_TEXTS, OWN_PROMPTS = "own-texts", "own-prompts"
"""What stands where records name a generator."""


def text_prompts(texts: Sequence[str], source: VocabularySource) -> Prompts:
    """Texts as prompts: around each what the tokenizer puts around every text, padded on the right.

    Args:
        texts: One or more.
        source: The loaded model, or its tokenizer.

    Returns:
        Positions: `end`, the last token of each text. Meta: `texts`.

    Raises:
        HeadkbError: If there is no tokenizer, there are no texts, or one of them holds no token; with what to do.
    """
    words, name = vocabulary(source), str(getattr(source, "id", "") or "")
    if words.decode is None or words.noise is not None:
        who = name or words.name
        raise HeadkbError(
            f"{who} has no tokenizer for text. Choose a model that reads text; in Python, pass its tokenizer: tokenizer=."
        )
    if not texts:
        raise HeadkbError(
            "there are no texts. Give one or more, or the name of a generator, such as 'english-sentences'."
        )
    readings = []
    for text in texts:
        if not isinstance(text, str):
            raise HeadkbError(
                f"a value of type {type(text).__name__} is among the texts. Pass a list of texts, or Prompts.of(tokens) for token ids."
            )
        if not (ids := words.text_of(text)):
            raise HeadkbError(f"the tokenizer of {name or words.name} makes no token of {text[:40]!r}. Give it words.")
        readings.append(Reading(ids, {}))
    made = assemble(words, readings, "auto")
    facts = {"generator": OWN_TEXTS, "tokenizer": words.name, "parameters": {"bos": "auto"}, "texts": list(texts)}
    return _fitted(replace(made, meta={**made.meta, **facts}), words, source)


def fitted_prompts(prompts: Prompts, source: VocabularySource) -> Prompts:
    """Prompts that the caller made, as a loaded model reads them, and with the facts that a record of them holds.

    Raises:
        HeadkbError: If there are none, or the model has no embedding for one of their tokens.
    """
    if not len(prompts):
        raise HeadkbError("there are no prompts. Give one or more.")
    words = vocabulary(source)
    facts = {"generator": OWN_PROMPTS, "parameters": {"bos": _policy(prompts, words)}}
    return _fitted(replace(prompts, meta={**facts, **prompts.meta}), words, source)


def _fitted(prompts: Prompts, words: Vocabulary, source: VocabularySource) -> Prompts:
    """The prompts as the model reads them; those for its decoder stay where they are given."""
    passport: Any = getattr(source, "passport", None)
    if passport is None:
        return prompts
    paired = prompts.decoder is None and any(stack.part == "decoder" for stack in passport.stacks)
    return replace(read := fit(prompts, words, paired=paired, seed=0), decoder=prompts.decoder or read.decoder)


def _policy(prompts: Prompts, words: Vocabulary) -> str:
    """The BOS policy that the prompts look like: `auto` where each begins with what the tokenizer puts first."""
    first = torch.tensor(words.prefix)
    begins = all(torch.equal(row[: len(first)].cpu(), first) for row in _rows(prompts))
    return "auto" if len(first) and begins else "none"


def _rows(prompts: Prompts) -> list[Tensor]:
    return [row[:length] for row, length in zip(prompts.tokens, prompts.lengths.tolist(), strict=True)]
