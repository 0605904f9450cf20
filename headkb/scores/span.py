"""Scores of heads that attend from some named positions to others: names, needles, pieces of words, grammatical links."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.scores.inputs import (
    attention_on,
    checked,
    later_than,
    mean_attention_on,
    mean_over,
    named,
    named_mask,
    only,
    real,
    real_pairs,
    strongest,
    unit_starts,
    visible_keys,
)
from headkb.scores.published import check_exclusions, compare
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts


@score("position-to-position", prompts="ioi")
def position_to_position(
    pattern: Pattern, prompts: Prompts, *, query: str = "end", key: str = "io", causal: bool | None = None
) -> Tensor:
    """Mean attention of the queries of one name to all keys of another together.

    With `end` → `io` a name mover's, `end` → `s2` an S-inhibition head's, `end` → `sum` a summary reader's, `end` →
    `correct_letter` a correct-letter head's attention.

    Args:
        query: Name in `prompts.positions` of the queries; those that see no key of `key` do not count.
        key: Name of the keys.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt without such a query or key.

    Example:
        >>> where = {"end": torch.tensor([2]), "io": torch.tensor([0])}
        >>> look = torch.eye(3)[[0, 1, 0]][None, None]  # query 2 attends to 0
        >>> position_to_position(look, Prompts.of(torch.tensor([[5, 6, 7]]), where)).item()
        1.0
    """
    pattern = checked(pattern, prompts, "position-to-position")
    queries = named_mask(pattern, prompts, query, "position-to-position")
    keys = named_mask(pattern, prompts, key, "position-to-position")
    targets = visible_keys(pattern, prompts, causal) & queries[:, :, None] & keys[:, None, :]
    return mean_attention_on(pattern, targets)


@score("attention-ratio", prompts="needle")
def attention_ratio(
    pattern: Pattern,
    prompts: Prompts,
    *,
    query: str = "answer",
    first: str = "context",
    second: str = "generated",
    measure: Literal["mean", "sum"] = "mean",
    causal: bool | None = None,
) -> Tensor:
    """Attention to one set of positions as a share of the attention to two sets.

    Queries that count: real positions of the name `query` that see a key of each set and attend to either.

    Args:
        query: Name in `prompts.positions` of the queries.
        first: Name of the positions whose share is measured.
        second: Name of the other positions.
        measure: `mean`, the mean weight per key of each set (lookback ratio); `sum`, all attention on each set (important heads).

    Returns:
        `[batch, head]`, unitless, 0 (only the second) to 1 (only the first); NaN where no query counts.

    Example:
        >>> where = {name: torch.tensor([pos]) for name, pos in (("answer", 2), ("context", 0), ("generated", 1))}
        >>> row = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0.75, 0.25, 0]])[None, None]
        >>> attention_ratio(row, Prompts.of(torch.tensor([[5, 6, 7]]), where)).item()
        0.75
    """
    pattern = checked(pattern, prompts, "attention-ratio")
    queries = named_mask(pattern, prompts, query, "attention-ratio")
    rows = queries.any(0).nonzero()[:, 0]  # the few queries that count in any prompt
    visible = visible_keys(pattern, prompts, causal)[:, rows]
    keys = [named_mask(pattern, prompts, name, "attention-ratio") for name in (first, second)]
    pattern, queries, paid = pattern[:, :, rows], queries[:, rows], []
    for key in keys:
        targets = visible & key[:, None, :]
        queries = queries & targets.any(-1)
        on = attention_on(pattern, targets)
        paid.append(on / targets.sum(-1).clamp(min=1)[:, None] if measure == "mean" else on)
    total = paid[0] + paid[1]
    counts = queries[:, None] & (total > 0)  # [batch, head, query_pos]
    share = torch.where(counts, paid[0] / total, 0.0)
    return share.sum(-1) / counts.sum(-1)


@score("attention-to-rare", prompts="rare-words")
def attention_to_rare(
    pattern: Pattern,
    prompts: Prompts,
    *,
    positions: str = "rare",
    measure: Literal["mean", "hit"] = "mean",
    causal: bool | None = None,
) -> Tensor:
    """Mean attention of queries to the rarest word of the text.

    Queries that count: real positions outside the word that see a token of it.

    Args:
        positions: Name in `prompts.positions` of the word.
        measure: `mean`, this definition; `hit`, 1 if the position with most attention on average over all queries belongs to it, else 0.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN where no query counts.

    Example:
        >>> rare = Prompts.of(torch.tensor([[5, 9, 6]]), {"rare": torch.tensor([1])})
        >>> look = torch.eye(3)[[1, 1, 1]][None, None]
        >>> attention_to_rare(look, rare, causal=False).item()
        1.0
    """
    pattern = checked(pattern, prompts, "attention-to-rare")
    mask, rare = real(pattern, prompts), named_mask(pattern, prompts, positions, "attention-to-rare")
    if measure == "mean":
        return mean_attention_on(pattern, visible_keys(pattern, prompts, causal) & rare[:, None, :] & ~rare[:, :, None])
    received = only(pattern, mask[:, None, :, None]).sum(-2, keepdim=True)
    best = strongest(received, mask[:, None])[..., 0]  # [batch, head]
    hit = (rare[:, None] & (torch.arange(rare.shape[1], device=rare.device) == best[..., None])).any(-1)
    return torch.where(rare.any(-1)[:, None], hit.to(pattern.dtype), torch.nan)


@score("subword-merge", prompts="subword-words")
def subword_merge(
    pattern: Pattern,
    prompts: Prompts,
    *,
    words: str = "word_start",
    measure: Literal["mean", "mul", "abs"] = "mean",
    exclude_bos: bool = False,
    exclude_current_token: bool = False,
) -> Tensor:
    """Mean attention of a word's later pieces to all its earlier pieces together.

    Queries that count: real positions that are not the first piece of their word.

    Args:
        words: Name in `prompts.positions` that gives, for every position, the first position of its word (-1 = of none).
        measure: `mean`, this definition; `mul` and `abs`, TransformerLens `detect_head` with the current-word pattern of its
            `Head_Detector_Demo`. See `headkb.scores.published`.
        exclude_current_token: With `mul` or `abs`: leave out attention to the query's own position, as that demo does.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt in which no word is split.

    Raises:
        UnknownNameError: If the prompts name no words.

    Example:
        >>> split = Prompts.of(torch.tensor([[5, 6, 7]]), {"word_start": torch.tensor([[0, 1, 1]])})
        >>> back = torch.eye(3)[[0, 1, 1]][None, None]
        >>> subword_merge(back, split).item()
        1.0
    """
    check_exclusions("subword-merge", measure, exclude_bos, exclude_current_token)
    pattern = checked(pattern, prompts, "subword-merge")
    starts = unit_starts(pattern, prompts, words, "subword-merge")
    same = (starts[:, :, None] == starts[:, None, :]) & (starts >= 0)[:, :, None]
    earlier = same & later_than(pattern)  # [batch, query_pos, key_pos]
    if measure == "mean":
        return mean_attention_on(pattern, earlier)
    return compare(pattern, prompts, earlier, measure, exclude_bos, exclude_current_token)


@score("retrieval-copy", prompts="needle")
def retrieval_copy(
    pattern: Pattern, prompts: Prompts, *, query: str = "answer", needle: str = "source", causal: bool | None = None
) -> Tensor:
    """Share of the answer's tokens for which the head's strongest key lies in the needle and holds the token to be written next.

    For prompts that end with the correct answer, so that one pass contains every step; `headkb.methods.retrieval` lets the
    model write the answer itself, as the source does.

    Args:
        query: Name in `prompts.positions` of the queries, each right before a token of the answer.
        needle: Name of the positions that may be copied from.

    Returns:
        `[batch, head]`, unitless, 0 (none) to 1 (all); NaN for a prompt without such queries.

    Example:
        >>> where = {"source": torch.tensor([[0]]), "answer": torch.tensor([[1]])}
        >>> look = torch.eye(3)[[0, 0, 0]][None, None]  # query 1 attends to 0, and token 2 equals token 0
        >>> retrieval_copy(look, Prompts.of(torch.tensor([[5, 6, 5]]), where)).item()
        1.0
    """
    pattern = checked(pattern, prompts, "retrieval-copy")
    queries = named_mask(pattern, prompts, query, "retrieval-copy")
    last = torch.zeros_like(queries[:, :1])
    queries = queries & torch.cat([real(pattern, prompts)[:, 1:], last], 1)  # a token follows
    copied = named_mask(pattern, prompts, needle, "retrieval-copy")
    tokens = prompts.tokens.to(pattern.device)
    following = tokens.roll(-1, 1)  # [batch, query_pos]
    rows = queries.any(0).nonzero()[:, 0]  # the few queries that count in any prompt
    wanted = copied[:, None, :] & (tokens[:, None, :] == following[:, rows, None])  # [batch, row, key_pos]
    best = strongest(pattern[:, :, rows], visible_keys(pattern, prompts, causal)[:, rows])  # [batch, head, row]
    hit = wanted[:, None].expand(-1, best.shape[1], -1, -1).gather(-1, best.clamp(min=0)[..., None])[..., 0]
    return mean_over((hit & (best >= 0)).to(pattern.dtype), queries[:, rows])


@score("syntactic", prompts="dependency-sentences")
def syntactic(
    pattern: Pattern,
    prompts: Prompts,
    *,
    dependent: str = "dependent",
    head: str = "head",
    direction: Literal["dependent-to-head", "head-to-dependent"] = "dependent-to-head",
    measure: Literal["argmax", "mean"] = "argmax",
    words: str = "word_start",
    causal: bool | None = None,
) -> Tensor:
    """Share of grammatical links whose one end attends most to the other end.

    Attention to a word is the sum over its pieces, attention from a word the mean over its pieces; tokens of no word (BOS, [SEP]) are
    left out. Links count if the key end is visible to the query end; in a causal model, if it comes before.

    Args:
        dependent: Name in `prompts.positions` of the dependents' first tokens, one per link, -1 = none.
        head: Name of the heads' first tokens, in the same order.
        direction: From the query end to the key end.
        measure: `argmax`, this definition; `mean`, the attention on the other end as a share of that on all words.
        words: Name that gives, for every position, the first position of its word (-1 = of none).

    Returns:
        `[batch, head]`, unitless, 0 (no link) to 1 (all links); NaN where no link counts.

    Example:
        >>> where = {"dependent": torch.tensor([[1]]), "head": torch.tensor([[0]]), "word_start": torch.tensor([[0, 1]])}
        >>> back = torch.eye(2)[[0, 0]][None, None]
        >>> syntactic(back, Prompts.of(torch.tensor([[5, 6]]), where)).item()
        1.0
    """
    pattern = checked(pattern, prompts, "syntactic")
    starts = unit_starts(pattern, prompts, words, "syntactic")
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    member = (starts[:, :, None] == pos).to(pattern.dtype)  # [batch, pos, word], a word named by its first position
    ends = [named(pattern, prompts, name, "syntactic") for name in (dependent, head)]
    query, key = ends if direction == "dependent-to-head" else ends[::-1]
    links = (query >= 0) & (key >= 0)  # [batch, link]
    visible = visible_keys(pattern, prompts, causal)
    rows = torch.arange(len(pattern), device=pattern.device)[:, None]
    links = links & visible[rows, query.clamp(min=0), key.clamp(min=0)]
    source = member[rows, :, query.clamp(min=0)]  # [batch, link, pos]: the pieces of the query end
    source = source / source.sum(-1, keepdim=True).clamp(min=1)
    mask = real(pattern, prompts)
    clean = pattern if bool(mask.all()) else only(pattern, real_pairs(pattern, prompts)[:, None])
    seen = torch.einsum("bhlk,bkw->bhlw", source[:, None] @ clean, member)  # [batch, head, link, word]
    on_key = seen.gather(-1, key.clamp(min=0)[:, None, :, None].expand(-1, seen.shape[1], -1, 1))[..., 0]
    if measure == "mean":
        return mean_over((on_key / seen.sum(-1)).nan_to_num(), links)
    best = strongest(seen, torch.ones_like(seen[:, 0], dtype=torch.bool))
    return mean_over((best == key[:, None]).to(pattern.dtype), links)
