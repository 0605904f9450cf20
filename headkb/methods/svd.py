"""Sparse attention decomposition: a head's attention logit as a sum over the singular directions of its query-key matrix.

With `x` what the layer's attention reads and a 1 appended for the biases, `Ω = W_Q W_Kᵀ = Σ_k u_k σ_k v_kᵀ`, so the logit of query i and key
j is `Σ_k (x_i u_k) σ_k (v_k x_j)`: often a few of the `d_head + …` terms make it up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from headkb.attention import anatomy, observe
from headkb.attention.hooks import removing
from headkb.attention.parts import model_inputs
from headkb.attention.tap import tapped
from headkb.errors import HeadkbError, ModelError, ShapeError, UnknownNameError
from headkb.keywords import Range
from headkb.methods.head_weights import head_weights
from headkb.methods.passes import layers_of
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer

_TOLERANCE = 1e-3  # of a rebuilt query or key, relative to the largest


@dataclass(frozen=True)
class QKDirections:
    """One layer's query-key matrices in singular directions, biases folded in as a last row.

    Attributes:
        U: `[head, d_model + 1, k]`, directions of queries.
        S: `[head, k]`, descending.
        V: `[head, d_model + 1, k]`, directions of keys.
    """

    U: Tensor
    S: Tensor
    V: Tensor


def qk_directions(model: nn.Module, layer: int) -> QKDirections:
    """The singular value decomposition of `W_Q W_Kᵀ` of every head of a layer."""
    matrices = head_weights(model, layer)
    W_Q = torch.cat([matrices.W_Q, matrices.b_Q[:, None]], 1).double()  # [head, d_model + 1, d_head]
    W_K = torch.cat([matrices.W_K, matrices.b_K[:, None]], 1).double()
    # Of rank d_head at most: decompose the small product of the two triangles.
    (Q_q, R_q), (Q_k, R_k) = torch.linalg.qr(W_Q), torch.linalg.qr(W_K)
    U, S, Vh = torch.linalg.svd(R_q @ R_k.transpose(-1, -2))
    return QKDirections((Q_q @ U).float(), S.float(), (Q_k @ Vh.transpose(-1, -2)).float())


def contributions(model: nn.Module, prompts: Prompts, *, query: str = "end", key: str = "s2") -> Tensor:
    """What each singular direction adds to the attention logit of one query and one key, before the model's scaling.

    Args:
        model: A model with absolute positions whose q and k can be read.
        prompts: Inputs; `query` and `key` must be one position per prompt.
        query: Name in `prompts.positions`.
        key: The same.

    Returns:
        `[prompt, layer, head, k]`, in logits divided by the model's scaling, in the order of the singular values.

    Raises:
        ShapeError: If a position is several tokens.
        ModelError: If positions enter between projection and logit (rotary embedding), or q and k cannot be read.
    """
    ends = [_one(prompts, name) for name in (query, key)]
    inputs = _inputs(model, prompts)
    qk = observe(model, prompts, ("q", "k"))
    rows, layers = torch.arange(len(prompts)), dict[int, Tensor]()
    for layer, x in inputs.items():
        q_x, k_x = (_with_one(x[rows, at]) for at in ends)  # [prompt, d_model + 1]
        _check(model, layer, qk, ends, q_x, k_x)
        directions = qk_directions(model, layer)
        layers[layer] = torch.einsum("pd,hdk,hk,hek,pe->phk", q_x, directions.U, directions.S, directions.V, k_x)
    return by_layer(layers, anatomy(model).n_layers())


@score("sparse-attention-decomposition", prompts="ioi")
def directions_needed(
    model: nn.Module,
    prompts: Prompts,
    *,
    query: str = "end",
    key: str = "s2",
    least_attention: Annotated[float, Range(0, 1)] = 0.5,
    share: Annotated[float, Range(0, 1)] = 1.0,
) -> PromptScores:
    """How many singular directions make up a head's attention from one place to another: few = sparse.

    The positive contributions are taken in descending order until their sum reaches `share` of the logit.

    Args:
        model: A model with absolute positions whose q and k can be read.
        query: Name in `prompts.positions` of the query, one per prompt.
        key: Name of the key, one per prompt.
        least_attention: Heads with less attention there do not count.
        share: Share of the logit to reach, above 0.

    Returns:
        `[prompt, layer, head]`, 1 to the size of a head; NaN where the head attends less, or its logit is not positive.

    """
    if not share > 0:
        raise HeadkbError(f"share is {share}; it must be above 0.")
    terms = contributions(model, prompts, query=query, key=key)
    ends, rows = [_one(prompts, name) for name in (query, key)], torch.arange(len(prompts))
    paid = observe(model, prompts)["pattern"][rows, :, :, ends[0], ends[1]]  # [prompt, layer, head]
    total = terms.sum(-1, keepdim=True)
    reached = terms.sort(-1, descending=True).values.cumsum(-1) >= share * total - 1e-6 * total.abs()
    needed = reached.float().argmax(-1).float() + 1
    return torch.where((paid >= least_attention) & (total[..., 0] > 0), needed, torch.nan)


def _one(prompts: Prompts, name: str) -> Tensor:
    if name not in prompts.positions:
        raise UnknownNameError(
            "positions", name, prompts.positions, f"These prompts have {', '.join(sorted(prompts.positions))}."
        )
    if prompts.positions[name].ndim != 1:
        raise ShapeError(
            f"positions[{name!r}] is {tuple(prompts.positions[name].shape)}; one position per prompt is needed."
        )
    return prompts.positions[name]


def _with_one(x: Tensor) -> Tensor:
    return torch.cat([x, torch.ones_like(x[..., :1])], -1)


def _inputs(model: nn.Module, prompts: Prompts) -> dict[int, Tensor]:
    """The input of each block's attention module, `[prompt, pos, d_model]`."""
    sites, d_model = layers_of(model), anatomy(model).d_model
    layer_of, inputs = {site.module: site.layer for site in sites}, dict[int, Tensor]()

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for x in (*args, *kwargs.values()):
            if isinstance(x, Tensor) and x.dim() == 3 and x.shape[-1] == d_model:
                inputs[layer_of[module]] = x.float().cpu().clone()
                return

    handles: list[Any] = [site.module.register_forward_pre_hook(enter, with_kwargs=True) for site in sites]
    with torch.inference_mode(), removing(handles), tapped(model, None):
        model(**model_inputs(model, prompts))
    if len(inputs) != len(sites):
        raise ModelError(f"{type(model).__name__} does not show what its attention reads. Use another model.")
    return inputs


def _check(model: nn.Module, layer: int, qk: dict[Any, Tensor], ends: list[Tensor], q_x: Tensor, k_x: Tensor) -> None:
    """Refuse a model whose queries and keys are not a matrix times the input plus a bias at every position."""
    matrices, rows = head_weights(model, layer), torch.arange(len(q_x))
    for name, at, x, W, b in (
        ("q", ends[0], q_x, matrices.W_Q, matrices.b_Q),
        ("k", ends[1], k_x, matrices.W_K, matrices.b_K),
    ):
        actual = qk[name][rows, layer, :, at].float().cpu()  # [prompt, head, d_head]
        expected = torch.einsum("pd,hde->phe", x[:, :-1], W.float().cpu()) + b.float().cpu()
        actual = actual.repeat_interleave(expected.shape[1] // actual.shape[1], 1)
        if (actual - expected).abs().max() > _TOLERANCE * expected.abs().max().clamp_min(1e-9):
            raise ModelError(
                f"{type(model).__name__} changes {name} after the projection (rotary embedding, a norm), so one matrix does not give "
                "its attention logits. Use a model with absolute positions, such as GPT-2."
            )
