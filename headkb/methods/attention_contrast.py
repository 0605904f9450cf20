"""Attention on prompts against attention on their counterparts: a head that looks elsewhere once the text is changed.

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
    """How much more attention each head pays to a place on the prompts than on their counterparts.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: Prompts with counterparts in `corrupted`; both name the positions.
        query: Name of the positions that look.
        key: Name of the positions that are looked at.
        against: Name of further positions; then the share of `key` in the attention to both is taken, all weights added up.
        gap: `difference` of each pair; `separation`, of the means in units of the two standard deviations together.

    Returns:
        `[prompt, layer, head]`, unitless, −1 to 1; for `separation` `[1, layer, head]` without bound, NaN where neither set has any spread.

    Raises:
        ShapeError: If there are no counterparts.
        UnknownNameError: If the prompts do not name such positions.
    """
    check_choice("gap", gap, GAPS)
    if prompts.corrupted is None:
        raise ShapeError(
            f"the {len(prompts)} prompts have no counterparts to compare with. Put Prompts into `corrupted`; their length may differ."
        )
    score, parameters = _score(query, key, against)
    sides: list[Tensor] = []
    for some in (prompts, prompts.corrupted):
        told = Prompts(some.tokens, some.mask, some.positions, {"causal": prompts.meta.get("causal")})
        sides.append(read_patterns(model, told, {score.id: score.reader(**parameters)})[score.id])
    if gap == "difference":
        return sides[0] - sides[1]
    spread = sides[0].std(0, correction=0) + sides[1].std(0, correction=0)
    apart = sides[0].mean(0) - sides[1].mean(0)
    return torch.where(spread > 0, apart / spread, torch.nan)[None]


def _score(query: str, key: str, against: str | None) -> tuple[Score, dict[str, str]]:
    if against is None:
        return get_score("position-to-position"), {"query": query, "key": key}
    return get_score("attention-ratio"), {"query": query, "first": key, "second": against, "measure": "sum"}
