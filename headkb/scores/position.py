"""Scores of heads that attend to a fixed position: the token before, the token after, the first."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.scores.inputs import checked, mean_over, real
from headkb.scores.published import check_exclusions, compare, renormalized_stripe, transformer_lens_targets
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("previous-token", prompts="repeated-random-tokens", words=False)
def previous_token(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: Literal["mean", "mul", "abs", "renormalized"] = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Tensor:
    """Mean attention of each query to the token before it.

    All real positions but the first, which has no predecessor, count as queries.

    Args:
        measure: `mean`, this definition (also ARENA's `diagonal(-1).mean()`); `mul` and `abs`, TransformerLens `detect_head`;
            `renormalized`, the PTH score of JiajunSong629/ood-generalization-via-composition. See `headkb.scores.published`.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Example:
        >>> back = torch.eye(3).roll(1, 0)[None, None]  # query t attends to t - 1
        >>> previous_token(back, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    check_exclusions("previous-token", measure, exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "previous-token")
    if measure == "renormalized":
        return renormalized_stripe(pattern, prompts, back=1)
    if measure in ("mul", "abs"):
        targets = transformer_lens_targets(pattern, prompts, "previous")
        return compare(pattern, prompts, targets, measure, exclude_bos, exclude_current_token)
    return mean_over(pattern.diagonal(-1, -2, -1), real(pattern, prompts)[:, 1:])


@score("next-token", prompts="english-sentences", words=False)
def next_token(pattern: Pattern, prompts: Prompts) -> Tensor:
    """Mean attention of each query to the token after it.

    All real positions but the last, which has no successor, count as queries. A causal model scores 0 in every head.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Example:
        >>> ahead = torch.eye(3).roll(-1, 0)[None, None]  # query t attends to t + 1
        >>> next_token(ahead, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "next-token")
    return mean_over(pattern.diagonal(1, -2, -1), real(pattern, prompts)[:, 1:])


@score("attention-to-first", prompts="english-sentences", words=False)
def attention_to_first(pattern: Pattern, prompts: Prompts, *, include_first_query: bool = False) -> Tensor:
    """Mean attention to the first position, whatever token it holds: how much the head uses it as a sink.

    All real positions but the first, which in a causal model can attend to nothing else, count as queries.

    Args:
        include_first_query: Count query 0 too. Equals the plain column mean `pattern[..., 0].mean(-1)` of
            GuoTianYu2000/Active-Dormant-Attention and of most sink papers; a causal head that uses no sink then scores 1 / n.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Example:
        >>> sink = torch.zeros(1, 1, 3, 3)
        >>> sink[..., 0] = 1
        >>> attention_to_first(sink, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "attention-to-first", square=False)
    queries = real(pattern, prompts)
    if not include_first_query:
        queries = queries & (torch.arange(queries.shape[-1], device=queries.device) > 0)
    return mean_over(pattern[..., 0], queries)
