"""A metric with each head edited in turn: sets of one head each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention.parts import Part
from headkb.attention.probe import anatomy
from headkb.errors import UnknownNameError
from headkb.head_index import Heads, heads_of
from headkb.sweeps.head_sets import SetChange, sweep_sets
from headkb.sweeps.metrics import Metric
from headkb.sweeps.rows import Change
from headkb.tensors import HeadScores, Prompts

EditKind = Literal["zero", "mean", "resample"]


def sweep(
    model: nn.Module,
    prompts: Prompts,
    edit: EditKind | Change,
    metric: Metric | Callable[[Tensor], Tensor],
    *,
    heads: Heads | None = None,
    source: Prompts | None = None,
    means: Tensor | None = None,
    positions: Tensor | None = None,
    tokens_per_batch: int = 1024,
    memory_mb: int = 64,
    per_prompt: bool = False,
    part: Part | None = None,
) -> HeadScores:
    """The metric with each head edited in turn and all others unchanged.

    Args:
        model: Any transformers model that `anatomy` accepts. Do not use it elsewhere meanwhile.
        prompts: Inputs.
        edit: "zero"; "mean" (of `means`, or else of these prompts); "resample" (that head's z on `source`, which
            has the shape of `prompts`); or a function of (layer, z), where layer is the number of the block.
        metric: A `Metric`, or a function of all logits `[prompt, pos, d_vocab]` → `[prompt]`.
        heads: The heads to edit, as pairs or names; None = all.
        source: Prompts that "resample" takes z from.
        means: `[layer, head, d_head]` for "mean".
        positions: Positions where z changes, `[prompt]` or `[prompt, k]`; None = all.
        tokens_per_batch: Largest number of tokens in a batch.
        memory_mb: Approximate memory for the activations of rows that run side by side.
        per_prompt: Return `[prompt, layer, head]` instead of the mean over prompts.
        part: Which stack of an encoder–decoder model.

    Returns:
        `[layer, head]`, the mean over prompts of the metric under each head's edit; NaN for heads not edited and in blocks that do not
        attend.

    Raises:
        ModelError: If no output projection was found, or numbers overflow.
        ShapeError: If `source` does not have the shape of `prompts`.
        UnknownNameError: If there is no such edit, or no such head.
    """
    if not callable(edit) and edit not in get_args(EditKind):
        raise UnknownNameError("edit", str(edit), get_args(EditKind), "Choose one, or give a function of (layer, z).")
    parts = anatomy(model)
    sites = parts.part(part)
    measured = metric if isinstance(metric, Metric) else Metric(lambda logits, *_: metric(logits))
    pairs = [(site.layer, head) for site in sites for head in range(site.n_heads)]
    if heads is not None:
        pairs = sorted({(parts.site(layer, head, part).layer, head) for layer, head in heads_of(heads)})
    change = SetChange(edit, positions, source=source, means=means)
    found = sweep_sets(
        model, prompts, [[pair] for pair in pairs], change, measured, tokens_per_batch=tokens_per_batch,
        memory_mb=memory_mb, part=part,
    )  # fmt: skip
    values = torch.full((len(prompts), parts.n_layers(part), max(site.n_heads for site in sites)), torch.nan)
    for (layer, head), value in zip(pairs, found, strict=True):
        values[:, layer, head] = value.float()
    return values if per_prompt else values.mean(0)
