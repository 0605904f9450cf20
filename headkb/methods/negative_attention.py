"""Negative attention: how much more a head looks at "No" than at "Yes", both named in the instruction, whatever is asked."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from headkb.attention import read_patterns
from headkb.errors import HeadkbError, UnknownNameError
from headkb.scores import score
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
    """Attention on both answer words, weighted by how far it leans to the negative one, summed over the queries.

    Args:
        model: Any transformers model with attention over tokens.
        prompts: Questions whose instruction names both answers, such as yes-no.
        yes: Name in `prompts.positions` of the positive word's tokens.
        no: Name of the negative word's tokens.
        queries: Name of the positions that are summed over: all behind the instruction.
        floor: Smallest weight that a logarithm is taken of.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in nats; above 0 = leans to No, below 0 = to Yes.

    Raises:
        UnknownNameError: If the prompts do not name the positions.
        HeadkbError: If `floor` is not above 0.
    """
    if not floor > 0:
        raise HeadkbError(f"floor is {floor}; it must be above 0.")
    for name in (yes, no, queries):
        if name not in prompts.positions:
            raise UnknownNameError(
                "positions", name, prompts.positions, "negative-attention needs prompts that name them: yes-no."
            )

    def score(pattern: Pattern, batch: Prompts) -> Tensor:
        on = [torch.einsum("bhqk,bk->bhq", pattern, _marked(batch, name).to(pattern)) for name in (yes, no)]
        lean = on[1].clamp(min=floor).log() - on[0].clamp(min=floor).log()
        return torch.einsum("bhq,bq->bh", (on[0] + on[1]) * lean, _marked(batch, queries).to(pattern))

    return read_patterns(model, prompts, {"nas": score}, tokens_per_batch=tokens_per_batch)["nas"]


def _marked(prompts: Prompts, name: str) -> Tensor:
    """1 at the real positions of that name, `[prompt, pos]`."""
    where = prompts.positions[name].view(len(prompts), -1)
    pos = torch.arange(prompts.tokens.shape[1], device=where.device)
    return (where[:, :, None] == pos).any(1) & prompts.mask.to(where.device)
