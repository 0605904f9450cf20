"""How other tools turn a pattern into a number, so that their figures can be compared like with like.

headkb's own measure is `mean`. The others exist to equal published numbers; each has a trap, which its docstring names.
Every function here returns `[batch, head]`; the mean over prompts is left to `summarize`.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.errors import HeadkbError, UnknownNameError
from headkb.scores.inputs import later_than, mean_over, real
from headkb.tensors import Prompts

PublishedMeasure = Literal["mean", "mul", "abs", "stripe", "renormalized"]

EPSILON = 1e-6  # added to every weight before renormalising in the source of `renormalized_stripe` (prep.py)


def check_measure(
    score: str, measure: str, known: tuple[str, ...], exclude_bos: bool, exclude_current_token: bool
) -> None:
    """Refuse a measure that the score does not have, and exclusions with a measure that has none.

    Raises:
        UnknownNameError: If `measure` is not among `known`.
        HeadkbError: If something is excluded but the measure is neither `mul` nor `abs`.
    """
    if measure not in known:
        raise UnknownNameError(f"measure of {score}", measure, known, f"Choose one of {', '.join(known)}.")
    if (exclude_bos or exclude_current_token) and measure not in ("mul", "abs"):
        raise HeadkbError(
            f"{score}: exclude_bos and exclude_current_token belong to the measures mul and abs, not to {measure!r}. "
            "Drop them or change the measure."
        )


def _kept(pattern: Tensor, prompts: Prompts, exclude_bos: bool, exclude_current_token: bool) -> Tensor:
    """Pairs of real positions that take part, `[batch, query_pos, key_pos]`."""
    mask = real(pattern, prompts)
    kept = mask[:, :, None] & mask[:, None, :]
    if exclude_bos:
        kept = kept & (torch.arange(kept.shape[-1], device=kept.device) > 0)
    if exclude_current_token:
        kept = kept & ~torch.eye(kept.shape[-1], dtype=torch.bool, device=kept.device)
    return kept


def share_of_all(
    pattern: Tensor,
    prompts: Prompts,
    targets: Tensor,
    *,
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Tensor:
    """Attention on the targets as a share of all attention, `[batch, head]`.

    Equals TransformerLens `detect_head(..., error_measure="mul")` with the same exclusions, prompt by prompt. All queries count,
    those without a target too, so a perfect previous-token head reaches (n - 1) / n and a perfect induction head on a block
    repeated once about 1 / 2. `exclude_bos` drops key 0 whatever token stands there.

    Source:
        TransformerLensOrg/TransformerLens@4cd36aa `transformer_lens/head_detector.py`. It wrote the exclusions into the caller's
        cache and dropped all options for lists of prompts; neither is copied.
    """
    kept = _kept(pattern, prompts, exclude_bos, exclude_current_token)[:, None]  # [batch, 1, query_pos, key_pos]
    zero = pattern.new_zeros(())
    total = torch.where(kept, pattern, zero).sum((-2, -1))  # [batch, head]
    return torch.where(kept & targets[:, None], pattern, zero).sum((-2, -1)) / total


def closeness(
    pattern: Tensor,
    prompts: Prompts,
    targets: Tensor,
    *,
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Tensor:
    """One minus the mean over queries of the absolute row error against the target pattern, `[batch, head]`.

    Equals TransformerLens `detect_head(..., error_measure="abs")`, which rounds to three decimals; headkb does not. A row is off by
    at most 2 where it has one target, and by the number of its targets plus 1 where it has several, so the score reaches far
    below -1 on prompts whose tokens recur often: it is not confined to [-1, 1] as the source says.

    Source:
        TransformerLensOrg/TransformerLens@4cd36aa `transformer_lens/head_detector.py`.
    """
    kept = _kept(pattern, prompts, exclude_bos, exclude_current_token)[:, None]
    off = torch.where(kept, pattern - targets[:, None].to(pattern.dtype), pattern.new_zeros(())).abs().sum((-2, -1))
    return 1 - off / real(pattern, prompts).sum(-1)[:, None]


def stripe(pattern: Tensor, prompts: Prompts, back: int) -> Tensor:
    """Mean over the whole diagonal of attention paid `back` positions back, `[batch, head]`.

    Equals the "stripe" of the TransformerLens demos and of ARENA, `pattern.diagonal(-back)`. For induction (`back` = period - 1) it
    includes one query before the second copy without BOS and two with BOS: a perfect head that otherwise attends to itself
    scores L / (L + 1) or L / (L + 2), and one that only rests on BOS scores 1 / (L + 2), not 0.

    Source:
        callummcdougall/ARENA_2.0@334bada, `induction_score_hook`; TransformerLens `demos/Exploratory_Analysis_Demo.ipynb`.
    """
    paid = pattern.diagonal(-back, -2, -1)  # [batch, head, query_pos - back]
    return mean_over(paid, real(pattern, prompts)[:, back:])


def renormalized_stripe(pattern: Tensor, prompts: Prompts, back: int) -> Tensor:
    """The stripe after the first key is taken out and rows are scaled back to sum to 1, `[batch, head]`.

    Equals the IH (`back` = period - 1) and PTH (`back` = 1) scores of JiajunSong629/ood-generalization-via-composition: key 0 is
    dropped whether it is BOS or not, 1e-6 is added to each weight of the denominator, and the first entry of the stripe is left
    out. A head that rests on the first token nine times out of ten and pays the rest to the target scores 1.

    Source:
        JiajunSong629/ood-generalization-via-composition@78043a6 `llm-interventions/removal-ih/IH_list/prep.py`.
    """
    mask = real(pattern, prompts)
    keys = mask & (torch.arange(mask.shape[-1], device=mask.device) > 0)  # [batch, key_pos]
    rest = torch.einsum("bhqk,bk->bhq", pattern, keys.to(pattern.dtype)) + EPSILON * keys.sum(-1)[:, None, None]
    paid = pattern.diagonal(-back, -2, -1) / rest[..., back:]  # [batch, head, query_pos - back]
    return mean_over(paid[..., 1:], mask[:, back + 1 :])


def transformer_lens_targets(
    pattern: Tensor, prompts: Prompts, kind: Literal["previous", "duplicate", "induction"]
) -> Tensor:
    """TransformerLens' detection pattern of this head type, `[batch, query_pos, key_pos]`, padding left out.

    `induction` counts the query's own position as a target where a token follows itself, as TransformerLens does.
    """
    mask = real(pattern, prompts)
    pairs = mask[:, :, None] & mask[:, None, :]
    if kind == "previous":
        return pairs & (later_than(pattern) & ~later_than(pattern, 1))
    tokens = prompts.tokens.to(pattern.device)
    copies = (tokens[:, :, None] == tokens[:, None, :]) & later_than(pattern)  # [batch, query_pos, key_pos]
    if kind == "duplicate":
        return pairs & copies
    after = torch.zeros_like(copies)
    after[:, :, 1:] = copies[:, :, :-1]
    return pairs & after
