"""Patching of one head's query, key or value alone: which of its three inputs carries the difference between two prompts.

    share = (m_clean − m(q^{l,h} := q^{l,h}_corrupted at the positions)) / (m_clean − m_corrupted)

As noising in activation patching, but z is recomputed from the replaced input, so the head's *attention* changes and its values stay, or
vice versa. 0 = carries nothing, 1 = carries the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import torch
from torch import Tensor, nn

from headkb.attention import Site, anatomy
from headkb.attention.tap import Attention, Call, Tap, of_layers
from headkb.head_index import Heads
from headkb.methods.contrast import Contrast, MetricName, Normalize, contrast, named, normalized
from headkb.methods.heads import LayerHead, chosen_heads
from headkb.methods.passes import TOKENS, baselines, chunks, copies, layers_of, measure, reads_qkv, repeated, watch
from headkb.methods.reattended import can_reattend, reattended
from headkb.scores import score
from headkb.sweeps import sweep
from headkb.tensors import Prompts, PromptScores, position_mask

Through = Literal["q", "k", "v"]
THROUGH: tuple[Through, ...] = get_args(Through)
Branch: TypeAlias = tuple[Tensor | None, Tensor, Tensor, Tensor]
"""The heads of a layer that have inputs of their own, and these: q, k and v, as projected."""


@dataclass
class BranchTap(Tap):
    """A tap that gives some heads other q, k, v than the rest.

    Attributes:
        branch: (index, q, k, v) → (heads, q, k, v) for every set of heads with inputs of its own; `heads` may be None for
            all, so that gradients can be taken to exactly these tensors.
    """

    branch: Callable[[int, Tensor, Tensor, Tensor], Sequence[Branch]] | None = None

    def attend(
        self, module: nn.Module, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, extra: dict[str, Any]
    ) -> Attention:
        """Make one attention call, and one more for each set of heads with inputs of its own."""
        others = self.branch(self.calls, q, k, v) if self.branch is not None else ()
        out, pattern = super().attend(module, q, k, v, mask, extra)
        for heads, *qkv in others:
            new, _ = Tap().attend(module, qkv[0], qkv[1], qkv[2], mask, extra)  # [prompt, pos, head, d_head]
            # `heads` is [head] or, where copies of the prompts differ in them, [prompt, head].
            out = new if heads is None else torch.where(heads.view(-1, 1, heads.shape[-1], 1).to(new.device), new, out)
        return out, pattern


@score("input-patching", prompts="category-lists")
def input_patching(
    model: nn.Module,
    prompts: Prompts,
    *,
    through: Through = "q",
    positions: str | None = "end",
    metric: MetricName = "logit_diff",
    normalize: Normalize = "set",
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """The share of the gap between the clean and the corrupted run that each head's query, key or value carries.

    Args:
        model: A model with one residual stream whose q, k and v can be seen.
        through: The input taken from the corrupted run.
        positions: Name of the positions, in the clean prompts, where it is replaced; None = all.
        metric: Measured on either run for the clean answers.
        normalize: Denominator of the change, see `headkb.methods.contrast.Normalize`.

    Returns:
        `[prompt, layer, head]`, unitless, 0 (carries nothing) to 1 (carries the answer), outside that range where heads work against
        each other; NaN where the two runs do not differ.
    """
    reads_qkv(model)
    both, sites = contrast(prompts), layers_of(model)
    where, place = named(prompts, positions), THROUGH.index(through)
    values = torch.full((len(prompts), anatomy(model).n_layers(), max(site.n_heads for site in sites)), torch.nan)
    some_heads, quick = chosen_heads(model, heads), can_reattend(model)
    clean, corrupted = baselines(model, both, metric, tokens_per_batch)
    with torch.no_grad():
        for rows, some in both.batches(tokens_per_batch):
            other = _inputs(model, some.other, place)
            where_patched = position_mask(None if where is None else where[rows], some.clean.mask)
            if quick:
                patched = _by_z(model, some, other, where_patched, place, metric, some_heads, tokens_per_batch)
                values[rows] = clean[rows, None, None] - patched
                continue
            for group in chunks(some_heads, some.clean, tokens_per_batch):
                patched = _patched(model, some, list(group), other, where_patched, place, metric)
                for (layer, head), value in zip(group, patched, strict=True):
                    values[rows, layer, head] = clean[rows] - value.float().cpu()
    return normalized(values, clean - corrupted, normalize)


def _by_z(
    model: nn.Module,
    both: Contrast,
    other: dict[int, Tensor],
    where: Tensor,
    place: int,
    metric: MetricName,
    heads: list[LayerHead],
    tokens: int,
) -> PromptScores:
    """The metric with one head's input replaced, `[prompt, layer, head]`: as far as the rest can tell, another z where that input is read."""

    def tap(site: Site) -> Tap:
        def branch(_: int, q: Tensor, k: Tensor, v: Tensor) -> list[Branch]:
            inputs = [q, k, v]
            inputs[place] = torch.where(where[:, None, :, None].to(q.device), other[site.layer].to(q), inputs[place])
            return [(None, inputs[0], inputs[1], inputs[2])]

        return BranchTap(branch=branch)

    change, changed = reattended(model, both.clean, tap), where
    if all(site.causal for site in layers_of(model)):  # where the prompts do not differ yet, their inputs do not
        changed = changed & (both.clean.tokens != both.other.tokens).cumsum(-1).bool()
        changed = changed if THROUGH[place] == "q" else changed.cumsum(-1).bool()
    elif THROUGH[place] != "q":
        changed = torch.ones_like(changed)
    changed = changed & both.clean.mask  # a sweep cuts padding off
    positions = torch.where(changed, torch.arange(changed.shape[1]), -1)

    return sweep(
        model, both.clean, change, both.metric(metric), heads=heads, positions=positions, tokens_per_batch=tokens,
        per_prompt=True,
    )  # fmt: skip


def _inputs(model: nn.Module, prompts: Prompts, place: int) -> dict[int, Tensor]:
    """Q, k or v of every attending block, `[prompt, head, pos, d_head]`."""
    layers: dict[int, Tensor] = {}

    def see(layer: int, call: Call) -> None:
        x = (call.q, call.k, call.v)[place]
        assert x is not None
        layers[layer] = x.clone()

    watch(model, prompts, tap=Tap(see=of_layers(layers_of(model), see)))
    return layers


def _patched(
    model: nn.Module,
    both: Contrast,
    heads: list[tuple[int, int]],
    other: dict[int, Tensor],
    where: Tensor,
    place: int,
    metric: MetricName,
) -> Tensor:
    """The metric with one head's input replaced, for each head, `[head, prompt]`."""
    count, size = len(heads), len(both)
    layer_of = {site.index: site.layer for site in layers_of(model)}
    many = copies(both.clean, count)

    def branch(index: int, q: Tensor, k: Tensor, v: Tensor) -> list[Branch]:
        mine = [(at, head) for at, (layer, head) in enumerate(heads) if layer == layer_of[index]]
        if not mine:
            return []
        inputs = [q, k, v]
        new = other[layer_of[index]].repeat(count, 1, 1, 1).to(q)
        at_places = where.repeat(count, 1)[:, None, :, None].to(q.device)
        inputs[place] = torch.where(at_places, new, inputs[place])
        which = torch.zeros(count, size, q.shape[1], dtype=torch.bool)
        for at, head in mine:
            which[at, :, head] = True
        return [(which.flatten(0, 1), inputs[0], inputs[1], inputs[2])]

    return measure(model, many, repeated(both.metric(metric), count), tap=BranchTap(branch=branch)).view(count, -1)
