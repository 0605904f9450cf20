"""Change single heads in one pass: their z (where `W_O` reads it), their pattern, or the edges they may attend along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from headkb.attention.hooks import See, at_z
from headkb.attention.parts import Part, Site, model_inputs, output
from headkb.attention.probe import anatomy
from headkb.attention.tap import Call, Tap, of_layers, tapped
from headkb.errors import ShapeError
from headkb.head_index import Heads, heads_of
from headkb.tensors import Logits, Prompts, position_mask


@dataclass(frozen=True)
class Edit:
    """One change to some heads.

    Attributes:
        heads: The heads to change, in any form that `headkb.head_index.heads_of` reads.
        at: "z" = the input of `W_O` (after a gate or norm, if the model has one); "scores" = before the softmax, which is
            then recomputed; "pattern" = after the softmax.
        change: Called with (value, layer, head), returns the new value; z is `[prompt, pos, d_head]`, the others `[prompt, query_pos, key_pos]`.
        positions: Positions where z changes, or queries whose scores or pattern do, `[prompt]` or `[prompt, k]`, -1 = none; None = all.
        keys: Keys of those queries whose scores or pattern change, likewise.
        source: (layer, head) → new values of whole sequences in the form of `value`, used instead of `change`.
    """

    heads: Sequence[tuple[int, int]]
    at: Literal["z", "scores", "pattern"]
    change: Callable[[Tensor, int, int], Tensor]
    positions: Tensor | None = None
    keys: Tensor | None = None
    source: Callable[[int, int], Tensor] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "heads", heads_of(self.heads))


def one_or_each(given: Tensor, count: int) -> Tensor:
    """A tensor with a row for each of so many prompts, from one that has them or a single one for all."""
    if len(given) not in (1, count):
        raise ShapeError(
            f"an edit holds something for each of {len(given)} prompts, and there are {count}. Give one row for each, or one for all."
        )
    return given.expand(count, *given.shape[1:])


@dataclass(frozen=True)
class Span:
    """Which part of a sequence a pass computes; by default all of it.

    Attributes:
        start: Position of the first query; None = the prompts are there as a whole, and what an edit names must lie within.
        count: Number of its queries, where it is known: a module that is run at some of them alone cannot tell which they are.
        rows: (tensor with a row for each prompt, rows of this pass) → the tensor with a row for each of these.
    """

    start: int | None = None
    count: int | None = None
    rows: Callable[[Tensor, int], Tensor] = one_or_each

    def mask(self, positions: Tensor | None, among: Tensor, start: int | None) -> Tensor:
        """True at the named positions, `[row, pos]`, where the first column is position `start`."""
        return position_mask(None if positions is None else self.rows(positions, len(among)), among, start)


def zero(heads: Heads, positions: Tensor | None = None) -> Edit:
    """Silence heads: z becomes 0."""
    return Edit(heads_of(heads), "z", lambda z, layer, head: torch.zeros_like(z), positions)


def mean(heads: Heads, means: Tensor, positions: Tensor | None = None) -> Edit:
    """Replace each head's z by a fixed one: `means` is `[layer, head, d_head]`, from `headkb.sweeps.mean_z`."""
    return Edit(
        heads_of(heads), "z", lambda z, layer, head: means[layer, head, : z.shape[-1]].to(z).expand_as(z), positions
    )


def resample(heads: Heads, source: Tensor, positions: Tensor | None = None) -> Edit:
    """Replace each head's z by that on other prompts: `source` is `[prompt, layer, pos, head, d_head]`, from `observe`."""
    return Edit(heads_of(heads), "z", _keep, positions, source=lambda layer, head: source[:, layer, :, head])


def add(heads: Heads, direction: Tensor, scale: float = 1.0, positions: Tensor | None = None) -> Edit:
    """Steer heads: add `scale · direction`, `[d_head]`, to z; a negative scale subtracts it."""
    return Edit(heads_of(heads), "z", lambda z, layer, head: z + scale * direction.to(z), positions)


