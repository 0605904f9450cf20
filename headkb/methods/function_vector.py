"""Function vectors: heads that carry what task a few-shot prompt shows, and the vector that they write.

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
from headkb.methods.contrast import Contrast, MetricName, contrast, end_of
from headkb.methods.passes import TOKENS, baseline, forward, layers_of, z_of
from headkb.methods.stream import read_stream
from headkb.scores import score
from headkb.sweeps import sweep
from headkb.tensors import Prompts, PromptScores


@score("function-vector", prompts="few-shot")
def average_indirect_effect(
    model: nn.Module, prompts: Prompts, *, metric: MetricName = "probability", tokens_per_batch: int = TOKENS
) -> PromptScores:
    """How far each head's mean output on proper few-shot prompts brings the answer back on prompts with shuffled labels.

    Args:
        model: Any transformers model that the engine can observe.
        prompts: Few-shot prompts of one task with answers; `corrupted` holds the same with shuffled labels.
        metric: What is measured on the shuffled prompts.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in the metric's unit (for probability −1 to 1); the mean over prompts is the AIE.

    Raises:
        ShapeError: If shuffled prompts or answers are missing.
    """
    both = contrast(prompts)
    means = end_means(model, both, tokens_per_batch=tokens_per_batch)
    before = baseline(model, both, metric, corrupted=True, tokens=tokens_per_batch)
    patched = sweep(
        model, both.other, "mean", both.metric(metric, corrupted=True), means=means, positions=end_of(both.other),
        tokens_per_batch=tokens_per_batch, per_prompt=True,
    )  # fmt: skip
    change = patched - before[:, None, None]
    return -change if metric == "loss" else change


def end_means(model: nn.Module, both: Contrast, *, tokens_per_batch: int = TOKENS) -> Tensor:
    """Each head's mean z at "end" of the clean prompts, `[layer, head, d_head]`."""
    layers_of(model)
    total: Tensor | None = None
    for _, some in both.batches(tokens_per_batch):
        end = end_of(some.clean)
        found = torch.stack(
            [z[torch.arange(len(some)), end].sum(0, dtype=torch.float64) for z in z_of(model, some.clean)]
        )
        total = found if total is None else total + found
    assert total is not None
    return (total / len(both)).float()


def top_heads(effects: PromptScores, count: int) -> list[tuple[int, int]]:
    """The (layer, head) pairs of highest mean effect, highest first."""
    mean = effects.nanmean(0)
    return [divmod(index, mean.shape[1]) for index in mean.flatten().argsort(descending=True)[:count].tolist()]


def function_vector(
    model: nn.Module, prompts: Prompts, heads: Iterable[tuple[int, int]], *, tokens_per_batch: int = TOKENS
) -> Tensor:
    """What the mean outputs of the heads add to the stream at "end", together, `[d_model]`.

    Args:
        model: A model whose layers add to one stream.
        prompts: The clean few-shot prompts.
        heads: The heads, from `top_heads`.
        tokens_per_batch: At most so many tokens go through the model at once.
    """
    wanted, both, total = list(heads), contrast(prompts), None
    for layer, head in wanted:
        if not (0 <= layer < len(layers_of(model)) and 0 <= head < layers_of(model)[layer].n_heads):
            raise UnknownNameError("head", f"L{layer}H{head}")
    for _, some in both.batches(tokens_per_batch):
        stream, where = read_stream(model, some.clean), (torch.arange(len(some)), end_of(some.clean))
        for layer, head in wanted:
            written = stream.z[layer][where][:, head] @ output_weights(model, layer)[0][head].clone()
            added = stream.part(layer, written, where).sum(0, dtype=torch.float64)
            total = added if total is None else total + added
    if total is None:
        raise ShapeError(f"{len(wanted)} heads and {len(both)} prompts make no vector. Give at least one of each.")
    return (total / len(both)).float()


def with_vector(model: nn.Module, prompts: Prompts, vector: Tensor, layer: int, *, scale: float = 1.0) -> Tensor:
    """The logits at "end", `[prompt, d_vocab]`, when `scale · vector` is added there to what `layer` is given; one batch."""
    if not 0 <= layer < len(layers_of(model)):
        raise UnknownNameError("layer", str(layer), (), f"The model has {len(layers_of(model))}.")
    rows, end = torch.arange(len(prompts)), end_of(prompts)

    def add(at: int, x: Tensor) -> Tensor | None:
        if at != layer:
            return None
        new = x.clone()
        new[rows, end] += scale * vector.to(x)
        return new

    with torch.no_grad():
        return forward(model, prompts, residual=add, positions=end[:, None])[:, 0]
