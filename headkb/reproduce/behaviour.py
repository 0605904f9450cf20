"""What a model does on prompts, as one number a prompt: the behaviour that a causal check watches."""

from __future__ import annotations

import torch
from torch import Tensor

from headkb.catalog.schema.causal import Behaviour
from headkb.errors import ShapeError
from headkb.methods.contrast import contrast, end_of
from headkb.tensors import Logits, Prompts


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


def behaviour(logits: Logits, prompts: Prompts, metric: Behaviour, at: str, candidates: Tensor) -> Tensor:
    """The behaviour of each prompt, `[prompt]`, float64; the mean over its places where there are several.

    Args:
        logits: `[prompt, pos, d_vocab]`.
        prompts: The prompts that gave them, with their own `answers` and `wrong`.
        metric: What is measured; accuracy, probability and mass lie between 0 and 1, loss is in nats, logit_diff in logits.
        at: See `targets`.
        candidates: Token ids that `mass` adds up.

    Raises:
        ShapeError: If the prompts lack what the metric needs.
    """
    where, right = targets(prompts, at)
    there, rows = where >= 0, torch.arange(len(prompts))[:, None]
    read = logits.cpu()[rows, where.clamp(min=0)].double()  # [prompt, k, d_vocab]
    hit = right.clamp(min=0)[..., None]
    if metric == "logit_diff":
        answers, wrong = contrast(prompts).pair
        value = read.gather(-1, answers[:, None, None]) - read.gather(-1, wrong[:, None, None])
    elif metric == "accuracy":
        value = (read.argmax(-1, keepdim=True) == hit).double()
    elif metric == "mass":
        value = read.softmax(-1)[..., candidates].sum(-1, keepdim=True)
    elif metric == "loss":
        value = -read.log_softmax(-1).gather(-1, hit)
    else:
        value = read.softmax(-1).gather(-1, hit)
    return (value[..., 0] * there).sum(-1) / there.sum(-1)
