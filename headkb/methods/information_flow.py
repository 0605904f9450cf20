"""Information-flow routes: how close each part of an update of the stream is to the whole, traced back from the last token.

    c(p) = max(‖w‖₁ − ‖w − p‖₁, ε) / Σ_p' max(‖w‖₁ − ‖w − p'‖₁, ε),   ε = 1e-5

For attention w is the stream after it, x_i + Σ a, and the parts are x_i and what head h writes from token j, a^{h}_{ij}; for the MLP
w is the stream after it, and the parts are the stream before and the MLP's output. Where attention and MLP run in parallel (GPT-NeoX)
attention is taken to come first. Biases are in w but are no parts. A norm after `W_O` is held at its scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.methods.contrast import contrast, named
from headkb.methods.passes import TOKENS
from headkb.methods.stream import Sources, Stream, read_stream, refuse_hidden_values
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, position_mask

_EPSILON = 1e-5


@dataclass(frozen=True)
class Flow:
    """Importance of every part, 0 to 1.

    Attributes:
        attention: `[prompt, layer, head, query_pos, key_pos]`; with `residual` it sums to 1 over heads and keys.
        residual: `[prompt, layer, query_pos]`, of the stream, at attention.
        mlps: `[prompt, layer, query_pos]`; the rest is the stream's.
    """

    attention: Tensor
    residual: Tensor
    mlps: Tensor


@dataclass(frozen=True)
class FlowEdge:
    """One edge of the routes.

    Attributes:
        kind: "head", "mlp" or "residual" (at attention).
        layer: The layer it lies in.
        head: The head, or -1.
        query_pos: Its target position.
        key_pos: Its source position.
        importance: Its c.
    """

    kind: str
    layer: int
    head: int
    query_pos: int
    key_pos: int
    importance: float


@score("information-flow", prompts="ioi")
def information_flow(
    model: nn.Module, prompts: Prompts, *, positions: str | None = "end", tokens_per_batch: int = TOKENS
) -> PromptScores:
    """Each head's share of attention's update at some positions, summed over source tokens.

    Args:
        model: A model whose layers add to one stream, and whose values can be seen.
        positions: Name of the query positions to average over; None = all real ones.

    Returns:
        `[prompt, layer, head]`, unitless, 0 to 1.
    """
    both, where, values = contrast(prompts), named(prompts, positions), []
    for rows, some in both.batches(tokens_per_batch):
        counts = position_mask(None if where is None else where[rows], some.clean.mask)
        shares = flow(model, some.clean, counts).attention.sum(-1)  # [prompt, layer, head, query_pos]
        weight = counts.to(shares)[:, None, None]
        values.append((shares * weight).sum(-1) / weight.sum(-1))
    return torch.cat(values)


def flow(model: nn.Module, prompts: Prompts, queries: Tensor | None = None) -> Flow:
    """The importance of every part, for one batch; with `queries`, `[prompt, pos]` bool, only there, and 0 elsewhere."""
    refuse_hidden_values(model)
    sources = Sources()
    with torch.no_grad():
        stream = read_stream(model, prompts, sources.tap())
        where = prompts.mask if queries is None else queries
        layers = [_layer(model, stream, layer, sources, where) for layer in range(len(stream.z))]
    attention, residual, mlps = (torch.stack(parts, 1).float().cpu() for parts in zip(*layers, strict=True))
    return Flow(attention, residual, mlps)


def routes(importance: Flow, prompt: int, end: int, threshold: float = 0.04) -> list[FlowEdge]:
    """The edges of at least `threshold` that lead to position `end` after the last layer, last layer first."""
    edges, reached = [], {end}
    for layer in reversed(range(importance.mlps.shape[1])):
        below: set[int] = set()
        for query in sorted(reached):
            mlp, rest = float(importance.mlps[prompt, layer, query]), float(importance.residual[prompt, layer, query])
            if mlp >= threshold:
                edges.append(FlowEdge("mlp", layer, -1, query, query, mlp))
            if rest >= threshold:
                edges.append(FlowEdge("residual", layer, -1, query, query, rest))
                below.add(query)
            shares = importance.attention[prompt, layer, :, query]
            for head, key in (shares >= threshold).nonzero().tolist():
                edges.append(FlowEdge("head", layer, head, query, key, float(shares[head, key])))
                below.add(key)
        reached = below
    return edges


def _layer(
    model: nn.Module, stream: Stream, layer: int, sources: Sources, where: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Heads `[prompt, head, query_pos, key_pos]`, residual and MLP `[prompt, query_pos]` of one layer."""
    pattern, v = sources.pattern[layer], sources.v[layer]
    weights, before, after = output_weights(model, layer)[0].clone(), stream.resid[layer], stream.resid[layer + 1]
    middle = before + stream.attention(layer)
    near = torch.zeros_like(pattern)
    for prompt in range(len(pattern)):
        queries = where[prompt].nonzero()[:, 0]
        for head in range(pattern.shape[1]):
            value = v[prompt, head] @ weights[head]  # [key_pos, d_model]
            raw = pattern[prompt, head, queries, :, None] * value  # [query_pos, key_pos, d_model]
            parts = stream.part(layer, raw, (prompt, queries, None))
            attends = pattern[prompt, head, queries] > 0
            near[prompt, head, queries] = torch.where(attends, _nearness(middle[prompt, queries, None], parts), 0.0)
    rest = _nearness(middle, before)
    total = rest + near.sum((1, 3))
    mlp, stays = _nearness(after, after - middle), _nearness(after, middle)
    here = where.to(total.device)
    shares = near / total[:, None, :, None]
    return shares, torch.where(here, rest / total, 0.0), torch.where(here, mlp / (mlp + stays), 0.0)


def _nearness(whole: Tensor, part: Tensor) -> Tensor:
    """‖w‖₁ − ‖w − p‖₁, at least ε."""
    return (whole.abs().sum(-1) - (whole - part).abs().sum(-1)).clamp_min(_EPSILON)
