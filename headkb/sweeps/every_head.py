"""A metric with each head's z edited in turn, without a full pass for each head.

The work is done in `headkb.sweeps.rows`, with five savings, all exact. One edit of the first prompt is also measured by
a whole pass of the unchanged model; if the savings change the number, or fail, they are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention.activations import read_z
from headkb.attention.edits import Heads
from headkb.attention.parts import Part, queries_of
from headkb.attention.probe import anatomy
from headkb.errors import ShapeError, UnknownNameError
from headkb.sweeps.metrics import Metric
from headkb.sweeps.rows import Change, Rows, can_resume, can_skip_prefix
from headkb.tensors import HeadScores, Prompts, by_layer, position_mask

EditKind = Literal["zero", "mean", "resample"]


def mean_z(model: nn.Module, prompts: Prompts, *, tokens_per_batch: int = 1024, part: Part | None = None) -> Tensor:
    """Each head's mean z over all real tokens, `[layer, head, d_head]`; NaN in blocks that do not attend."""
    parts = anatomy(model)
    sites, count = parts.part(part), queries_of(prompts, parts.part(part)[0]).mask.sum()
    total = {site.layer: torch.zeros(site.n_heads, site.d_head, dtype=torch.float64) for site in sites}
    for batch in prompts.batches(tokens_per_batch):
        for layer, z in read_z(model, batch, sites, exact=False).items():
            total[layer] += z[queries_of(batch, sites[0]).mask].sum(0, dtype=torch.float64).cpu()
    return by_layer({layer: (some / count).float() for layer, some in total.items()}, parts.n_layers(part), 0)


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
        heads: (layer, head) pairs to edit; None = all.
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
    if edit != "resample":
        source = None
    elif source is None or not _alike(source, prompts):
        raise ShapeError(
            f"resample needs source=, prompts of the shape {tuple(prompts.tokens.shape)} and with the same mask."
        )
    if edit == "mean" and means is None:
        means = mean_z(model, prompts, tokens_per_batch=tokens_per_batch, part=part)
    measured = metric if isinstance(metric, Metric) else Metric(lambda logits, *_: metric(logits))
    pairs_to_edit = [(site.layer, head) for site in sites for head in range(site.n_heads)]
    if heads is not None:
        pairs_to_edit = sorted({(parts.site(layer, head, part).layer, head) for layer, head in heads})
    shape = parts.n_layers(part), max(site.n_heads for site in sites)

    def measure(at: slice, pairs: list[tuple[int, int]], resume: bool) -> Tensor:
        """The metric of the prompts at `at` with each head of `pairs` edited in turn, `[prompt, layer, head]`."""
        batch, mine = prompts.select(at), measured.select(at)
        other = None if source is None else source.select(at)  # as long as the batch, since the two have one mask
        every = torch.ones_like(queries_of(batch, sites[0]).mask)
        where = position_mask(None if positions is None else positions[at], every)
        change = _change(edit, means, {} if other is None else read_z(model, other, sites, exact=False), where)
        first = first_change(batch, other, where, mine) if resume and can_skip_prefix(model) else 0
        rows = Rows(model, batch, sites, mine, change, first if resume else None, memory_mb * 2**20)
        values = torch.full((len(batch), *shape), torch.nan)
        for site in sites:
            for some, value in rows.edited(site, [head for edited, head in pairs if edited == site.layer]):
                values[:, site.layer, some] = value.T.float().cpu()
        return values

    def resumed(at: slice) -> Tensor | None:
        """The metric by the fast way; None where it fails, as in a model whose layers pass more on than the stream."""
        with suppress(Exception):
            values = measure(at, pairs_to_edit, True)
            if at.start > 0 or not pairs_to_edit:
                return values
            second = sites[min(1, len(sites) - 1)].layer  # an edit with layers below and above it
            one = min(pairs_to_edit, key=lambda pair: abs(pair[0] - second))
            whole = measure(slice(0, 1), [one], False)[0][one]
            tolerance = max(1e-4, 8 * torch.finfo(next(model.parameters()).dtype).eps)
            if torch.allclose(values[0][one], whole, rtol=tolerance, atol=tolerance, equal_nan=True):
                return values
        return None

    resume, results, at = can_resume(model), [torch.empty(0, *shape)], slice(0, 0)
    with torch.inference_mode():
        for batch in prompts.batches(tokens_per_batch):
            at = slice(at.stop, at.stop + len(batch))
            values = resumed(at) if resume else None
            resume = values is not None  # whole passes from here on, if the fast way failed
            results.append(measure(at, pairs_to_edit, False) if values is None else values)
    values = torch.cat(results)
    return values if per_prompt else values.mean(0)


def _alike(one: Prompts, other: Prompts) -> bool:
    if (one.decoder is None) != (other.decoder is None) or not torch.equal(one.mask, other.mask):
        return False
    return one.decoder is None or other.decoder is None or _alike(one.decoder, other.decoder)


def _change(edit: EditKind | Change, means: Tensor | None, patch: Mapping[int, Tensor], where: Tensor) -> Change:
    """The edit as a function of (layer, z), where z may hold the last positions only."""

    def change(layer: int, z: Tensor) -> Tensor:
        if callable(edit):
            new = edit(layer, z)
        elif edit == "mean" and means is not None:
            new = means[layer, : z.shape[2], : z.shape[3]].to(z).expand_as(z)
        else:
            new = torch.zeros_like(z) if edit == "zero" else patch[layer][:, -z.shape[1] :]
        return torch.where(where[:, -z.shape[1] :, None, None].to(z.device), new, z)

    return change


def first_change(batch: Prompts, source: Prompts | None, where: Tensor, metric: Metric) -> int:
    """The first position of the batch at which anything can change or is measured."""
    if metric.positions is None:
        return 0
    if source is not None:
        where = (
            where & (batch.tokens != source.tokens).cumsum(-1).bool()
        )  # before the first difference both have the same z
    changed = where.any(0).nonzero()
    return min(int(changed[0]) if len(changed) else where.shape[1], int(metric.positions.min()))
