"""CMR distance: how closely a head's attention around a token's earlier copy follows human recall around the last item.

    d(l, h) = min over (β_enc, β_rec, γ_FT) of  mean_δ (s · (CRP(δ) − min CRP) − (ā(δ) − min ā))² / Var(ā),   δ = −5 … 5

ā(δ) is the mean attention, over queries and prompts, at lag δ from the earlier copy of the query's token; s scales the curve to the same maximum.
0 = the profile of some setting of the context-maintenance-and-retrieval (CMR) model of human memory; 0.5 is where the source's figures cut off.
"""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from headkb.attention import read_patterns
from headkb.errors import ShapeError
from headkb.scores import score
from headkb.scores.inputs import attention_on, checked, mean_over, real
from headkb.tensors import Pattern, Prompts, PromptScores

LAGS: tuple[int, ...] = tuple(range(-5, 6))
CURVES = Path(__file__).parent / "recall_curves.csv"


def recall_curves() -> Tensor:
    """The simulated curves, `[setting, lag]`, float64; each sums to 1."""
    with CURVES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return torch.tensor([[float(value) for value in row[3:]] for row in rows], dtype=torch.float64)


def attention_at_lag(pattern: Pattern, prompts: Prompts, *, lag: int) -> Tensor:
    """Mean attention at one lag from the earlier copy of the query's token, `[batch, head]`.

    Queries that count: those of the second copy of the block for which all lags from −5 to 5 lie within the first copy.

    Raises:
        ShapeError: If the prompts state no repeated block, or one shorter than 11 tokens.
    """
    pattern = checked(pattern, prompts, "cmr-distance")
    period, start = prompts.meta.get("period"), len(prompts.meta.get("prefix", ()))
    if not isinstance(period, int) or period < len(LAGS):
        raise ShapeError(
            f"the repeated block is {period} tokens; cmr-distance needs {len(LAGS)} or more. Choose --generator repeated-random-tokens with a longer period: --set period=50."
        )
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    place = pos - start - period  # within the second copy
    counts = (place >= -LAGS[0]) & (place < period - LAGS[-1])
    target = (pos - period + lag)[:, None] == pos[None, :]  # [query_pos, key_pos]
    queries = real(pattern, prompts) & counts
    return mean_over(attention_on(pattern, (queries[:, :, None] & target)), queries)


def recall_distance(profile: Tensor, curves: Tensor) -> Tensor:
    """The distance of each profile, `[…, lag]`, to the nearest curve, `[setting, lag]`; NaN where a profile is flat."""
    wide = profile.double() - profile.double().amin(-1, keepdim=True)
    spread = wide.var(-1, correction=0)
    narrow = curves - curves.amin(-1, keepdim=True)
    scaled = narrow / narrow.amax(-1, keepdim=True) * wide.amax(-1, keepdim=True)[..., None, :]  # […, setting, lag]
    off = (scaled - wide[..., None, :]).square().mean(-1).amin(-1)
    return torch.where(spread > 1e-18, off / spread, torch.nan).float()


@score("cmr-distance", prompts="repeated-random-tokens")
def cmr_distance(model: nn.Module, prompts: Prompts) -> PromptScores:
    """Distance of each head's attention by lag to the nearest recall curve.

    Args:
        model: Any causal transformers model that the engine can observe.
        prompts: A block and its repetition, such as repeated-random-tokens.

    Returns:
        `[1, layer, head]`, unitless, 0 (a recall curve) upwards; NaN for a head whose profile is flat.

    Raises:
        ShapeError: If the prompts repeat no block.
    """
    readers = {f"lag {lag}": partial(attention_at_lag, lag=lag) for lag in LAGS}
    read = read_patterns(model, prompts, readers)
    profile = torch.stack([read[f"lag {lag}"].nanmean(0) for lag in LAGS], -1)  # [layer, head, lag]
    return recall_distance(profile, recall_curves())[None]
