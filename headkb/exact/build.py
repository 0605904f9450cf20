"""From heads described in `layout` to real transformers models: GPT-2 for causal ones, BERT for the bidirectional one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from headkb.exact.layout import (
    AGAINST,
    D_HEAD,
    D_MODEL,
    D_VOCAB,
    N_CTX,
    N_HEADS,
    OUTPUT,
    POSITION,
    TOKEN,
    HeadDesign,
    HeadMatrices,
    norm_that_changes_nothing,
    weights,
)
from headkb.exact.tokenizer import BOS, PAD, VOCABULARY

_LOGIT = 20.0  # by how much the token that a head copies outweighs the rest in the logits


def _one_layer(heads: Sequence[HeadDesign]) -> list[HeadMatrices]:
    spare = N_HEADS - len(heads)
    return [weights(head) for head in (*heads, *[HeadDesign()] * spare)]


def _joined(found: Sequence[HeadMatrices], name: str) -> Tensor:
    """All heads' matrices side by side, `[d_model, head * d_head]`; for W_O one above the other."""
    return torch.cat([getattr(head, name) for head in found], dim=0 if name == "W_O" else -1)


def _silence(model: nn.Module) -> None:
    """Set every parameter to 0, so that only what is set by hand acts; MLPs then add nothing."""
    for parameter in model.parameters():
        parameter.zero_()


def _embed(token_embedding: Tensor, position_embedding: Tensor) -> None:
    token_embedding[:, TOKEN] = torch.eye(D_VOCAB)
    position_embedding[:, POSITION] = torch.eye(N_CTX)


def _set_norm(norm: Any, ones: int, epsilon: float) -> None:
    weight, bias = norm_that_changes_nothing(ones, epsilon)
    norm.weight.fill_(weight)
    norm.bias.fill_(bias)


@torch.no_grad()
def build_causal(layers: Sequence[Sequence[HeadDesign]]) -> Any:
    """A GPT-2 with these heads; heads that are not described attend to all they see alike and write nothing.

    A head may write only into a part of the stream that no other writes into, and must put all its attention on keys of one token: then
    every vector keeps a known number of ones, and LayerNorm stays exact.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=D_VOCAB,
        n_positions=N_CTX,
        n_embd=D_MODEL,
        n_layer=len(layers),
        n_head=N_HEADS,
        n_inner=1,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        bos_token_id=VOCABULARY[BOS],
        eos_token_id=None,
        pad_token_id=VOCABULARY[PAD],
        tie_word_embeddings=False,
        attn_implementation="eager",
    )
    model = _without_random_numbers(GPT2LMHeadModel, config)
    _silence(model)
    body = model.transformer
    _embed(body.wte.weight, body.wpe.weight)
    ones = 2  # a token and a position
    for block, heads in zip(body.h, layers, strict=True):
        found = _one_layer(heads)
        _set_norm(block.ln_1, ones, config.layer_norm_epsilon)
        # GPT-2 divides logits by sqrt(d_head); queries are scaled up by as much.
        query = _joined(found, "W_Q") * D_HEAD**0.5
        block.attn.c_attn.weight[:] = torch.cat([query, _joined(found, "W_K"), _joined(found, "W_V")], dim=1)
        block.attn.c_attn.bias[:D_MODEL] = torch.cat([head.query_bias for head in found]) * D_HEAD**0.5
        block.attn.c_proj.weight[:] = _joined(found, "W_O")
        ones += sum(head.writes is not None for head in heads)
    _set_norm(body.ln_f, ones, config.layer_norm_epsilon)
    model.lm_head.weight[:, OUTPUT] = _LOGIT * torch.eye(D_VOCAB)
    model.lm_head.weight[:, AGAINST] = -_LOGIT * torch.eye(D_VOCAB)
    return model.eval()


@torch.no_grad()
def build_bidirectional(heads: Sequence[HeadDesign]) -> Any:
    """A BERT of one layer with these heads."""
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=D_VOCAB,
        max_position_embeddings=N_CTX,
        hidden_size=D_MODEL,
        num_hidden_layers=1,
        num_attention_heads=N_HEADS,
        intermediate_size=1,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        pad_token_id=VOCABULARY[PAD],
        attn_implementation="eager",
    )
    model = _without_random_numbers(BertModel, config, add_pooling_layer=False)
    _silence(model)
    embeddings, layer = model.embeddings, model.encoder.layer[0]
    _embed(embeddings.word_embeddings.weight, embeddings.position_embeddings.weight)
    for norm in (embeddings.LayerNorm, layer.attention.output.LayerNorm, layer.output.LayerNorm):
        _set_norm(norm, 2, config.layer_norm_eps)
    found, attention = _one_layer(heads), layer.attention.self
    attention.query.weight[:] = _joined(found, "W_Q").T * D_HEAD**0.5  # nn.Linear keeps [out, in]
    attention.query.bias[:] = torch.cat([head.query_bias for head in found]) * D_HEAD**0.5
    attention.key.weight[:] = _joined(found, "W_K").T
    attention.value.weight[:] = _joined(found, "W_V").T
    return model.eval()


def _without_random_numbers(kind: Any, config: Any, **options: Any) -> Any:
    """An instance whose random initialisation leaves the caller's random state as it was."""
    with torch.random.fork_rng(devices=[]):
        return kind(config, **options).float()
