"""The score of how widely a head spreads its attention."""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.scores.inputs import checked, mean_over, visible_keys
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("entropy", prompts="english-sentences", words=False)
def entropy(pattern: Pattern, prompts: Prompts, *, normalized: bool = True, causal: bool | None = None) -> Tensor:
    """Mean entropy of a query's attention, as a share of its maximum over the visible keys.

    Queries that count: real positions that see at least two keys. Each row is scaled to sum to 1 over those keys first, for models
    with an attention sink outside the keys (gpt-oss).

    Args:
        normalized: Divide each row's entropy by the logarithm of the number of keys it sees; otherwise the value is in nats and
            equals the mean row entropy of Clark et al. 2019 (arXiv:1906.04341) up to the queries that count.

    Returns:
        `[batch, head]`, 0 (all attention on one key) to 1 (uniform), or nats; NaN for a prompt of fewer than 2 tokens. The maximum
        ignores sliding windows, whose heads cannot reach 1.

    Example:
        >>> entropy(torch.full((1, 1, 2, 2), 0.5), Prompts.of(torch.tensor([[5, 6]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "entropy", square=False)
    visible = visible_keys(pattern, prompts, causal)  # [batch, query_pos, key_pos]
    seen = torch.where(visible[:, None], pattern, pattern.new_zeros(()))
    total = seen.sum(-1)  # [batch, head, query_pos]
    # H(p / s) = log s - sum(p log p) / s, which needs no second tensor of the pattern's size.
    nats = (total.log() - torch.xlogy(seen, seen).sum(-1) / total).clamp(min=0)
    room = visible.sum(-1)[:, None].to(pattern.dtype).log()  # [batch, 1, query_pos]
    return mean_over((nats / room).clamp(max=1) if normalized else nats, visible.sum(-1) > 1)
