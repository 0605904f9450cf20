"""A metric with each of many sets of heads edited, without a full pass for each set.

The work is done in `headkb.sweeps.rows`, with five savings, all exact. One set on the first prompt is also measured by
a whole pass of the unchanged model; if the savings change the number, or fail, they are not used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention.activations import read_z
from headkb.attention.parts import Part, queries_of, stack_of
from headkb.attention.probe import anatomy
from headkb.errors import ShapeError, UnknownNameError
from headkb.head_index import Heads, heads_of
from headkb.sweeps.metrics import Metric
from headkb.sweeps.rows import Change, HeadSet, Rows
from headkb.tensors import Prompts, by_layer, position_mask

SetEdit = Literal["zero", "mean", "resample", "knock-out"]
"""z becomes zero, its mean, or what it is on other prompts; or attention to some keys is forbidden and the rest renormalised."""


@dataclass(frozen=True)
class SetChange:
    """What is done to every head of a set.

    Attributes:
        edit: The kind, or a function of (layer, z).
        positions: Positions where z changes or whose queries lose keys, `[prompt]` or `[prompt, k]`; None = all.
        keys: Keys that "knock-out" forbids, likewise.
        source: Prompts that "resample" takes z from.
        means: `[layer, head, d_head]` for "mean"; None = means of these prompts.
        means_at: Positions that those means are taken over; None = all real tokens.
    """

    edit: SetEdit | Change
    positions: Tensor | None = None
    keys: Tensor | None = None
    source: Prompts | None = None
    means: Tensor | None = None
    means_at: Tensor | None = None

    def select(self, which: slice) -> SetChange:
        """The same for a slice of the prompts."""
        cut = [None if x is None else x[which] for x in (self.positions, self.keys, self.means_at)]
        source = None if self.source is None else self.source.select(which)
        return SetChange(self.edit, cut[0], cut[1], source, self.means, cut[2])


def can_resume(model: nn.Module) -> bool:
    """Whether layers can be skipped: there is one stack, and each layer attends through modules of its own."""
    return all(s.part == "self" and s.block is not None and s.o_proj is not None for s in anatomy(model).sites)


def can_skip_prefix(model: nn.Module) -> bool:
    """Whether later positions need nothing but keys and values of earlier ones."""
    sites = anatomy(model).sites
    causal = can_resume(model) and all(site.causal for site in sites)
    return causal and len(stack_of(model, sites)) == len(sites) and getattr(model.config, "use_cache", None) is not None


def mean_z(
    model: nn.Module,
    prompts: Prompts,
    *,
    tokens_per_batch: int = 1024,
    part: Part | None = None,
    positions: Tensor | None = None,
) -> Tensor:
    """Each head's mean z over all real tokens, `[layer, head, d_head]`; NaN in blocks that do not attend.

    `positions`, `[prompt]` or `[prompt, k]`, -1 = none, names the tokens that count.
    """
    parts = anatomy(model)
    sites, count, at = parts.part(part), 0, slice(0, 0)
    total = {site.layer: torch.zeros(site.n_heads, site.d_head, dtype=torch.float64) for site in sites}
    for batch in prompts.batches(tokens_per_batch):
        at = slice(at.stop, at.stop + len(batch))
        among = position_mask(None if positions is None else positions[at], queries_of(batch, sites[0]).mask)
        count += int(among.sum())
        for layer, z in read_z(model, batch, sites, exact=False).items():
            total[layer] += z[among].sum(0, dtype=torch.float64).cpu()
    return by_layer({layer: (some / count).float() for layer, some in total.items()}, parts.n_layers(part), 0)


def sweep_sets(
    model: nn.Module,
    prompts: Prompts,
    sets: Sequence[Heads],
    change: SetChange,
    metric: Metric,
    *,
    tokens_per_batch: int = 1024,
    memory_mb: int = 64,
    part: Part | None = None,
) -> Tensor:
    """The metric with each set of heads edited and all other heads unchanged.

    Args:
        model: Any transformers model that `anatomy` accepts. Do not use it elsewhere meanwhile.
        prompts: Inputs.
        sets: Heads that are edited together, as pairs or names; an empty set leaves the model as it is.
        change: What is done to them.
        metric: What is measured.
        tokens_per_batch: Largest number of tokens in a batch.
        memory_mb: Approximate memory for the activations of rows that run side by side.
        part: Which stack of an encoder–decoder model.

    Returns:
        `[set, prompt, …]`: what the metric gives of each prompt.

    Raises:
        ModelError: If no output projection was found, or numbers overflow.
        ShapeError: If the prompts to resample from do not have the shape of `prompts`.
        UnknownNameError: If there is no such edit, or no such head.
    """
    if not callable(change.edit) and change.edit not in get_args(SetEdit):
        raise UnknownNameError("edit", change.edit, get_args(SetEdit), "Choose one, or give a function of (layer, z).")
    if change.edit != "resample":
        change = replace(change, source=None)
    elif change.source is None or not _alike(change.source, prompts):
        raise ShapeError(
            f"resample needs source=, prompts of the shape {tuple(prompts.tokens.shape)} and with the same mask."
        )
    named: list[HeadSet] = [heads_of(heads) for heads in sets]
    sites, edited = anatomy(model).part(part), sorted({pair for heads in named for pair in heads})
    for layer, head in edited:
        anatomy(model).site(layer, head, part)
    touched = [site for site in sites if site.layer in {layer for layer, _ in edited}]
    means: dict[int, Tensor] = {}  # by layer; of z as it is kept in the first pass, where that holds all that is needed

    def find_means() -> None:
        if change.edit == "mean" and not means:
            found = change.means
            if found is None:
                at = change.means_at
                found = mean_z(model, prompts, tokens_per_batch=tokens_per_batch, part=part, positions=at)
            means.update({site.layer: found[site.layer, : site.n_heads, : site.d_head] for site in touched})

    def measure(at: slice, sets: Sequence[HeadSet], resume: bool) -> Tensor:
        """The metric of the prompts at `at` with each set edited, `[set, prompt, …]`."""
        batch, mine, some = prompts.select(at), metric.select(at), change.select(at)
        queries = queries_of(batch, sites[0]).mask
        where = position_mask(some.positions, torch.ones_like(queries))
        first = first_change(batch, some.source, where, mine) if resume and can_skip_prefix(model) else 0
        marks = position_mask(some.means_at, queries)
        if not (resume and len(batch) == len(prompts)) or bool(marks[:, :first].any()):
            find_means()
        patch = {} if some.source is None or not touched else read_z(model, some.source, touched, exact=False)
        new = _new(some, means, patch, where)
        kind: Literal["z", "scores"] = "scores" if some.edit == "knock-out" else "z"
        rows = Rows(model, batch, sites, mine, new, first if resume else None, memory_mb * 2**20, sets, kind)
        if change.edit == "mean" and not means:
            kept = {layer: z[marks[:, first:]] for layer, z in rows.z.items()}
            means.update({layer: z.mean(0, dtype=torch.float64).float().cpu() for layer, z in kept.items()})
        found: list[Tensor] = [torch.empty(0)] * len(sets)
        for numbers, values in rows.edited():
            for number, value in zip(numbers, values.cpu(), strict=True):
                found[number] = value
        return torch.stack(found)

    def resumed(at: slice) -> Tensor | None:
        """The metric by the fast way; None where it fails, as in a model whose layers pass more on than the stream."""
        with suppress(Exception):
            values = measure(at, named, True)
            if at.start > 0 or not edited:
                return values
            second = sites[min(1, len(sites) - 1)].layer  # an edit with layers below and above it
            one = min((n for n, heads in enumerate(named) if heads), key=lambda n: abs(min(named[n])[0] - second))
            whole = measure(slice(0, 1), [named[one]], False)[0, 0]
            tolerance = max(1e-4, 8 * torch.finfo(next(model.parameters()).dtype).eps)
            if torch.allclose(values[one, 0], whole, rtol=tolerance, atol=tolerance, equal_nan=True):
                return values
        return None

    resume, results, at = can_resume(model), list[Tensor](), slice(0, 0)
    with torch.inference_mode():
        for batch in prompts.batches(tokens_per_batch) if sets else ():
            at = slice(at.stop, at.stop + len(batch))
            values = resumed(at) if resume else None
            resume = values is not None  # whole passes from here on, if the fast way failed
            results.append(measure(at, named, False) if values is None else values)
    return torch.cat(results, 1) if results else torch.empty(len(sets), len(prompts))


def _alike(one: Prompts, other: Prompts) -> bool:
    if (one.decoder is None) != (other.decoder is None) or not torch.equal(one.mask, other.mask):
        return False
    return one.decoder is None or other.decoder is None or _alike(one.decoder, other.decoder)


def _new(change: SetChange, means: Mapping[int, Tensor], patch: Mapping[int, Tensor], where: Tensor) -> Change:
    """The edit as a function of (layer, value), where the value may hold the last positions only."""

    def cut(layer: int, scores: Tensor) -> Tensor:
        _, _, queries, keys = scores.shape
        every = torch.ones(len(scores), keys, dtype=torch.bool, device=scores.device)
        edges = where[:, -queries:, None].to(scores.device) & position_mask(change.keys, every)[:, None, :]
        return scores.masked_fill(edges[:, None], -torch.inf)

    def new(layer: int, z: Tensor) -> Tensor:
        if callable(change.edit):
            value = change.edit(layer, z)
        elif change.edit == "mean":
            value = means[layer].to(z).expand_as(z)
        else:
            value = torch.zeros_like(z) if change.edit == "zero" else patch[layer][:, -z.shape[1] :]
        return torch.where(where[:, -z.shape[1] :, None, None].to(z.device), value, z)

    return cut if change.edit == "knock-out" else new


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
