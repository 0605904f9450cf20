"""From one value per prompt to one value per head, with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from headkb.errors import HeadkbError, ShapeError

_HEADS_AT_ONCE = 4096  # keeps the table of resamples below 100 MB


@dataclass(frozen=True)
class ScoreSummary:
    """Mean and bootstrap interval of every head.

    Attributes:
        mean: Mean over the prompts on which the score is defined, `[layer, head]`; NaN if on none.
        low: Lower end of the interval, `[layer, head]`.
        high: Upper end of the interval, `[layer, head]`.
        n: Prompts on which the score is defined, `[layer, head]`.
        level: Share of resamples inside the interval.
        resamples: Number of bootstrap resamples.
        seed: Seed of the resampling.
    """

    mean: Tensor
    low: Tensor
    high: Tensor
    n: Tensor
    level: float
    resamples: int
    seed: int


def summarize(values: Tensor, *, level: float = 0.95, resamples: int = 1000, seed: int = 0) -> ScoreSummary:
    """Mean over prompts, and the percentile interval of a bootstrap that draws prompts with replacement.

    All heads share the same draws, so differences between heads can be compared draw by draw. Prompts on which a score is undefined
    (NaN) are left out of that head's mean. With one prompt the interval is the value itself, which says nothing about its spread.

    Args:
        values: `[prompt, layer, head]`.
        level: Share of resamples inside the interval, between 0 and 1.
        resamples: Number of resamples, at least 1.
        seed: Seed of the draws; the same seed gives the same interval on every machine.

    Returns:
        Float64 tensors `[layer, head]` with the settings.

    Raises:
        ShapeError: If `values` has not three axes or no prompt.
        HeadkbError: If `level` or `resamples` is out of range.

    Source:
        Percentile bootstrap, Efron and Tibshirani, An Introduction to the Bootstrap (1993).

    Example:
        >>> summarize(torch.tensor([0.25, 0.75, float("nan")])[:, None, None]).mean.item()
        0.5
    """
    if values.ndim != 3 or values.shape[0] == 0:
        shape = " x ".join(str(size) for size in values.shape)
        raise ShapeError(
            f"values are {shape or 'a single number'}; summarize needs [prompt, layer, head] with at least one prompt."
        )
    if not 0 < level < 1 or resamples < 1:
        raise HeadkbError(
            f"level is {level} and resamples {resamples}; level must lie between 0 and 1 and resamples be 1 or more."
        )
    n_prompts, n_layers, n_heads = values.shape
    flat = values.detach().to("cpu", torch.float64).reshape(n_prompts, -1)  # [prompt, layer * head]
    there = (~flat.isnan()).double()
    filled = flat.nan_to_num(0.0)
    draws = torch.randint(n_prompts, (resamples, n_prompts), generator=torch.Generator().manual_seed(seed))
    times = torch.zeros(resamples, n_prompts, dtype=torch.float64)  # how often a resample holds a prompt
    times.scatter_add_(1, draws, torch.ones_like(draws, dtype=torch.float64))
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    bounds = []
    for start in range(0, flat.shape[1], _HEADS_AT_ONCE):
        part = slice(start, start + _HEADS_AT_ONCE)
        means = (times @ filled[:, part]) / (
            times @ there[:, part]
        )  # [resample, layer * head]; NaN where no draw is defined
        bounds.append(means.nanquantile(ends, dim=0))
    low, high = torch.cat(bounds, dim=1).reshape(2, n_layers, n_heads)
    n = there.sum(0)
    mean = (filled.sum(0) / n).reshape(n_layers, n_heads)
    return ScoreSummary(mean, low, high, n.long().reshape(n_layers, n_heads), level, resamples, seed)
