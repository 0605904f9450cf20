"""What a sweep measures: a number per prompt, and the few logits that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from headkb.tensors import Prompts


@dataclass(frozen=True)
class Metric:
    """A number for each prompt, and the logits it reads; no others are computed.

    Attributes:
        value: (logits `[prompt, k, v]`, prompts, answers) → `[prompt]`.
        positions: The k positions that it reads, `[prompt]` or `[prompt, k]`; None = all.
        tokens: The v vocabulary entries that it reads, in this order; None = all.
        answers: What else `value` needs to know of each prompt, `[prompt, …]`.
    """

    value: Callable[[Tensor, Prompts, Tensor | None], Tensor]
    positions: Tensor | None = None
    tokens: Tensor | None = None
    answers: Tensor | None = None

    def select(self, which: slice) -> Metric:
        """The same metric for a slice of the prompts."""
        positions, answers = (None if x is None else x[which] for x in (self.positions, self.answers))
        return replace(self, positions=positions, answers=answers)

    def of(self, logits: Tensor, prompts: Prompts) -> Tensor:
        """`value`, with the answers of this metric."""
        return self.value(logits, prompts, self.answers)


def logit_diff(correct: Tensor, wrong: Tensor, positions: Tensor) -> Metric:
    """Correct minus wrong logit, `[prompt]` token ids each, at one position a prompt, in logits."""
    tokens, index = torch.unique(torch.stack([correct, wrong], -1), return_inverse=True)

    def value(logits: Tensor, prompts: Prompts, answers: Tensor | None) -> Tensor:
        assert answers is not None
        pair = logits[:, 0].gather(-1, answers)
        return pair[:, 0] - pair[:, 1]

    return Metric(value, positions.view(len(positions), -1)[:, :1], tokens, index)


def next_token_loss() -> Metric:
    """Mean cross-entropy of each prompt's next real tokens, in nats; more is worse."""

    def value(logits: Tensor, prompts: Prompts, answers: Tensor | None) -> Tensor:
        real = prompts.mask[:, 1:].to(logits.device)
        targets = prompts.tokens[:, 1:].to(logits.device).masked_fill(~real, -100)
        targets = nn.functional.pad(targets, (0, 1), value=-100)  # nothing follows the last token
        loss = nn.functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
        return loss.view(targets.shape).sum(-1) / real.sum(-1)

    return Metric(value)
