"""Direct logit attribution: how much each head itself writes towards the answer, past all later components.

    DLA(l, h) = ⟨ a^{l,h}_end / σ_f ⊙ g_f ,  W_U[:, answer] − W_U[:, wrong] ⟩,   a = c · N(z W_O)

σ_f is the scale of the final norm on the whole stream, held fixed; N is the norm after `W_O` that some models have (Gemma 2, OLMo 2),
likewise at its own scale; c is the residual multiplier of others (Granite). A constant logit scale (Cohere, Granite) is multiplied in.
Where logits are soft-capped (Gemma 2) the attribution is to the logits *before* the cap; `Attribution.capped` says so. The parts of
all heads, MLPs, biases and the embedding add up to the logit (difference) exactly, up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.methods.contrast import contrast, end_of
from headkb.methods.norms import FrozenNorm
from headkb.methods.passes import TOKENS
from headkb.methods.stream import Sources, Stream, answer_direction, final_norm, read_stream, refuse_hidden_values
from headkb.methods.structure import structure
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores


@dataclass(frozen=True)
class Attribution:
    """Shares of one logit (difference) at "end", in logits.

    Attributes:
        heads: `[prompt, layer, head]`.
        sources: `[prompt, layer, head, key_pos]`, sums to `heads`; None unless asked for.
        attention_bias: `[prompt, layer]`, biases of `W_O` and of the norm after it.
        mlps: `[prompt, layer]`.
        embedding: `[prompt]`, the input of the first layer.
        constant: `[prompt]`, biases of the final norm and the unembedding.
        capped: True if the model soft-caps its logits afterwards.
    """

    heads: Tensor
    sources: Tensor | None
    attention_bias: Tensor
    mlps: Tensor
    embedding: Tensor
    constant: Tensor
    capped: bool

    @property
    def total(self) -> Tensor:
        """The logit (difference), `[prompt]`, as the sum of all parts."""
        layers = self.heads.sum(-1) + self.attention_bias + self.mlps
        return layers.sum(-1) + self.embedding + self.constant


@score("direct-logit-attribution", prompts="ioi")
def direct_logit_attribution(
    model: nn.Module, prompts: Prompts, *, difference: bool = True, tokens_per_batch: int = TOKENS
) -> PromptScores:
    """Each head's direct effect at "end" on the logit difference between answer and rival.

    Args:
        model: A model whose layers add to one stream (no BERT).
        difference: Use the logit difference to the rival; False = the answer's logit alone.

    Returns:
        `[prompt, layer, head]`, in logits; positive = towards the answer.
    """
    return attribute(model, prompts, difference=difference, tokens_per_batch=tokens_per_batch).heads


def attribute(
    model: nn.Module,
    prompts: Prompts,
    *,
    difference: bool = True,
    by_source: bool = False,
    center: bool = False,
    tokens_per_batch: int = TOKENS,
) -> Attribution:
    """The logit (difference) as a sum over everything that writes to the residual stream.

    Arguments as in `direct_logit_attribution`. With `by_source` each head's share is also split by source token; with
    `center` the mean logit is subtracted from the answer's.

    Raises:
        ModelError: With `by_source`, if values are hidden, or changed by a gate or norm before `W_O`.
    """
    both = contrast(prompts)
    answers, wrong = both.pair if difference else (both.answers if both.answers is not None else both.pair[0], None)
    parts: list[Attribution] = []
    for rows, some in both.batches(tokens_per_batch):
        direction, constant = answer_direction(
            model, answers[rows], None if wrong is None else wrong[rows], center=center
        )
        parts.append(_attribute(model, some.clean, direction, constant, by_source))

    def joined(name: str) -> Tensor:
        return torch.cat([getattr(part, name).float().cpu() for part in parts])

    return Attribution(
        joined("heads"), joined("sources") if by_source else None, joined("attention_bias"), joined("mlps"),
        joined("embedding"), joined("constant"), structure(model).capped,
    )  # fmt: skip


def _attribute(model: nn.Module, prompts: Prompts, direction: Tensor, constant: Tensor, by_source: bool) -> Attribution:
    device = direction.device
    rows, end = torch.arange(len(prompts), device=device), end_of(prompts).to(device)

    by_head = Sources()
    if by_source:
        refuse_hidden_values(model)
    stream = read_stream(model, prompts, by_head.tap() if by_source else None)
    last = stream.resid[-1][rows, end]  # [prompt, d_model]
    norm = final_norm(model, last)
    reader = norm.pulled(direction)  # [prompt, d_model]: a part's share is its dot product with this
    heads, sources, biases, mlps = [], [], [], []
    for layer, (z, after) in enumerate(zip(stream.z, stream.resid[1:], strict=True)):
        weights = output_weights(model, layer)[0].clone()
        through = torch.einsum("hed,pd->phe", weights, stream.pulled(layer, reader, (rows, end)))
        heads.append((z[rows, end] * through).sum(-1))
        if by_source:
            pattern = by_head.pattern[layer][rows, :, end]  # [prompt, head, key_pos]
            sources.append(pattern * torch.einsum("phke,phe->phk", by_head.v[layer], through))
        added = after[rows, end] - stream.resid[layer][rows, end]
        attention = (stream.attention(layer)[rows, end] * reader).sum(-1)
        biases.append(attention - heads[-1].sum(-1))
        mlps.append((added * reader).sum(-1) - attention)
    embedding = (stream.resid[0][rows, end] * reader).sum(-1)
    return Attribution(
        torch.stack(heads, 1), torch.stack(sources, 1) if by_source else None, torch.stack(biases, 1), torch.stack(mlps, 1),
        embedding, constant + (norm.bias * direction).sum(-1), structure(model).capped,
    )  # fmt: skip


def head_shares(
    model: nn.Module, stream: Stream, direction: Tensor, end: Tensor, norm: FrozenNorm | None = None
) -> Tensor:
    """What each head of one pass writes at `end` along `direction`, `[prompt, layer, head]`, in logits.

    Args:
        stream: One pass over one batch.
        direction: Direction of the logit (difference) behind the final norm, `[prompt, d_model]`.
        end: `[prompt]`.
        norm: The final norm at a fixed scale; None = that of this pass.
    """
    where = torch.arange(len(end)), end
    final = final_norm(model, stream.resid[-1][where]) if norm is None else norm
    reader, heads = final.pulled(direction), []
    for layer, z in enumerate(stream.z):
        through = torch.einsum(
            "hed,pd->phe", output_weights(model, layer)[0].clone(), stream.pulled(layer, reader, where)
        )
        heads.append((z[where] * through).sum(-1))
    return torch.stack(heads, 1).float().cpu()
