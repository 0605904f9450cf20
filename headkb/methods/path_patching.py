"""Path patching: change one path and freeze all others, which separates direct from indirect effects.

    1. Clean run and corrupted run: keep every head's z, and what the MLPs return.
    2. Sender (l, h) takes its corrupted z, every other head is frozen to its clean one; the receivers' q, k or v (or the logits) are
       read off. MLPs between are recomputed (`mlps="recomputed"`: paths through them count) or frozen too (`mlps="frozen"`: the
       direct path alone).
    3. Clean run in which the receivers take that q, k or v; all that comes after them is recomputed. For logits, step 2 is the end.

    effect = m(step 3) − m(clean), negative where the path helps; for `loss` positive where it helps

Exact: nothing is linearised. In grouped-query models a receiver is one query head, whose own view of the shared key or value changes
while the other heads of its group keep theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TypeAlias

import torch
from torch import Tensor, nn

from headkb.attention import anatomy
from headkb.attention.tap import Call, Tap, of_layers
from headkb.methods.contrast import Contrast, MetricName, Normalize, contrast, normalized
from headkb.methods.heads import LayerHead, every_head, named_heads
from headkb.methods.held import Held, Mlps, SentPath, taking
from headkb.methods.input_patching import THROUGH, Through
from headkb.methods.passes import TOKENS, Leaves, layers_of, measure, mlps_frozen, mlps_seen, reads_qkv, watch, z_of
from headkb.scores import score
from headkb.sweeps.head_sets import can_resume
from headkb.tensors import Prompts, PromptScores


@score("path-patching", prompts="ioi", heads="senders")
def path_patching(
    model: nn.Module,
    prompts: Prompts,
    *,
    receivers: Iterable[LayerHead | str] | str | None = None,
    through: Through = "q",
    mlps: Mlps = "recomputed",
    metric: MetricName = "logit_diff",
    normalize: Normalize = "none",
    senders: Iterable[LayerHead | str] | str | None = None,
    tokens_per_batch: int = TOKENS,
) -> PromptScores:
    """The change in the metric when only the path from each head to the receivers carries its corrupted output.

    Args:
        receivers: (layer, head) pairs, names, or one text such as "L9H9, L9H6"; None = the logits: each head's direct effect.
        through: The receivers' input at which the path ends; no meaning for the logits.
        mlps: Whether paths through MLPs count between sender and receiver.
        normalize: `none`: in the metric's unit; `set`, `solved`, `prompt`: over m(clean) − m(corrupted), as in activation patching.
        senders: Heads in the same forms; None = all that can reach a receiver.

    Returns:
        `[prompt, layer, head]`, m(patched) − m(clean); NaN for other heads than senders.

    Raises:
        ModelError: With receivers, if the model hides q, k and v.
    """
    sites, both = layers_of(model), contrast(prompts)
    ends = None if receivers is None else named_heads(model, receivers)
    if ends is not None:
        reads_qkv(model)
    n_layers = anatomy(model).n_layers()
    below = n_layers if ends is None else max(layer for layer, _ in ends)
    every = every_head([site for site in sites if site.layer < below])
    starts = every if senders is None else [head for head in named_heads(model, senders) if head[0] < below]
    values = torch.full((len(prompts), n_layers, max(site.n_heads for site in sites)), torch.nan)
    route = SentPath(ends, through, mlps, metric)
    clean, corrupted, fast = torch.zeros(len(prompts)), torch.zeros(len(prompts)), can_resume(model)
    with torch.no_grad():
        for rows, some in both.batches(tokens_per_batch):
            other: dict[int, Tensor] = {}
            end = some.metric(metric, corrupted=True)
            seen = measure(model, some.other, end, z=partial(_keep, other))
            corrupted[rows] = seen.float().cpu()
            effects = _held(model, some, route, starts, other, check=rows.start == 0) if fast else None
            fast = effects is not None  # whole passes from here on, if the fast way failed
            if effects is None:
                effects = _Whole(model, some, route).effects(starts)
            clean[rows] = effects[0].float().cpu()
            for (layer, head), change in effects[1].items():
                values[rows, layer, head] = change.float().cpu()
    return normalized(values, clean - corrupted, normalize)


Effects: TypeAlias = tuple[Tensor, dict[LayerHead, Tensor]]
"""The metric without a change, `[prompt]`, and what each sender changes, `[prompt]` each."""


def _keep(layers: dict[int, Tensor], layer: int, z: Tensor) -> None:
    layers[layer] = z.clone()


def _held(
    model: nn.Module, both: Contrast, route: SentPath, starts: list[LayerHead], other: dict[int, Tensor], check: bool
) -> Effects | None:
    """The effects without whole passes; None where that fails, or changes the number that a whole pass gives for one prompt."""
    with suppress(Exception):
        held = Held(model, both, other, route)
        changes: dict[LayerHead, Tensor] = {}
        for layer in sorted({layer for layer, _ in starts}):
            for some, values in held.sent(layer, [head for at, head in starts if at == layer]):
                changes |= {(layer, head): value - held.clean for head, value in zip(some, values, strict=True)}
        if not check or not starts:
            return held.clean, changes
        second = layers_of(model)[:2][-1].layer  # a sender with layers below and above it
        one = min(starts, key=lambda head: abs(head[0] - second))
        clean, whole = _Whole(model, both.select(slice(0, 1)), route).effects([one])
        found = torch.stack([held.clean[0], changes[one][0]])
        tolerance = max(1e-4, 8 * torch.finfo(next(model.parameters()).dtype).eps)
        if torch.allclose(found, torch.stack([clean[0], whole[one][0]]), rtol=tolerance, atol=tolerance):
            return held.clean, changes
    return None


class _Whole:
    """One batch, its clean and corrupted run, and whole passes with one path patched."""

    def __init__(self, model: nn.Module, both: Contrast, route: SentPath) -> None:
        self.model, self.both, self.ends, self.through = model, both, route.ends, THROUGH.index(route.through)
        self.metric, self.sites = both.metric(route.metric), layers_of(model)
        self.z_clean: dict[int, Tensor] = {}
        leaves: Leaves = {}
        seen = mlps_seen(model, self.sites, leaves)
        self.clean = measure(model, both.clean, self.metric, z=partial(_keep, self.z_clean), also=[seen])
        self.leaves = leaves if route.mlps == "frozen" else Leaves()
        self.z_corrupted = z_of(model, both.other)

    def effects(self, senders: list[LayerHead]) -> Effects:
        """The metric, and the change by each sender."""
        return self.clean, {sender: self.patched(sender) - self.clean for sender in senders}

    def patched(self, sender: LayerHead) -> Tensor:
        """The metric with the path from one sender patched, `[prompt]`."""

        def fix(layer: int, _: Tensor) -> Tensor:
            z = self.z_clean[layer].clone()
            if layer == sender[0]:
                z[:, :, sender[1]] = self.z_corrupted[layer][:, :, sender[1]]
            return z

        frozen = mlps_frozen(self.model, self.leaves)
        if self.ends is None:
            return measure(self.model, self.both.clean, self.metric, z=fix, also=[frozen])
        inputs: dict[int, Tensor] = {}
        sites = [site for site in self.sites if site.layer in {layer for layer, _ in self.ends}]

        def see(layer: int, call: Call) -> None:
            x = (call.q, call.k, call.v)[self.through]
            assert x is not None
            inputs[layer] = x.clone()

        tap = Tap(see=of_layers(sites, see), last=sites[-1].index)
        watch(self.model, self.both.clean, tap=tap, z=fix, also=[frozen])
        received = taking(self.ends, self.through, [site.layer for site in self.sites], inputs)
        return measure(self.model, self.both.clean, self.metric, tap=received)
