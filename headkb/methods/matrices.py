"""A model's matrices as circuits need them: norms folded in, embeddings as heads find them, the unembedding.

Row vectors throughout: a head reads `x @ W_V` and writes `z @ W_O`. Folding takes a norm's gain, and its centring if it is a LayerNorm,
into the matrix behind it; its bias and its scale are left out, as no matrix can hold them. Rotary embedding is the identity here, so
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
from headkb.attention.parts import model_inputs
from headkb.attention.tap import Stop, tapped
from headkb.errors import ModelError, UnknownNameError
from headkb.methods.head_weights import HeadWeights, head_weights
from headkb.methods.norms import FrozenNorm
from headkb.methods.structure import structure
from headkb.tensors import Prompts

Embedding = Literal["token", "mlp0", "mlp0-only"]
EMBEDDINGS: tuple[Embedding, ...] = get_args(Embedding)
"""What stands for a token: `token`, its embedding; `mlp0`, embedding plus what the first MLP adds to it, attention left out; `mlp0-only`,
what that MLP adds alone."""


@dataclass(frozen=True)
class LayerMatrices:
    """One layer's matrices, folded: `W_Q W_K W_V` `[head, d_model, d_head]`, `W_O` `[head, d_head, d_model]`, and the bare ones."""

    W_Q: Tensor
    W_K: Tensor
    W_V: Tensor
    W_O: Tensor
    bare: HeadWeights
    norm: nn.Module | None


def circuits(model: nn.Module, *, fold: bool = True) -> Iterator[LayerMatrices]:
    """Every layer's matrices, in order; without `fold`, as the model keeps them.

    Raises:
        ModelError: If the model's q, k and v cannot be read, or its norms are no LayerNorm or RMSNorm.
    """
    norms = input_norms(model)
    for layer, norm in enumerate(norms):
        bare = head_weights(model, layer)
        read = [_behind(norm, matrix.float()) if fold else matrix.float() for matrix in (bare.W_Q, bare.W_K, bare.W_V)]
        yield LayerMatrices(read[0], read[1], read[2], bare.W_O.float(), bare, norm)


def unembedding(model: nn.Module, *, fold: bool = True) -> Tensor:
    """`W_U`, `[d_model, d_vocab]`, the final norm folded in.

    Raises:
        ModelError: If the model predicts no tokens.
    """
    found = anatomy(model).unembedding
    if not isinstance(weight := getattr(found, "weight", None), Tensor):
        raise ModelError(f"{type(model).__name__} has no unembedding matrix. Use a language model.")
    W_U = weight.detach().float().T
    return _behind(structure(model).final_norm, W_U) if fold else W_U


def embedding(
    model: nn.Module, tokens: Tensor | None = None, kind: Embedding = "token", *, at_once: int = 4096
) -> Tensor:
    """What stands for each token, `[token, d_model]`; of the whole vocabulary without `tokens`.

    Raises:
        UnknownNameError: If there is no such kind.
        ModelError: If the model's layers do more than add to the residual stream (BERT) and the MLP is asked for.
    """
    if kind not in EMBEDDINGS:
        raise UnknownNameError("embedding", str(kind), EMBEDDINGS, f"There are {', '.join(EMBEDDINGS)}.")
    table: Any = model.get_input_embeddings()  # type: ignore[operator]
    ids = torch.arange(int(table.weight.shape[0])) if tokens is None else tokens
    parts = []
    with torch.inference_mode():
        for some in torch.split(ids, at_once):
            x = table(some.to(table.weight.device)).float()
            parts.append(x if kind == "token" else _through_mlp(model, some, x) - (x if kind == "mlp0-only" else 0))
    return torch.cat(parts)


def _behind(norm: nn.Module | None, matrix: Tensor) -> Tensor:
    """The matrix, `[…, d_model, k]`, with the gain and the centring of the norm in front of it."""
    if norm is None:
        return matrix
    width = matrix.shape[-2]
    like = torch.randn(1, width, generator=torch.Generator().manual_seed(0)).to(next(norm.parameters()))
    frozen = FrozenNorm.at(norm, like)
    scaled = frozen.gain.float().to(matrix.device)[:, None] * matrix
    return scaled - scaled.mean(-2, keepdim=True) if frozen.centred else scaled


def input_norms(model: nn.Module) -> tuple[nn.Module | None, ...]:
    """Of each layer, the norm whose output attention reads; None where it reads the residual stream as it is."""
    sites = anatomy(model).part()
    made: dict[int, nn.Module] = {}  # id of a tensor -> the norm that made it
    kept: list[Tensor] = []  # so that no id comes twice
    found: dict[int, nn.Module | None] = {}

    def remember(module: nn.Module, _: Any, result: Any) -> None:
        if isinstance(result, Tensor):
            made[id(result)] = module
            kept.append(result)

    def enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = args[0] if args else kwargs.get("hidden_states")
        found[id(module)] = made.get(id(given))

    norms = [m for m in model.modules() if {p.dim() for p in m.parameters()} == {1} and not list(m.children())]
    handles: list[Any] = [norm.register_forward_hook(remember) for norm in norms]
    handles += [site.module.register_forward_pre_hook(enter, with_kwargs=True) for site in sites]
    token = torch.full((1, 1), 3)
    inputs = model_inputs(model, Prompts.of(token)) if not _paired(model) else model_inputs(model, _pair(token))
    with torch.inference_mode(), removing(handles), tapped(model, None):
        model(**inputs)
    return tuple(found.get(id(site.module)) for site in sites)


def _paired(model: nn.Module) -> bool:
    return bool(getattr(getattr(model, "config", None), "is_encoder_decoder", False))


def _pair(token: Tensor) -> Prompts:
    return Prompts(token, torch.ones_like(token, dtype=torch.bool), decoder=Prompts.of(token))


def _through_mlp(model: nn.Module, tokens: Tensor, x: Tensor) -> Tensor:
    """What the first layer makes of the embeddings `x`, `[token, d_model]`, with its attention silenced."""
    structure(model)  # refuses layers that do not just add to the stream
    site = anatomy(model).part()[0]
    if site.block is None:
        raise ModelError(
            f"the layers of {type(model).__name__} share their modules, so its first MLP cannot be told apart."
        )
    layer, caught = model.get_submodule(site.block), list[Tensor]()

    def feed(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        given = args[0] if args else kwargs["hidden_states"]
        new = x[:, None].to(given)
        return ((new, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": new})

    def silence(_: nn.Module, __: Any, result: Any) -> Any:
        return torch.zeros_like(result) if isinstance(result, Tensor) else (torch.zeros_like(result[0]), *result[1:])

    def catch(_: nn.Module, __: Any, result: Any) -> None:
        caught.append((result if isinstance(result, Tensor) else result[0])[:, 0].float())
        raise Stop

    handles: list[Any] = [
        layer.register_forward_pre_hook(feed, with_kwargs=True),
        site.module.register_forward_hook(silence),
        layer.register_forward_hook(catch),
    ]
    with removing(handles), tapped(model, None):
        model(**model_inputs(model, Prompts.of(tokens[:, None])))
    return caught[0]
