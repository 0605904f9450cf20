"""Scores of heads that attend to certain tokens: an earlier copy, the token after it, a delimiter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor

from headkb.keywords import Range
from headkb.scores.inputs import (
    attention_on,
    checked,
    later_than,
    mean_attention_on,
    mean_over,
    named_mask,
    period_of,
    real,
    real_pairs,
    visible_keys,
)
from headkb.scores.published import (
    check_exclusions,
    compare,
    renormalized_stripe,
    stripe,
    thresholded,
    transformer_lens_targets,
)
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


def _earlier_copies(pattern: Tensor, prompts: Prompts) -> Tensor:
    """Pairs in which the key is an earlier occurrence of the query's token, `[batch, query_pos, key_pos]`."""
    tokens = prompts.tokens.to(pattern.device)
    return (tokens[:, :, None] == tokens[:, None, :]) & real_pairs(pattern, prompts) & later_than(pattern)


@score("duplicate-token", prompts="repeated-random-tokens")
def duplicate_token(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: Literal["mean", "mul", "abs", "stripe"] = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
    period: Annotated[int, Range(1, 100_000)] | None = None,
) -> Tensor:
    """Mean attention of a recurring token to all its earlier occurrences together.

    Queries that count: real positions whose token also occurs earlier.

    Args:
        measure: `mean`, this definition; `mul` and `abs`, TransformerLens `detect_head`; `stripe`, `diagonal(-period).mean()` of the
            TransformerLens demos and ARENA. See `headkb.scores.published`.
        period: With `stripe`: length of the repeated block; None = `prompts.meta["period"]`.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt in which no token recurs.

    Example:
        >>> tokens = Prompts.of(torch.tensor([[5, 6, 5, 6]]))
        >>> copy = torch.eye(4)[[0, 1, 0, 1]][None, None]  # queries 2 and 3 attend to 0 and 1
        >>> duplicate_token(copy, tokens).item()
        1.0
    """
    check_exclusions("duplicate-token", measure, exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "duplicate-token")
    if measure == "stripe":
        return stripe(pattern, prompts, back=period_of(prompts, period, "duplicate-token"))
    if measure in ("mul", "abs"):
        targets = transformer_lens_targets(pattern, prompts, "duplicate")
        return compare(pattern, prompts, targets, measure, exclude_bos, exclude_current_token)
    return mean_attention_on(pattern, _earlier_copies(pattern, prompts))


@score("induction", prompts="repeated-random-tokens")
def induction(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: Literal["mean", "mul", "abs", "stripe", "renormalized", "thresholded"] = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
    period: Annotated[int, Range(1, 100_000)] | None = None,
    threshold: Annotated[float, Range(0, 1)] = 0.01,
) -> Tensor:
    """Mean attention of a recurring token to the tokens after its earlier occurrences: prefix matching.

    Queries that count: real positions whose token occurs earlier, with its successor before the query. Attention alone does
    not prove copying; anti-copying heads such as GPT-2 small L10H7 match prefixes too.

    Args:
        measure: `mean`, this definition; `mul` and `abs`, TransformerLens `detect_head`; `stripe`, `diagonal(1 - period).mean()` of
            the TransformerLens demos and ARENA; `renormalized`, the IH score of
            JiajunSong629/ood-generalization-via-composition; `thresholded`, the induction score of HeadVis. See
            `headkb.scores.published` for their pitfalls.
        period: With `stripe` or `renormalized`: length of the repeated block; None = `prompts.meta["period"]`.
        threshold: With `thresholded`: single weights below it count as 0.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt in which no token recurs.

    Example:
        >>> tokens = Prompts.of(torch.tensor([[5, 6, 5, 6]]))
        >>> after = torch.eye(4)[[0, 1, 1, 2]][None, None]  # query 2 attends to 1, query 3 to 2
        >>> induction(after, tokens).item()
        1.0
    """
    check_exclusions("induction", measure, exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "induction")
    if measure in ("stripe", "renormalized"):
        along = stripe if measure == "stripe" else renormalized_stripe
        return along(pattern, prompts, period_of(prompts, period, "induction") - 1)
    if measure in ("mul", "abs"):
        targets = transformer_lens_targets(pattern, prompts, "induction")
        return compare(pattern, prompts, targets, measure, exclude_bos, exclude_current_token)
    after = torch.zeros_like(copies := _earlier_copies(pattern, prompts))
    after[:, :, 1:] = copies[:, :, :-1]
    if measure == "thresholded":
        return thresholded(pattern, after, threshold)
    # A target at the query itself (a token that follows itself) looks like attention to the current token.
    return mean_attention_on(pattern, after & later_than(pattern))


@score("attention-to-delimiter", prompts="delimited-random-tokens")
def attention_to_delimiter(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: Literal["mean", "sieve"] = "mean",
    positions: str = "delimiter",
    tokens: Sequence[int] | None = None,
    include_delimiter_queries: bool = False,
    causal: bool | None = None,
) -> Tensor:
    """Mean attention of queries to all delimiters they can see together.

    Queries that count: real positions that are not delimiters and see at least one.

    Args:
        measure: `mean`, this definition; `sieve`, per query the mean over its delimiters divided by the mean over all keys it sees:
            the "sieve bias" of iitmnlp/heads-hypothesis when `include_delimiter_queries` is set (1 = no preference; there a head
            counts as a delimiter head above 3).
        positions: Name in `prompts.positions` that holds the delimiters (-1 = none), e.g. `delimiter`, `punctuation`, `special`.
        tokens: Token ids that are delimiters, instead of `positions`.
        include_delimiter_queries: Also count delimiters as queries, as Clark et al. 2019 (arXiv:1906.04341) does for [SEP].

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); with `sieve` 0 to the number of keys. NaN where no query counts.

    Example:
        >>> stop = torch.zeros(1, 1, 3, 3)
        >>> stop[..., 1] = 1  # all look at position 1
        >>> attention_to_delimiter(stop, Prompts.of(torch.tensor([[5, 9, 6]])), tokens=[9], causal=True).item()
        1.0
    """
    pattern = checked(pattern, prompts, "attention-to-delimiter")
    mask = real(pattern, prompts)
    if tokens is None:
        stops = named_mask(pattern, prompts, positions, "attention-to-delimiter")
    else:
        stops = torch.isin(prompts.tokens.to(pattern.device), torch.tensor(list(tokens), device=pattern.device)) & mask
    visible = visible_keys(pattern, prompts, causal)  # [batch, query_pos, key_pos]
    targets = visible & stops[:, None, :]
    queries = targets.any(-1) & (mask if include_delimiter_queries else ~stops)
    paid = attention_on(pattern, targets)  # [batch, head, query_pos]
    if measure == "sieve":
        share = attention_on(pattern, visible) / visible.sum(-1).clamp(min=1)[:, None]
        paid = paid / targets.sum(-1).clamp(min=1)[:, None] / share
    return mean_over(paid, queries)
