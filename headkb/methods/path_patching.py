"""Path patching: change one route and leave all others as they were, so direct effects stand apart from indirect ones.

    1. Clean run and corrupted run: keep every head's z, and what the MLPs return.
    2. Sender (l, h) takes its corrupted z, every other head is frozen to its clean one; the receivers' q, k or v (or the logits) are
       read off. MLPs between are recomputed (`mlps="recomputed"`: paths through them count) or frozen too (`mlps="frozen"`: the
       direct path alone).
    3. Clean run in which the receivers take that q, k or v; all that comes after them is recomputed. For logits, step 2 is the end.

    effect = m(step 3) − m(clean), negative where the path helps; for `loss` positive where it helps

Exact: nothing is linearised. In grouped-query models a receiver is one query head, whose own view of the shared key or value changes
while the other heads of its group keep theirs.

Cost: 2P forwards for the two runs, then 2·P·S for S senders (S = heads below the receivers), for the logits P·S; senders lie side by
side on the batch axis.

Pitfalls:
    - Whether MLPs are frozen changes the result: state it.
    - The receiver's norm is recomputed with the sender's change in it, so paths do not add up exactly.
    - With several receivers all are patched at once, as for the name movers in IOI.

Source: Wang et al. 2022 (arXiv:2211.00593), with MLPs recomputed; Goldowsky-Dill et al. 2023 (arXiv:2304.05969). Differences:
the receivers' q, k and v are patched as attention takes them, after rotary embedding and norms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Literal

import torch
from torch import Tensor, nn

from headkb.attention.tap import Call, Tap
from headkb.errors import UnknownNameError
from headkb.methods.contrast import Contrast, MetricName, contrast
from headkb.methods.passes import (
    TOKENS,
    BranchTap,
    Leaves,
    SeeZ,
    baseline,
    chunks,
    copies,
    forward,
    layers_of,
    measured,
    mlps_frozen,
    mlps_seen,
    reads_qkv,
    repeated,
    z_of,
)
from headkb.methods.patching import NORMALIZE, Normalize, check_choice, normalized
from headkb.tensors import Prompts, PromptScores

Through = Literal["q", "k", "v"]
THROUGH: tuple[Through, ...] = ("q", "k", "v")
Mlps = Literal["recomputed", "frozen"]
MLPS: tuple[Mlps, ...] = ("recomputed", "frozen")
LayerHead = tuple[int, int]
_NAME = re.compile(r"^L(\d+)H(\d+)$")


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
    """What becomes of the metric when only the path from each head to the receivers carries its corrupted output.

    Args:
        model: Any transformers model with one residual stream.
        prompts: Clean prompts with answers and corrupted counterparts (see `headkb.methods.contrast`).
        receivers: (layer, head) pairs, names, or one text such as "L9H9, L9H6"; None = the logits, that is each head's direct effect.
        through: Which input of the receivers the path ends in; without a meaning for the logits.
        mlps: Whether paths through MLPs count between sender and receiver.
        metric: What is measured.
        normalize: `none`: in the metric's unit; `set`, `solved`, `prompt`: over m(clean) − m(corrupted), as in activation patching.
        senders: Likewise; None = all that can reach a receiver.
        tokens_per_batch: At most so many tokens, copies of the prompts included, go through the model at once.

    Returns:
        `[prompt, layer, head]`, m(patched) − m(clean); NaN for heads that are no senders.

    Raises:
        ShapeError: If counterparts or answers are missing.
        UnknownNameError: If a head does not exist.
        ModelError: If receivers are given and the model hides q, k and v.
    """
    for what, value, known in (
        ("through", through, THROUGH),
        ("mlps", mlps, MLPS),
        ("normalize", normalize, NORMALIZE),
    ):
        check_choice(what, value, known)
    sites, both = layers_of(model), contrast(prompts)
    ends = None if receivers is None else checked_heads(model, receivers)
    if ends is not None:
        reads_qkv(model)
    below = len(sites) if ends is None else max(layer for layer, _ in ends)
    every = [(layer, head) for layer in range(below) for head in range(sites[layer].n_heads)]
    wanted = every if senders is None else [head for head in checked_heads(model, senders) if head[0] < below]
    values = torch.full((len(prompts), len(sites), max(site.n_heads for site in sites)), torch.nan)
    with torch.no_grad():
        for rows, some in both.batches(tokens_per_batch):
            route = _Route(model, some, metric, mlps, ends, through)
            for group in chunks(wanted, some.clean, tokens_per_batch):
                effects = route.patched(list(group)) - route.clean  # [sender, prompt]
                for (layer, head), effect in zip(group, effects, strict=True):
                    values[rows, layer, head] = effect.float().cpu()
    if normalize == "none":
        return values
    m_clean, m_corrupted = (
        baseline(model, both, metric, corrupted=side, tokens=tokens_per_batch) for side in (False, True)
    )
    return normalized(values, m_clean - m_corrupted, normalize)


class _Route:
    """One batch, its two runs, and the ways to patch it."""

    def __init__(
        self,
        model: nn.Module,
        both: Contrast,
        metric: MetricName,
        mlps: Mlps,
        ends: list[LayerHead] | None,
        through: Through,
    ) -> None:
        self.model, self.both, self.ends, self.through = model, both, ends, THROUGH.index(through)
        self.metric, self.sites = both.metric(metric), layers_of(model)
        self.leaves: Leaves | None = None
        self.z_clean: list[Tensor] = []
        leaves: Leaves = {}
        self.clean = measured(
            model,
            both.clean,
            self.metric,
            z=lambda _, z: self.z_clean.append(z.clone()),
            also=[mlps_seen(model, self.sites, leaves)],
        )
        if mlps == "frozen":
            self.leaves = leaves
        self.z_corrupted = z_of(model, both.other)

    def patched(self, senders: list[LayerHead]) -> Tensor:
        """The metric with the path from each sender patched, `[sender, prompt]`."""
        count = len(senders)
        many, metric = copies(self.both.clean, count), repeated(self.metric, count)

        def frozen() -> list[AbstractContextManager[None]]:
            return [] if self.leaves is None else [mlps_frozen(self.model, self.leaves, count)]

        def fix(layer: int, _: Tensor) -> Tensor:
            z = (
                self.z_clean[layer].expand(count, *self.z_clean[layer].shape).clone()
            )  # [sender, prompt, pos, head, d_head]
            for copy, (at, head) in zip(z, senders, strict=True):
                if at == layer:
                    copy[:, :, head] = self.z_corrupted[layer][:, :, head]
            return z.flatten(0, 1)

        if self.ends is None:
            return measured(self.model, many, metric, z=fix, also=frozen()).view(count, -1)
        ends, new = self.ends, self._received(many, fix, frozen())

        def branch(index: int, q: Tensor, k: Tensor, v: Tensor) -> list[tuple[Tensor | None, Tensor, Tensor, Tensor]]:
            if index not in new:
                return []
            given = [q, k, v]
            given[self.through] = new[index]
            heads = torch.tensor([(index, head) in ends for head in range(q.shape[1])])
            return [(heads, given[0], given[1], given[2])]

        return measured(self.model, many, metric, tap=BranchTap(branch=branch)).view(count, -1)

    def _received(self, many: Prompts, fix: SeeZ, frozen: list[AbstractContextManager[None]]) -> dict[int, Tensor]:
        """The q, k or v of the receivers' layers when only the sender differs."""
        assert self.ends is not None
        found: dict[int, Tensor] = {}
        wanted = {layer for layer, _ in self.ends}

        def see(call: Call) -> None:
            if call.index in wanted:
                given = (call.q, call.k, call.v)[self.through]
                assert given is not None
                found[call.index] = given.clone()

        forward(self.model, many, tap=Tap(see=see, last=max(wanted)), z=fix, also=frozen)
        return found


def checked_heads(model: nn.Module, heads: Iterable[LayerHead | str] | str) -> list[LayerHead]:
    """The heads as plain pairs, if all exist."""
    heads = [name.strip() for name in heads.split(",")] if isinstance(heads, str) else heads
    sites = layers_of(model)
    pairs: list[LayerHead] = []
    for head in heads:
        if isinstance(head, str):
            found = _NAME.fullmatch(head)
            if found is None:
                raise UnknownNameError("head", head, (), "Write it L9H9, layer and head counted from 0.")
            head = int(found[1]), int(found[2])
        pairs.append((int(head[0]), int(head[1])))
    for at, index in pairs:
        if not (0 <= at < len(sites) and 0 <= index < sites[at].n_heads):
            raise UnknownNameError(
                "head", f"L{at}H{index}", (), f"The model has {len(sites)} x {sites[0].n_heads} heads."
            )
    return pairs
