"""How far from a query the tokens stand that it attends to."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.scores.inputs import checked, mean_over, only, visible_keys
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("attended-distance", prompts="english-paragraphs", words=False)
def attended_distance(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: Literal["mean", "square", "variance"] = "mean",
    include_first_query: bool = False,
    causal: bool | None = None,
) -> Tensor:
    """Mean distance, in tokens, between a query and the keys that it attends to, each weighted by its attention.

    Queries that count: real positions that see more than themselves; the first query of a causal model has no choice. Rows are not
    rescaled: attention to a sink outside the keys counts as distance 0.

    Args:
        measure: `mean`, this definition; `square`, the mean squared distance; `variance`, that less the square of the mean, both over
            all queries of a prompt: the spread within rows and between them. The variance over several prompts together is not the
            mean of their variances, but follows in the same way from the means of `square` and `mean`.
        include_first_query: Count query 0 too, as the qk distance of HeadVis does.

    Returns:
        `[batch, head]`, tokens, 0 (each query attends to itself) to the largest distance; with the other measures tokens squared. NaN for
        a prompt of fewer than 2 tokens.

    Example:
        >>> back = torch.eye(3)[[0, 0, 0]][None, None]  # all attend to position 0
        >>> attended_distance(back, Prompts.of(torch.tensor([[5, 6, 7]])), causal=True).item()
        1.5
    """
    pattern = checked(pattern, prompts, "attended-distance")
    visible = visible_keys(pattern, prompts, causal)  # [batch, query_pos, key_pos]
    queries = visible.any(-1) if include_first_query else visible.sum(-1) > 1
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    apart = (pos[:, None] - pos[None, :]).abs().to(pattern.dtype)  # [query_pos, key_pos]
    seen = only(pattern, visible[:, None])
    if measure == "square":
        return mean_over((seen * apart.square()).sum(-1), queries)
    mean = mean_over((seen * apart).sum(-1), queries)
    if measure == "mean":
        return mean
    return (mean_over((seen * apart.square()).sum(-1), queries) - mean.square()).clamp(min=0)
