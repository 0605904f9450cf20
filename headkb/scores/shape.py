"""Scores of heads whose attention has a fixed shape (the diagonal, one offset, a band, a segment, sink and recent tokens), or none."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from torch import Tensor

from headkb.errors import HeadkbError
from headkb.keywords import Range
from headkb.scores.inputs import (
    attention_on,
    checked,
    mean_attention_on,
    mean_over,
    only,
    real,
    strongest,
    unit_starts,
    visible_keys,
)
from headkb.scores.registry import score
from headkb.tensors import Pattern, Prompts

Band = Literal["mean", "sieve"]


@score("current-token", prompts="english-sentences", words=False)
def current_token(
    pattern: Pattern, prompts: Prompts, *, include_first_query: bool = False, causal: bool | None = None
) -> Tensor:
    """Mean attention of each query to itself.

    Queries that count: real positions that see more than themselves; the first query of a causal model has no choice.

    Args:
        include_first_query: Count query 0 too: the plain `diagonal().mean()` of ARENA, and HeadVis' self-attention.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt of fewer than 2 tokens.

    Example:
        >>> current_token(torch.eye(3)[None, None], Prompts.of(torch.tensor([[5, 6, 7]])), causal=True).item()
        1.0
    """
    pattern = checked(pattern, prompts, "current-token")
    keys = visible_keys(pattern, prompts, causal).sum(-1)
    return mean_over(pattern.diagonal(0, -2, -1), keys > (0 if include_first_query else 1))


@score("positional", prompts="english-sentences", words=False)
def positional(
    pattern: Pattern,
    prompts: Prompts,
    *,
    offset: Annotated[int, Range(-100_000, 100_000)] | Literal["any"] = -1,
    causal: bool | None = None,
) -> Tensor:
    """Share of queries whose strongest key is at one fixed offset from them.

    Queries that count: real positions that see more than one key and, for one offset, have a real position there. If several keys
    share the largest weight, none is the strongest: a uniform head scores 0.

    Args:
        offset: Key minus query position, -1 = the token before; `any` = the most frequent offset of the prompt, over all queries
            that see more than one key; in short prompts that share is high by chance.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt without a query that counts.

    Example:
        >>> back = torch.eye(3)[[0, 0, 1]][None, None]  # query t attends to t - 1
        >>> positional(back, Prompts.of(torch.tensor([[5, 6, 7]])), causal=True).item()
        1.0
    """
    pattern = checked(pattern, prompts, "positional")
    visible = visible_keys(pattern, prompts, causal)
    queries, pos = visible.sum(-1) > 1, torch.arange(pattern.shape[-1], device=pattern.device)
    best = strongest(pattern, real(pattern, prompts)[:, None])  # [batch, head, query_pos]
    if offset != "any":
        there = pos + offset
        length = real(pattern, prompts).sum(-1)[:, None]
        queries = queries & (there >= 0) & (there < length)
        return mean_over((best == there).to(pattern.dtype), queries)
    span = pattern.shape[-1]
    clear = (best >= 0) & queries[:, None]
    counts = pattern.new_zeros((*best.shape[:2], 2 * span))
    counts.scatter_add_(
        -1, torch.where(clear, best - pos + span, 0), clear.to(pattern.dtype)
    )  # offset -span occurs in no prompt
    return counts[..., 1:].amax(-1) / queries.sum(-1)[:, None]


@score("local", prompts="english-sentences", words=False)
def local(
    pattern: Pattern,
    prompts: Prompts,
    *,
    window: Annotated[int, Range(0, 100_000)] = 2,
    measure: Band = "mean",
    causal: bool | None = None,
) -> Tensor:
    """Mean attention of queries to the tokens within a few positions of them, themselves included.

    Queries that count: real positions that see a key outside the window.

    Args:
        window: Positions to either side.
        measure: `mean`, this definition; `sieve`, per query the mean weight in the window over the mean weight of all visible keys, every real
            query counting: the "sieve bias" of iitmnlp/heads-hypothesis (1 = no preference; there a head counts as local above 3).

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); with `sieve` 0 to the number of keys. NaN where no query counts.

    Example:
        >>> local(torch.eye(4)[None, None], Prompts.of(torch.tensor([[5, 6, 7, 8]])), window=1, causal=True).item()
        1.0
    """
    pattern = checked(pattern, prompts, "local")
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    near = (pos[:, None] - pos[None, :]).abs() <= window  # [query_pos, key_pos]
    visible = visible_keys(pattern, prompts, causal)
    return _inside(pattern, visible, visible & near, measure)


@score("block", prompts="english-paragraphs", words=False)
def block(
    pattern: Pattern,
    prompts: Prompts,
    *,
    segments: str = "segment_start",
    measure: Band = "mean",
    causal: bool | None = None,
) -> Tensor:
    """Mean attention of queries to their own segment: sentence, text of a pair, document.

    Queries that count: real positions of a segment that see a key outside it.

    Args:
        segments: Name in `prompts.positions` that gives, for every position, the first position of its segment (-1 = of none).
        measure: `mean`, this definition; `sieve`, per query the mean weight in the segment over the mean weight of all visible keys; the source
            multiplies that by the entropy of the row, which is left out here.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); with `sieve` 0 to the number of keys. NaN where no query counts.

    Raises:
        UnknownNameError: If the prompts name no such segments.

    Example:
        >>> two = Prompts.of(torch.tensor([[5, 6, 7]]), {"segment_start": torch.tensor([[0, 0, 2]])})
        >>> block(torch.eye(3)[None, None], two, causal=True).item()
        1.0
    """
    pattern = checked(pattern, prompts, "block")
    starts = unit_starts(pattern, prompts, segments, "block")
    visible = visible_keys(pattern, prompts, causal) & (starts >= 0)[:, :, None]
    own = visible & (starts[:, :, None] == starts[:, None, :])
    return _inside(pattern, visible, own, measure)


@score("streaming", prompts="english-paragraphs", words=False)
def streaming(
    pattern: Pattern,
    prompts: Prompts,
    *,
    sink: Annotated[int, Range(0, 100_000)] = 4,
    recent: Annotated[int, Range(0, 100_000)] = 16,
    causal: bool | None = None,
) -> Tensor:
    """Mean attention of queries to the first tokens of the text and the most recent ones together.

    A head that scores 1 loses nothing if all other keys are dropped from its cache. Queries that count: real positions that see
    another key too.

    Args:
        prompts: Prompts longer than `sink + recent`.
        sink: Tokens at the start.
        recent: Most recent tokens, including the query's own.

    Returns:
        `[batch, head]`, unitless, 0 (never) to 1 (always); NaN for a prompt without a query that counts.

    Example:
        >>> sink = torch.zeros(1, 1, 4, 4)
        >>> sink[..., 0] = 1
        >>> streaming(sink, Prompts.of(torch.tensor([[5, 6, 7, 8]])), sink=1, recent=1, causal=True).item()
        1.0
    """
    pattern = checked(pattern, prompts, "streaming")
    if sink < 0 or recent < 0 or sink + recent == 0:
        raise HeadkbError(f"sink is {sink} and recent {recent}; both must be 0 or more, and not both 0.")
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    back = pos[:, None] - pos[None, :]
    cached = (pos < sink)[None, :] | ((back >= 0) & (back < recent))  # [query_pos, key_pos]
    visible = visible_keys(pattern, prompts, causal)
    return _inside(pattern, visible, visible & cached, "mean")


def _inside(pattern: Tensor, visible: Tensor, inside: Tensor, measure: Band) -> Tensor:
    """Attention on the keys inside, over queries that see others too; or mean weight inside over mean weight of all visible keys."""
    if measure == "mean":
        return mean_attention_on(pattern, inside & (visible & ~inside).any(-1, keepdim=True))
    density = attention_on(pattern, inside) / inside.sum(-1).clamp(min=1)[:, None]
    everywhere = attention_on(pattern, visible) / visible.sum(-1).clamp(min=1)[:, None]
    return mean_over(density / everywhere, inside.any(-1))


@score("entropy", prompts="english-sentences", words=False)
def entropy(
    pattern: Pattern,
    prompts: Prompts,
    *,
    normalized: bool = True,
    include_first_query: bool = False,
    causal: bool | None = None,
) -> Tensor:
    """Mean entropy of a query's attention, as a share of its maximum over the visible keys.

    Queries that count: real positions that see at least two keys. Each row is scaled to sum to 1 over those keys first, for models
    with an attention sink outside the keys (gpt-oss).

    Args:
        normalized: Divide each row's entropy by the logarithm of the number of keys it sees; otherwise the value is in nats and
            equals the mean row entropy of Clark et al. 2019 (arXiv:1906.04341) up to the queries that count.
        include_first_query: Count query 0 too, whose entropy is 0 in a causal model. In nats, HeadVis' pattern entropy, for models
            without a sink outside the keys.

    Returns:
        `[batch, head]`, 0 (all attention on one key) to 1 (uniform), or nats; NaN for a prompt of fewer than 2 tokens. The maximum
        ignores sliding windows, whose heads cannot reach 1.

    Example:
        >>> entropy(torch.full((1, 1, 2, 2), 0.5), Prompts.of(torch.tensor([[5, 6]]))).item()
        1.0
    """
    pattern = checked(pattern, prompts, "entropy", square=False)
    visible = visible_keys(pattern, prompts, causal)  # [batch, query_pos, key_pos]
    seen = only(pattern, visible[:, None])
    total = seen.sum(-1)  # [batch, head, query_pos]
    # H(p / s) = log s - sum(p log p) / s; prompt by prompt, since a second tensor of the pattern's size is slow to get.
    of_rows = torch.stack([torch.special.entr(prompt).sum(-1) for prompt in seen])
    nats = (total.log() + of_rows / total).clamp(min=0)
    room = visible.sum(-1)[:, None].to(pattern.dtype).log()  # [batch, 1, query_pos]
    queries = visible.sum(-1) > (0 if include_first_query else 1)
    shares = torch.where(room > 0, nats / room, room.new_zeros(())).clamp(max=1) if normalized else nats
    return mean_over(shares, queries)
