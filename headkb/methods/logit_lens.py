"""Logit lens: decode the residual stream, or what one head writes, as if the model ended there.

    residual   logits_l = cap(W_U LN_f(x_l))            head   logits_{l,h} = cap(W_U LN_f(a^{l,h}_end))

Everything after the last layer is run as the model runs it: final norm at its own scale, unembedding, logit scale, soft cap. For one
head a is what it adds to the stream, after the norm on `W_O`'s output and the multiplier, where a model has them; biases are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.errors import ShapeError, check_choice
from headkb.methods.contrast import contrast, end_of
from headkb.methods.passes import TOKENS, unembedding_of
from headkb.methods.stream import Stream, read_stream, tail
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores

LensReading = Literal["logit_diff", "log_prob", "reciprocal_rank"]


@score("head-logit-lens", prompts="ioi")
def head_logit_lens(
    model: nn.Module, prompts: Prompts, *, reading: LensReading = "reciprocal_rank", tokens_per_batch: int = TOKENS
) -> PromptScores:
    """How high the answer ranks in each head's output at "end", decoded as logits.

    Args:
        prompts: Prompts with answers (see `headkb.methods.contrast`); only `logit_diff` needs rivals.
        reading: `reciprocal_rank`: 1 if the answer has the highest logit, 1/2 if the second …, ties at
            their mean rank; or `log_prob`, `logit_diff`.

    Returns:
        `[prompt, layer, head]`; higher = the head promotes the answer.
    """
    return _lens(model, prompts, reading, tokens_per_batch, _head_parts)


def residual_logit_lens(
    model: nn.Module, prompts: Prompts, *, reading: LensReading = "log_prob", tokens_per_batch: int = TOKENS
) -> Tensor:
    """`head_logit_lens` for the residual stream at "end" before each layer and after the last, `[prompt, layer + 1]`."""

    def parts(_: nn.Module, stream: Stream, where: tuple[Tensor, Tensor]) -> Tensor:
        return torch.stack([x[where] for x in stream.resid], 1)[:, :, None]

    return _lens(model, prompts, reading, tokens_per_batch, parts)[:, :, 0]


def head_logits(model: nn.Module, prompts: Prompts) -> Tensor:
    """The logits of each head's output at "end", `[prompt, layer, head, d_vocab]`; for a few prompts, since all are kept."""
    where = torch.arange(len(prompts)), end_of(prompts)
    parts = _head_parts(model, read_stream(model, prompts), where)
    return tail(model, parts.flatten(0, 2)).view(*parts.shape[:3], -1)


def _head_parts(model: nn.Module, stream: Stream, where: tuple[Tensor, Tensor]) -> Tensor:
    """What each head adds to the stream, `[prompt, layer, head, d_model]`."""
    layers = []
    for layer, z in enumerate(stream.z):
        result = torch.einsum("phe,hed->phd", z[where], output_weights(model, layer)[0].clone())
        layers.append(stream.part(layer, result, (*where, None)))
    return torch.stack(layers, 1)


def _lens(
    model: nn.Module,
    prompts: Prompts,
    reading: LensReading,
    tokens: int,
    parts_of: Callable[[nn.Module, Stream, tuple[Tensor, Tensor]], Tensor],
) -> Tensor:
    """One number, `[prompt, a, b]`, for each vector of `parts_of`, `[prompt, a, b, d_model]`."""
    check_choice("reading", reading, get_args(LensReading))
    unembedding_of(model)
    both, values = contrast(prompts), []
    if both.answers is None:
        raise ShapeError(
            f"the {len(both)} prompts have no answers. Choose prompts that have, such as --generator ioi (paired['answers'] in Python)."
        )
    for rows, some in both.batches(tokens):
        stream = read_stream(model, some.clean)
        where = torch.arange(len(some)), end_of(some.clean)
        answers = both.answers[rows].tolist()
        wrong = both.pair[1][rows].tolist() if reading == "logit_diff" else answers
        for row, parts in enumerate(parts_of(model, stream, where)):  # one prompt's logits at a time
            logits = tail(model, parts.flatten(0, 1)).float()
            values.append(_read(logits, answers[row], wrong[row], reading).view(parts.shape[:2]).cpu())
    return torch.stack(values)


def _read(logits: Tensor, answer: int, wrong: int, reading: LensReading) -> Tensor:
    """One number for each row of logits."""
    if reading == "logit_diff":
        return logits[:, answer] - logits[:, wrong]
    if reading == "log_prob":
        return logits.log_softmax(-1)[:, answer]
    mine = logits[:, answer, None]  # ties share their mean rank: a head that writes nothing promotes nothing
    return 1 / (0.5 + (logits > mine).sum(-1) + (logits == mine).sum(-1) / 2)
