"""Names and shapes of the tensors that headkb passes around, and the token inputs behind them.

Axes are called `batch pos layer head d_head`, in a pattern `query_pos key_pos`; `prompt` is `batch` over a whole set.
Counting starts at 0. Matrices act on row vectors, `out = x @ W`, so `W_OV = W_V @ W_O` and `W_QK = W_Q @ W_K.T`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import torch
from torch import Tensor

from headkb.errors import ShapeError

Pattern: TypeAlias = Tensor
"""Attention after softmax, `[batch, head, query_pos, key_pos]`; rows sum to 1 (less where a model has attention sinks)."""
HeadScores: TypeAlias = Tensor
"""One number per head, `[layer, head]`; NaN = undefined there."""
PromptScores: TypeAlias = Tensor
"""One number per prompt and head, `[prompt, layer, head]`; NaN = undefined for that prompt."""
Z: TypeAlias = Tensor
"""Values weighted by the pattern, before `W_O`: `[batch, pos, head, d_head]`."""
Residual: TypeAlias = Tensor
"""The residual stream, `[batch, pos, d_model]`."""
Logits: TypeAlias = Tensor
"""Next-token scores before softmax, `[batch, pos, d_vocab]`."""
WeightOV: TypeAlias = Tensor
"""`W_V @ W_O`, from what one head reads to what it writes: `[d_model, d_model]`."""


@dataclass(frozen=True)
class Prompts:
    """Token inputs with the positions that a score or an edit refers to.

    Attributes:
        tokens: Token ids, long, `[prompt, pos]`, padded on the right with any valid id.
        mask: `[prompt, pos]`, bool, True = a real token.
        positions: Named positions of interest, each `[prompt]` or `[prompt, k]`, long.
        meta: Facts about the whole set (template, seed …); `select` and `batches` pass it on unchanged. Scores and methods
            read `causal` (whether queries see earlier keys only; `read_patterns` sets it to what was measured of each layer), `period`
            (length of a block that is repeated), `prefix` (tokens before that block) and `classes` (the class of each prompt's item);
            arguments of those names overrule it.
        decoder: Input of an encoder–decoder model's decoder, one per prompt; None for every other model.
        paired: Named facts about each prompt, first axis `prompt`: answers, wrong, labels, groups.
        corrupted: Each prompt's counterpart, in which the answer differs; None if there are none.
        inputs: What a model of images or sound reads where others read the tokens, by name, first axis `prompt`; of such prompts
            the tokens only hold the place of the model's positions, or are what its decoder reads.
    """

    tokens: Tensor
    mask: Tensor
    positions: dict[str, Tensor] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    decoder: Prompts | None = None
    paired: dict[str, Tensor] = field(default_factory=dict)
    corrupted: Prompts | None = None
    inputs: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse shapes that do not match, and padding that is not on the right."""
        if self.tokens.dim() != 2 or self.mask.shape != self.tokens.shape or self.mask.dtype != torch.bool:
            raise ShapeError(
                f"tokens are {tuple(self.tokens.shape)} and mask is {tuple(self.mask.shape)} of {self.mask.dtype}; "
                "both must be [prompt, pos], the mask bool. Use Prompts.of(tokens) where nothing is padded."
            )
        for name, where in self.positions.items():
            if where.dim() not in (1, 2) or len(where) != len(self.tokens):
                raise ShapeError(
                    f"positions[{name!r}] is {tuple(where.shape)}; it must be [prompt] or [prompt, k] "
                    f"with {len(self.tokens)} prompts."
                )
        if bool((self.mask[:, 1:] & ~self.mask[:, :-1]).any()):
            raise ShapeError("mask has a real token after padding; headkb needs right padding. Pad at the end.")
        for name, value in self.paired.items():
            if not isinstance(value, Tensor) or value.dim() < 1 or len(value) != len(self.tokens):
                shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
                raise ShapeError(
                    f"paired[{name!r}] is {shape}; it must be a tensor [prompt], here ({len(self.tokens)},). Give one a prompt."
                )
        for name, value in self.inputs.items():
            if len(value) != len(self.tokens):
                raise ShapeError(
                    f"inputs[{name!r}] holds {len(value)} prompts and tokens {len(self)}; give one for each."
                )
        for name, other in (("decoder", self.decoder), ("corrupted", self.corrupted)):
            if other is not None and len(other) != len(self):
                raise ShapeError(f"{name} has {len(other)} prompts and tokens {len(self)}; give one for each.")

    @classmethod
    def of(
        cls,
        tokens: Tensor,
        positions: Mapping[str, Tensor] | None = None,
        *,
        paired: Mapping[str, Tensor] | None = None,
        corrupted: Prompts | None = None,
        **meta: Any,
    ) -> Prompts:
        """Prompts of one length, without padding.

        Example:
            >>> len(Prompts.of(torch.tensor([[3, 4, 5], [6, 7, 8]])))
            2
        """
        tokens = tokens.long()
        mask = torch.ones_like(tokens, dtype=torch.bool)
        return cls(tokens, mask, dict(positions or {}), meta, None, dict(paired or {}), corrupted)

    def __len__(self) -> int:
        """The number of prompts."""
        return len(self.tokens)

    @property
    def lengths(self) -> Tensor:
        """The number of real tokens of each prompt, `[prompt]`."""
        return self.mask.sum(-1)

    def select(self, which: slice, *, trim: bool = True) -> Prompts:
        """The prompts of one slice; tokens and mask are trimmed to the longest of them unless `trim` is False, positions are not."""
        mask = self.mask[which]
        longest = mask.shape[1] if not trim or not len(mask) else int(mask.sum(-1).max())
        return Prompts(
            self.tokens[which, :longest],
            mask[:, :longest],
            {name: where[which] for name, where in self.positions.items()},
            self.meta,
            self.decoder.select(which, trim=trim) if self.decoder is not None else None,
            {name: value[which] for name, value in self.paired.items()},
            self.corrupted.select(which, trim=trim) if self.corrupted is not None else None,
            {name: value[which] for name, value in self.inputs.items()},
        )

    def batches(self, tokens_per_batch: int) -> Iterator[Prompts]:
        """Consecutive batches, in order, of at most `tokens_per_batch` tokens each, padding included.

        A prompt that is longer than that makes a batch of its own.
        """
        lengths, start = self.lengths.tolist(), 0
        while start < len(lengths):
            stop, longest = start + 1, lengths[start]
            while stop < len(lengths) and (stop + 1 - start) * max(longest, lengths[stop]) <= tokens_per_batch:
                longest, stop = max(longest, lengths[stop]), stop + 1
            yield self.select(slice(start, stop))
            start = stop


def position_mask(positions: Tensor | None, among: Tensor, start: int | None = None) -> Tensor:
    """True at the named positions that are True in `among`, `[prompt, pos]`.

    Args:
        positions: `[prompt]` or `[prompt, k]`, -1 where a prompt has fewer than k; None names every position.
        among: `[prompt, pos]`, bool: the real tokens, or all positions.
        start: The position of the first column, where the columns are a part of a longer sequence; None = they are all of it.

    Raises:
        ShapeError: If a position lies behind the last one, unless the columns are a part.

    Example:
        >>> position_mask(torch.tensor([[0, 2], [1, -1]]), torch.ones(2, 3, dtype=torch.bool)).long()
        tensor([[1, 0, 1],
                [0, 1, 0]])
    """
    if positions is None:
        return among
    named = positions.view(len(among), -1, 1).to(among.device)  # [prompt, k, 1]
    if start is None and bool((named >= among.shape[1]).any()):
        raise ShapeError(f"positions go up to {int(named.max())}; the prompts have {among.shape[1]}. Count from 0.")
    columns = torch.arange(among.shape[1], device=among.device) + (start or 0)
    return (named == columns).any(1) & among


def by_layer(values: Mapping[int, Tensor], n_layers: int, dim: int = 1) -> Tensor:
    """One tensor for each layer on a new axis `dim`, by the layer's number.

    Args:
        values: Tensors by layer number, of one shape or padded with NaN to the largest.
        n_layers: Length of the axis: all blocks; NaN in those without a tensor.
        dim: Place of the axis.

    Example:
        >>> by_layer({1: torch.tensor([5.0, 6.0])}, n_layers=2, dim=0)
        tensor([[nan, nan],
                [5., 6.]])
    """
    shapes = [value.shape for value in values.values()]
    if len(values) == n_layers and len(set(shapes)) == 1:
        return torch.stack([values[layer] for layer in range(n_layers)], dim)
    sizes = [max(axis) for axis in zip(*shapes, strict=True)]
    whole = next(iter(values.values())).new_full((n_layers, *sizes), torch.nan)
    for layer, value in values.items():
        whole[layer][tuple(slice(size) for size in value.shape)] = value
    return whole.movedim(0, dim)
