"""Steps that all scores share: check the shapes, select the positions that count or have a name, average over them.

No function here writes into its arguments. Masks are built on the pattern's device.
"""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.errors import HeadkbError, ShapeError, UnknownNameError
from headkb.tensors import Prompts, position_mask


def checked(pattern: Tensor, prompts: Prompts, score: str, *, square: bool = True) -> Tensor:
    """The pattern in float32 or float64, after a check that it fits the prompts.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`.
        score: Id of the score, for the message.
        square: Whether queries and keys must be the same positions even in cross-attention, as they are not where words attend to
            frames of sound.

    Returns:
        `[batch, head, query_pos, key_pos]`, the same tensor if its type is already float32 or float64.

    Raises:
        ShapeError: If the pattern is not 4-dimensional, not square, empty, or not of these prompts.
    """
    shape = " x ".join(str(size) for size in pattern.shape)
    if pattern.ndim != 4:
        raise ShapeError(
            f"pattern has {pattern.ndim} axes ({shape}); {score} needs 4: [batch, head, query_pos, key_pos]. "
            "Pass one layer at a time, with the batch axis."
        )
    batch, _, queries, keys = pattern.shape
    if queries != keys and (square or prompts.meta.get("part") != "cross"):
        raise ShapeError(
            f"pattern is {queries} x {keys} positions; {score} needs a square one. Pass the whole prompt, without a KV cache."
        )
    if queries == 0:
        raise ShapeError(f"pattern is 0 x 0 positions; {score} needs at least one. Pass prompts that hold a token.")
    if tuple(prompts.tokens.shape) != (batch, queries) or tuple(prompts.mask.shape) != (batch, queries):
        size = " x ".join(str(size) for size in prompts.tokens.shape)
        raise ShapeError(
            f"pattern is {shape} but the prompts are {size}; {score} needs prompts of shape {batch} x {queries}. "
            "Pass the prompts of this batch."
        )
    if not pattern.is_floating_point():
        raise ShapeError(
            f"pattern holds {pattern.dtype}; {score} needs attention weights. Pass floating-point numbers."
        )
    return pattern if pattern.dtype in (torch.float32, torch.float64) else pattern.float()


def real(pattern: Tensor, prompts: Prompts) -> Tensor:
    """Which positions hold a token of the prompt and not padding, `[batch, pos]`, on the pattern's device."""
    return prompts.mask.to(pattern.device, torch.bool)


def real_pairs(pattern: Tensor, prompts: Prompts) -> Tensor:
    """Pairs of a query and a key that are both tokens of the prompt, `[batch, query_pos, key_pos]`."""
    mask = real(pattern, prompts)
    # Keys that are no positions of the prompts are frames of sound or pieces of an image, which are never padded.
    keys = mask if pattern.shape[-1] == mask.shape[-1] else mask.new_ones(len(mask), pattern.shape[-1])
    return mask[:, :, None] & keys[:, None, :]


def later_than(pattern: Tensor, by: int = 0) -> Tensor:
    """Pairs whose query is more than `by` positions after the key, `[query_pos, key_pos]`."""
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    return pos[:, None] - pos[None, :] > by  # [query_pos, key_pos]


def mean_over(values: Tensor, queries: Tensor) -> Tensor:
    """Mean of the values at the queries that count; NaN where none does.

    Args:
        values: One value per query, `[batch, head, query_pos]`; other queries are ignored, also if NaN.
        queries: Which queries count, `[batch, query_pos]`.

    Returns:
        `[batch, head]`.
    """
    chosen = torch.where(queries[:, None], values, values.new_zeros(()))  # [batch, head, query_pos]
    return chosen.sum(-1) / queries.sum(-1)[:, None]  # 0 / 0 is NaN


def only(weights: Tensor, among: Tensor) -> Tensor:
    """A new tensor: the weights where `among` is True and 0 elsewhere, whatever padding holds there.

    Args:
        weights: Any shape.
        among: Bool, of a shape that broadcasts to it.
    """
    if bool(weights.sum().isfinite()):  # a product takes a twentieth of the time of a selection, but keeps NaN
        return weights * among.to(weights.dtype)
    return torch.where(among, weights, weights.new_zeros(()))


def attention_on(pattern: Tensor, targets: Tensor) -> Tensor:
    """Attention of each query to all its targets together.

    Args:
        pattern: `[batch, head, query_pos, key_pos]`.
        targets: Which keys are targets of which query, `[batch, query_pos, key_pos]`.

    Returns:
        `[batch, head, query_pos]`.
    """
    return (pattern * targets[:, None].to(pattern.dtype)).sum(-1)  # a seventh of the time of an einsum on a CPU


def mean_attention_on(pattern: Tensor, targets: Tensor) -> Tensor:
    """Mean of `attention_on` over the queries that have a target, `[batch, head]`; NaN where no query has one."""
    queries = targets.any(-1)
    rows = queries.any(0).nonzero()[:, 0]  # queries that count in some prompt
    if 2 * len(rows) < pattern.shape[2]:
        pattern, targets, queries = pattern[:, :, rows], targets[:, rows], queries[:, rows]
    return mean_over(attention_on(pattern, targets), queries)


def is_causal(pattern: Tensor, prompts: Prompts, causal: bool | None) -> bool:
    """Whether queries see only keys at or before themselves.

    The argument decides, else `prompts.meta["causal"]`, else the pattern: causal if no real query attends to a later real key
    in any head of the batch. Where queries and keys are different things, none is later.
    """
    if pattern.shape[-1] != pattern.shape[-2]:
        return False
    stated = causal if causal is not None else prompts.meta.get("causal")
    if stated is not None:
        return bool(stated)
    ahead = real_pairs(pattern, prompts) & later_than(pattern).T  # [batch, query_pos, key_pos]
    # Padded queries may hold anything, NaN included.
    return not bool((attention_on(pattern, ahead) * real(pattern, prompts)[:, None]).nan_to_num().any())


def visible_keys(pattern: Tensor, prompts: Prompts, causal: bool | None = None) -> Tensor:
    """Which real keys each real query sees, `[batch, query_pos, key_pos]`; `causal` as in `is_causal`."""
    pairs = real_pairs(pattern, prompts)
    return pairs & ~later_than(pattern).T if is_causal(pattern, prompts, causal) else pairs


def period_of(prompts: Prompts, period: int | None, score: str) -> int:
    """Length of the repeated block: the argument, else `prompts.meta["period"]`.

    Raises:
        HeadkbError: If neither is a possible length.
    """
    found = period if period is not None else prompts.meta.get("period")
    if found is None or int(found) < 1 or int(found) >= prompts.tokens.shape[1]:
        raise HeadkbError(
            f"{score}: this measure reads one diagonal and needs the length of the repeated block, found {found!r}. "
            "Choose --generator repeated-random-tokens, or say it: --set score.period=N (period=N in Python)."
        )
    return int(found)


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
        weights: `[batch, head, query_pos, key_pos]`, 0 or more.
        among: `[batch, query_pos, key_pos]` or `[batch, 1, key_pos]`.
    """
    found = only(weights, among[:, None])
    best = found.amax(-1, keepdim=True)
    found.sub_(best).sign_().add_(1)  # 1 at the keys with the largest weight, 0 elsewhere: faster than comparing
    alone = (found.sum(-1) == 1) & (best[..., 0] > 0)
    where = found.mul_(torch.arange(found.shape[-1], device=found.device, dtype=found.dtype)).sum(-1)
    return torch.where(alone, where.long(), -1)
