"""Scores of heads that attend from each of several positions to its own target, and of heads with keys that all later sentences read."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor

from headkb.errors import ShapeError, UnknownNameError
from headkb.keywords import Range
from headkb.scores.inputs import attention_on, checked, mean_over, named, only, unit_starts, visible_keys
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("paired-positions", prompts="labelled-sentences")
def paired_positions(
    pattern: Pattern,
    prompts: Prompts,
    *,
    query: str = "labels",
    key: str = "before_labels",
    other_query: str | None = None,
    other_key: str | None = None,
    measure: Literal["mean", "times-uniform"] = "mean",
    causal: bool | None = None,
) -> Tensor:
    """Mean attention of each query to the key with the same index in another list of positions.

    A query that is listed several times counts once, with all its keys together. Pairs whose key the query does not see are left out.

    Args:
        query: Name in `prompts.positions` of the queries, `[prompt, k]`, padded with -1.
        key: Name of their keys, in the same order.
        other_query: Queries of pairs to compare with; their mean is subtracted.
        other_key: Keys of those pairs.
        measure: `mean`, the weight itself; `times-uniform`, the weight times the number of visible keys: 1 = uniform attention.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always), with another list −1 to 1; with `times-uniform` up to the number of keys. NaN where
        no pair counts.

    Raises:
        ShapeError: If the two lists are of different lengths.
        UnknownNameError: If only one of `other_query` and `other_key` is set.

    Example:
        >>> where = {"labels": torch.tensor([[2]]), "before_labels": torch.tensor([[1]])}
        >>> look = torch.eye(3)[[0, 0, 1]][None, None]  # query 2 attends to 1
        >>> paired_positions(look, Prompts.of(torch.tensor([[5, 6, 7]]), where)).item()
        1.0
    """
    if (other_query is None) != (other_key is None):
        raise UnknownNameError(
            "positions",
            str(other_query or other_key),
            (),
            "paired-positions compares other_query and other_key; give both or none.",
        )
    pattern = checked(pattern, prompts, "paired-positions")
    visible = visible_keys(pattern, prompts, causal)
    value = _paid(pattern, prompts, visible, query, key, measure)
    if other_query is None or other_key is None:
        return value
    return value - _paid(pattern, prompts, visible, other_query, other_key, measure)


def _paid(pattern: Tensor, prompts: Prompts, visible: Tensor, query: str, key: str, measure: str) -> Tensor:
    """The mean over the pairs of two lists, `[batch, head]`."""
    queries, keys = (named(pattern, prompts, name, "paired-positions") for name in (query, key))
    if queries.shape != keys.shape:
        raise ShapeError(
            f"positions {query!r} are {' x '.join(map(str, queries.shape))} and {key!r} {' x '.join(map(str, keys.shape))}; "
            "paired-positions needs as many keys as queries. Use lists in the same order."
        )
    targets = torch.zeros_like(visible)
    there = (queries >= 0) & (keys >= 0) & (queries < visible.shape[1]) & (keys < visible.shape[1])
    row, place = there.nonzero(as_tuple=True)
    targets[row, queries[row, place], keys[row, place]] = True
    targets = targets & visible
    paid = attention_on(pattern, targets)  # [batch, head, query_pos]
    if measure == "times-uniform":
        paid = paid * visible.sum(-1)[:, None].to(paid.dtype)
    return mean_over(paid, targets.any(-1))


@score("receiver", prompts="worked-solutions")
def receiver(
    pattern: Pattern, prompts: Prompts, *, segments: str = "segment_start", apart: Annotated[int, Range(1, 100_000)] = 4
) -> Tensor:
    """Kurtosis over sentences of the attention they receive from all sentences well after them.

    Attention is averaged over every pair of sentences; a sentence's value is the mean over sentences at least `apart` later; the last
    `apart` sentences, which have none, are left out.

    Args:
        segments: Name in `prompts.positions` that gives, for every position, the first position of its sentence (-1 = of none).
        apart: Distance in sentences between a key and its first query, 1 or more.

    Returns:
        `[batch, head]`, unitless excess kurtosis: at least −2, 0 for a normal distribution, m² / (m − 1) − 6 if one of m sentences gets
        everything; NaN with fewer than 3 sentences, or a flat profile.

    Raises:
        ShapeError: If `apart` is below 1.

    Example:
        >>> starts = torch.arange(8)[None]  # eight sentences of one token
        >>> look = torch.zeros(1, 1, 8, 8)
        >>> look[..., 1] = 1  # all read sentence 1
        >>> round(receiver(look, Prompts.of(torch.arange(8)[None], {"segment_start": starts})).item(), 4)
        -0.6667
    """
    pattern = checked(pattern, prompts, "receiver")
    starts = unit_starts(pattern, prompts, segments, "receiver")
    values = []
    for row, own in zip(pattern, starts, strict=True):
        names = torch.unique(own[own >= 0])
        member = (own[None, :] == names[:, None]).to(row.dtype)  # [sentence, pos]
        each = member / member.sum(-1, keepdim=True)
        inside = own >= 0
        clean = row if bool(inside.all()) else only(row, inside[None, :, None] & inside[None, None, :])
        between = each @ clean @ each.T  # [head, reader, read]
        count = len(names)
        later = torch.ones(count, count, dtype=torch.bool, device=row.device).tril(-apart)
        readers = later.sum(0)[: max(0, count - apart)]
        profile = torch.where(later, between, 0.0).sum(1)[:, : len(readers)] / readers  # [head, sentence]
        values.append(_kurtosis(profile))
    return torch.stack(values)


def _kurtosis(profile: Tensor) -> Tensor:
    """Excess kurtosis over the last axis, biased, as scipy's default; NaN where there is no spread or fewer than 3 values."""
    if profile.shape[-1] < 3:
        return profile.new_full(profile.shape[:-1], torch.nan)
    off = profile - profile.mean(-1, keepdim=True)
    second = off.square().mean(-1)
    scale = profile.abs().amax(-1)
    kurtosis = off.pow(4).mean(-1) / second.square() - 3
    # A flat profile has only rounding error left, whose kurtosis means nothing.
    return torch.where(second.sqrt() > 1e-6 * scale, kurtosis, torch.nan)
