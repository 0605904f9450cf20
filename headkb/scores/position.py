"""Scores of heads that look at a place: the neighbour before, the neighbour after, the start."""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.scores.inputs import checked, mean_over, real
from headkb.scores.published import (
    PublishedMeasure,
    check_measure,
    closeness,
    renormalized_stripe,
    share_of_all,
    transformer_lens_targets,
)
from headkb.tensors import Pattern, Prompts


def previous_token(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: PublishedMeasure = "mean",
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

    Source:
        Wang et al. 2022 (arXiv:2211.00593) and ARENA 1.3: the mean of the diagonal at offset -1 on repeated random tokens; no difference.

    Example:
        >>> back = torch.eye(3).roll(1, 0)[None, None]  # query t attends to t - 1
        >>> previous_token(back, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    check_measure("previous-token", measure, ("mean", "mul", "abs", "renormalized"), exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "previous-token")
    if measure == "renormalized":
        return renormalized_stripe(pattern, prompts, back=1)
    if measure in ("mul", "abs"):
        compare = share_of_all if measure == "mul" else closeness
        targets = transformer_lens_targets(pattern, prompts, "previous")
        return compare(pattern, prompts, targets, exclude_bos=exclude_bos, exclude_current_token=exclude_current_token)
    return mean_over(pattern.diagonal(-1, -2, -1), real(pattern, prompts)[:, 1:])


def next_token(pattern: Pattern, prompts: Prompts) -> Tensor:
    """Mean attention that each query position pays to the position after it.

    Every real position counts as a query but the last, which has no successor. A causal model scores 0 in every head.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Raises:
        ShapeError: As for `previous_token`.

    Source:
        Clark et al. 2019 (arXiv:1906.04341), “Relative Position”, which reports attention to the next token per head; its positions include [SEP] as a key,
        and so do these.

    Example:
        >>> ahead = torch.eye(3).roll(-1, 0)[None, None]  # query t attends to t + 1
        >>> next_token(ahead, Prompts.of(torch.tensor([[5, 6, 7]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "next-token")
    return mean_over(pattern.diagonal(1, -2, -1), real(pattern, prompts)[:, 1:])


def attention_to_first(pattern: Pattern, prompts: Prompts, *, include_first_query: bool = False) -> Tensor:
    """Mean attention that query positions pay to the first position: how much the head uses it as a sink.

    Every real position counts as a query but the first, which in a causal model can attend to nothing else.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`; what stands first (BOS, [CLS] or a word) is their affair.
        include_first_query: Count query 0 too. Equals the plain column mean `pattern[..., 0].mean(-1)` of
            GuoTianYu2000/Active-Dormant-Attention and of most sink papers; a causal head that never rests then scores 1 / n.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Raises:
        ShapeError: As for `previous_token`.

    Source:
        Guo et al. 2024 (arXiv:2410.13835), `LLM/probe_l16h25.ipynb`; differs by leaving query 0 out.

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
