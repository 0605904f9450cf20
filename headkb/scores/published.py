"""How other tools turn a pattern into a number, so that their figures can be compared with ours.

headkb's own measure is `mean`. The others exist to equal published numbers; each has a pitfall, which its docstring names.
Every function here returns `[batch, head]`; the mean over prompts is left to `summarize`.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.scores.inputs import later_than, mean_attention_on, mean_over, only, real, real_pairs
from headkb.tensors import Prompts

EPSILON = 1e-6  # added to every weight before renormalising in the source of `renormalized_stripe` (prep.py)


def check_exclusions(score: str, measure: str, exclude_bos: bool, exclude_current_token: bool) -> None:
    """Refuse exclusions with a measure that has none.

    Raises:
        HeadkbError: If something is excluded but the measure is neither `mul` nor `abs`.
    """
    if (exclude_bos or exclude_current_token) and measure not in ("mul", "abs"):
        raise HeadkbError(
            f"{score}: exclude_bos and exclude_current_token belong to the measures mul and abs, not to {measure!r}. "
            "Leave them out, or choose --set measure=mul (measure='mul' in Python)."
        )


def compare(
    pattern: Tensor,
    prompts: Prompts,
    targets: Tensor,
    measure: str,
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Tensor:
    """How much each head looks like a detection pattern, `[batch, head]`: TransformerLens' `detect_head`, prompt by prompt.

    `mul`: attention times the targets as a share of all attention. All queries count, those without a target too, so a perfect
    previous-token head reaches (n - 1) / n and a perfect induction head on a block repeated once about 1 / 2.

    `abs`: one minus the mean over queries of the absolute row error. A row is off by at most 2 where it has one target, and by the
    number of its targets plus 1 where it has several, so the score reaches far below -1 on prompts whose tokens recur often.

    Args:
        pattern: `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch.
        targets: The detection pattern of each prompt, 0 and 1 or weights, `[batch, query_pos, key_pos]`.
        measure: `mul` or `abs`.
        exclude_bos: Leave out key 0, whatever token stands there.
        exclude_current_token: Leave out attention to the query's own position.

    Source:
        TransformerLensOrg/TransformerLens@4cd36aa `transformer_lens/head_detector.py`, which rounds `abs` to three decimals, wrote the
        exclusions into the caller's cache, and dropped all options for lists of prompts; none of that is copied.
    """
    pairs = real_pairs(pattern, prompts)
    if exclude_bos:
        pairs = pairs & (torch.arange(pairs.shape[-1], device=pairs.device) > 0)
    if exclude_current_token:
        pairs = pairs & ~torch.eye(pairs.shape[-1], dtype=torch.bool, device=pairs.device)
    # Padding may hold NaN, so it is masked and not multiplied away.
    counts, aims = pairs[:, None], targets[:, None].to(pattern.dtype)
    if measure == "mul":
        counted = only(pattern, counts)
        return (counted * aims).sum((-2, -1)) / counted.sum((-2, -1))  # [batch, head]
    off = only(pattern - aims, counts).abs().sum((-2, -1))
    return 1 - off / real(pattern, prompts).sum(-1)[:, None]


def stripe(pattern: Tensor, prompts: Prompts, back: int) -> Tensor:
    """Mean over the whole diagonal of attention `back` positions back, `[batch, head]`.

    Equals the "stripe" of the TransformerLens demos and of ARENA, `pattern.diagonal(-back)`. For induction (`back` = period - 1) it
    includes one query before the second copy without BOS and two with BOS: a perfect head that otherwise attends to itself
    scores L / (L + 1) or L / (L + 2), and one that attends to BOS only scores 1 / (L + 2), not 0.

    Source:
        callummcdougall/ARENA_2.0@334bada, `induction_score_hook`; TransformerLens `demos/Exploratory_Analysis_Demo.ipynb`.
    """
    paid = pattern.diagonal(-back, -2, -1)  # [batch, head, query_pos - back]
    return mean_over(paid, real(pattern, prompts)[:, back:])


def renormalized_stripe(pattern: Tensor, prompts: Prompts, back: int) -> Tensor:
    """The stripe without the first key, with rows rescaled to sum to 1, `[batch, head]`.

    Equals the IH (`back` = period - 1) and PTH (`back` = 1) scores of JiajunSong629/ood-generalization-via-composition: key 0 is
    dropped whether it is BOS or not, 1e-6 is added to each weight of the denominator, and the first entry of the stripe is left
    out. A head with 0.9 on the first token and 0.1 on the target scores 1.

    Source:
        JiajunSong629/ood-generalization-via-composition@78043a6 `llm-interventions/removal-ih/IH_list/prep.py`.
    """
    mask = real(pattern, prompts)
    keys = mask & (torch.arange(mask.shape[-1], device=mask.device) > 0)  # [batch, key_pos]
    rest = torch.einsum("bhqk,bk->bhq", pattern, keys.to(pattern.dtype)) + EPSILON * keys.sum(-1)[:, None, None]
    paid = pattern.diagonal(-back, -2, -1) / rest[..., back:]  # [batch, head, query_pos - back]
    return mean_over(paid[..., 1:], mask[:, back + 1 :])


def thresholded(pattern: Tensor, targets: Tensor, threshold: float) -> Tensor:
    """Mean attention to all targets together, single weights below the threshold counted as 0, `[batch, head]`.

    Equals the induction score of HeadVis on one text: its targets follow earlier occurrences, also where that is the query itself (a
    token that follows itself), so a head that attends to its own position gains on runs of one token. It pools the queries of all texts.

    Args:
        pattern: `[batch, head, query_pos, key_pos]`.
        targets: `[batch, query_pos, key_pos]`.
        threshold: 0.01 in the source.

    Source:
        hijohnnylin/neuronpedia@ebb8426f `utils/neuronpedia-utils/neuronpedia_utils/headvis/compute-head-metrics.py`.
    """
    return mean_attention_on(torch.where(pattern < threshold, pattern.new_zeros(()), pattern), targets)


def transformer_lens_targets(
    pattern: Tensor, prompts: Prompts, kind: Literal["previous", "duplicate", "induction"]
) -> Tensor:
    """TransformerLens' detection pattern of this head type, `[batch, query_pos, key_pos]`, padding left out.

    `induction` counts the query's own position as a target where a token follows itself, as TransformerLens does.
    """
    pairs = real_pairs(pattern, prompts)
    if kind == "previous":
        return pairs & (later_than(pattern) & ~later_than(pattern, 1))
    tokens = prompts.tokens.to(pattern.device)
    copies = (tokens[:, :, None] == tokens[:, None, :]) & later_than(pattern)  # [batch, query_pos, key_pos]
    if kind == "duplicate":
        return pairs & copies
    after = torch.zeros_like(copies)
    after[:, :, 1:] = copies[:, :, :-1]
    return pairs & after
