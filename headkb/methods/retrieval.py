"""Retrieval heads: while the model copies an answer from its context, which heads attend to the token it writes next?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from headkb.attention import anatomy, read_patterns
from headkb.attention.parts import cache_name, model_inputs, output
from headkb.attention.tap import tapped
from headkb.errors import ModelError, UnknownNameError
from headkb.finite import check_rows
from headkb.keywords import Range
from headkb.methods.passes import unembedding_of
from headkb.scores import score
from headkb.tensors import Pattern, Prompts, PromptScores, position_mask


@dataclass(frozen=True)
class Decoded:
    """Prompts with the model's continuations.

    Attributes:
        prompts: Prompt and continuation; positions gain `written`, the queries that predict each written token, `[prompt, k]`.
        recall: Share of the needle's tokens that the model wrote, counted with repetition, `[prompt]`.
    """

    prompts: Prompts
    recall: Tensor


@score("retrieval", prompts="needle")
def retrieval_score(
    model: nn.Module,
    prompts: Prompts,
    *,
    needle: str = "source",
    max_new: Annotated[int, Range(1, 2048)] = 50,
    least_recall: Annotated[float, Range(0, 1)] = 0.5,
    capped: bool = False,
    tokens_per_batch: int = 1024,
) -> PromptScores:
    """Share of the needle that a head copies while the model answers.

    A hit is a step at which the head's strongest key lies in the needle and holds the token that is written next.

    Args:
        model: A causal language model.
        prompts: Prompts that end with the question, such as needle with `forced=False`; forced ones are cut before their answer.
        needle: Name in `prompts.positions` of the tokens that may be copied.
        max_new: Largest number of tokens to write.
        least_recall: Prompts whose answer has less of the needle do not count.
        capped: Count each needle position at most once, so that the score cannot exceed 1.

    Returns:
        `[prompt, layer, head]`, unitless, 0 to 1, or more where the model repeats itself and `capped` is False; NaN for prompts that the model
        does not answer.

    Raises:
        ModelError: If the model is not causal.
    """
    decoded = decode(model, prompts, needle=needle, max_new=max_new, tokens_per_batch=tokens_per_batch)

    def hits(pattern: Pattern, batch: Prompts) -> Tensor:
        where, steps = batch.positions[needle].view(len(batch), -1), batch.positions["written"]
        inside = position_mask(where, batch.mask)
        tokens = batch.tokens
        rows = torch.arange(len(batch))[:, None]
        there = steps >= 0
        at = steps.clamp(min=0)
        keys = batch.mask[:, None] & (torch.arange(pattern.shape[-1]) <= at[..., None])
        real = keys.to(pattern.device)  # [prompt, step, key]
        weights = pattern[rows, :, at.to(pattern.device)].transpose(1, 2)  # [prompt, head, step, key]
        best = torch.where(real[:, None], weights, -1.0).argmax(-1).cpu()  # [prompt, head, step]
        wrote = tokens[rows, (at + 1).clamp(max=tokens.shape[1] - 1)]
        in_needle, token = (x.gather(1, best.flatten(1)).view_as(best) for x in (inside, tokens))
        hit = in_needle & (token == wrote[:, None]) & there[:, None]
        length = (where >= 0).sum(-1)[:, None]
        if not capped:
            return hit.sum(-1) / length
        hits_at = torch.zeros(*best.shape[:2], pattern.shape[-1]).scatter_add_(-1, best, hit.float())
        return (hits_at > 0).sum(-1) / length

    values = read_patterns(model, decoded.prompts, {"hits": hits}, tokens_per_batch=tokens_per_batch)["hits"]
    return values.masked_fill((decoded.recall < least_recall)[:, None, None], torch.nan)


def decode(
    model: nn.Module,
    prompts: Prompts,
    *,
    needle: str = "source",
    max_new: Annotated[int, Range(1, 2048)] = 50,
    tokens_per_batch: int = 1024,
) -> Decoded:
    """Let the model continue each prompt greedily until it ends the text.

    Raises:
        ModelError: If the model is not causal.
    """
    if needle not in prompts.positions:
        raise UnknownNameError(
            "positions", needle, prompts.positions, "retrieval needs prompts that name it: --generator needle."
        )
    config: Any = model.config
    parts = anatomy(model)
    if getattr(config, "is_encoder_decoder", False) or not all(site.causal for site in parts.sites):
        raise ModelError(f"{type(model).__name__} is not causal. Use a causal language model.")
    unembedding_of(model)
    end = getattr(config.get_text_config(), "eos_token_id", None)
    stops = end if isinstance(end, list) else [end]
    starts = _starts(prompts)
    written = [_continue(model, prompts.tokens[row, : int(stop)], max_new, stops) for row, stop in enumerate(starts)]
    rows = [torch.cat([prompts.tokens[row, : int(starts[row])], new]) for row, new in enumerate(written)]
    width, most = max(map(len, rows)), max(1, *map(len, written))
    tokens = torch.stack([torch.cat([row, row.new_zeros(width - len(row))]) for row in rows])
    mask = torch.arange(width) < torch.tensor([len(row) for row in rows])[:, None]
    steps = starts[:, None] - 1 + torch.arange(most)
    steps = torch.where(torch.arange(most) < torch.tensor([len(new) for new in written])[:, None], steps, -1)
    where = prompts.positions[needle].view(len(prompts), -1)
    recall = torch.tensor(
        [_recall(prompts.tokens[row][where[row][where[row] >= 0]], new) for row, new in enumerate(written)]
    )
    return Decoded(Prompts(tokens, mask, {needle: where, "written": steps}, dict(prompts.meta)), recall)


def _starts(prompts: Prompts) -> Tensor:
    """Where the continuation begins, `[prompt]`: at the prompt's own answer, or after the prompt."""
    if "answer" in prompts.positions:
        return prompts.positions["answer"].view(len(prompts), -1)[:, 0] + 1
    return prompts.positions.get("end", prompts.lengths - 1) + 1


def _continue(model: nn.Module, tokens: Tensor, max_new: int, stops: list[int | None]) -> Tensor:
    """The tokens that the model writes, `[k]`, without the end-of-text token."""
    device = next(model.parameters()).device
    new: list[int] = []
    rest, cache, name = tokens[None].to(device), None, cache_name(model)
    with torch.inference_mode(), tapped(model, None):
        while len(new) < max_new:
            inputs = model_inputs(model, Prompts.of(rest.cpu()))
            inputs |= {name: cache, "use_cache": True}
            result = model(**inputs)
            cache = getattr(result, name, None)
            last = output(result)[:, -1:]
            check_rows(model, last)
            best = int(last.argmax())
            if best in stops:
                break
            new.append(best)
            step = torch.tensor([[best]])
            rest = step if cache is not None else torch.cat([rest.cpu(), step], 1)
    return torch.tensor(new, dtype=torch.long)


def _recall(needle: Tensor, text: Tensor) -> float:
    """Share of the wanted tokens that were written, counted with repetition."""
    shared = Counter(needle.tolist()) & Counter(text.tolist())
    return shared.total() / max(1, len(needle))
