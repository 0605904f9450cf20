"""How prompts carry a contrast, and the metrics that methods measure.

A method that needs more than tokens reads it from the prompts:

    positions["end"]      [prompt]: the position that predicts the answer; by default each prompt's last real token.
    paired["answers"]     [prompt], token ids: the correct next token at "end".
    paired["wrong"]       [prompt], token ids: the rival, subtracted in a logit difference.
    corrupted             a `Prompts` of the same shape, prompt by prompt, with another answer; its
                          own positions["end"] counts, or else that of the clean prompts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from headkb.errors import ShapeError, UnknownNameError, check_choice
from headkb.sweeps import Metric, logit_diff, next_token_loss
from headkb.tensors import Prompts

MetricName = Literal["logit_diff", "log_prob", "probability", "loss"]
"""`logit_diff`: answer minus rival, in logits; `log_prob`, `probability`: of the answer; `loss`: mean next-token loss, in nats."""
Normalize = Literal["set", "solved", "prompt", "none"]
"""`set`: by the mean gap of all prompts; `solved`: the same, but undefined unless that gap is more than two standard errors above 0, since a
model that does not distinguish the two has no gap to share; `prompt`: by each prompt's own; `none`: in the metric's unit."""


@dataclass(frozen=True)
class Contrast:
    """Clean prompts and their counterparts, prompt by prompt.

    Attributes:
        clean: The unchanged prompts.
        corrupted: Prompts of the same shape; None if there are none.
        answers: `[prompt]`, correct next tokens; None if there are none.
        wrong: `[prompt]`, rivals; None if there are none.
    """

    clean: Prompts
    corrupted: Prompts | None = None
    answers: Tensor | None = None
    wrong: Tensor | None = None

    def __len__(self) -> int:
        """The number of prompts."""
        return len(self.clean)

    def select(self, which: slice) -> Contrast:
        """The contrast for a slice of the prompts, untrimmed, so that both sides keep one shape."""
        return Contrast(
            self.clean.select(which, trim=False),
            None if self.corrupted is None else self.corrupted.select(which, trim=False),
            None if self.answers is None else self.answers[which],
            None if self.wrong is None else self.wrong[which],
        )

    def batches(self, tokens_per_batch: int) -> Iterator[tuple[slice, Contrast]]:
        """Consecutive slices of at most `tokens_per_batch` tokens, padding included, at least one prompt each."""
        step = max(1, tokens_per_batch // max(1, self.clean.tokens.shape[1]))
        for start in range(0, len(self), step):
            rows = slice(start, min(start + step, len(self)))
            yield rows, self.select(rows)

    @property
    def other(self) -> Prompts:
        """The corrupted prompts; a `ShapeError` if there are none."""
        if self.corrupted is None:
            raise ShapeError(
                f"the {len(self)} prompts have no corrupted counterpart. Choose prompts that have one, such as --generator ioi "
                f"(in Python, Prompts of the shape {tuple(self.clean.tokens.shape)} in `corrupted`)."
            )
        return self.corrupted

    @property
    def pair(self) -> tuple[Tensor, Tensor]:
        """Answers and rivals, `[prompt]` each; a `ShapeError` if there are none."""
        if self.answers is None or self.wrong is None:
            raise ShapeError(
                f"the {len(self)} prompts have no answers to compare. Choose prompts that have, such as --generator ioi, or another metric: "
                "--set metric=loss. In Python: token ids [prompt] in paired['answers'] and paired['wrong'], or metric='loss'."
            )
        return self.answers, self.wrong

    def metric(self, name: MetricName, *, corrupted: bool = False) -> Metric:
        """The metric on the clean prompts, or on the corrupted ones for the clean answers; gradients can flow.

        Raises:
            UnknownNameError: If there is no such metric.
            ShapeError: If the prompts have no answers (or rivals) and the metric needs them.
        """
        check_choice("metric", name, get_args(MetricName))
        if name == "loss":
            return Metric(_loss)
        end = end_of(self.other if corrupted else self.clean)
        if name == "logit_diff":
            return logit_diff(*self.pair, end)
        if self.answers is None:
            raise ShapeError(
                f"the {len(self)} prompts have no answers. Choose prompts that have, such as --generator ioi, or --set metric=loss. "
                "In Python: token ids [prompt] in paired['answers'], or metric='loss'."
            )
        value = _log_prob if name == "log_prob" else _probability
        return Metric(value, end[:, None], None, self.answers[:, None])


def contrast(prompts: Prompts) -> Contrast:
    """The contrast that the prompts carry, checked.

    Raises:
        ShapeError: If the corrupted prompts have another shape, or answers are not `[prompt]`.

    Example:
        >>> tokens = torch.tensor([[5, 6, 7]])
        >>> answers = {"answers": torch.tensor([8])}
        >>> both = contrast(Prompts.of(tokens, paired=answers, corrupted=Prompts.of(tokens + 1)))
        >>> both.answers, both.other.tokens
        (tensor([8]), tensor([[6, 7, 8]]))
    """
    corrupted = prompts.corrupted
    if corrupted is not None:
        if corrupted.tokens.shape != prompts.tokens.shape or not torch.equal(corrupted.mask, prompts.mask):
            raise ShapeError(
                f"corrupted prompts are {tuple(corrupted.tokens.shape)} and the prompts {tuple(prompts.tokens.shape)}; "
                "both must have one shape, with padding in the same places. Make them token by token."
            )
        if "end" not in corrupted.positions:
            corrupted = replace(corrupted, positions={**corrupted.positions, "end": end_of(prompts)})
    ids = {name: prompts.paired.get(name) for name in ("answers", "wrong")}
    for name, value in ids.items():
        if value is not None and value.dim() != 1:
            raise ShapeError(f"paired[{name!r}] is {tuple(value.shape)}; it must be token ids [prompt], one a prompt.")
    return Contrast(prompts, corrupted, ids["answers"], ids["wrong"])


def end_of(prompts: Prompts) -> Tensor:
    """The position that predicts the answer, `[prompt]`."""
    end = prompts.positions.get("end", prompts.lengths - 1)
    if end.shape != (len(prompts),):
        raise ShapeError(f"positions['end'] is {tuple(end.shape)}; it must be [prompt], here ({len(prompts)},).")
    return end


def named(prompts: Prompts, name: str | None) -> Tensor | None:
    """The positions of that name, `[prompt]` or `[prompt, k]`, -1 = none; None for None. "end" always exists.

    Raises:
        UnknownNameError: If the prompts have no positions of that name.
        ShapeError: If one of the prompts has none.
    """
    if name is None:
        return None
    if name == "end":
        return end_of(prompts)
    if name not in prompts.positions:
        known = ("end", *prompts.positions)
        raise UnknownNameError("positions", name, known, f"These prompts have: {', '.join(dict.fromkeys(known))}.")
    where = prompts.positions[name]
    missing = (where.view(len(prompts), -1) < 0).all(-1)
    if bool(missing.any()):
        row = int(missing.nonzero()[0])
        raise ShapeError(f"prompt {row} has no position {name!r}. Choose other positions, or leave that prompt out.")
    return where


def same_length(prompts: Prompts, why: str) -> None:
    """Refuse prompts of different lengths, for the reason `why`."""
    if not bool(prompts.mask.all()):
        lengths = prompts.lengths
        raise ShapeError(
            f"{why} needs prompts of one length; these have {int(lengths.min())} to {int(lengths.max())} tokens. "
            "Use prompts of one template."
        )


def normalized(change: Tensor, gap: Tensor, normalize: Normalize) -> Tensor:
    """A change, `[prompt, …]`, over the gap between two runs, `[prompt]`; NaN where there is no gap."""
    if normalize == "none":
        return change
    whole = gap if normalize == "prompt" else gap.mean().expand_as(gap)
    if normalize == "solved" and not is_solved(gap):
        return torch.full_like(change, torch.nan)
    whole = torch.where(whole.abs() < 1e-6, torch.nan, whole)
    return change / whole.view(-1, *[1] * (change.dim() - 1))


def is_solved(gap: Tensor) -> bool:
    """Whether the mean of the gaps, `[prompt]`, lies more than two standard errors above 0; never with one prompt."""
    return len(gap) > 1 and bool(gap.mean() > 2 * gap.std() / len(gap) ** 0.5)


def _log_prob(logits: Tensor, prompts: Prompts, answers: Tensor | None) -> Tensor:
    del prompts
    assert answers is not None
    return logits[:, 0].float().log_softmax(-1).gather(-1, answers.to(logits.device))[:, 0]


def _probability(logits: Tensor, prompts: Prompts, answers: Tensor | None) -> Tensor:
    return _log_prob(logits, prompts, answers).exp()


def _loss(logits: Tensor, prompts: Prompts, answers: Tensor | None) -> Tensor:
    """Next-token loss as in `headkb.sweeps`; with gradients, a form that does not change the logits in place."""
    if not logits.requires_grad:
        return next_token_loss().value(logits, prompts, answers)
    targets, real = prompts.tokens[:, 1:].to(logits.device), prompts.mask[:, 1:].to(logits.device)
    correct = logits[:, :-1].float().log_softmax(-1).gather(-1, targets[..., None])[..., 0]
    return -torch.where(real, correct, 0.0).sum(-1) / real.sum(-1)
