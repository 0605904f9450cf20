"""A model with some heads changed, for the length of a `with` block: every pass inside, `generate` with cached decoding among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from torch import nn

from headkb.analysis.edited_passes import StackEdits, passes_of
from headkb.attention import Edit, Part, anatomy, zero
from headkb.attention.tap import eager
from headkb.errors import ModelError
from headkb.head_index import Heads, heads_of
from headkb.models import LoadedModel

Edits: TypeAlias = Edit | Heads | Sequence[Edit | str | tuple[int, int]]
"""Edits of `headkb.attention`, and heads, such as "L9H6", which are silenced: one of them or several."""


@contextmanager
def edited(model: LoadedModel | nn.Module, edits: Edits, *, part: Part | None = None) -> Iterator[nn.Module]:
    """Change some heads in every pass inside a `with` block; nothing is left behind, not after an exception either.

    Positions count columns of the whole sequence from 0, left padding and what is in the cache included: the first token that `generate`
    adds to a prompt of seven is at position 7. Whatever the cache, an edit without positions acts in every pass; one with positions acts
    in the pass that computes them, so that those of the prompt act while the prompt is read, and no pass after it. In a step of cached
    decoding z is `[row, 1, d_head]` and a pattern `[row, 1, key_pos]`. Beams and returned sequences are rows of their prompt: a
    tensor with a row for each prompt serves all of them.

    Blocks can be nested: the inner one adds its edits to those of the outer one. What observes or measures the model inside (`observe`,
    `read_patterns`, a sweep) sees the edited model.

    Args:
        model: A transformers model, or what `headkb.models.load_model` returns.
        edits: Edits of `headkb.attention` (`zero`, `mean`, `resample`, `add`, `remove`, `knock_out`, `set_pattern`), or heads to silence,
            such as "L9H6" or ["L9H6", (9, 9)]; one or several, in the order in which they are made.
        part: Stack of an encoder–decoder model whose heads are meant; by default the decoder.

    Yields:
        The transformers model.

    Raises:
        UnknownNameError: If the model has no such head.
        ModelError: If it cannot be observed, or a place that is to be changed is hidden.
        ShapeError: In a pass, if what an edit holds (positions, z of other prompts, a pattern) does not fit its rows or positions.

    Example:
        >>> from headkb.models import load_model
        >>> loaded = load_model("exact-induction")
        >>> ids = torch.tensor([[5, 6, 7, 5]])
        >>> with edited(loaded, "L1H0") as model:
        ...     without = model(ids).logits
        >>> bool((without - loaded.model(ids).logits).abs().max() > 1)
        True
    """
    whole = model.model if isinstance(model, LoadedModel) else model
    if not isinstance(whole, nn.Module):
        raise ModelError(
            f"edited changes a model that is loaded, and {whole!r} is none. Load it with headkb.models.load_model first."
        )
    sites, mine = anatomy(whole).part(part), edits_of(edits)
    for edit in mine:
        for layer, head in edit.heads:
            if edit.at == "z" and anatomy(whole).site(layer, head, part).o_proj is None:
                raise ModelError(
                    f"no output projection (W_O) follows layer {layer} of {type(whole).__name__}, so z is out of reach."
                )
            anatomy(whole).site(layer, head, part)
    with ExitStack() as stack:
        if any(edit.at != "z" for edit in mine):
            stack.enter_context(eager(whole))  # not in single passes alone: generate makes masks outside them
        stack.enter_context(passes_of(whole, StackEdits(sites, mine)))
        yield whole


def edits_of(edits: Edits) -> tuple[Edit, ...]:
    """Edits and heads to silence, as edits in their order."""
    several: list[Any] = [edits] if isinstance(edits, (str, Edit)) else list(edits)
    if any(isinstance(one, Edit) for one in several):
        return tuple(one if isinstance(one, Edit) else zero(one) for one in several)
    heads = heads_of(several)
    return (zero(heads),) if heads else ()
