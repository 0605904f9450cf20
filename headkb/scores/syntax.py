"""The score of heads that follow grammatical links."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from headkb.scores.inputs import checked, mean_over, real_pairs, visible_keys
from headkb.scores.named import named, strongest, unit_starts
from headkb.scores.registry import get_score, score
from headkb.tensors import Pattern, Prompts


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
        prompts: The prompts of that batch, `[batch, pos]`, with marked links.
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
    get_score("syntactic").check(direction=direction, measure=measure)
    pattern = checked(pattern, prompts, "syntactic")
    starts = unit_starts(pattern, prompts, words, "syntactic")
    pos = torch.arange(pattern.shape[-1], device=pattern.device)
    member = (starts[:, :, None] == pos).to(pattern.dtype)  # [batch, pos, word], a word named by its first position
    size = member.sum(1).clamp(min=1)  # [batch, word]
    clean = torch.where(real_pairs(pattern, prompts)[:, None], pattern, pattern.new_zeros(()))
    by_word = torch.einsum("bqv,bhqk,bkw->bhvw", member / size[:, None], clean, member)
    ends = [named(pattern, prompts, name, "syntactic") for name in (dependent, head)]
    query, key = ends if direction == "dependent-to-head" else ends[::-1]
    links = (query >= 0) & (key >= 0)  # [batch, link]
    visible = visible_keys(pattern, prompts, causal)
    rows = torch.arange(len(pattern), device=pattern.device)[:, None]
    links = links & visible[rows, query.clamp(min=0), key.clamp(min=0)]
    seen = by_word[rows, :, query.clamp(min=0)].transpose(1, 2)  # [batch, head, link, word]
    on_key = seen.gather(-1, key.clamp(min=0)[:, None, :, None].expand(-1, seen.shape[1], -1, 1))[..., 0]
    if measure == "mean":
        return mean_over((on_key / seen.sum(-1)).nan_to_num(), links)
    best = strongest(seen, torch.ones_like(seen[:, 0], dtype=torch.bool))
    return mean_over((best == key[:, None]).to(pattern.dtype), links)
