"""Scores of heads that look at a place: the neighbour before, the neighbour after, the start."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.scores.inputs import checked, mean_over, real
from headkb.scores.published import (
    check_measure,
    compare,
    renormalized_stripe,
    transformer_lens_targets,
)
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("previous-token", prompts="repeated-random-tokens")
def previous_token(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: Literal["mean", "mul", "abs", "renormalized"] = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Tensor:
    """Mean attention that each query position pays to the position before it.

    Every real position counts as a query but the first, which has no predecessor.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`.
        measure: `mean`, this definition (also ARENA's `diagonal(-1).mean()`); `mul` and `abs`, TransformerLens `detect_head`;
            `renormalized`, the PTH score of JiajunSong629/ood-generalization-via-composition. See `headkb.scores.published`.
        exclude_bos: With `mul` or `abs`: leave out key 0.
        exclude_current_token: With `mul` or `abs`: leave out attention to the query's own position.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Raises:
        ShapeError: If the pattern is not `[batch, head, query_pos, key_pos]` and square, or the prompts are of another shape.

    Example:
        >>> back = torch.eye(3).roll(1, 0)[None, None]  # query t attends to t - 1
        >>> previous_token(back, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    check_measure("previous-token", measure, exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "previous-token")
    if measure == "renormalized":
        return renormalized_stripe(pattern, prompts, back=1)
    if measure in ("mul", "abs"):
        targets = transformer_lens_targets(pattern, prompts, "previous")
        return compare(pattern, prompts, targets, measure, exclude_bos, exclude_current_token)
    return mean_over(pattern.diagonal(-1, -2, -1), real(pattern, prompts)[:, 1:])


@score("next-token", prompts="english-sentences")
def next_token(pattern: Pattern, prompts: Prompts) -> Tensor:
    """Mean attention that each query position pays to the position after it.

    Every real position counts as a query but the last, which has no successor. A causal model scores 0 in every head.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Raises:
        ShapeError: If the pattern is not `[batch, head, query_pos, key_pos]` and square, or the prompts are of another shape.

    Example:
        >>> ahead = torch.eye(3).roll(-1, 0)[None, None]  # query t attends to t + 1
        >>> next_token(ahead, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "next-token")
    return mean_over(pattern.diagonal(1, -2, -1), real(pattern, prompts)[:, 1:])


@score("attention-to-first", prompts="english-sentences")
def attention_to_first(pattern: Pattern, prompts: Prompts, *, include_first_query: bool = False) -> Tensor:
    """Mean attention that query positions pay to the first position: how much the head uses it as a sink.

    Every real position counts as a query but the first, which in a causal model can attend to nothing else.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`; they decide what stands first (BOS, [CLS] or a word).
        include_first_query: Count query 0 too. Equals the plain column mean `pattern[..., 0].mean(-1)` of
            GuoTianYu2000/Active-Dormant-Attention and of most sink papers; a causal head that never rests then scores 1 / n.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Raises:
        ShapeError: If the pattern is not `[batch, head, query_pos, key_pos]` and square, or the prompts are of another shape.

    Example:
        >>> sink = torch.zeros(1, 1, 3, 3)
        >>> sink[..., 0] = 1
        >>> attention_to_first(sink, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "attention-to-first")
    queries = real(pattern, prompts)
    if not include_first_query:
        queries = queries & (torch.arange(queries.shape[-1], device=queries.device) > 0)
    return mean_over(pattern[..., 0], queries)
