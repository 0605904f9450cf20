"""Read patterns while they are computed: any number of scores in one pass, and no pattern kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention.hooks import lean
from headkb.attention.parts import Part, model_inputs, queries_of
from headkb.attention.probe import anatomy
from headkb.attention.tap import Call, Tap, of_layers, tapped
from headkb.errors import ModelError, ShapeError
from headkb.finite import check_heads
from headkb.tensors import Prompts, PromptScores

Reader: TypeAlias = Callable[[Tensor, Prompts], Tensor]
"""One layer's pattern `[batch, head, query_pos, key_pos]` and the prompts of that batch → `[batch, head]`, NaN = undefined."""


def read_patterns(
    model: nn.Module,
    prompts: Prompts,
    readers: Mapping[str, Reader],
    *,
    tokens_per_batch: int = 1024,
    on_batch: Callable[[int, int], None] | None = None,
    part: Part | None = None,
) -> dict[str, PromptScores]:
    """Apply each reader to every head's pattern on every prompt.

    One pass per batch serves all readers; it ends at the last softmax, and no pattern outlives its layer. The model masks
    padding as a key, but padded queries still attend: readers leave them out by `prompts.mask`.

    Args:
        model: Any transformers model with attention over tokens, in evaluation mode.
        prompts: Inputs; batches come in order, trimmed to their longest prompt.
        readers: Score functions by name. For "decoder" they receive the decoder's prompts. `meta["causal"]` says whether the queries of
            this very layer see earlier keys only.
        tokens_per_batch: Largest number of tokens in a batch, padding included.
        on_batch: Called after each batch with (prompts done, all prompts), for a progress bar.
        part: "encoder", "decoder" or "cross" of an encoder–decoder model; by default the decoder.

    Returns:
        `[prompt, layer, head]`, float32, for each reader; NaN in blocks that do not attend, and where a layer has fewer heads.

    Raises:
        ModelError: If the model cannot be observed faithfully, or a pattern holds NaN.
        ShapeError: If a reader returns anything but `[batch, head]`.
    """
    parts = anatomy(model)
    sites = parts.part(part)
    shape = len(prompts), parts.n_layers(part), max(site.n_heads for site in sites)
    values = {name: torch.full(shape, torch.nan) for name in readers}
    done = 0
    for batch in prompts.batches(tokens_per_batch):
        queries = batch.decoder if sites[0].part == "decoder" and batch.decoder is not None else batch
        rows, real = slice(done, done := done + len(batch)), queries_of(batch, sites[0]).mask

        def see(layer: int, call: Call, queries: Prompts = queries, rows: slice = rows, real: Tensor = real) -> None:
            check_heads(model, layer, "pattern", call.pattern[..., 0], real)  # NaN fills its whole row
            shown = replace(queries, meta={**queries.meta, "causal": parts.site(layer, part=part).causal})
            for name, reader in readers.items():
                value = reader(call.pattern, shown)
                if value.shape != call.pattern.shape[:2]:
                    raise ShapeError(
                        f"reader {name!r} returned {tuple(value.shape)} for a pattern of {tuple(call.pattern.shape)}; "
                        f"it must return [batch, head] = {tuple(call.pattern.shape[:2])}."
                    )
                values[name][rows, layer, : value.shape[1]] = value.float().cpu()

        tap = Tap(see=of_layers(sites, see), last=sites[-1].index, batch=len(batch))
        with torch.inference_mode(), lean(model), tapped(model, tap, parts.route):
            model(**model_inputs(model, batch))
        if tap.calls != sites[-1].index + 1:
            raise ModelError(
                f"{tap.calls} attention calls were seen where {sites[-1].index + 1} were expected. "
                "Something bypasses the attention function (a compiled graph, a changed module): reload the model."
            )
        if on_batch is not None:
            on_batch(done, len(prompts))
    return values
