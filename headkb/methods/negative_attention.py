"""Negative attention: how much more a head attends to "No" than to "Yes", both named in the instruction."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from headkb.attention import read_patterns
from headkb.errors import HeadkbError
from headkb.scores import score
from headkb.scores.named import named_mask
from headkb.tensors import Pattern, Prompts, PromptScores


@score("negative-attention", prompts="yes-no")
def negative_attention(
    model: nn.Module,
    prompts: Prompts,
    *,
    yes: str = "yes",
    no: str = "no",
    queries: str = "after_instruction",
    floor: float = 1e-9,
    tokens_per_batch: int = 1024,
) -> PromptScores:
    """Attention on both answer words times the log ratio of No to Yes, summed over the queries.

    Args:
        prompts: Questions whose instruction names both answers, such as yes-no.
        yes: Name in `prompts.positions` of the positive word's tokens.
        no: Name of the negative word's tokens.
        queries: Name of the query positions: all after the instruction.
        floor: Smaller weights count as this in the logarithm.

    Returns:
        `[prompt, layer, head]`, in nats; above 0 = leans to No, below 0 = to Yes.

    Raises:
        HeadkbError: If `floor` is not above 0.
    """
    if not floor > 0:
        raise HeadkbError(f"floor is {floor}; it must be above 0.")

    def score(pattern: Pattern, batch: Prompts) -> Tensor:
        on_yes, on_no, weight = (
            named_mask(pattern, batch, name, "negative-attention").to(pattern) for name in (yes, no, queries)
        )
        on = [torch.einsum("bhqk,bk->bhq", pattern, word) for word in (on_yes, on_no)]
        lean = on[1].clamp(min=floor).log() - on[0].clamp(min=floor).log()
        return torch.einsum("bhq,bq->bh", (on[0] + on[1]) * lean, weight)

    return read_patterns(model, prompts, {"nas": score}, tokens_per_batch=tokens_per_batch)["nas"]
