"""Copying, matching and composition with other heads, from a head's matrices alone.

Where prompts play no part they may be None, and the result is `[1, layer, head]`. No matrix of vocabulary by vocabulary is
formed: the nonzero eigenvalues of `A B` are those of `B A`, so those of the full circuits are computed in `d_head` dimensions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Annotated, Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.errors import ShapeError, check_choice
from headkb.keywords import Range
from headkb.methods.heads import named_heads
from headkb.methods.matrices import Embedding, LayerMatrices, circuits, embedding, unembedding
from headkb.methods.structure import structure
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer

Composition = Literal["q", "k", "v"]
_NOTHING = 1e-9  # of the product of the matrices' norms, in float64


@score("ov-copying", prompts="random-tokens")
def ov_copying(
    model: nn.Module,
    prompts: Prompts | None = None,
    *,
    circuit: Literal["full", "ov"] = "full",
    embedding_kind: Embedding = "token",
    fold: bool = True,
    center: bool = False,
) -> PromptScores:
    """How far the full OV circuit `W_E W_V W_O W_U` copies: the sum of its eigenvalues' real parts over that of their absolute values.

    Args:
        circuit: `full`, or `ov`, `W_V W_O` alone, from stream to stream.
        embedding_kind: A token's vector: `token`, `mlp0` or `mlp0-only`.
        fold: Fold norms in.
        center: Subtract the vocabulary's mean from `W_U`, which changes no probability; TransformerLens does so on loading.

    Returns:
        `[1, layer, head]`, unitless, -1 (every token lowers its own logit) to 1 (every token raises it); NaN for a head that writes nothing.

    """
    del prompts
    if circuit == "ov":
        return _by_head(
            model, fold, lambda layer: _positivity(layer.W_O, torch.eye(layer.W_O.shape[-1]).to(layer.W_O), layer.W_V)
        )
    W_U = unembedding(model, fold=fold)
    if center:
        W_U = W_U - W_U.mean(1, keepdim=True)
    through = W_U @ embedding(model, None, embedding_kind)[: W_U.shape[1]]  # [d_model, d_model]
    return _by_head(model, fold, lambda layer: _positivity(layer.W_O, through, layer.W_V))


@score("qk-matching", prompts="random-tokens")
def qk_matching(model: nn.Module, prompts: Prompts | None = None, *, fold: bool = True) -> PromptScores:
    """How far the full QK circuit `W_E W_Q W_Kᵀ W_Eᵀ` makes tokens attend to equal tokens: eigenvalues as in `ov_copying`.

    Args:
        fold: Fold norms in.

    Returns:
        `[1, layer, head]`, unitless, -1 (away from equal tokens) to 1 (to equal tokens); NaN for a head without a query or key matrix.
    """
    del prompts
    W_E = embedding(model)
    gram = W_E.T @ W_E  # [d_model, d_model]
    return _by_head(model, fold, lambda layer: _positivity(layer.W_K.transpose(-1, -2), gram, layer.W_Q))


@score("ov-top-k", prompts="ioi")
def ov_top_k(
    model: nn.Module,
    prompts: Prompts,
    *,
    k: Annotated[int, Range(1, 10_000)] = 5,
    embedding_kind: Embedding = "mlp0",
    sign: Literal[1, -1] = 1,
    tokens: Tensor | None = None,
) -> PromptScores:
    """Share of tokens that the head would copy: through its OV circuit, a token is among its own `k` largest logits.

    The head's input norm, its value bias and the final norm are applied.

    Args:
        prompts: The tokens are those of `paired["answers"]` and `paired["wrong"]`, each once: with ioi prompts, names.
        k: Number of logits that count.
        embedding_kind: The head's input: `mlp0` as the source (attention of the first layer left out), `token` or `mlp0-only`.
        sign: -1 negates the head's output: the copy score of negative name movers.
        tokens: Ids `[n]` to use instead of the prompts' answers.

    Returns:
        `[1, layer, head]`, unitless, 0 (none) to 1 (all).

    Raises:
        ShapeError: If there are no tokens.
        HeadkbError: If `k` is below 1 or `sign` neither 1 nor -1.
    """
    ids = tokens if tokens is not None else answer_tokens(prompts)
    x, final = embedding(model, ids, embedding_kind), structure(model).final_norm
    W_U, columns = unembedding(model, fold=False), []
    with torch.inference_mode():
        for layer in circuits(model, fold=False):
            read = layer.norm(x[:, None])[:, 0].float() if layer.norm is not None else x
            z = torch.einsum("td,hde->hte", read, layer.W_V) + layer.bare.b_V.float()[:, None]
            written = sign * (z @ layer.W_O)  # [head, token, d_model]
            logits = (final(written).float() if final is not None else written) @ W_U  # [head, token, d_vocab]
            own = logits.gather(-1, ids[None, :, None].expand(len(logits), -1, -1))
            # The token itself counts too, so a head without any preference fails.
            columns.append(((logits >= own).sum(-1) <= k).float().mean(-1))
    return torch.stack(columns)[None]


def composition(model: nn.Module, kind: Composition, *, fold: bool = True) -> Tensor:
    """Composition of every head with every later one: `‖W_OV¹ M‖ / (‖W_OV¹‖ ‖M‖)`, Frobenius norms.

    `M` is the later head's `W_QK` (kind `q`), `W_QKᵀ` (`k`) or `W_OV` (`v`), row vectors throughout.

    Returns:
        `[layer, head, layer, head]`, earlier head first; unitless, 0 (none) to 1; NaN where the second is not later, or there is no head.

    Source:
        Elhage et al. 2021, footnote on composition strength; subtract `composition_baseline` as they do.
    """
    check_choice("composition", kind, get_args(Composition))
    # The later head's norm lies between the two, so its side is folded and the earlier W_O is not.
    layers, n_layers = list(circuits(model, fold=fold)), anatomy(model).n_layers()
    n_heads = max(len(layer.W_O) for layer in layers)
    strengths = torch.full((n_layers, n_heads, n_layers, n_heads), torch.nan)
    for first, second in itertools.combinations(layers, 2):
        left, right = _sides(second, kind)
        between = _strength(first.W_V, first.W_O, left, right)
        strengths[first.layer, : len(first.W_O), second.layer, : len(left)] = between
    return strengths


def composition_baseline(d_model: int, d_head: int, *, samples: int = 20, seed: int = 0) -> float:
    """The composition of heads with random matrices of these sizes: the mean over `samples` pairs of Gaussian ones."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((d_model, d_head), (d_head, d_model), (d_model, d_head), (d_head, d_model))
    matrices = [torch.randn(samples, *shape, generator=generator) for shape in shapes]
    return float(torch.stack([_strength(*(x[i : i + 1] for x in matrices))[0, 0] for i in range(samples)]).mean())


