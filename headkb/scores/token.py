"""Scores of heads that look for a token: an earlier copy, what followed it, a delimiter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from headkb.errors import ShapeError, UnknownNameError
from headkb.scores.inputs import (
    attention_on,
    checked,
    is_causal,
    later_than,
    mean_attention_on,
    mean_over,
    period_of,
    real,
)
from headkb.scores.published import (
    PublishedMeasure,
    check_measure,
    closeness,
    renormalized_stripe,
    share_of_all,
    stripe,
    transformer_lens_targets,
)
from headkb.tensors import Pattern, Prompts


def _earlier_copies(pattern: Tensor, prompts: Prompts) -> Tensor:
    """Pairs in which the key is an earlier occurrence of the query's token, `[batch, query_pos, key_pos]`."""
    tokens, mask = prompts.tokens.to(pattern.device), real(pattern, prompts)
    same = (tokens[:, :, None] == tokens[:, None, :]) & mask[:, :, None] & mask[:, None, :]
    return same & later_than(pattern)


def duplicate_token(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: PublishedMeasure = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
    period: int | None = None,
) -> Tensor:
    """Mean attention that the later occurrence of a token pays to its earlier occurrences, taken together.

    Queries that count: real positions whose token stands at an earlier position too.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`; tokens must recur.
        measure: `mean`, this definition; `mul` and `abs`, TransformerLens `detect_head`; `stripe`, `diagonal(-period).mean()` of the
            TransformerLens demos and ARENA. See `headkb.scores.published`.
        exclude_bos: With `mul` or `abs`: leave out key 0.
        exclude_current_token: With `mul` or `abs`: leave out attention to the query's own position.
        period: With `stripe`: length of the repeated block, if the prompts do not say it.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt in which no token recurs.

    Raises:
        ShapeError: As for `previous_token`.

    Source:
        Wang et al. 2022 (arXiv:2211.00593), duplicate-token heads; equals its stripe where each token of the block is drawn once.

    Example:
        >>> tokens = Prompts.of(torch.tensor([[5, 6, 5, 6]]))
        >>> copy = torch.eye(4)[[0, 1, 0, 1]][None, None]  # queries 2 and 3 attend to 0 and 1
        >>> duplicate_token(copy, tokens).item()
        1.0
    """
    check_measure("duplicate-token", measure, ("mean", "mul", "abs", "stripe"), exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "duplicate-token")
    if measure == "stripe":
        return stripe(pattern, prompts, back=period_of(prompts, period, "duplicate-token"))
    if measure in ("mul", "abs"):
        compare = share_of_all if measure == "mul" else closeness
        targets = transformer_lens_targets(pattern, prompts, "duplicate")
        return compare(pattern, prompts, targets, exclude_bos=exclude_bos, exclude_current_token=exclude_current_token)
    return mean_attention_on(pattern, _earlier_copies(pattern, prompts))


def induction(
    pattern: Pattern,
    prompts: Prompts,
    *,
    measure: PublishedMeasure = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
    period: int | None = None,
) -> Tensor:
    """Mean attention that a recurring token pays to the tokens that followed its earlier occurrences: prefix matching.

    Queries that count: real positions whose token stands earlier, with its successor before the query. Attention alone does not
    prove copying; anti-copying heads such as GPT-2 small L10H7 match prefixes too.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`; tokens must recur.
        measure: `mean`, this definition; `mul` and `abs`, TransformerLens `detect_head`; `stripe`, `diagonal(1 - period).mean()` of
            the TransformerLens demos and ARENA; `renormalized`, the IH score of
            JiajunSong629/ood-generalization-via-composition. See `headkb.scores.published` for their traps.
        exclude_bos: With `mul` or `abs`: leave out key 0.
        exclude_current_token: With `mul` or `abs`: leave out attention to the query's own position.
        period: With `stripe` or `renormalized`: length of the repeated block, if the prompts do not say it.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt in which no token recurs.

    Raises:
        ShapeError: As for `previous_token`.

    Source:
        Olsson et al. 2022 (arXiv:2209.11895), prefix-matching score; all queries of the second copy count, and no other.

    Example:
        >>> tokens = Prompts.of(torch.tensor([[5, 6, 5, 6]]))
        >>> after = torch.eye(4)[[0, 1, 1, 2]][None, None]  # query 2 attends to 1, query 3 to 2
        >>> induction(after, tokens).item()
        1.0
    """
    known = ("mean", "mul", "abs", "stripe", "renormalized")
    check_measure("induction", measure, known, exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "induction")
    if measure in ("stripe", "renormalized"):
        along = stripe if measure == "stripe" else renormalized_stripe
        return along(pattern, prompts, period_of(prompts, period, "induction") - 1)
    if measure in ("mul", "abs"):
        compare = share_of_all if measure == "mul" else closeness
        targets = transformer_lens_targets(pattern, prompts, "induction")
        return compare(pattern, prompts, targets, exclude_bos=exclude_bos, exclude_current_token=exclude_current_token)
    after = torch.zeros_like(copies := _earlier_copies(pattern, prompts))
    after[:, :, 1:] = copies[:, :, :-1]
    # A target at the query itself (a token that follows itself) cannot be told from resting on the current token.
    return mean_attention_on(pattern, after & later_than(pattern))


