"""Attention on prompts compared with attention on their counterparts: heads that look elsewhere once the text changes.

    difference = a(prompt) − a(counterpart)            separation = (μ − μ') / (σ + σ')

a is the attention from one place to another, or its share of the attention to two places. The counterparts may be longer or shorter; nothing is
patched.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import read_patterns
from headkb.errors import ShapeError, check_choice
from headkb.scores import Score, get_score, score
from headkb.tensors import Prompts, PromptScores

Gap = Literal["difference", "separation"]
GAPS: tuple[Gap, ...] = get_args(Gap)


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
    check_choice("gap", gap, GAPS)
    if prompts.corrupted is None:
        raise ShapeError(
            f"the {len(prompts)} prompts have no counterparts to compare with. Choose prompts that have, such as --generator instruction-data (in Python, Prompts of any length in `corrupted`)."
        )
    score, parameters = _score(query, key, against)
    sides: list[Tensor] = []
    for some in (prompts, prompts.corrupted):
        side = Prompts(some.tokens, some.mask, some.positions, {"causal": prompts.meta.get("causal")})
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
