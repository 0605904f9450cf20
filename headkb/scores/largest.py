"""The score of heads that attend to one earlier word, whichever it is: what can be read of a coreference head without knowing the antecedent."""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.scores.inputs import checked, later_than, mean_over, named_mask, visible_keys
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("largest-attention", prompts="coreference")
def largest_attention(
    pattern: Pattern, prompts: Prompts, *, query: str = "pronoun", key: str = "content", causal: bool | None = None
) -> Tensor:
    """Largest attention that each query pays to a single earlier key of a name, the first position and the token before left out.

    The first position is where many heads rest, the token before is where previous-token heads look, and the query itself is no earlier
    key: none of the three shows what the query refers to. Mean over the queries that have a key left.

    Args:
        query: Name in `prompts.positions` of the queries.
        key: Name of the keys.

    Returns:
        `[batch, head]`, unitless, 0 (never one of them) to 1 (all on one of them); NaN for a prompt without such a query.

    Source:
        saigyo/tsumugi@eb444d83, docs/research/2026-09-03-coreference-head-spike.md, section 4, where the keys are all earlier words.

    Example:
        >>> where = {"pronoun": torch.tensor([3]), "content": torch.tensor([[0, 1, 2]])}
        >>> row = torch.tensor([0.3, 0.5, 0.1, 0.1]).expand(1, 1, 4, 4)
        >>> largest_attention(row, Prompts.of(torch.tensor([[5, 6, 7, 8]]), where)).item()
        0.5
    """
    pattern = checked(pattern, prompts, "largest-attention")
    queries = named_mask(pattern, prompts, query, "largest-attention")
    keys = named_mask(pattern, prompts, key, "largest-attention").clone()
    keys[:, :1] = False
    allowed = visible_keys(pattern, prompts, causal) & later_than(pattern, by=1)  # query at least two after the key
    targets = allowed & queries[:, :, None] & keys[:, None, :]
    rows = targets.any(-1).any(0).nonzero()[:, 0]  # of all prompts; the others are not read
    targets = targets[:, rows]
    largest = torch.where(targets[:, None], pattern[:, :, rows], pattern.new_zeros(())).amax(-1)  # [batch, head, row]
    return mean_over(largest, targets.any(-1))
