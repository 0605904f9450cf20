"""Attention on prompts compared with attention on their counterparts, or on one word with another: "No" and "Yes" of an instruction.

    difference = a(prompt) − a(counterpart)            separation = (μ − μ') / (σ + σ')

a is the attention from one place to another, or its share of the attention to two places. The counterparts may be longer or shorter; nothing is
patched.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from headkb.attention import read_patterns
from headkb.errors import HeadkbError, ShapeError
from headkb.keywords import Range
from headkb.scores import Score, get_score, score
from headkb.scores.inputs import named_mask
from headkb.tensors import Pattern, Prompts, PromptScores

Gap = Literal["difference", "separation"]


@score("attention-contrast", prompts="instruction-data")
def attention_contrast(
    model: nn.Module,
    prompts: Prompts,
    *,
    query: str = "end",
    key: str = "instruction",
    against: str | None = None,
    gap: Gap = "difference",
) -> PromptScores:
    """How much more attention each head pays to some positions on the prompts than on their counterparts.

    Args:
        prompts: Prompts with counterparts in `corrupted`; both name the positions.
        query: Name of the query positions.
        key: Name of the key positions.
        against: Name of other key positions; then attention to `key` counts as a share of that to both sets.
        gap: `difference` of each pair; `separation`, difference of the means over the sum of the two standard deviations.

    Returns:
        `[prompt, layer, head]`, unitless, −1 to 1; for `separation` `[1, layer, head]`, unbounded, NaN where neither set has any spread.

    Raises:
        ShapeError: If there are no counterparts.
    """
    if prompts.corrupted is None:
        raise ShapeError(
            f"the {len(prompts)} prompts have no counterparts to compare with. Choose prompts that have, such as --generator instruction-data (in Python, Prompts of any length in `corrupted`)."
        )
    score, parameters = _score(query, key, against)
    sides: list[Tensor] = []
    for some in (prompts, prompts.corrupted):
        side = Prompts(some.tokens, some.mask, some.positions)
        sides.append(read_patterns(model, side, {score.id: score.reader(**parameters)})[score.id])
    if gap == "difference":
        return sides[0] - sides[1]
    spread = sides[0].std(0, correction=0) + sides[1].std(0, correction=0)
    apart = sides[0].mean(0) - sides[1].mean(0)
    return torch.where(spread > 0, apart / spread, torch.nan)[None]


def _score(query: str, key: str, against: str | None) -> tuple[Score, dict[str, str]]:
    if against is None:
        return get_score("position-to-position"), {"query": query, "key": key}
    return get_score("attention-ratio"), {"query": query, "first": key, "second": against, "measure": "sum"}


@score("negative-attention", prompts="yes-no")
def negative_attention(
    model: nn.Module,
    prompts: Prompts,
    *,
    yes: str = "yes",
    no: str = "no",
    queries: str = "after_instruction",
    floor: Annotated[float, Range(1e-30, 1)] = 1e-9,
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
