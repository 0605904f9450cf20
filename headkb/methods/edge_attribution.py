"""Edge attribution patching: a first-order estimate of every direct path from head to head, and from head to logits.

    ê(u → v) = Σ_pos (a_u(corrupted) − a_u(clean))ᵀ ∂m/∂x_v |_clean

a_u is what head u adds to the stream (through the norm after `W_O`, to first order, where there is one), x_v the stream as head v's
q, k or v alone reads it, norm included. It estimates `path_patching(mlps="frozen")` of that edge; `checked_edges` puts the two side
by side for the top edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from headkb.attention import output_weights
from headkb.attention.hooks import removing
from headkb.methods.attribution import Checked
from headkb.methods.contrast import Contrast, MetricName, contrast
from headkb.methods.passes import (
    TOKENS,
    BranchTap,
    layers_of,
    measured,
    no_parameter_gradients,
    reads_qkv,
    z_of,
)
from headkb.methods.path_patching import THROUGH, path_patching
from headkb.methods.stream import last_block
from headkb.methods.structure import structure
from headkb.scores import score
from headkb.tensors import HeadScores, Prompts, PromptScores


@dataclass(frozen=True)
class Edges:
    """Estimates of m(patched) − m(clean), mean over prompts.

    Attributes:
        to_heads: `[layer, head, q k v, layer, head]`: sender, then input and receiver; NaN where there is no edge.
        to_logits: `[layer, head]`.
        leaving: `[prompt, layer, head]`, the sizes of all edges that leave a head, added up.
    """

    to_heads: Tensor
    to_logits: HeadScores
    leaving: PromptScores


@score("edge-attribution-patching", prompts="ioi")
def edge_attribution_patching(
    model: nn.Module, prompts: Prompts, *, metric: MetricName = "logit_diff", tokens_per_batch: int = TOKENS
) -> PromptScores:
    """How much goes through all edges that leave each head: the sum of the sizes of their estimates.

    Args:
        model: A model with one residual stream whose q, k and v can be seen.
        prompts: Clean prompts with answers and corrupted counterparts (see `headkb.methods.contrast`).
        metric: What is measured.
        tokens_per_batch: At most so many tokens go through the model at once.

    Returns:
        `[prompt, layer, head]`, in the metric's unit, 0 or more.

    Raises:
        ShapeError: If counterparts or answers are missing.
        ModelError: If the model hides q, k and v, or does not add its parts to one stream.
    """
    return edges(model, prompts, metric=metric, tokens_per_batch=tokens_per_batch).leaving


def edges(
    model: nn.Module, prompts: Prompts, *, metric: MetricName = "logit_diff", tokens_per_batch: int = TOKENS
) -> Edges:
    """Every edge's estimate; the arguments of `edge_attribution_patching`."""
    reads_qkv(model)
    both, sites = contrast(prompts), layers_of(model)
    layers, heads = len(sites), max(site.n_heads for site in sites)
    to_heads = torch.zeros(layers, heads, 3, layers, heads)
    to_logits, leaving = torch.zeros(layers, heads), []
    for _, some in both.batches(tokens_per_batch):
        step = _Step(model, some, metric)
        sizes = torch.zeros(len(some), layers, heads)
        for receiver in range(layers + 1):
            reads = step.gradients(receiver)  # [input, prompt, pos, d_model]
            for sender in range(receiver):
                found = torch.einsum("pnhd,rpnd->phr", step.change(sender), reads).float().cpu()
                sizes[:, sender] += found.abs().sum(-1)
                if receiver == layers:
                    to_logits[sender] += found[..., 0].sum(0)
                else:
                    to_heads[sender, :, :, receiver] += found.sum(0).view(heads, 3, -1)
        leaving.append(sizes)
    later = torch.ones(layers, layers, dtype=torch.bool).triu(1)[:, None, None, :, None]
    return Edges(torch.where(later, to_heads / len(both), torch.nan), to_logits / len(both), torch.cat(leaving))


def checked_edges(
    model: nn.Module,
    prompts: Prompts,
    *,
    top: int = 10,
    metric: MetricName = "logit_diff",
    tokens_per_batch: int = TOKENS,
) -> list[Checked]:
    """The `top` edges by size of the estimate, each with what path patching really does beside it."""
    found = edges(model, prompts, metric=metric, tokens_per_batch=tokens_per_batch)
    shape, ranked = found.to_heads.shape, torch.cat([found.to_heads.flatten(), found.to_logits.flatten()]).nan_to_num(0)
    checked = []
    for index in ranked.abs().argsort(descending=True)[:top].tolist():
        if index >= found.to_heads.numel():
            layer, head = divmod(index - found.to_heads.numel(), shape[1])
            name, ends, through = f"L{layer}H{head} -> logits", None, THROUGH[0]
        else:
            layer, head, at, to, receiver = (int(i) for i in torch.unravel_index(torch.tensor(index), shape))
            name, ends, through = f"L{layer}H{head} -> L{to}H{receiver}.{THROUGH[at]}", [(to, receiver)], THROUGH[at]
        real = path_patching(
            model, prompts, receivers=ends, through=through, mlps="frozen", metric=metric, senders=[(layer, head)],
            tokens_per_batch=tokens_per_batch,
        )  # fmt: skip
        checked.append(Checked(name, float(ranked[index]), float(real[:, layer, head].mean())))
    return checked


