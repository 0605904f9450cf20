"""Where every head looks in one text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headkb.attention import Part, observe
from headkb.errors import HeadkbError
from headkb.models import LoadedModel
from headkb.prompts import text_prompts, vocabulary
from headkb.tensors import Prompts


@dataclass(frozen=True)
class TextPattern:
    """The patterns of one text.

    Attributes:
        tokens: As the tokenizer decodes them one by one, special tokens included; `tokens[0]` is key 0.
        weights: `[layer, head, query_pos, key_pos]`; NaN in blocks that do not attend.
    """

    tokens: tuple[str, ...]
    weights: Tensor


def text_pattern(loaded: LoadedModel, text: str, *, most: int | None = None, part: Part | None = None) -> TextPattern:
    """Where the heads of a model look in a text.

    Args:
        loaded: The model.
        text: What it reads; its tokenizer puts around it what it puts around every text.
        most: The longest text that is taken, in tokens.
        part: Stack of an encoder–decoder model, whose decoder reads the same text; by default the decoder.

    Raises:
        HeadkbError: If the model reads no text, the text is empty, or it is longer than `most` or than the model reads.
    """
    ids, decode = text_ids(loaded, text)
    for who, longest in ((loaded.id, loaded.passport.longest), ("headkb here", most)):
        if longest is not None and len(ids) > longest:
            raise HeadkbError(f"{who} reads at most {longest} tokens, and the text has {len(ids)}. Give a shorter one.")
    row = torch.tensor([ids])
    prompts = Prompts.of(row)
    if len(loaded.passport.stacks) > 1:
        prompts = Prompts(row, torch.ones_like(row, dtype=torch.bool), decoder=Prompts.of(row))
    seen = observe(loaded.model, prompts, {"pattern"}, part=part)["pattern"][0]
    return TextPattern(tuple(decode(id_) for id_ in ids), seen)


def text_ids(loaded: LoadedModel, text: str) -> tuple[Sequence[int], Callable[[int], str]]:
    """The ids of a text with what the tokenizer puts around it, and what spells one. Raises HeadkbError if there are none."""
    prompts, decode = text_prompts([text], loaded), vocabulary(loaded).decode
    assert decode is not None  # there are prompts, so there is a tokenizer
    return prompts.tokens[0].tolist(), decode
