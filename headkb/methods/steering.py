"""Steering: add a direction to one head's output, or remove it, and measure the change in the answer.

    direction      v = mean z(clean) − mean z(corrupted), v̂ = v / ‖v‖, σ = standard deviation of v̂ᵀz over both
    addition       z(corrupted) += α σ v̂            effect = m(steered) − m(corrupted)
    subtraction    z(clean) −= v̂ (v̂ᵀz − c)          effect = m(clean) − m(without), c = 0 or the mean of v̂ᵀz

Directions are fitted, and applied, at the positions that `positions` names ("end" by default). With `direction="random"`, drawn from
`seed`, they are a control of the same length. A positive number means that the
direction pushes towards the answer. For the metric `loss` the sign is turned round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.errors import check_choice
from headkb.head_index import Heads
from headkb.keywords import Range
from headkb.methods.contrast import Contrast, MetricName, contrast, named
from headkb.methods.passes import TOKENS, edited, layers_of, z_of
from headkb.scores import score
from headkb.tensors import Prompts, PromptScores, by_layer, position_mask

DirectionName = Literal["difference", "random"]


@dataclass(frozen=True)
class Directions:
    """One direction per head.

    Attributes:
        unit: `[layer, head, d_head]`, of length 1; 0 where clean and corrupted z are equal.
        spread: `[layer, head]`, standard deviation of z along it, over clean and corrupted prompts.
        mean: `[layer, head]`, mean of z along it.

    All are NaN in blocks that do not attend.
    """

    unit: Tensor
    spread: Tensor
    mean: Tensor


def directions(
    model: nn.Module,
    prompts: Prompts,
    *,
    positions: str | None = "end",
    direction: DirectionName = "difference",
    seed: Annotated[int, Range(0, 9_223_372_036_854_775_807)] = 0,
    tokens_per_batch: int = TOKENS,
) -> Directions:
    """Directions from corrupted to clean: the difference of each head's mean z, or random with the spread along it.

    Raises:
        ShapeError: If there are no corrupted prompts.
    """
    check_choice("direction", direction, get_args(DirectionName))
    both = contrast(prompts)
    sides = [_gathered(model, both, corrupted, positions, tokens_per_batch) for corrupted in (False, True)]
    outside = sides[0][0].isnan()  # [layer, head, d_head]: no head, or one narrower than others
    sides = [side.masked_fill(outside, 0.0) for side in sides]
    along = sides[0].mean(0) - sides[1].mean(0)  # [layer, head, d_head]
    length = along.norm(dim=-1, keepdim=True)
    unit = torch.where(length > 1e-9, along / length.clamp_min(1e-9), 0.0)
    spread = torch.einsum("nlhd,lhd->nlh", torch.cat(sides), unit).std(0, correction=0)
    if direction == "random":
        noise = torch.randn(unit.shape, generator=torch.Generator().manual_seed(seed)).masked_fill(outside, 0.0)
        unit = noise / noise.norm(dim=-1, keepdim=True)
    mean = torch.einsum("nlhd,lhd->nlh", torch.cat(sides), unit).mean(0)
    no_head = outside.all(-1)
    return Directions(
        unit.masked_fill(no_head[..., None], torch.nan), *(x.masked_fill(no_head, torch.nan) for x in (spread, mean))
    )


@score("directional-addition", prompts="ioi")
def directional_addition(
    model: nn.Module,
    prompts: Prompts,
    *,
    alpha: Annotated[float, Range(-1_000_000, 1_000_000)] = 1.0,
    metric: MetricName = "logit_diff",
    positions: str | None = "end",
    direction: DirectionName = "difference",
    seed: Annotated[int, Range(0, 9_223_372_036_854_775_807)] = 0,
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """How far steering each head towards clean moves the corrupted run towards the clean answer.

    Args:
        alpha: Length of the step, in standard deviations along the direction; negative steers the other way.
        metric: Measured on the corrupted run for the clean answers.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = towards the clean answer.
    """
    both = contrast(prompts)
    fitted = directions(
        model, prompts, positions=positions, direction=direction, seed=seed, tokens_per_batch=tokens_per_batch
    )
    step = alpha * fitted.spread[..., None] * fitted.unit  # [layer, head, d_head]
    where = _at(both.other, both.clean, positions)

    def change(layer: int, z: Tensor) -> Tensor:
        return z + step[layer, : z.shape[2], : z.shape[3]].to(z)

    before, steered = edited(
        model, both, change, metric, tokens_per_batch, corrupted=True, positions=where, heads=heads
    )
    return before - steered if metric == "loss" else steered - before


@score("directional-subtraction", prompts="ioi")
def directional_subtraction(
    model: nn.Module,
    prompts: Prompts,
    *,
    keep_mean: bool = True,
    metric: MetricName = "logit_diff",
    positions: str | None = "end",
    direction: DirectionName = "difference",
    seed: Annotated[int, Range(0, 9_223_372_036_854_775_807)] = 0,
    heads: Heads | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """How much the clean answer depends on the direction between clean and corrupted in each head's z.

    Args:
        keep_mean: Set the component to its mean over clean and corrupted prompts; False = to zero.
        metric: Measured on the clean run.

    Returns:
        `[prompt, layer, head]`, in the metric's unit; positive = the direction helps.
    """
    both = contrast(prompts)
    fitted = directions(
        model, prompts, positions=positions, direction=direction, seed=seed, tokens_per_batch=tokens_per_batch
    )
    target = fitted.mean if keep_mean else torch.zeros_like(fitted.mean)

    def change(layer: int, z: Tensor) -> Tensor:
        unit = fitted.unit[layer, : z.shape[2], : z.shape[3]].to(z)
        over = torch.einsum("bphd,hd->bph", z, unit) - target[layer, : z.shape[2]].to(z)
        return z - over[..., None] * unit

    before, without = edited(
        model, both, change, metric, tokens_per_batch, positions=named(prompts, positions), heads=heads
    )
    return without - before if metric == "loss" else before - without


def _gathered(model: nn.Module, both: Contrast, corrupted: bool, positions: str | None, tokens: int) -> Tensor:
    """Z at all these positions, `[n, layer, head, d_head]`, on the CPU."""
    layers_of(model)
    batches = []
    for _, some in both.batches(tokens):
        prompts = some.other if corrupted else some.clean
        real = position_mask(_at(prompts, some.clean, positions), prompts.mask)
        z_real = {layer: z[real].cpu() for layer, z in z_of(model, prompts).items()}
        batches.append(by_layer(z_real, anatomy(model).n_layers()))
    return torch.cat(batches).float()


def _at(prompts: Prompts, clean: Prompts, positions: str | None) -> Tensor | None:
    """The positions of that name; if corrupted prompts have none, those of the clean ones."""
    return named(prompts if positions in (None, "end", *prompts.positions) else clean, positions)