@score("composition", prompts="random-tokens")
def composition_score(
    model: nn.Module,
    prompts: Prompts | None = None,
    *,
    kind: Composition = "k",
    later: str | None = None,
    subtract_baseline: bool = True,
    fold: bool = True,
) -> PromptScores:
    """How much a head composes with a given later head, or with any, above random matrices.

    Args:
        kind: The later head's input, `q`, `k` or `v`.
        later: A head such as L5H1; None = the maximum over all later heads.
        subtract_baseline: Subtract `composition_baseline`.
        fold: Fold norms in.

    Returns:
        `[1, layer, head]`, unitless; 0 = like random matrices; NaN for heads without a later one.
    """
    del prompts
    strengths = composition(model, kind, fold=fold)
    if later is None:
        best = strengths.flatten(2).nan_to_num(nan=-torch.inf).amax(-1)
        values = torch.where(best == -torch.inf, torch.nan, best)
    else:
        ((layer, head),) = named_heads(model, [later])
        values = strengths[..., layer, head]
    if subtract_baseline:
        first = next(iter(circuits(model, fold=fold)))
        values = values - composition_baseline(first.W_V.shape[1], first.W_V.shape[2])
    return values[None]


def answer_tokens(prompts: Prompts) -> Tensor:
    """The answers and rivals of the prompts, each token once, `[n]`.

    Raises:
        ShapeError: If they have none.
    """
    ids = [prompts.paired[name] for name in ("answers", "wrong") if name in prompts.paired]
    if not ids:
        raise ShapeError(
            "the prompts have no answers. Choose prompts that have, such as --generator ioi (in Python, paired['answers'] or tokens=)."
        )
    unique: Tensor = torch.unique(torch.cat(ids))
    return unique


def eigenvalue_share(eigenvalues: Tensor) -> Tensor:
    """Σ Re λ / Σ |λ| of a matrix's eigenvalues, `[..., n]` → `[...]`: -1 (all negative) to 1 (all positive)."""
    share: Tensor = eigenvalues.real.sum(-1) / eigenvalues.abs().sum(-1)
    return share


def _by_head(model: nn.Module, fold: bool, value: Callable[[LayerMatrices], Tensor]) -> Tensor:
    return by_layer({layer.layer: value(layer) for layer in circuits(model, fold=fold)}, anatomy(model).n_layers(), 0)[
        None
    ]


def _positivity(left: Tensor, middle: Tensor, right: Tensor) -> Tensor:
    """Σ Re λ / Σ |λ| of `left middle right`, `[head]`; NaN where the product is only rounding error."""
    products = left.double() @ middle.double() @ right.double()  # [head, d_head, d_head]
    eigenvalues: Tensor = torch.linalg.eigvals(products)
    most = left.double().flatten(1).norm(dim=-1) * middle.double().norm() * right.double().flatten(1).norm(dim=-1)
    there = eigenvalues.abs().sum(-1) > _NOTHING * most
    return torch.where(there, eigenvalue_share(eigenvalues), torch.nan).float()


def _sides(layer: LayerMatrices, kind: Composition) -> tuple[Tensor, Tensor]:
    """The later head's matrix as a product, `[head, d_model, d_head]` and `[head, d_head, d_model]`."""
    if kind == "v":
        return layer.W_V, layer.W_O
    return (layer.W_Q, layer.W_K.transpose(-1, -2)) if kind == "q" else (layer.W_K, layer.W_Q.transpose(-1, -2))


def _strength(V: Tensor, O: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """`‖V O left right‖ / (‖V O‖ ‖left right‖)` of every pair, `[head, head]`, through Gram matrices of d_head × d_head."""
    before, after = V.transpose(-1, -2) @ V, right @ right.transpose(-1, -2)  # [head, d_head, d_head]
    middle = torch.einsum("aed,bdf->abef", O, left)  # [head, head, d_head, d_head]
    both: Tensor = torch.einsum("aef,abeg,bgh,abfh->ab", before, middle, after, middle)
    first = torch.einsum("aef,aef->a", before, O @ O.transpose(-1, -2))
    second = torch.einsum("bgh,bgh->b", left.transpose(-1, -2) @ left, after)
    strength: Tensor = both.clamp(min=0) / (first[:, None] * second[None])
    return torch.sqrt(strength)
