"""Ablation: silence one head at a time and measure the loss of the answer.

    Δ(l, h) = m(clean) − m(z^{l,h} := r)          r = 0, the head's mean, or its z on another prompt

Positive = the head helps. For the metric `loss`, where more is worse, the sign is flipped.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.head_index import Heads
from headkb.methods.contrast import MetricName, contrast, named, same_length
from headkb.methods.passes import TOKENS, edited, layers_of, z_of
from headkb.scores import score
from headkb.sweeps import Change, EditKind, mean_z
from headkb.tensors import Prompts, PromptScores, by_layer

ResampleSource = Literal["corrupted", "shuffled"]


@score("zero-ablation", prompts="ioi")
def zero_ablation(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "logit_diff",
    positions: str | None = None,
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """What each head is worth to the metric, with its z set to zero.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the head helps.
    """
    return _drop(model, prompts, "zero", metric, positions, tokens_per_batch, heads=heads)


@score("mean-ablation", prompts="ioi")
def mean_ablation(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "logit_diff",
    per_position: bool = False,
    reference: Prompts | None = None,
    positions: str | None = None,
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """What each head is worth to the metric, with its z set to its mean.

    Args:
        per_position: Use a mean per position; all prompts, and those of `reference`, must have one length.
        reference: Prompts to average over; None = the prompts themselves.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the head helps.

    Raises:
        ShapeError: With `per_position`, if lengths differ.
    """
    reference = prompts if reference is None else reference
    if not per_position:
        means = mean_z(model, reference, tokens_per_batch=tokens_per_batch)
        return _drop(model, prompts, "mean", metric, positions, tokens_per_batch, heads=heads, means=means)
    same_length(prompts, "a mean for every position")
    at_positions = position_means(model, reference, tokens_per_batch=tokens_per_batch)

    def change(layer: int, z: Tensor) -> Tensor:  # z holds the last positions only
        return at_positions[layer, -z.shape[1] :, : z.shape[2], : z.shape[3]].to(z).expand_as(z)

    return _drop(model, prompts, change, metric, positions, tokens_per_batch, heads=heads)


@score("resample-ablation", prompts="ioi")
def resample_ablation(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "logit_diff",
    source: ResampleSource = "corrupted",
    positions: str | None = None,
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """What each head is worth to the metric, with its z taken from another prompt.

    Args:
        source: `corrupted`: each prompt's counterpart in `corrupted`; then this is activation patching in the noising
            direction, not normalised. `shuffled`: the next prompt of the set, the first after the last.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the head helps.
    """
    if source == "corrupted":
        other = contrast(prompts).other
    else:
        same_length(prompts, "resampling within the set")
        other = Prompts.of(prompts.tokens.roll(-1, 0))
    return _drop(model, prompts, "resample", metric, positions, tokens_per_batch, heads=heads, source=other)


def position_means(model: nn.Module, prompts: Prompts, *, tokens_per_batch: int = TOKENS) -> Tensor:
    """Each head's mean z at each position of prompts of one length, `[layer, pos, head, d_head]`."""
    same_length(prompts, "a mean for every position")
    total = torch.zeros(())
    for batch in prompts.batches(tokens_per_batch):
        sums = {layer: z.sum(0, dtype=torch.float64) for layer, z in z_of(model, batch).items()}
        total = total + by_layer(sums, anatomy(model).n_layers(), 0)
    return (total / len(prompts)).float()


def _drop(
    model: nn.Module,
    prompts: Prompts,
    edit: EditKind | Change,
    metric: MetricName,
    positions: str | None,
    tokens: int,
    **what: Any,
) -> PromptScores:
    layers_of(model)
    where = named(prompts, positions)
    clean, ablated = edited(model, contrast(prompts), edit, metric, tokens, positions=where, **what)
    return ablated - clean if metric == "loss" else clean - ablated
