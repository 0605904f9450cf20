"""Activation patching: copy one head's z between a clean and a corrupted run, and see how much of the answer moves with it.

    denoise   z^{l,h}(corrupted) := z^{l,h}(clean)       e = (m_patched − m_corrupted) / (m_clean − m_corrupted)
    noise     z^{l,h}(clean) := z^{l,h}(corrupted)       1 − e, e as above

Both say which share of the gap one head carries: 0 = none, 1 = all of it; values outside are possible. For noise the share is 1 − e,
since e itself is then what the head leaves untouched.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from headkb.attention.edits import Heads
from headkb.errors import check_choice
from headkb.methods.contrast import Contrast, MetricName, contrast, named
from headkb.methods.passes import TOKENS, baseline, layers_of
from headkb.scores import score
from headkb.sweeps import sweep
from headkb.tensors import Prompts, PromptScores

PatchDirection = Literal["clean_to_corrupted", "corrupted_to_clean"]
"""`clean_to_corrupted` denoises: the corrupted run is given a clean z. `corrupted_to_clean` noises."""
DIRECTIONS: tuple[PatchDirection, ...] = ("clean_to_corrupted", "corrupted_to_clean")
Normalize = Literal["set", "solved", "prompt", "none"]
"""`set`: by the mean gap of all prompts; `solved`: the same, but undefined unless that gap is more than two standard errors above 0, since a
model that does not tell the two apart has no gap to share; `prompt`: by each prompt's own; `none`: in the metric's unit."""
NORMALIZE: tuple[Normalize, ...] = ("set", "solved", "prompt", "none")


@score("activation-patching", prompts="ioi")
def activation_patching(
    model: nn.Module,
    prompts: Prompts,
    *,
    patch_direction: PatchDirection = "clean_to_corrupted",
    metric: MetricName = "logit_diff",
    normalize: Normalize = "set",
    positions: str | None = None,
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """The share of the gap between the clean and the corrupted run that each head's z carries.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: Clean prompts with answers and corrupted counterparts (see `headkb.methods.contrast`).
        patch_direction: Denoising or noising.
        metric: What is measured, on either run against the clean answers.
        normalize: What the change is divided by.
        positions: Name of the positions, in the clean prompts, where z is patched; None = all.
        heads: (layer, head) pairs to patch; None = all.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, unitless, 0 (carries nothing) to 1 (carries the answer), beyond in either direction where
        heads work against each other; NaN where the two runs do not differ.

    Raises:
        ShapeError: If counterparts or answers are missing.
    """
    both = contrast(prompts)
    where = named(prompts, positions)
    return _patched(model, both, patch_direction, metric, normalize, where, tokens_per_batch, heads)


def patching_by_position(
    model: nn.Module,
    prompts: Prompts,
    *,
    patch_direction: PatchDirection = "clean_to_corrupted",
    metric: MetricName = "logit_diff",
    normalize: Normalize = "set",
    tokens_per_batch: int = TOKENS,
) -> Tensor:
    """The same with each position patched alone, `[prompt, layer, head, pos]`; the arguments of `activation_patching`."""
    both = contrast(prompts)
    columns = [
        _patched(model, both, patch_direction, metric, normalize, torch.full((len(prompts),), at), tokens_per_batch)
        for at in range(prompts.tokens.shape[1])
    ]
    return torch.stack(columns, -1)


def normalized(change: Tensor, gap: Tensor, normalize: Normalize) -> Tensor:
    """A change, `[prompt, …]`, over the gap between two runs, `[prompt]`; NaN where there is no gap."""
    if normalize == "none":
        return change
    whole = gap if normalize == "prompt" else gap.mean().expand_as(gap)
    if normalize == "solved" and not is_solved(gap):
        return torch.full_like(change, torch.nan)
    whole = torch.where(whole.abs() < 1e-6, torch.nan, whole)
    return change / whole.view(-1, *[1] * (change.dim() - 1))


def is_solved(gap: Tensor) -> bool:
    """Whether the mean of the gaps, `[prompt]`, lies more than two standard errors above 0; never with one prompt."""
    return len(gap) > 1 and bool(gap.mean() > 2 * gap.std() / len(gap) ** 0.5)


def _patched(
    model: nn.Module,
    both: Contrast,
    direction: PatchDirection,
    metric: MetricName,
    normalize: Normalize,
    where: Tensor | None,
    tokens: int,
    heads: Heads | None = None,
) -> PromptScores:
    check_choice("patch_direction", direction, DIRECTIONS)
    check_choice("normalize", normalize, NORMALIZE)
    layers_of(model)
    denoise = direction == "clean_to_corrupted"
    onto, source = (both.other, both.clean) if denoise else (both.clean, both.other)
    m_clean = baseline(model, both, metric, tokens=tokens)
    m_corrupted = baseline(model, both, metric, corrupted=True, tokens=tokens)
    patched = sweep(
        model, onto, "resample", both.metric(metric, corrupted=denoise), source=source, positions=where,
        heads=heads, tokens_per_batch=tokens, per_prompt=True,
    )  # fmt: skip
    change = patched - m_corrupted[:, None, None] if denoise else m_clean[:, None, None] - patched
    return normalized(change, m_clean - m_corrupted, normalize)
