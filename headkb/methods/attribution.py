"""Attribution patching: a first-order estimate of what patching every head would do, from two forwards and one backward.

    ê(l, h) = Σ_pos (z^{l,h}(source) − z^{l,h}(onto))ᵀ ∂m/∂z^{l,h} |_onto  ≈  m(patched) − m(onto)

`patch_direction="corrupted_to_clean"` estimates noising (the gradient is taken on the clean run), `"clean_to_corrupted"` denoising.
`checked_attribution` puts the exact change beside the estimate for the top heads.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from headkb.attention import anatomy
from headkb.methods.contrast import MetricName, contrast, named
from headkb.methods.passes import TOKENS, z_gradients, z_of
from headkb.methods.patching import PatchDirection, activation_patching
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer, position_mask


@dataclass(frozen=True)
class Checked:
    """The estimate for one head or edge, and the exact change.

    Attributes:
        name: `L9H6`, or `L5H5 -> L9H6.q` for an edge.
        estimate: First-order estimate, mean over prompts, in the metric's unit.
        exact: Change by real patching, in the same unit.
    """

    name: str
    estimate: float
    exact: float


@score("attribution-patching", prompts="ioi")
def attribution_patching(
    model: nn.Module,
    prompts: Prompts,
    *,
    patch_direction: PatchDirection = "corrupted_to_clean",
    metric: MetricName = "logit_diff",
    positions: str | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """A first-order estimate of how patching each head's z changes the metric.

    Args:
        patch_direction: Source and target run of z.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; estimates m(patched) − m(unpatched), so for `corrupted_to_clean` a head that
        helps is negative.
    """
    both, where = contrast(prompts), named(prompts, positions)
    estimates, denoise = [], patch_direction == "clean_to_corrupted"
    for rows, some in both.batches(tokens_per_batch):
        onto, source = (some.other, some.clean) if denoise else (some.clean, some.other)
        old, gradient = z_gradients(model, onto, some.metric(metric, corrupted=denoise))
        counts = position_mask(None if where is None else where[rows], some.clean.mask)
        new = z_of(model, source)
        products = {layer: ((new[layer] - old[layer]) * g).sum(-1) for layer, g in gradient.items()}
        product = by_layer(products, anatomy(model).n_layers())  # [prompt, layer, pos, head]
        estimates.append((product * counts[:, None, :, None].to(product.device)).sum(2).float().cpu())
    return torch.cat(estimates)


def checked_attribution(
    model: nn.Module,
    prompts: Prompts,
    *,
    top: int = 10,
    patch_direction: PatchDirection = "corrupted_to_clean",
    metric: MetricName = "logit_diff",
    positions: str | None = None,
    tokens_per_batch: int = TOKENS,
) -> list[Checked]:
    """The `top` heads by size of the estimate, each with its exact change; arguments as in `attribution_patching`."""
    estimate = attribution_patching(
        model,
        prompts,
        patch_direction=patch_direction,
        metric=metric,
        positions=positions,
        tokens_per_batch=tokens_per_batch,
    ).mean(0)
    order = estimate.abs().nan_to_num(-1).flatten().argsort(descending=True)[:top].tolist()
    heads = [divmod(index, estimate.shape[1]) for index in order]
    exact = activation_patching(
        model, prompts, patch_direction=patch_direction, metric=metric, normalize="none", positions=positions,
        tokens_per_batch=tokens_per_batch, heads=heads,
    ).mean(0)  # fmt: skip
    sign = 1 if patch_direction == "clean_to_corrupted" else -1  # noising by patching gives the loss, −change
    return [
        Checked(f"L{layer}H{head}", float(estimate[layer, head]), sign * float(exact[layer, head]))
        for layer, head in heads
    ]
