"""Backup effect: how much more a head itself writes towards the answer once other heads are knocked out.

    Δ(l, h) = DLA(l, h | z^{r}_end := r's mean for every r knocked out) − DLA(l, h)

Heads below the lowest of those knocked out cannot change and have 0; those knocked out themselves have none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from headkb.keywords import Range
from headkb.methods.contrast import contrast, end_of
from headkb.methods.direct_logit import head_shares
from headkb.methods.heads import LayerHead, named_heads, top_heads
from headkb.methods.passes import TOKENS, end_means
from headkb.methods.stream import answer_direction, final_norm, read_stream
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores

Silenced = Literal["mean", "zero"]
Norm = Literal["own", "clean"]


@score("backup-effect", prompts="ioi")
def backup_effect(
    model: nn.Module,
    prompts: Prompts,
    *,
    knocked_out: Iterable[LayerHead | str] | str | None = None,
    count: Annotated[int, Range(1, 64)] = 3,
    by: Silenced = "mean",
    norm: Norm = "own",
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """The change in each head's direct effect on the answer when other heads are silenced at "end".

    Args:
        knocked_out: (layer, head) pairs, names, or one text such as "L9H9, L9H6, L10H0"; None = the `count` heads of largest direct effect.
        count: Number of heads to silence if `knocked_out` is None.
        by: Replacement of their z: its mean at "end" over the prompts, or zero.
        norm: Scale of the final norm: that of the run with the heads knocked out (`own`), or of the clean run (`clean`).

    Returns:
        `[prompt, layer, head]`, in logits; positive = the head takes over; NaN for heads that are knocked out.
    """
    both = contrast(prompts)
    answers, wrong = both.pair
    means = end_means(model, both, tokens_per_batch=tokens_per_batch)
    heads: list[LayerHead] | None = None if knocked_out is None else named_heads(model, knocked_out)
    parts: list[tuple[Tensor, Tensor]] = []
    if heads is None:
        effects = [
            head_shares(
                model,
                read_stream(model, some.clean),
                answer_direction(model, answers[rows], wrong[rows])[0],
                end_of(some.clean),
            )
            for rows, some in both.batches(tokens_per_batch)
        ]
        heads = top_heads(torch.cat(effects), count)
    for rows, some in both.batches(tokens_per_batch):
        direction, _ = answer_direction(model, answers[rows], wrong[rows])
        end = end_of(some.clean)

        def silence(layer: int, z: Tensor, end: Tensor = end) -> Tensor | None:
            mine = [head for at, head in heads if at == layer]
            if not mine:
                return None
            new = z.clone()
            for head in mine:
                new[torch.arange(len(z)), end, head] = 0 if by == "zero" else means[layer, head, : z.shape[-1]].to(z)
            return new

        clean, cut = read_stream(model, some.clean), read_stream(model, some.clean, z=silence)
        fixed_norm = final_norm(model, clean.resid[-1][torch.arange(len(end)), end]) if norm == "clean" else None
        parts.append((head_shares(model, clean, direction, end), head_shares(model, cut, direction, end, fixed_norm)))
    change = torch.cat([after - before for before, after in parts])
    for layer, head in heads:
        change[:, layer, head] = torch.nan
    return change
