"""The six metrics of HeadVis for every head of a model, pooled over prompts as their source pools them.

The source divides sums over all queries of all texts by their number, where headkb takes the mean of each prompt first. Here each prompt
counts by its queries, and the variance is that over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from headkb.attention import read_patterns
from headkb.catalog.headvis import METRICS, Columns
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.reproduce.measure import part_read
from headkb.reproduce.memory import batch_tokens, fitting
from headkb.reproduce.request import check_readable, prompts_of, request
from headkb.scores import get_score
from headkb.tensors import Prompts

GENERATOR = "english-paragraphs"
_FIRST: Mapping[str, Any] = {"include_first_query": True}
READERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "self_attention_score": ("current-token", _FIRST),
    "prev_token_score": ("previous-token", {}),
    "pattern_entropy": ("entropy", {"normalized": False, **_FIRST}),
    "qk_distance": ("attended-distance", _FIRST),
    "squared_distance": ("attended-distance", {"measure": "square", **_FIRST}),
    "induction_score": ("induction", {"measure": "thresholded"}),
}
"""Metric, and the moment that the variance needs → the score that equals it on one text, and its keywords."""


def headvis_metrics(
    loaded: LoadedModel,
    *,
    generator: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    part: str | None = None,
    on_batch: Callable[[int, int], None] | None = None,
) -> Columns:
    """Every metric of every head, in the order of `METRICS`; heads of layers that do not attend, and undefined values, are left out.

    Args:
        loaded: What `headkb.models.load_model` returned.
        generator: Prompt generator; English paragraphs if left out.
        parameters: `n`, `seed` and whatever the generator takes.
        part: Stack of an encoder–decoder model.
        on_batch: Called with (prompts done, prompts in all).

    Raises:
        HeadkbError: If the generator does not exist or the model cannot read its prompts; before any pass.
    """
    asked = request(
        "induction", loaded, generator=generator or GENERATOR, parameters=parameters, needs=("pattern",), part=part
    )
    prompts = prompts_of(asked, loaded)
    check_readable(asked, loaded, prompts)
    readers = {name: get_score(score).reader(**keywords) for name, (score, keywords) in READERS.items()}

    def work(tokens: int) -> dict[str, Tensor]:
        return read_patterns(
            loaded.model, prompts, readers, tokens_per_batch=tokens, on_batch=on_batch, part=part_read(asked.stack)
        )

    values, _ = fitting(loaded, prompts, batch_tokens(loaded, prompts), work)
    return pooled(values, prompts.decoder if asked.stack == "decoder" and prompts.decoder is not None else prompts)


def pooled(values: Mapping[str, Tensor], prompts: Prompts) -> Columns:
    """One number a head from the numbers of each prompt, `[prompt, layer, head]`, each weighted by the queries that it is a mean of."""
    weights = queries(prompts)
    means = {
        name: (of.double().nan_to_num() * weights[name][:, None, None]).sum(0)
        / ((~of.isnan()) * weights[name][:, None, None]).sum(0)
        for name, of in values.items()
    }  # [layer, head]
    means["qk_distance_variance"] = (means["squared_distance"] - means["qk_distance"].square()).clamp(min=0)
    return {
        name: {
            HeadIndex(layer, head): value
            for layer, row in enumerate(means[name].tolist())
            for head, value in enumerate(row)
            if value == value
        }
        for name in METRICS
    }


def queries(prompts: Prompts) -> dict[str, Tensor]:
    """How many queries of each prompt a metric is the mean of, `[prompt]`: all, all but the first, or those whose token stood before."""
    mask, tokens = prompts.mask.cpu().bool(), prompts.tokens.cpu()
    lengths = mask.sum(-1)
    before = torch.ones(mask.shape[-1], mask.shape[-1]).tril(-1).bool() & mask[:, None, :]
    again = ((tokens[:, :, None] == tokens[:, None, :]) & before).any(-1) & mask
    found = dict.fromkeys(READERS, lengths)
    return found | {"prev_token_score": lengths - 1, "induction_score": again.sum(-1)}