def remove(heads: Heads, direction: Tensor, positions: Tensor | None = None) -> Edit:
    """Project `direction`, `[d_head]`, out of z."""
    unit = direction / direction.norm()
    return Edit(heads_of(heads), "z", lambda z, layer, head: z - (z @ unit.to(z))[..., None] * unit.to(z), positions)


def knock_out(heads: Heads, query: Tensor | None = None, key: Tensor | None = None) -> Edit:
    """Cut edges before the softmax: no attention from `query` to `key` positions, `[prompt]` or `[prompt, k]`; None = all.

    A query left without any key attends to nothing: its row of the pattern is 0.
    """
    return Edit(heads_of(heads), "scores", lambda scores, *_: torch.full_like(scores, -torch.inf), query, key)


def set_pattern(heads: Heads, pattern: Tensor, query: Tensor | None = None) -> Edit:
    """Replace each head's pattern at the `query` positions (None = all) by `pattern`, `[prompt, query_pos, key_pos]` or broadcastable to it."""
    return Edit(heads_of(heads), "pattern", _keep, query, source=lambda layer, head: pattern)


def _keep(value: Tensor, layer: int, head: int) -> Tensor:
    del layer, head
    return value


def run(model: nn.Module, prompts: Prompts, edits: Sequence[Edit] = (), *, part: Part | None = None) -> Logits:
    """The model's logits (or last hidden state) under all edits at once, `[prompt, pos, d_vocab]`; one pass, one batch.

    Gradients flow wherever the caller has them enabled. For other passes, `generate` among them, there is `headkb.edited`.
    """
    parts = anatomy(model)
    sites = parts.part(part)
    for layer, head in (pair for edit in edits for pair in edit.heads):
        parts.site(layer, head, part)
    tap = Tap(see=pattern_changes(sites, edits), batch=len(prompts))
    z_sites = sites if any(edit.at == "z" for edit in edits) else ()
    with at_z(z_sites, z_changes(edits)), tapped(model, tap, parts.route):
        return output(model(**model_inputs(model, prompts)))


def z_changes(edits: Sequence[Edit], span: Span = Span()) -> See:
    """The function of `at_z` that carries out all edits of z."""

    def see(layer: int, z: Tensor) -> Tensor | None:
        mine, new = _edits_at(edits, "z", layer), z.clone()
        for edit, head in mine:
            new[:, :, head] = _changed(edit, new[:, :, head], layer, head, span)
        return new if mine else None

    return see


def pattern_changes(sites: Sequence[Site], edits: Sequence[Edit]) -> Callable[[Call], Tensor | None]:
    """The function of a tap that carries out all edits of scores and patterns, those of scores first."""

    def see(layer: int, call: Call) -> Tensor | None:
        changed = changed_call(edits, layer, call)
        return None if changed is None else changed.pattern

    return of_layers(sites, see)


def changed_call(
    edits: Sequence[Edit], layer: int, call: Call, span: Span = Span(), first_key: int | None = None
) -> Call | None:
    """One call with its scores and pattern under all edits of them, those of scores first; None if there are none.

    `first_key` is the position of the first key, where `span` has a start.
    """
    of_scores, of_pattern = _edits_at(edits, "scores", layer), _edits_at(edits, "pattern", layer)
    if not (of_scores or of_pattern):
        return None
    scores, pattern = call.scores.clone(), call.pattern.clone()

    for edit, head in of_scores:
        scores[:, head] = _changed(edit, scores[:, head], layer, head, span, first_key)
        pattern[:, head] = soften(call, scores[:, head])
    for edit, head in of_pattern:
        pattern[:, head] = _changed(edit, pattern[:, head], layer, head, span, first_key)
    return replace(call, scores=scores, pattern=pattern)


