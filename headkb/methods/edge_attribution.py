"""Edge attribution patching: first-order estimates of all direct paths from head to head, and from head to logits.

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
from headkb.attention.parts import first_tensor, stack_of
from headkb.methods.attribution import Checked
from headkb.methods.contrast import Contrast, MetricName, contrast
from headkb.methods.passes import (
    THROUGH,
    TOKENS,
    BranchTap,
    layers_of,
    measure,
    no_parameter_gradients,
    reads_qkv,
    z_of,
)
from headkb.methods.path_patching import path_patching
from headkb.methods.structure import structure
from headkb.scores import score
from headkb.tensors import HeadScores, Prompts, PromptScores


@dataclass(frozen=True)
class Edges:
    """Estimates of m(patched) − m(clean), mean over prompts.

    Attributes:
        to_heads: `[layer, head, q k v, layer, head]`: sender, then input and receiver; NaN where there is no edge.
        to_logits: `[layer, head]`.
        leaving: `[prompt, layer, head]`, sum of the absolute estimates of all edges that leave a head.
    """

    to_heads: Tensor
    to_logits: HeadScores
    leaving: PromptScores


@score("edge-attribution-patching", prompts="ioi")
def edge_attribution_patching(
    model: nn.Module, prompts: Prompts, *, metric: MetricName = "logit_diff", tokens_per_batch: int = TOKENS
) -> PromptScores:
    """The sum of the absolute estimates of all edges that leave each head.

    Args:
        model: A model with one residual stream whose q, k and v can be seen.

    Returns:
        `[prompt, layer, head]`, in the metric's unit, 0 or more.
    """
    return edges(model, prompts, metric=metric, tokens_per_batch=tokens_per_batch).leaving


def edges(
    model: nn.Module, prompts: Prompts, *, metric: MetricName = "logit_diff", tokens_per_batch: int = TOKENS
) -> Edges:
    """Every edge's estimate; arguments as in `edge_attribution_patching`."""
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
                effect = torch.einsum("pnhd,rpnd->phr", step.change(sender), reads).float().cpu()
                sizes[:, sender] += effect.abs().sum(-1)
                if receiver == layers:
                    to_logits[sender] += effect[..., 0].sum(0)
                else:
                    to_heads[sender, :, :, receiver] += effect.sum(0).view(heads, 3, -1)
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
    """The `top` edges by size of the estimate, each with its exact change by path patching."""
    estimates = edges(model, prompts, metric=metric, tokens_per_batch=tokens_per_batch)
    ranked = torch.cat([estimates.to_heads.flatten(), estimates.to_logits.flatten()]).nan_to_num(0)
    shape = estimates.to_heads.shape
    checked = []
    for index in ranked.abs().argsort(descending=True)[:top].tolist():
        if index >= estimates.to_heads.numel():
            layer, head = divmod(index - estimates.to_heads.numel(), shape[1])
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
    """One batch with its graph: what heads write, and the metric's gradient at what heads read."""

    def __init__(self, model: nn.Module, both: Contrast, metric: MetricName) -> None:
        self.model, self.sites, self.shape = model, layers_of(model), structure(model)
        self.z: list[Tensor] = []
        self.written: list[Tensor] = []
        self.resid: list[Tensor] = []
        self.read: dict[int, tuple[Tensor, Tensor, Tensor]] = {}  # q, k, v as projected
        self.views: dict[int, list[tuple[Tensor, Tensor, Tensor]]] = {}  # each group member's own q, k, v
        self.corrupted = z_of(model, both.other)
        with no_parameter_gradients(model):
            value = measure(
                model, both.clean, both.metric(metric), tap=BranchTap(branch=self._branch),
                z=lambda _, z: self.z.append(z.detach().clone()), residual=self._enter, also=[self._watching()],
            )  # fmt: skip
            inputs = [x for layer in range(1, len(self.sites)) for view in self.views[layer] for x in view]
            gradients = iter(torch.autograd.grad(value.sum(), [*inputs, self.resid[-1]], retain_graph=True))
        self.pulls = {
            layer: [(next(gradients), next(gradients), next(gradients)) for _ in self.views[layer]]
            for layer in range(1, len(self.sites))
        }
        self.last = next(gradients)

    def change(self, layer: int) -> Tensor:
        """Corrupted minus clean output of each head on the stream, to first order, `[prompt, pos, head, d_model]`."""
        delta = self.corrupted[layer] - self.z[layer]
        with torch.no_grad():
            result = torch.einsum("pnhe,hed->pnhd", delta, output_weights(self.model, layer)[0].clone())
            if (norm := self.shape.norms[layer]) is not None:
                written = self.written[layer]
                heads = [torch.func.jvp(norm, (written,), (part.contiguous(),))[1] for part in result.unbind(2)]
                result = torch.stack(heads, 2)
            return self.shape.multipliers[layer] * result

    def gradients(self, layer: int) -> Tensor:
        """∂m/∂x of each head's q, then k, then v, `[input, prompt, pos, d_model]`; after the last layer, of the logits."""
        if layer == len(self.sites):
            return self.last[None]
        if layer == 0:
            return torch.empty(0)
        pulls, members, inputs = self.pulls[layer], len(self.pulls[layer]), []
        for at, read in enumerate(self.read[layer]):
            for head in range(self.sites[layer].n_heads):
                member, row = head % members, head if at == 0 else head // members
                one = torch.zeros_like(read)
                one[:, row] = pulls[member][at][:, row]
                inputs.append(torch.autograd.grad(read, self.resid[layer], one, retain_graph=True)[0])
        return torch.stack(inputs)

    def _branch(
        self, index: int, q: Tensor, k: Tensor, v: Tensor
    ) -> list[tuple[Tensor | None, Tensor, Tensor, Tensor]]:
        """Give each query head of a group keys and values in a tensor of their own, so that each has its own gradient."""
        members = q.shape[1] // k.shape[1]
        self.read[index] = q, k, v
        views = self.views[index] = [(q.view_as(q), k.view_as(k), v.view_as(v)) for _ in range(members)]
        return [(torch.arange(q.shape[1]) % members == at, *view) for at, view in enumerate(views)]

    def _enter(self, layer: int, x: Tensor) -> Tensor:
        self.resid.append(x if x.requires_grad else x.detach().requires_grad_())
        return self.resid[layer]

    def _watching(self) -> Any:
        """Hooks that record the output of each `W_O` and of the last layer."""

        def write(_: nn.Module, __: Any, result: Tensor) -> None:
            self.written.append(result.detach().clone())

        def leave(_: nn.Module, __: Any, result: Any) -> None:
            self.resid.append(first_tensor(result))

        handles: list[Any] = [
            site.o_proj.register_forward_hook(write) for site in self.sites if site.o_proj is not None
        ]
        return removing([*handles, stack_of(self.model, self.sites)[-1].register_forward_hook(leave)])
