"""A model's matrices for circuits: norms folded in, embeddings as heads read them, the unembedding.

Row vectors throughout: a head reads `x @ W_V` and writes `z @ W_O`. Folding multiplies a norm's gain, and a LayerNorm's centring,
into the matrix behind it; its bias and scale are left out, as no matrix can hold them. Rotary embedding is the identity here, so
query-key matrices are those of two tokens at one position.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.attention.hooks import removing
from headkb.attention.parts import block_of, first_tensor, model_inputs
from headkb.attention.tap import Stop, tapped
from headkb.errors import ModelError, check_choice
from headkb.finite import check_rows
from headkb.inputs import few_tokens
from headkb.methods.head_weights import HeadWeights, head_weights
from headkb.methods.norms import FrozenNorm, norms_within
from headkb.methods.structure import structure
from headkb.tensors import Prompts

Embedding = Literal["token", "mlp0", "mlp0-only"]
"""A token's vector: `token`, its embedding; `mlp0`, embedding plus the first MLP's output on it, without attention; `mlp0-only`, that
output alone."""


@dataclass(frozen=True)
class LayerMatrices:
    """One layer's matrices, folded: `W_Q W_K W_V` `[head, d_model, d_head]`, `W_O` `[head, d_head, d_model]`, and the bare ones.

    `layer` is the number of the block.
    """

    layer: int
    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor
    bare: HeadWeights
    norm: nn.Module | None


def circuits(model: nn.Module, *, fold: bool = True) -> Iterator[LayerMatrices]:
    """The matrices of every block that attends, in order; without `fold`, as the model stores them.

    Raises:
        ModelError: If the model's q, k and v cannot be read, or its norms are no LayerNorm or RMSNorm.
    """
    for layer, norm in input_norms(model).items():
        bare = head_weights(model, layer)
        read = [_behind(norm, matrix.float()) if fold else matrix.float() for matrix in (bare.W_Q, bare.W_K, bare.W_V)]
        yield LayerMatrices(layer, read[0], read[1], read[2], bare.W_O.float(), bare, norm)


def unembedding(model: nn.Module, *, fold: bool = True) -> Tensor:
    """`W_U`, `[d_model, d_vocab]`, the final norm folded in.

    Raises:
        ModelError: If the model predicts no tokens.
    """
    head = anatomy(model).unembedding
    if not isinstance(weight := getattr(head, "weight", None), Tensor):
        raise ModelError(
            f"{type(model).__name__} has no unembedding matrix. Choose a checkpoint that was saved with its language head."
        )
    W_U = weight.detach().float().T
    check_rows(model, W_U[None], what="the unembedding")
    return _behind(structure(model).final_norm, W_U) if fold else W_U


def embedding(
    model: nn.Module, tokens: Tensor | None = None, kind: Embedding = "token", *, at_once: int = 4096
) -> Tensor:
    """Each token's vector, `[token, d_model]`; by default of the whole vocabulary.

    Raises:
        ModelError: With an MLP, if the model's layers do more than add to the residual stream (BERT).
    """
    check_choice("embedding", kind, get_args(Embedding))
    table: Any = model.get_input_embeddings()  # type: ignore[operator]
    width, d_model = table.weight.shape[-1], anatomy(model).d_model
    if width != d_model:
        raise ModelError(
            f"{type(model).__name__} embeds tokens in {width} dimensions and maps them to {d_model} afterwards, so no matrix gives a "
            "token's vector. Use a score that reads patterns."
        )
    ids = torch.arange(int(table.weight.shape[0])) if tokens is None else tokens
    parts = []
    with torch.inference_mode():
        for some in torch.split(ids, at_once):
            x = table(some.to(table.weight.device)).float()
            check_rows(model, x[None], what="the embedding")
            parts.append(x if kind == "token" else _through_mlp(model, some, x) - (x if kind == "mlp0-only" else 0))
    return torch.cat(parts)


def _behind(norm: nn.Module | None, matrix: Tensor) -> Tensor:
    """The matrix, `[…, d_model, k]`, with the gain and the centring of the norm in front of it."""
    if norm is None:
        return matrix
    width = matrix.shape[-2]
    if next(norm.parameters()).shape[-1] != width:
        raise ModelError(
            f"{type(norm).__name__} reads more than the residual stream, so it cannot be folded in. Pass fold=False."
        )
    like = torch.randn(1, width, generator=torch.Generator().manual_seed(0)).to(next(norm.parameters()))
    frozen = FrozenNorm.at(norm, like)
    scaled = frozen.gain.float().to(matrix.device)[:, None] * matrix
    return scaled - scaled.mean(-2, keepdim=True) if frozen.centred else scaled


def input_norms(model: nn.Module) -> dict[int, nn.Module | None]:
    """The norm in front of attention, by block; None where attention reads the residual stream directly."""
    sites = anatomy(model).part()
    norm_of: dict[int, nn.Module] = {}  # id of a tensor → the norm that returned it
    outputs: list[Tensor] = []  # held, so that no id is used twice
    norms: dict[int, nn.Module | None] = {}

    def remember(module: nn.Module, _: Any, result: Any) -> None:
        if isinstance(result, Tensor):
            norm_of[id(result)] = module
            outputs.append(result)

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        x = args[0] if args else kwargs.get("hidden_states")
        norms[id(module)] = norm_of.get(id(x))

    handles: list[Any] = [norm.register_forward_hook(remember) for norm in norms_within(model)]
    handles += [site.module.register_forward_pre_hook(enter, with_kwargs=True) for site in sites]
    with torch.inference_mode(), removing(handles), tapped(model, None):
        model(**model_inputs(model, few_tokens(model)))
    return {site.layer: norms.get(id(site.module)) for site in sites}


def _through_mlp(model: nn.Module, tokens: Tensor, x: Tensor) -> Tensor:
    """The first layer's output on the embeddings `x`, `[token, d_model]`, without its attention."""
    structure(model)  # refuses layers that do not just add to the stream
    site = anatomy(model).part()[0]
    if site.block is None:
        raise ModelError(
            f"the layers of {type(model).__name__} share their modules, so its first MLP cannot be isolated."
        )
    layer, outputs = block_of(model, site), list[Tensor]()

    def feed(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        old = args[0] if args else kwargs["hidden_states"]
        new = x[:, None].to(old)
        return ((new, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": new})

    def silence(_: nn.Module, __: Any, result: Any) -> Any:
        return torch.zeros_like(result) if isinstance(result, Tensor) else (torch.zeros_like(result[0]), *result[1:])

    def catch(_: nn.Module, __: Any, result: Any) -> None:
        outputs.append(first_tensor(result)[:, 0].float())
        raise Stop

    handles: list[Any] = [
        layer.register_forward_pre_hook(feed, with_kwargs=True),
        site.module.register_forward_hook(silence),
        layer.register_forward_hook(catch),
    ]
    with removing(handles), tapped(model, None):
        model(**model_inputs(model, Prompts.of(tokens[:, None])))
    return outputs[0]
