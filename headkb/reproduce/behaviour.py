"""What a causal check measures: where something is predicted, what is right there, and how often or how strongly it comes out."""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.catalog.schema.causal import Behaviour
from headkb.errors import ShapeError
from headkb.methods.contrast import contrast, end_of
from headkb.sweeps import Metric, logit_diff
from headkb.tensors import Prompts


def targets(prompts: Prompts, at: str) -> tuple[Tensor, Tensor]:
    """Where something is predicted and what is right there, both `[prompt, k]`, -1 where a prompt has fewer places.

    Args:
        prompts: Prompts with answers, or with the named positions.
        at: `end` for the answers; `every` for all next tokens; else the name of positions, whose next tokens are right.

    Raises:
        ShapeError: If the prompts have no answers, or no such positions.
    """
    if at == "end":
        answers = contrast(prompts).answers
        if answers is None:
            raise ShapeError(
                f"the {len(prompts)} prompts have no answers. Use prompts that ask something, or name positions by `at`."
            )
        return end_of(prompts)[:, None], answers[:, None]
    if at != "every" and at not in prompts.positions:
        known = ", ".join(["end", "every", *prompts.positions])
        raise ShapeError(f"the prompts mark no positions {at!r}. They mark {known}.")
    every = torch.arange(prompts.tokens.shape[1]).expand_as(prompts.tokens)
    where = every if at == "every" else prompts.positions[at].view(len(prompts), -1)
    there = (where >= 0) & (where + 1 < prompts.lengths[:, None])
    right = prompts.tokens.gather(1, (where + 1).clamp(min=0, max=prompts.tokens.shape[1] - 1))
    return where.masked_fill(~there, -1), right.masked_fill(~there, -1)


def behaviour(prompts: Prompts, metric: Behaviour, at: str) -> Metric:
    """The behaviour of each prompt, the mean over its places where there are several.

    Args:
        prompts: All prompts of the check, with their own `answers` and `wrong`.
        metric: What is measured; accuracy, probability and mass lie between 0 and 1, loss is in nats, logit_diff in logits.
        at: See `targets`. Only these positions are read, and of `logit_diff` only the vocabulary entries that it compares.

    Returns:
        A metric that gives `[prompt, 2]`, float64: the behaviour, and the mean logit of the right tokens, which unlike an accuracy shows
        the smallest change of a pass.

    Raises:
        ShapeError: If the prompts lack what the metric needs.
    """
    where, right = targets(prompts, at)
    if metric == "logit_diff":
        pair = logit_diff(*contrast(prompts).pair, where)
        return Metric(
            lambda *read: pair.value(*read)[:, None].double().expand(-1, 2), pair.positions, pair.tokens, pair.answers
        )
    candidates = torch.unique(right[right >= 0])

    def value(logits: Tensor, _: Prompts, answers: Tensor | None) -> Tensor:
        assert answers is not None
        hit = answers.to(logits.device)
        there, logits = hit >= 0, logits.float()
        score = logits.gather(-1, hit.clamp(min=0)[..., None])[..., 0].double()
        if metric == "accuracy":
            found = (logits.argmax(-1) == hit).double()
        else:
            some = logits[..., candidates.to(logits.device)].logsumexp(-1) if metric == "mass" else score
            found = some.double() - logits.logsumexp(-1)
            found = -found if metric == "loss" else found.exp()
        both = torch.stack([found, score], -1) * there[..., None]
        return both.sum(1) / there.sum(1)[:, None]

    # A place that a prompt lacks is read at its last one, and not counted.
    read = torch.where(where >= 0, where, where.amax(1, keepdim=True).clamp(min=0))
    return Metric(value, read, None, right)
