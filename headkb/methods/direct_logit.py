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
from headkb.attention.tap import Call, Tap
from headkb.errors import ModelError
from headkb.methods.contrast import contrast, end_of
from headkb.methods.norms import FrozenNorm
from headkb.methods.passes import TOKENS, layers_of, reads_qkv
from headkb.methods.stream import Stream, final_norm, read_stream, unembedding
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
        embedding: `[prompt]`, all that the first layer is given.
        constant: `[prompt]`, biases of the final norm and the unembedding.
        capped: True if the model bends its logits afterwards.
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
    """What each head writes at "end" towards the answer and away from its rival.

    Args:
        model: A model whose layers add to one stream (no BERT).
        prompts: Prompts with answers (see `headkb.methods.contrast`).
        difference: Against the rival's logit; False takes the answer's logit alone.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in logits; positive = towards the answer.

    Raises:
        ShapeError: If the prompts lack answers.
        ModelError: If the model does not add its parts to one stream.
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
    """The logit (difference) taken apart into everything that writes to the stream; the arguments of the above.

    With `by_source` each head's share is also split by the token that it was read from; with `center` the answer's logit alone is taken
    against the mean logit.

    Raises:
        ModelError: As above, and if `by_source` is asked for but values are hidden, or changed by a norm before `W_O`.
    """
    both = contrast(prompts)
    answers, wrong = both.pair if difference else (both.answers if both.answers is not None else both.pair[0], None)
    parts: list[Attribution] = []
    for rows, some in both.batches(tokens_per_batch):
        direction, constant = unembedding(model, answers[rows], None if wrong is None else wrong[rows], center=center)
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

    seen = Sources()
    if by_source:
        refuse_hidden_values(model)
    stream = read_stream(model, prompts, seen.tap() if by_source else None)
    last = stream.resid[-1][rows, end]  # [prompt, d_model]
    norm = final_norm(model, last)
    reader = norm.pulled(direction)  # [prompt, d_model]: a part's share is its product with this
    heads, sources, biases, mlps = [], [], [], []
    for layer, (z, after) in enumerate(zip(stream.z, stream.resid[1:], strict=True)):
        weights = output_weights(model, layer)[0].clone()
        through = torch.einsum("hed,pd->phe", weights, stream.pulled(layer, reader, (rows, end)))
        heads.append((z[rows, end] * through).sum(-1))
        if by_source:
            pattern = seen.pattern[layer][rows, :, end]  # [prompt, head, key_pos]
            sources.append(pattern * torch.einsum("phke,phe->phk", seen.v[layer], through))
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
        model: The model of the pass.
        stream: One pass over one batch.
        direction: What reads the logit (difference) from what the final norm returns, `[prompt, d_model]`.
        end: `[prompt]`.
        norm: The final norm at the scale to be used; None = that of this pass.
    """
    where = torch.arange(len(end)), end
    held = final_norm(model, stream.resid[-1][where]) if norm is None else norm
    reader, heads = held.pulled(direction), []
    for layer, z in enumerate(stream.z):
        through = torch.einsum(
            "hed,pd->phe", output_weights(model, layer)[0].clone(), stream.pulled(layer, reader, where)
        )
        heads.append((z[where] * through).sum(-1))
    return torch.stack(heads, 1).float().cpu()


class Sources:
    """What every head attends to, and the values that it finds there.

    Attributes:
        pattern: Of each layer, `[prompt, head, query_pos, key_pos]`.
        v: Of each layer, `[prompt, head, key_pos, d_head]`, one for every query head.
    """

    def __init__(self) -> None:
        self.pattern: list[Tensor] = []
        self.v: list[Tensor] = []

    def tap(self) -> Tap:
        """The tap that fills it."""
        return Tap(see=self._see)

    def _see(self, call: Call) -> None:
        assert call.v is not None
        self.pattern.append(call.pattern.clone())
        self.v.append(call.v.repeat_interleave(call.pattern.shape[1] // call.v.shape[1], 1))


def refuse_hidden_values(model: nn.Module) -> None:
    """Refuse a model in which a head's output is not a visible sum over source tokens.

    Raises:
        ModelError: With the reason.
    """
    reads_qkv(model)
    for layer, site in enumerate(layers_of(model)):
        if site.gated:
            raise ModelError(
                f"layer {layer} of {type(model).__name__} has a gate or norm between z and W_O, so a head's output is not a sum "
                "over source tokens. Leave by_source out."
            )
