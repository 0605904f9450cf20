"""Function vectors: heads that carry the task of a few-shot prompt, and the vector they write.

    AIE(l, h) = mean over prompts with shuffled labels of [ p(answer | z^{l,h}_end := z̄^{l,h}_end) − p(answer) ]
    v = Σ over the heads of highest AIE of what z̄^{l,h}_end adds to the stream

z̄ is the mean over the clean few-shot prompts of *one* task, at the last token. For several tasks, call it for each and average.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.errors import ShapeError, UnknownNameError
from headkb.head_index import Heads, ranges
from headkb.methods.contrast import MetricName, contrast, end_of
from headkb.methods.heads import LayerHead, named_heads
from headkb.methods.passes import TOKENS, edited, end_means, forward, layers_of
from headkb.methods.stream import read_stream
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores


@score("function-vector", prompts="few-shot")
def average_indirect_effect(
    model: nn.Module,
    prompts: Prompts,
    *,
    metric: MetricName = "probability",
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """How far each head's mean output on few-shot prompts restores the answer on prompts with shuffled labels.

    Args:
        prompts: Few-shot prompts of one task with answers; `corrupted` has the same with shuffled labels.
        metric: Measured on the shuffled prompts.

    Returns:
        `[prompt, layer, head]`, in the metric's unit (for probability −1 to 1); the mean over prompts is the AIE.

    Raises:
        ShapeError: If shuffled prompts or answers are missing.
    """
    both = contrast(prompts)
    means = end_means(model, both, tokens_per_batch=tokens_per_batch)
    end = end_of(both.other)
    before, patched = edited(
        model, both, "mean", metric, tokens_per_batch, corrupted=True, means=means, positions=end, heads=heads
    )
    return before - patched if metric == "loss" else patched - before


def function_vector(
    model: nn.Module, prompts: Prompts, heads: Iterable[LayerHead], *, tokens_per_batch: int = TOKENS
) -> Tensor:
    """The sum of what the heads' mean outputs add to the stream at "end", `[d_model]`.

    Args:
        prompts: The clean few-shot prompts.
        heads: (layer, head) pairs, from `headkb.methods.heads.top_heads`.
    """
    pairs, both, total = named_heads(model, heads), contrast(prompts), None
    for _, some in both.batches(tokens_per_batch):
        stream, where = read_stream(model, some.clean), (torch.arange(len(some)), end_of(some.clean))
        for layer, head in pairs:
            written = stream.z[layer][where][:, head] @ output_weights(model, layer)[0][head].clone()
            added = stream.part(layer, written, where).sum(0, dtype=torch.float64)
            total = added if total is None else total + added
    if total is None:
        raise ShapeError(f"{len(pairs)} heads and {len(both)} prompts make no vector. Give at least one of each.")
    return (total / len(both)).float()


def with_vector(model: nn.Module, prompts: Prompts, vector: Tensor, layer: int, *, scale: float = 1.0) -> Tensor:
    """The logits at "end", `[prompt, d_vocab]`, with `scale · vector` added there to the input of `layer`; one batch."""
    if layer not in (numbers := [site.layer for site in layers_of(model)]):
        raise UnknownNameError("layer", str(layer), (), f"Blocks {ranges(numbers)} attend.")
    rows, end = torch.arange(len(prompts)), end_of(prompts)

    def add(at: int, x: Tensor) -> Tensor | None:
        if at != layer:
            return None
        new = x.clone()
        new[rows, end] += scale * vector.to(x)
        return new

    with torch.no_grad():
        return forward(model, prompts, residual=add, positions=end[:, None])[:, 0]