class _Step:
    """One batch with its graph: what heads add, and how the metric depends on what heads read."""

    def __init__(self, model: nn.Module, both: Contrast, metric: MetricName) -> None:
        self.model, self.sites, self.shape = model, layers_of(model), structure(model)
        self.z: list[Tensor] = []
        self.written: list[Tensor] = []
        self.resid: list[Tensor] = []
        self.read: dict[int, tuple[Tensor, Tensor, Tensor]] = {}  # q, k, v as projected
        self.views: dict[int, list[tuple[Tensor, Tensor, Tensor]]] = {}  # each group member's own q, k, v
        self.corrupted = z_of(model, both.other)
        with no_parameter_gradients(model):
            value = measured(
                model, both.clean, both.metric(metric), tap=BranchTap(branch=self._branch),
                z=lambda _, z: self.z.append(z.detach().clone()), residual=self._enter, also=[self._watching()],
            )  # fmt: skip
            wanted = [x for layer in range(1, len(self.sites)) for view in self.views[layer] for x in view]
            found = iter(torch.autograd.grad(value.sum(), [*wanted, self.resid[-1]], retain_graph=True))
        self.pulls = {
            layer: [(next(found), next(found), next(found)) for _ in self.views[layer]]
            for layer in range(1, len(self.sites))
        }
        self.last = next(found)

    def change(self, layer: int) -> Tensor:
        """What each head adds to the stream when corrupted, less what it adds now, to first order; `[prompt, pos, head, d_model]`."""
        delta = self.corrupted[layer] - self.z[layer]
        with torch.no_grad():
            result = torch.einsum("pnhe,hed->pnhd", delta, output_weights(self.model, layer)[0].clone())
            if (norm := self.shape.norms[layer]) is not None:
                given = self.written[layer]
                heads = [torch.func.jvp(norm, (given,), (part.contiguous(),))[1] for part in result.unbind(2)]
                result = torch.stack(heads, 2)
            return self.shape.multipliers[layer] * result

    def gradients(self, layer: int) -> Tensor:
        """∂m/∂x of every input of the layer's heads, q, k, v in turn, `[input, prompt, pos, d_model]`; of the logits after the last."""
        if layer == len(self.sites):
            return self.last[None]
        if layer == 0:
            return torch.empty(0)
        pulls, members, found = self.pulls[layer], len(self.pulls[layer]), []
        for at, read in enumerate(self.read[layer]):
            for head in range(self.sites[layer].n_heads):
                member, row = head % members, head if at == 0 else head // members
                one = torch.zeros_like(read)
                one[:, row] = pulls[member][at][:, row]
                found.append(torch.autograd.grad(read, self.resid[layer], one, retain_graph=True)[0])
        return torch.stack(found)

    def _branch(
        self, index: int, q: Tensor, k: Tensor, v: Tensor
    ) -> list[tuple[Tensor | None, Tensor, Tensor, Tensor]]:
        """Let each member of a group of query heads attend with keys and values that are a tensor of its own."""
        members = q.shape[1] // k.shape[1]
        self.read[index] = q, k, v
        views = self.views[index] = [(q.view_as(q), k.view_as(k), v.view_as(v)) for _ in range(members)]
        return [(torch.arange(q.shape[1]) % members == at, *view) for at, view in enumerate(views)]

    def _enter(self, layer: int, x: Tensor) -> Tensor:
        self.resid.append(x if x.requires_grad else x.detach().requires_grad_())
        return self.resid[layer]

    def _watching(self) -> Any:
        """Hooks that keep what each `W_O` writes, and what the last layer returns."""

        def write(_: nn.Module, __: Any, result: Tensor) -> None:
            self.written.append(result.detach().clone())

        def leave(_: nn.Module, __: Any, result: Any) -> None:
            self.resid.append(result if isinstance(result, Tensor) else result[0])

        handles: list[Any] = [
            site.o_proj.register_forward_hook(write) for site in self.sites if site.o_proj is not None
        ]
        return removing([*handles, last_block(self.model).register_forward_hook(leave)])
