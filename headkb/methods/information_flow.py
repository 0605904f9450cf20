"""Information-flow routes: how near each part of an update of the stream comes to the whole, traced back from the last token.

    c(p) = max(‖w‖₁ − ‖w − p‖₁, ε) / Σ_p' max(‖w‖₁ − ‖w − p'‖₁, ε),   ε = 1e-5

For attention w is the stream after it, x_i + Σ a, and the parts are x_i and what head h brings from token j, a^{h}_{ij}; for the MLP
w is the stream after it, and the parts are the stream before and the MLP's output. Where attention and MLP run in parallel (GPT-NeoX)
attention is taken to come first. Biases are in w but are no parts. A norm after `W_O` is held at its scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.methods.contrast import contrast, marked, named
from headkb.methods.direct_logit import Sources, refuse_hidden_values
from headkb.methods.passes import TOKENS
from headkb.methods.stream import Stream, read_stream
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores

_EPSILON = 1e-5


@dataclass(frozen=True)
class Flow:
    """Importance of every part, 0 to 1.

    Attributes:
        attention: `[prompt, layer, head, query_pos, key_pos]`; with `residual` it sums to 1 over heads and keys.
        residual: `[prompt, layer, query_pos]`, of the stream, at attention.
        mlps: `[prompt, layer, query_pos]`; the stream has the rest.
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
        query_pos: Where it leads to.
        key_pos: Where it comes from.
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
    """The share of attention's update that each head brings, all source tokens together, at some positions.

    Args:
        model: A model whose layers add to one stream, and whose values can be seen.
        prompts: Any prompts.
        positions: Name of the query positions that count, averaged; None = all real ones.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, unitless, 0 to 1.

    Raises:
        ModelError: If the model hides its values, or does not add its parts to one stream.
    """
    both, where, values = contrast(prompts), named(prompts, positions), []
    for rows, some in both.batches(tokens_per_batch):
        counts = marked(None if where is None else where[rows], some.clean.mask)
        shares = flow(model, some.clean, counts).attention.sum(-1)  # [prompt, layer, head, query_pos]
        weight = counts.to(shares)[:, None, None]
        values.append((shares * weight).sum(-1) / weight.sum(-1))
    return torch.cat(values)


def flow(model: nn.Module, prompts: Prompts, queries: Tensor | None = None) -> Flow:
    """Every part's importance, of one batch; only at `queries`, `[prompt, pos]` bool, if given, and 0 elsewhere."""
    refuse_hidden_values(model)
    sources = Sources()
    with torch.no_grad():
        stream = read_stream(model, prompts, sources.tap())
        asked = prompts.mask if queries is None else queries
        layers = [_layer(model, stream, layer, sources, asked) for layer in range(len(stream.z))]
    attention, residual, mlps = (torch.stack(parts, 1).float().cpu() for parts in zip(*layers, strict=True))
    return Flow(attention, residual, mlps)


def routes(found: Flow, prompt: int, end: int, threshold: float = 0.04) -> list[FlowEdge]:
    """The edges of at least `threshold` that lead to position `end` after the last layer, last layer first."""
    edges, reached = [], {end}
    for layer in reversed(range(found.mlps.shape[1])):
        below: set[int] = set()
        for query in sorted(reached):
            mlp, rest = float(found.mlps[prompt, layer, query]), float(found.residual[prompt, layer, query])
            if mlp >= threshold:
                edges.append(FlowEdge("mlp", layer, -1, query, query, mlp))
            if rest >= threshold:
                edges.append(FlowEdge("residual", layer, -1, query, query, rest))
                below.add(query)
            shares = found.attention[prompt, layer, :, query]
            for head, key in (shares >= threshold).nonzero().tolist():
                edges.append(FlowEdge("head", layer, head, query, key, float(shares[head, key])))
                below.add(key)
        reached = below
    return edges


def _layer(
    model: nn.Module, stream: Stream, layer: int, sources: Sources, asked: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Of one layer: `[prompt, head, query_pos, key_pos]`, `[prompt, query_pos]`, `[prompt, query_pos]`."""
    pattern, v = sources.pattern[layer], sources.v[layer]
    weights, before, after = output_weights(model, layer)[0].clone(), stream.resid[layer], stream.resid[layer + 1]
    middle = before + stream.attention(layer)
    near = torch.zeros_like(pattern)
    for prompt in range(len(pattern)):
        queries = asked[prompt].nonzero()[:, 0]
        for head in range(pattern.shape[1]):
            moved = v[prompt, head] @ weights[head]  # [key_pos, d_model]
            raw = pattern[prompt, head, queries, :, None] * moved  # [query_pos, key_pos, d_model]
            parts = stream.part(layer, raw, (prompt, queries, None))
            seen = pattern[prompt, head, queries] > 0
            near[prompt, head, queries] = torch.where(seen, _nearness(middle[prompt, queries, None], parts), 0.0)
    rest = _nearness(middle, before)
    total = rest + near.sum((1, 3))
    mlp, stays = _nearness(after, after - middle), _nearness(after, middle)
    here = asked.to(total.device)
    shares = near / total[:, None, :, None]
    return shares, torch.where(here, rest / total, 0.0), torch.where(here, mlp / (mlp + stays), 0.0)


def _nearness(whole: Tensor, part: Tensor) -> Tensor:
    """‖w‖₁ − ‖w − p‖₁, at least ε."""
    return (whole.abs().sum(-1) - (whole - part).abs().sum(-1)).clamp_min(_EPSILON)
