"""Attention knock-out: cut or weaken chosen edges, query to key, of one head or of whole layers.

    A'[i, j] = factor · A[i, j] on the chosen edges; with renormalisation A'[i] is then divided by its sum

With `factor=0` and renormalisation this is −∞ before the softmax. A factor above 1 is the multiplicative form of directional
addition. A query that keeps no key attends to nothing.

    effect = m(clean) − m(knocked out), positive = the edges help; for `loss` the sign is turned round
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log
from typing import Annotated

import torch
from torch import Tensor, nn

from headkb.attention import Edit, Site, anatomy, run
from headkb.attention.edits import pattern_changes
from headkb.attention.tap import Tap
from headkb.errors import ShapeError
from headkb.head_index import Heads
from headkb.keywords import Range
from headkb.methods.contrast import Contrast, MetricName, contrast, named
from headkb.methods.heads import LayerHead, chosen_heads, every_head
from headkb.methods.passes import (
    TOKENS,
    baseline,
    chunks,
    copies,
    edited,
    layers_of,
    repeated,
    unembedding_only,
    value_of,
)
from headkb.methods.reattended import can_reattend, reattended
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer, position_mask


@score("attention-knockout", prompts="ioi")
def attention_knockout(
    model: nn.Module,
    prompts: Prompts,
    *,
    query: str | None = "end",
    key: str | None = None,
    factor: Annotated[float, Range(0, 1000)] = 0.0,
    renormalize: bool = True,
    metric: MetricName = "logit_diff",
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """The effect of each head's attention along some edges on the metric.

    Args:
        query: Name of the edges' query positions; None = all.
        key: Name of their key positions; None = all.
        factor: Multiplies the attention on them; 0 cuts them.
        renormalize: Rescale the row to its former sum.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the edges help.
    """
    sites, some_heads = layers_of(model), chosen_heads(model, heads)
    if can_reattend(model):
        return _by_z(model, prompts, query, key, factor, renormalize, metric, some_heads, tokens_per_batch)
    singles = [(head,) for head in some_heads]
    values = _swept(model, prompts, singles, query, key, factor, renormalize, metric, tokens_per_batch)
    table = torch.full((len(prompts), anatomy(model).n_layers(), max(site.n_heads for site in sites)), torch.nan)
    for ((layer, head),), value in zip(singles, values.T, strict=True):
        table[:, layer, head] = value
    return table


def knockout_windows(
    model: nn.Module,
    prompts: Prompts,
    *,
    width: int = 1,
    query: str | None = "end",
    key: str | None = None,
    factor: Annotated[float, Range(0, 1000)] = 0.0,
    renormalize: bool = True,
    metric: MetricName = "logit_diff",
    tokens_per_batch: int = TOKENS,
) -> Tensor:
    """The effect of the edges in all heads of `width` blocks around each block, `[prompt, layer]`; NaN where none of them attends.

    Other arguments as in `attention_knockout`. An odd width is centred; at either end the window is cut short.
    """
    sites, windows = layers_of(model), dict[int, tuple[tuple[int, int], ...]]()
    n_layers = anatomy(model).n_layers()
    for middle in range(n_layers):
        inside = range(middle - (width - 1) // 2, middle + width // 2 + 1)
        if heads := every_head([site for site in sites if site.layer in inside]):
            windows[middle] = tuple(heads)
    values = _swept(model, prompts, list(windows.values()), query, key, factor, renormalize, metric, tokens_per_batch)
    return by_layer(dict(zip(windows, values.T, strict=True)), n_layers)


def _by_z(
    model: nn.Module,
    prompts: Prompts,
    query: str | None,
    key: str | None,
    factor: float,
    renormalize: bool,
    metric: MetricName,
    heads: list[LayerHead],
    tokens: int,
) -> PromptScores:
    """The effect of knocking out the edges of one head, `[prompt, layer, head]`: as far as the rest can tell, another z at the queries."""
    both, places = _checked(prompts, query, key, factor, renormalize)
    parts = []
    for rows, some in both.batches(tokens):
        where, keys = (None if place is None else place[rows] for place in places)
        edges = _edges(some.clean, where, keys)

        def tap(site: Site, edges: Tensor = edges, count: int = len(some)) -> Tap:
            every = tuple((site.layer, head) for head in range(site.n_heads))
            edit = _edit(every, slice(None), edges, factor, renormalize)
            return Tap(see=pattern_changes([replace(site, index=0)], [edit]), batch=count)

        change = reattended(model, some.clean, tap)
        clean, after = edited(model, some, change, metric, tokens, positions=where, heads=heads)
        parts.append(clean - after)
    effects = torch.cat(parts)
    return -effects if metric == "loss" else effects


def _checked(
    prompts: Prompts, query: str | None, key: str | None, factor: float, renormalize: bool
) -> tuple[Contrast, tuple[Tensor | None, Tensor | None]]:
    """The contrast, and the query and key positions.

    Raises:
        ShapeError: If negative attention is to be renormalised.
    """
    if factor < 0 and renormalize:
        raise ShapeError(
            f"factor is {factor}; a renormalised row cannot hold negative attention. Set --set renormalize=false (renormalize=False in Python)."
        )
    return contrast(prompts), (named(prompts, query), named(prompts, key))


def _swept(
    model: nn.Module,
    prompts: Prompts,
    sets: Sequence[tuple[tuple[int, int], ...]],
    query: str | None,
    key: str | None,
    factor: float,
    renormalize: bool,
    metric: MetricName,
    tokens: int,
) -> Tensor:
    """The effect of knocking out the edges in each set of heads, `[prompt, set]`."""
    both, places = _checked(prompts, query, key, factor, renormalize)
    clean = baseline(model, both, metric, tokens=tokens)
    effects = torch.full((len(prompts), len(sets)), torch.nan)
    with torch.inference_mode():
        for rows, some in both.batches(tokens):
            measure = some.metric(metric)
            edges = _edges(some.clean, *(None if place is None else place[rows] for place in places))
            for group in chunks(range(len(sets)), some.clean, tokens):
                many = copies(some.clean, len(group))
                metrics = repeated(measure, len(group))
                edits = [
                    _edit(sets[index], slice(at * len(some), (at + 1) * len(some)), edges, factor, renormalize)
                    for at, index in enumerate(group)
                ]
                if metrics.positions is None:
                    logits = run(model, many, edits)
                else:
                    with unembedding_only(model, metrics.positions.view(len(many), -1)):
                        logits = run(model, many, edits)
                value = value_of(model, metrics, logits, many).view(len(group), len(some))
                effects[rows, list(group)] = clean[rows, None] - value.T.float().cpu()
    return -effects if metric == "loss" else effects


def _edges(prompts: Prompts, query: Tensor | None, key: Tensor | None) -> Tensor:
    """True on the edges, `[prompt, query_pos, key_pos]`."""
    queries, keys = (position_mask(where, prompts.mask) for where in (query, key))
    return queries[:, :, None] & keys[:, None, :]


def _edit(heads: tuple[tuple[int, int], ...], rows: slice, edges: Tensor, factor: float, renormalize: bool) -> Edit:
    """The change to one set of heads, in one copy of the prompts."""

    def change(value: Tensor, layer: int, head: int) -> Tensor:
        del layer, head
        mine = value[rows]
        keys = edges.shape[-1]  # a sink's column, if any, comes after the keys and is never cut
        cut = torch.cat([edges.to(mine.device), torch.zeros_like(mine[..., keys:], dtype=torch.bool)], -1)
        # Before the softmax, since after it the remaining keys may all have rounded to 0.
        value[rows] = torch.where(cut, mine + weight if renormalize else factor * mine, mine)
        return value

    weight = log(factor) if factor > 0 else -torch.inf
    return Edit(heads, "scores" if renormalize else "pattern", change)
