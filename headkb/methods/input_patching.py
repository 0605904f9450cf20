"""Patching of one head's query, key or value alone: which of its three inputs carries the difference between two prompts.

    share = (m_clean − m(q^{l,h} := q^{l,h}_corrupted at the positions)) / (m_clean − m_corrupted)

As noising in activation patching, but z is computed anew from the exchanged input, so the head's *attention* moves and its values stay, or
the other way round. 0 = carries nothing, 1 = carries the answer.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from headkb.attention.tap import Call, Tap
from headkb.errors import check_choice
from headkb.methods.contrast import Contrast, MetricName, contrast, marked, named
from headkb.methods.passes import (
    TOKENS,
    BranchTap,
    baseline,
    chunks,
    copies,
    forward,
    layers_of,
    measured,
    reads_qkv,
    repeated,
)
from headkb.methods.patching import NORMALIZE, Normalize, normalized
from headkb.methods.path_patching import THROUGH, Through
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores


@score("input-patching", prompts="category-lists")
def input_patching(
    model: nn.Module,
    prompts: Prompts,
    *,
    through: Through = "q",
    positions: str | None = "end",
    metric: MetricName = "logit_diff",
    normalize: Normalize = "set",
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """The share of the gap between the clean and the corrupted run that each head's query, key or value carries.

    Args:
        model: A model with one residual stream whose q, k and v can be seen.
        prompts: Clean prompts with answers and corrupted counterparts (see `headkb.methods.contrast`).
        through: Which input is taken from the corrupted run.
        positions: Name of the positions, in the clean prompts, where it is; None = all.
        metric: What is measured, on either run against the clean answers.
        normalize: What the change is divided by.
        tokens_per_batch: At most so many tokens, copies of the prompts included, go through the model at once.

    Returns:
        `[prompt, layer, head]`, unitless, 0 (carries nothing) to 1 (carries the answer), beyond in either direction where heads work against
        each other; NaN where the two runs do not differ.

    Raises:
        ShapeError: If counterparts or answers are missing.
        ModelError: If the model hides q, k and v.
    """
    check_choice("through", through, THROUGH)
    check_choice("normalize", normalize, NORMALIZE)
    reads_qkv(model)
    both, sites = contrast(prompts), layers_of(model)
    where, place = named(prompts, positions), THROUGH.index(through)
    values = torch.full((len(prompts), len(sites), max(site.n_heads for site in sites)), torch.nan)
    heads = [(layer, head) for layer, site in enumerate(sites) for head in range(site.n_heads)]
    clean = baseline(model, both, metric, tokens=tokens_per_batch)
    corrupted = baseline(model, both, metric, corrupted=True, tokens=tokens_per_batch)
    with torch.no_grad():
        for rows, some in both.batches(tokens_per_batch):
            other = _inputs(model, some.other, place)
            chosen = marked(None if where is None else where[rows], some.clean.mask)
            for group in chunks(heads, some.clean, tokens_per_batch):
                found = _patched(model, some, list(group), other, chosen, place, metric)
                for (layer, head), value in zip(group, found, strict=True):
                    values[rows, layer, head] = clean[rows] - value.float().cpu()
    return normalized(values, clean - corrupted, normalize)


def _inputs(model: nn.Module, prompts: Prompts, place: int) -> list[Tensor]:
    """Every layer's q, k or v, `[prompt, head, pos, d_head]`."""
    kept: list[Tensor] = []

    def see(call: Call) -> None:
        given = (call.q, call.k, call.v)[place]
        assert given is not None
        kept.append(given.clone())

    forward(model, prompts, tap=Tap(see=see))
    return kept


def _patched(
    model: nn.Module,
    both: Contrast,
    heads: list[tuple[int, int]],
    other: list[Tensor],
    chosen: Tensor,
    place: int,
    metric: MetricName,
) -> Tensor:
    """The metric with each head's input exchanged alone, `[head, prompt]`."""
    count, size = len(heads), len(both)
    many = copies(both.clean, count)

    def branch(index: int, q: Tensor, k: Tensor, v: Tensor) -> list[tuple[Tensor | None, Tensor, Tensor, Tensor]]:
        mine = [(at, head) for at, (layer, head) in enumerate(heads) if layer == index]
        if not mine:
            return []
        given = [q, k, v]
        new = other[index].repeat(count, 1, 1, 1).to(q)
        at_places = chosen.repeat(count, 1)[:, None, :, None].to(q.device)
        given[place] = torch.where(at_places, new, given[place])
        which = torch.zeros(count, size, q.shape[1], dtype=torch.bool)
        for at, head in mine:
            which[at, :, head] = True
        return [(which.flatten(0, 1), given[0], given[1], given[2])]

    return measured(model, many, repeated(both.metric(metric), count), tap=BranchTap(branch=branch)).view(count, -1)