def soften(call: Call, scores: Tensor) -> Tensor:
    """The pattern of changed scores of a call, `[…, query_pos, key_pos]`; a query that sees nothing has a row of zeros."""
    cut = scores.float()
    # A row of -inf, or of the dtype's minimum (how masks are written), has no softmax.
    visible = (cut > torch.finfo(scores.dtype).min / 2).any(-1, keepdim=True)
    return torch.where(visible, cut.softmax(-1), 0.0)[..., : call.pattern.shape[-1]].to(call.pattern)


def _edits_at(edits: Sequence[Edit], at: str, layer: int) -> list[tuple[Edit, int]]:
    """The edits at one place of one layer, each with one head that it changes."""
    return [(edit, head) for edit in edits if edit.at == at for edited, head in edit.heads if edited == layer]


def _changed(edit: Edit, old: Tensor, layer: int, head: int, span: Span, first_key: int | None = None) -> Tensor:
    """The value of one head, `[row, …]`, changed at the places of a pass that the edit means."""
    if span.count not in (None, old.shape[1]) and (edit.positions is not None or edit.source is not None):
        raise ShapeError(
            f"{span.count} positions are read, and this part of the model is run at {old.shape[1]} of them."
        )
    where = None  # everywhere
    if edit.positions is not None or edit.keys is not None:  # padding counts: no score reads its rows
        every = torch.ones(old.shape, dtype=torch.bool, device=old.device)
        where = span.mask(edit.positions, every[:, :, 0], span.start)[:, :, None]
        if edit.at != "z":
            where = where & span.mask(edit.keys, every[:, 0], first_key)[:, None, :]
        if not bool(where.any()):
            return old  # without asking for new values, which need not exist beyond the places that were named
    if edit.source is None:
        new = edit.change(old.clone(), layer, head)
    else:
        new = _cut(edit, edit.source(layer, head).to(old), old, f"L{layer}H{head}", where, span, first_key)
    return new if where is None else torch.where(where, new, old)


def _cut(
    edit: Edit, given: Tensor, old: Tensor, head: str, where: Tensor | None, span: Span, first_key: int | None
) -> Tensor:
    """What `given`, for whole sequences, holds for one pass, in the shape of `old`."""
    of_z = edit.at == "z"
    given = given[(None,) * (3 - given.dim())][..., : old.shape[-1]] if of_z else given[(None,) * (3 - given.dim())]
    if span.start is not None:
        given = given if len(given) == 1 else span.rows(given, len(old))
        total = span.start + old.shape[1]
        for axis, start, what in ((1, span.start, "position"), (2, first_key, "key")):
            if start is None or (given.shape[axis] == 1 and not of_z):
                continue
            used = min(old.shape[axis], total - start)  # a cache of a fixed size has room behind the last key
            if where is not None:
                used = int(where.expand(old.shape).movedim(axis, 0).flatten(1).any(1)[:used].nonzero().max()) + 1
            if start + used > given.shape[axis]:
                raise ShapeError(
                    f"{head} gets its {'z' if of_z else 'pattern'} from a source that ends at {what} {given.shape[axis] - 1}, and this pass is at "
                    f"{what} {start + used - 1}. Name the positions of the prompt ({'positions' if of_z else 'query'}=), so that passes after it "
                    "are left alone, or give a source for the whole sequence, generated tokens included."
                )
            length = min(given.shape[axis] - start, old.shape[axis])
            short = [0, 0] * (2 - axis) + [0, old.shape[axis] - length]
            given = nn.functional.pad(given.narrow(axis, start, length), short)
    fits = [
        n == m or (n == 1 and (axis == 0 or not of_z))
        for axis, (n, m) in enumerate(zip(given.shape, old.shape, strict=True))
    ]
    if not all(fits):
        what = "z" if of_z else "a pattern"
        raise ShapeError(f"source has {what} {tuple(given.shape)}, the prompts need {tuple(old.shape)}. Use one shape.")
    return given.expand_as(old)
