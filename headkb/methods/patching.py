"""Activation patching: copy one head's z between a clean and a corrupted run, and measure how much of the answer it carries.

    denoise   z^{l,h}(corrupted) := z^{l,h}(clean)       e = (m_patched − m_corrupted) / (m_clean − m_corrupted)
    noise     z^{l,h}(clean) := z^{l,h}(corrupted)       1 − e, e as above

Both say which share of the gap one head carries: 0 = none, 1 = all of it; values outside are possible. For noise the share is 1 − e,
since e itself is then what the head leaves untouched.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.errors import check_choice
from headkb.head_index import Heads
from headkb.methods.contrast import Contrast, MetricName, Normalize, contrast, named, normalized
from headkb.methods.passes import TOKENS, baselines, layers_of
from headkb.scores import score
from headkb.sweeps import sweep
from headkb.tensors import Prompts, PromptScores

PatchDirection = Literal["clean_to_corrupted", "corrupted_to_clean"]
"""`clean_to_corrupted` denoises: the corrupted run gets a clean z. `corrupted_to_clean` noises."""


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
        patch_direction: Denoising or noising.
        metric: Measured on either run for the clean answers.
        normalize: Denominator of the change, see `headkb.methods.contrast.Normalize`.

    Returns:
        `[prompt, layer, head]`, unitless, 0 (carries nothing) to 1 (carries the answer), outside that range where
        heads work against each other; NaN where the two runs do not differ.
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
    """`activation_patching` of each position alone, `[prompt, layer, head, pos]`."""
    both = contrast(prompts)
    columns = [
        _patched(model, both, patch_direction, metric, normalize, torch.full((len(prompts),), at), tokens_per_batch)
        for at in range(prompts.tokens.shape[1])
    ]
    return torch.stack(columns, -1)


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
    check_choice("patch_direction", direction, get_args(PatchDirection))
    check_choice("normalize", normalize, get_args(Normalize))
    layers_of(model)
    denoise = direction == "clean_to_corrupted"
    onto, source = (both.other, both.clean) if denoise else (both.clean, both.other)
    m_clean, m_corrupted = baselines(model, both, metric, tokens)
    patched = sweep(
        model, onto, "resample", both.metric(metric, corrupted=denoise), source=source, positions=where,
        heads=heads, tokens_per_batch=tokens, per_prompt=True,
    )  # fmt: skip
    change = patched - m_corrupted[:, None, None] if denoise else m_clean[:, None, None] - patched
    return normalized(change, m_clean - m_corrupted, normalize)
