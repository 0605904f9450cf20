"""Change single heads in one pass: their z (where `W_O` reads it), their pattern, or the edges they may attend along."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention.hooks import at_z
from headkb.attention.parts import Part, Site, model_inputs, output
from headkb.attention.probe import anatomy
from headkb.attention.tap import Call, Tap, of_layers, tapped
from headkb.errors import ShapeError
from headkb.tensors import Logits, Prompts, position_mask

Heads: TypeAlias = Iterable[tuple[int, int]]
"""(layer, head) pairs, layer = number of the block; a `HeadIndex` is one."""


@dataclass(frozen=True)
class Edit:
    """One change to some heads.

    Attributes:
        heads: The heads to change.
        at: "z" = the input of `W_O` (after a gate or norm, if the model has one); "scores" = before the softmax, which is
            then recomputed; "pattern" = after the softmax.
        change: Called with (value, layer, head), returns the new value; z is `[prompt, pos, d_head]`, the others `[prompt, query_pos, key_pos]`.
        positions: Positions where z changes, `[prompt]` or `[prompt, k]`, -1 = none; None = all.
    """

    heads: tuple[tuple[int, int], ...]
    at: Literal["z", "scores", "pattern"]
    change: Callable[[Tensor, int, int], Tensor]
    positions: Tensor | None = None


def zero(heads: Heads, positions: Tensor | None = None) -> Edit:
    """Silence heads: z becomes 0."""
    return Edit(tuple(heads), "z", lambda z, layer, head: torch.zeros_like(z), positions)


def mean(heads: Heads, means: Tensor, positions: Tensor | None = None) -> Edit:
    """Replace each head's z by a fixed one: `means` is `[layer, head, d_head]`, from `headkb.sweeps.mean_z`."""
    return Edit(
        tuple(heads), "z", lambda z, layer, head: means[layer, head, : z.shape[-1]].to(z).expand_as(z), positions
    )


def resample(heads: Heads, source: Tensor, positions: Tensor | None = None) -> Edit:
    """Replace each head's z by that on other prompts: `source` is `[prompt, layer, pos, head, d_head]`, from `observe`."""

    def change(z: Tensor, layer: int, head: int) -> Tensor:
        new = source[:, layer, :, head, : z.shape[-1]].to(z)
        if new.shape != z.shape:
            raise ShapeError(f"source has z {tuple(new.shape)}, the prompts need {tuple(z.shape)}. Use one shape.")
        return new

    return Edit(tuple(heads), "z", change, positions)


def add(heads: Heads, direction: Tensor, scale: float = 1.0, positions: Tensor | None = None) -> Edit:
    """Steer heads: add `scale · direction`, `[d_head]`, to z; a negative scale subtracts it."""
    return Edit(tuple(heads), "z", lambda z, layer, head: z + scale * direction.to(z), positions)


def remove(heads: Heads, direction: Tensor, positions: Tensor | None = None) -> Edit:
    """Project `direction`, `[d_head]`, out of z."""
    unit = direction / direction.norm()
    return Edit(tuple(heads), "z", lambda z, layer, head: z - (z @ unit.to(z))[..., None] * unit.to(z), positions)


def knock_out(heads: Heads, query: Tensor | None = None, key: Tensor | None = None) -> Edit:
    """Cut edges before the softmax: no attention from `query` to `key` positions, `[prompt]` or `[prompt, k]`; None = all.

    A query left without any key attends to nothing: its row of the pattern is 0.
    """

    def change(scores: Tensor, layer: int, head: int) -> Tensor:
        every = torch.ones_like(scores, dtype=torch.bool)  # padding included: no score reads its rows
        edges = position_mask(query, every[:, :, 0])[:, :, None] & position_mask(key, every[:, 0])[:, None, :]
        return scores.masked_fill(edges, -torch.inf)

    return Edit(tuple(heads), "scores", change)


def set_pattern(heads: Heads, pattern: Tensor) -> Edit:
    """Replace each head's pattern by `pattern`, `[prompt, query_pos, key_pos]` or broadcastable to it."""
    return Edit(tuple(heads), "pattern", lambda old, layer, head: pattern.to(old).expand_as(old))


def run(model: nn.Module, prompts: Prompts, edits: Sequence[Edit] = (), *, part: Part | None = None) -> Logits:
    """The model's logits (or last hidden state) under all edits at once, `[prompt, pos, d_vocab]`; one pass, one batch.

    Gradients flow wherever the caller has them enabled.
    """
    parts = anatomy(model)
    sites = parts.part(part)
    for layer, head in (pair for edit in edits for pair in edit.heads):
        parts.site(layer, head, part)

    def change_z(layer: int, z: Tensor) -> Tensor | None:
        mine, new = _edits_at(edits, "z", layer), z.clone()
        for edit, head in mine:
            where = position_mask(edit.positions, torch.ones_like(new[:, :, 0, 0], dtype=torch.bool))[..., None]
            new[:, :, head] = torch.where(where, edit.change(new[:, :, head].clone(), layer, head), new[:, :, head])
        return new if mine else None

    tap = Tap(see=pattern_changes(sites, edits), batch=len(prompts))
    with at_z(sites if any(edit.at == "z" for edit in edits) else (), change_z), tapped(model, tap, parts.route):
        return output(model(**model_inputs(model, prompts)))


def pattern_changes(sites: Sequence[Site], edits: Sequence[Edit]) -> Callable[[Call], Tensor | None]:
    """The function of a tap that carries out all edits of scores and patterns, those of scores first."""

    def see(layer: int, call: Call) -> Tensor | None:
        of_scores, of_pattern = _edits_at(edits, "scores", layer), _edits_at(edits, "pattern", layer)
        if not (of_scores or of_pattern):
            return None
        scores, pattern = call.scores.clone(), call.pattern.clone()
        for edit, head in of_scores:
            scores[:, head] = edit.change(scores[:, head].clone(), layer, head)
            pattern[:, head] = soften(call, scores[:, head])
        for edit, head in of_pattern:
            pattern[:, head] = edit.change(pattern[:, head].clone(), layer, head)
        return pattern

    return of_layers(sites, see)


def soften(call: Call, scores: Tensor) -> Tensor:
    """The pattern of changed scores of a call, `[…, query_pos, key_pos]`; a query that sees nothing has a row of zeros."""
    cut = scores.float()
    # A row of -inf, or of the dtype's minimum (how masks are written), has no softmax.
    visible = (cut > torch.finfo(scores.dtype).min / 2).any(-1, keepdim=True)
    return torch.where(visible, cut.softmax(-1), 0.0)[..., : call.pattern.shape[-1]].to(call.pattern)


def _edits_at(edits: Sequence[Edit], at: str, layer: int) -> list[tuple[Edit, int]]:
    """The edits at one place of one layer, each with one head that it changes."""
    return [(edit, head) for edit in edits if edit.at == at for edited, head in edit.heads if edited == layer]
