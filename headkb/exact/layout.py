"""The residual stream of the exact models, and the small language that their heads are described in.

A token and its position are one-hot vectors in separate parts of the stream, so a query-key product can be any sum of four kinds of
term, each with a weight chosen by hand. Nothing is trained.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from headkb.exact.tokenizer import VOCABULARY

D_VOCAB = len(VOCABULARY)
N_CTX = 160
N_HEADS = 4
D_HEAD = D_VOCAB + N_CTX + 1  # token match, position match, constant
D_MODEL = N_HEADS * D_HEAD

TOKEN = slice(0, D_VOCAB)  # which token stands here
POSITION = slice(D_VOCAB, D_VOCAB + N_CTX)  # which position this is
PREVIOUS = slice(POSITION.stop, POSITION.stop + D_VOCAB)  # which token stands before here, once a head has written it
OUTPUT = slice(PREVIOUS.stop, PREVIOUS.stop + D_VOCAB)  # which token comes next, for the unembedding
AGAINST = slice(
    OUTPUT.stop, OUTPUT.stop + D_VOCAB
)  # which token does not come next: the unembedding reads it with a minus
REPEATED = slice(AGAINST.stop, AGAINST.stop + D_VOCAB)  # which token stood earlier already, once a head has written it
INHIBITED = slice(REPEATED.stop, REPEATED.stop + D_VOCAB)  # which token a later head must not look at

SHARP = 240.0
"""Weight of a term that decides: rivals are at least half of it apart, and exp(-120) is 0 in float32, so attention is exactly 0 or 1."""


@dataclass(frozen=True)
class HeadDesign:
    """One head, described by the terms of its attention logit between query t and key j.

    Attributes:
        same_token: Added where the key's token is the query's token.
        compared: The tokens that count for that; all if empty.
        after_same_token: Added where the token before the key is the query's token; needs a head below that wrote it.
        offset: Added where j - t is the key of this mapping, as pairs (offset, weight).
        at_position: Added where j is that position, as pairs (position, weight).
        at_token: Added where the key is that token, as pairs (id, weight).
        at_repeated: Added where the key's REPEATED is that token, as pairs (id, weight); needs a head below that wrote it.
        query: Which part of the stream at t is the query's token: its own, or another that a head below wrote (Q-composition).
        writes: The part of the stream that the key's token is written into, or nothing.
        becomes: What is written, key's token → another, as pairs of ids; a token that stands in no pair is written as it is.
    """

    same_token: float = 0.0
    compared: tuple[int, ...] = ()
    after_same_token: float = 0.0
    offset: tuple[tuple[int, float], ...] = ()
    at_position: tuple[tuple[int, float], ...] = ()
    at_token: tuple[tuple[int, float], ...] = ()
    at_repeated: tuple[tuple[int, float], ...] = ()
    query: slice | None = None
    writes: slice | None = None
    becomes: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class HeadMatrices:
    """What a head multiplies row vectors with, and what it adds: `q = x @ W_Q + query_bias` and so on.

    Attributes:
        W_Q: `[d_model, d_head]`, divided by nothing: logits are q @ k.
        query_bias: `[d_head]`.
        W_K: `[d_model, d_head]`.
        W_V: `[d_model, d_head]`.
        W_O: `[d_head, d_model]`.
    """

    W_Q: Tensor
    query_bias: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor


def weights(head: HeadDesign) -> HeadMatrices:
    """Matrices whose query-key product is the sum of the head's terms."""
    W_Q, W_K, W_V = (torch.zeros(D_MODEL, D_HEAD) for _ in range(3))
    query_bias, W_O = torch.zeros(D_HEAD), torch.zeros(D_HEAD, D_MODEL)
    match_token, match_position = slice(0, D_VOCAB), slice(D_VOCAB, D_VOCAB + N_CTX)

    # The token block of q is the query's token; that of k, the key's token and the token before it, as far as they count.
    W_Q[head.query or TOKEN, match_token] = torch.eye(D_VOCAB)
    counts = torch.tensor([float(not head.compared or token in head.compared) for token in range(D_VOCAB)])
    W_K[TOKEN, match_token] = head.same_token * torch.diag(counts)
    W_K[PREVIOUS, match_token] = head.after_same_token * torch.eye(D_VOCAB)

    # The position block of q is t; that of k has a weight at j - offset, so the product is that weight where j = t + offset.
    W_Q[POSITION, match_position] = torch.eye(N_CTX)
    for offset, weight in head.offset:
        for j in range(max(0, offset), min(N_CTX, N_CTX + offset)):
            W_K[POSITION.start + j, D_VOCAB + j - offset] += weight

    # The last dimension is 1 in every query, so k says there what a key is worth to all queries alike.
    query_bias[-1] = 1.0
    for position, weight in head.at_position:
        W_K[POSITION.start + position, -1] += weight
    for token, weight in head.at_token:
        W_K[TOKEN.start + token, -1] += weight
    for token, weight in head.at_repeated:
        W_K[REPEATED.start + token, -1] += weight

    if head.writes is not None:
        into = torch.arange(D_VOCAB)
        for token, other in head.becomes:
            into[token] = other
        W_V[TOKEN, match_token] = torch.eye(D_VOCAB)[into]
        W_O[match_token, head.writes] = torch.eye(D_VOCAB)
    return HeadMatrices(W_Q, query_bias, W_K, W_V, W_O)


def norm_that_changes_nothing(ones: int, epsilon: float) -> tuple[float, float]:
    """Weight and bias that undo LayerNorm on every vector of `ones` ones and zeros elsewhere.

    All such vectors have the same mean and variance, so LayerNorm is one and the same scaling and shift for all of them.
    """
    mean = ones / D_MODEL
    variance = mean - mean * mean
    return (variance + epsilon) ** 0.5, mean
