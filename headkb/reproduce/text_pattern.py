"""Where every head looks in one text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from headkb.attention import Part, observe
from headkb.errors import HeadkbError, ModelError, UnknownNameError
from headkb.head_index import HeadIndex, heads_of
from headkb.models import LoadedModel
from headkb.prompts import text_prompts, vocabulary
from headkb.tensors import Prompts


@dataclass(frozen=True, eq=False)
class TextPattern:
    """The patterns of one text: `pattern["L5H1"]` is one head's, `[query_pos, key_pos]`.

    Attributes:
        tokens: As the tokenizer decodes them one by one, special tokens included; `tokens[0]` is key 0.
        weights: `[layer, head, query_pos, key_pos]`; NaN in blocks that do not attend.
        model: Id or name of the model.
        part: Stack that was read, of a model that has several.
    """

    tokens: tuple[str, ...]
    weights: Tensor
    model: str
    part: str | None = None

    @property
    def heads(self) -> tuple[HeadIndex, ...]:
        """Every head that attends, layer by layer."""
        return tuple(HeadIndex(*place) for place in (~self.weights[:, :, 0, 0].isnan()).nonzero().tolist())

    def __getitem__(self, head: str | tuple[int, int]) -> Tensor:
        """The pattern of a head, named "L5H1" or (5, 1), `[query_pos, key_pos]`.

        Raises:
            UnknownNameError: If it is not a head.
            ModelError: If the model has no such head, or it does not attend.
        """
        named = heads_of(head)
        if len(named) != 1:
            raise UnknownNameError("head", repr(head), (), "Name one head, such as 'L5H1'.")
        layers, heads = self.weights.shape[:2]
        layer, index = named[0]
        # Where a layer does not attend, or has fewer heads, nothing was measured.
        if layer >= layers or index >= heads or bool(self.weights[layer, index].isnan().any()):
            raise ModelError(
                f"{self.model} has no {named[0]} that attends: it has {layers} layers of {heads} heads, counted from 0."
            )
        return self.weights[layer, index]


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
    read = part or (prompts.decoder is not None and "decoder") or None
    return TextPattern(tuple(decode(id_) for id_ in ids), seen, loaded.id, read)


def text_ids(loaded: LoadedModel, text: str) -> tuple[Sequence[int], Callable[[int], str]]:
    """The ids of a text with what the tokenizer puts around it, and what spells one. Raises HeadkbError if there are none."""
    prompts, decode = text_prompts([text], loaded), vocabulary(loaded).decode
    assert decode is not None  # there are prompts, so there is a tokenizer
    return prompts.tokens[0].tolist(), decode