def _delimiters(pattern: Tensor, prompts: Prompts, positions: str, tokens: Sequence[int] | None) -> Tensor:
    """Which real positions are delimiters, `[batch, pos]`."""
    mask = real(pattern, prompts)
    if tokens is not None:
        return torch.isin(prompts.tokens.to(pattern.device), torch.tensor(list(tokens), device=pattern.device)) & mask
    if positions not in prompts.positions:
        raise UnknownNameError(
            "positions",
            positions,
            prompts.positions,
            "Use the prompts delimited-random-tokens or pass tokens= to attention-to-delimiter.",
        )
    given = prompts.positions[positions].to(pattern.device)
    given = given if given.ndim == 2 else given[:, None]  # [batch, n]; -1 = absent
    if given.shape[0] != mask.shape[0]:
        raise ShapeError(
            f"positions {positions!r} are of {given.shape[0]} prompts; attention-to-delimiter needs {mask.shape[0]}."
        )
    pos = torch.arange(mask.shape[1], device=mask.device)
    return (given[:, :, None] == pos).any(1) & mask


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
    """Mean attention that queries pay to the delimiters they can see, taken together.

    Queries that count: real positions that are no delimiter themselves and see at least one.

    Args:
        pattern: Attention after softmax, `[batch, head, query_pos, key_pos]`.
        prompts: The prompts of that batch, `[batch, pos]`, with the delimiters' positions.
        measure: `mean`, this definition; `sieve`, per query the mean over its delimiters divided by the mean over all keys it sees:
            the "sieve bias" of iitmnlp/heads-hypothesis when `include_delimiter_queries` is set (1 = no preference; there a head
            counts as a delimiter head above 3).
        positions: Name in `prompts.positions` that holds the delimiters (-1 = none), e.g. `delimiter`, `punctuation`, `special`.
        tokens: Token ids that are delimiters, instead of `positions`.
        include_delimiter_queries: Count delimiters as queries too, as Clark et al. 2019 (arXiv:1906.04341) does for [SEP].
        causal: Whether queries see only what stands at or before them; by default the prompts or the pattern say.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); with `sieve` 0 to the number of keys. NaN where no query counts.

    Raises:
        ShapeError: As for `previous_token`.
        UnknownNameError: If the prompts do not name such positions.

    Source:
        Pande et al. 2021 (arXiv:2101.09115) (delimiter heads) and Clark et al. 2019 (arXiv:1906.04341), “Attending to Separator Tokens”.

    Example:
        >>> stop = torch.zeros(1, 1, 3, 3)
        >>> stop[..., 1] = 1  # all look at position 1
        >>> attention_to_delimiter(stop, Prompts.of(torch.tensor([[5, 9, 6]])), tokens=[9], causal=True).item()
        1.0
    """
    if measure not in ("mean", "sieve"):
        raise UnknownNameError(
            "measure of attention-to-delimiter", measure, ("mean", "sieve"), "Choose one of mean, sieve."
        )
    pattern = checked(pattern, prompts, "attention-to-delimiter")
    mask, stops = real(pattern, prompts), _delimiters(pattern, prompts, positions, tokens)
    pairs = mask[:, :, None] & mask[:, None, :]
    visible = (
        pairs & ~later_than(pattern).T if is_causal(pattern, prompts, causal) else pairs
    )  # [batch, query_pos, key_pos]
    targets = visible & stops[:, None, :]
    queries = targets.any(-1) & (mask if include_delimiter_queries else ~stops)
    paid = attention_on(pattern, targets)  # [batch, head, query_pos]
    if measure == "sieve":
        share = attention_on(pattern, visible) / visible.sum(-1).clamp(min=1)[:, None]
        paid = paid / targets.sum(-1).clamp(min=1)[:, None] / share
    return mean_over(paid, queries)
