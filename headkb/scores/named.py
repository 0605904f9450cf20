"""Named positions of prompts, and the unit (word, sentence) that each token belongs to."""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.errors import ShapeError, UnknownNameError
from headkb.scores.inputs import real
from headkb.tensors import Prompts, position_mask


def named(pattern: Tensor, prompts: Prompts, name: str, score: str) -> Tensor:
    """The positions of that name, `[batch, k]`, padded with -1, on the pattern's device.

    Raises:
        UnknownNameError: If the prompts have no such positions.
        ShapeError: If their number of prompts differs.
    """
    if name not in prompts.positions:
        raise UnknownNameError(
            "positions",
            name,
            prompts.positions,
            f"{score} needs prompts that name them; these have {', '.join(sorted(prompts.positions)) or 'none'}. "
            "Leave --generator out for prompts that do, or name others with --set.",
        )
    given = prompts.positions[name].to(pattern.device)
    if len(given) != len(pattern):
        raise ShapeError(f"positions {name!r} are of {len(given)} prompts; {score} needs {len(pattern)}.")
    return given if given.ndim == 2 else given[:, None]


def named_mask(pattern: Tensor, prompts: Prompts, name: str, score: str) -> Tensor:
    """The real positions of that name, `[batch, pos]`; errors as of `named`."""
    return position_mask(named(pattern, prompts, name, score), real(pattern, prompts))


def unit_starts(pattern: Tensor, prompts: Prompts, name: str, score: str) -> Tensor:
    """The first position of each position's unit, `[batch, pos]`; -1 = of none.

    Raises:
        ShapeError: If there is not one value per position.
    """
    given = named(pattern, prompts, name, score)
    if given.shape[1] < pattern.shape[-1]:
        raise ShapeError(
            f"positions {name!r} have {given.shape[1]} values per prompt; {score} needs one per position, here {pattern.shape[-1]}."
        )
    return given[:, : pattern.shape[-1]].masked_fill(~real(pattern, prompts), -1)


def strongest(weights: Tensor, among: Tensor) -> Tensor:
    """The key with the largest weight among those allowed, `[batch, head, query_pos]`; -1 if several share it or none is positive.

    Args:
        weights: `[batch, head, query_pos, key_pos]`.
        among: `[batch, query_pos, key_pos]` or `[batch, 1, key_pos]`.
    """
    allowed = torch.where(among[:, None], weights, weights.new_full((), -1.0))
    best, where = allowed.max(-1)  # [batch, head, query_pos]
    alone = (allowed == best[..., None]).sum(-1) == 1
    return torch.where(alone & (best > 0), where, -1)
