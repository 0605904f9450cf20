"""Ablation: silence one head at a time and see what becomes of the answer.

    Δ(l, h) = m(clean) − m(z^{l,h} := r)          r = 0, the head's mean, or its z on another prompt

A positive number means that the head helps. For the metric `loss`, where more is worse, the sign is turned round, so it still does.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.errors import check_choice
from headkb.methods.contrast import MetricName, contrast, named, same_length
from headkb.methods.passes import TOKENS, baseline, layers_of, z_of
from headkb.scores import score
from headkb.sweeps import Change, EditKind, mean_z, sweep
from headkb.tensors import Prompts, PromptScores

ResampleSource = Literal["corrupted", "shuffled"]


@score("zero-ablation", prompts="ioi")
def zero_ablation(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "logit_diff",
    positions: str | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """What each head is worth to the metric, with its z set to zero.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: Prompts with answers (see `headkb.methods.contrast`); for `loss` any prompts.
        metric: What is measured.
        positions: Name of the positions where z changes; None = all.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the head helps.

    Raises:
        ShapeError: If the prompts lack the answers that the metric needs.
    """
    return _drop(model, prompts, "zero", metric, positions, tokens_per_batch)


@score("mean-ablation", prompts="ioi")
def mean_ablation(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "logit_diff",
    per_position: bool = False,
    positions: str | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """What each head is worth to the metric, with its z set to its mean.

    The mean is taken over `prompts.meta["reference"]`, a `Prompts`, if there is one, else over the prompts themselves.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: As for `zero_ablation`.
        metric: What is measured.
        per_position: Take a mean for every position; all prompts, and those of the reference, must have one length.
        positions: Name of the positions where z changes; None = all.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the head helps.

    Raises:
        ShapeError: If a per-position mean is asked for and lengths differ, or answers are missing.
    """
    reference: Prompts = prompts.meta.get("reference", prompts)
    if not per_position:
        means = mean_z(model, reference, tokens_per_batch=tokens_per_batch)
        return _drop(model, prompts, "mean", metric, positions, tokens_per_batch, means=means)
    for some in (prompts, reference):
        same_length(some, "a mean for every position")
    at_positions = position_means(model, reference, tokens_per_batch=tokens_per_batch)

    def change(layer: int, z: Tensor) -> Tensor:  # z holds the last positions only
        return at_positions[layer, -z.shape[1] :].to(z).expand_as(z)

    return _drop(model, prompts, change, metric, positions, tokens_per_batch)


@score("resample-ablation", prompts="ioi")
def resample_ablation(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "logit_diff",
    source: ResampleSource = "corrupted",
    positions: str | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """What each head is worth to the metric, with its z taken from another prompt.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: As for `zero_ablation`.
        metric: What is measured.
        source: `corrupted`: each prompt's counterpart in `corrupted`; then this is activation patching in the noising
            direction, not normalised. `shuffled`: the next prompt of the set, the first after the last.
        positions: Name of the positions where z changes; None = all.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the head helps.

    Raises:
        ShapeError: If there is no counterpart, or lengths differ.
    """
    check_choice("source of resample-ablation", source, get_args(ResampleSource))
    if source == "corrupted":
        other = contrast(prompts).other
    else:
        same_length(prompts, "resampling within the set")
        other = Prompts.of(prompts.tokens.roll(-1, 0))
    return _drop(model, prompts, "resample", metric, positions, tokens_per_batch, source=other)


def position_means(model: nn.Module, prompts: Prompts, *, tokens_per_batch: int = TOKENS) -> Tensor:
    """Each head's mean z at each position of prompts of one length, `[layer, pos, head, d_head]`."""
    same_length(prompts, "a mean for every position")
    total: Tensor | None = None
    for batch in prompts.batches(tokens_per_batch):
        found = torch.stack([z.sum(0, dtype=torch.float64) for z in z_of(model, batch)])
        total = found if total is None else total + found
    assert total is not None
    return (total / len(prompts)).float()


def _drop(
    model: nn.Module,
    prompts: Prompts,
    edit: EditKind | Change,
    metric: MetricName,
    positions: str | None,
    tokens: int,
    *,
    means: Tensor | None = None,
    source: Prompts | None = None,
) -> PromptScores:
    layers_of(model)
    both = contrast(prompts)
    clean = baseline(model, both, metric, tokens=tokens)
    edited = sweep(
        model, prompts, edit, both.metric(metric), means=means, source=source,
        positions=named(prompts, positions), tokens_per_batch=tokens, per_prompt=True,
    )  # fmt: skip
    drop = clean[:, None, None] - edited
    return -drop if metric == "loss" else drop
