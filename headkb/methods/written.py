"""What a head writes on a text, on average, as tokens: its mean direct effect on every logit.

    e(l, h, v) = mean over tokens t of ⟨ a^{l,h}_t / σ_t ⊙ g_f , W_U[:, v] ⟩,  minus its mean over all v

a, σ and g_f as in `headkb.methods.direct_logit`; soft caps are left out. It shows what the head adds whatever it reads; an effect that
changes sign from token to token averages out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.methods.heads import LayerHead, every_head
from headkb.methods.passes import TOKENS, layers_of, unembedding_of
from headkb.methods.stream import final_norm, read_stream
from headkb.methods.structure import structure
from headkb.tensors import Prompts


@dataclass(frozen=True)
class Written:
    """The tokens that one head's mean output raises and lowers most.

    Attributes:
        head: (layer, head).
        promotes: (token id, mean effect in logits above the mean of the vocabulary), largest first.
        suppresses: The same, lowest first.
    """

    head: LayerHead
    promotes: tuple[tuple[int, float], ...]
    suppresses: tuple[tuple[int, float], ...]


def written_tokens(
    model: nn.Module, prompts: Prompts, *, top: int = 5, ids: int | None = None, tokens_per_batch: int = TOKENS
) -> Iterator[Written]:
    """The `top` tokens that every head promotes and suppresses on these prompts, layer by layer.

    Args:
        model: A model with an unembedding, whose layers add to one stream.
        prompts: A text; all its real tokens count alike.
        top: Tokens each way.
        ids: Consider the first `ids` tokens of the vocabulary only, where the unembedding has rows without a token.

    Raises:
        ModelError: If the model has no unembedding, or its parts cannot be told apart.
    """
    unembed, scale, sites = unembedding_of(model), structure(model).logit_scale, layers_of(model)
    scale = 1.0 if scale != scale else scale
    total, count = torch.zeros(len(every_head(sites)), 1), int(prompts.mask.sum())
    for batch in prompts.batches(tokens_per_batch):
        total = total + _sums(model, batch)  # [head of any layer, d_model]
    with torch.no_grad():
        zero = unembed(torch.zeros_like(total[:1]))
        for head, row in zip(every_head(sites), total / count, strict=True):
            logits = scale * (unembed(row[None]) - zero)[0].float()
            logits = (logits - logits.mean())[:ids]
            up, down = logits.topk(min(top, len(logits))), logits.topk(min(top, len(logits)), largest=False)
            yield Written(head, _pairs(up.indices, up.values), _pairs(down.indices, down.values))


def _sums(model: nn.Module, batch: Prompts) -> Tensor:
    """Each head's image behind the final norm, summed over the real tokens of one batch, `[head of any layer, d_model]`."""
    stream, rows = read_stream(model, batch), []
    final, real = final_norm(model, stream.resid[-1]), batch.mask.to(stream.resid[-1].device)
    for layer, z in enumerate(stream.z):
        for head, weights in enumerate(output_weights(model, layer)[0].clone()):
            image = final.linear(stream.part(layer, z[:, :, head] @ weights))  # [prompt, pos, d_model]
            rows.append(image[real].sum(0))
    return torch.stack(rows)


def _pairs(ids: Tensor, values: Tensor) -> tuple[tuple[int, float], ...]:
    """(id, value) pairs; a head that writes nothing prefers no token."""
    return tuple((id_, value) for id_, value in zip(ids.tolist(), values.tolist(), strict=True) if value != 0)
