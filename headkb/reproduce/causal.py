"""Silence the heads that a recipe selected, and as many random heads of the same layers: does the label's prediction hold?"""

from __future__ import annotations

import hashlib
import itertools
import math
import random
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from headkb.attention import Edit, anatomy, edits, observe
from headkb.catalog.schema.causal import (
    DRAWS,
    LEAST_DRAWS,
    SEEDS,
    Behaviour,
    CausalCheck,
    CausalMeasurement,
    CausalOutcome,
    OnSeed,
)
from headkb.errors import HeadkbError, ReproductionError, ShapeError
from headkb.finite import check_rows
from headkb.head_index import HeadIndex
from headkb.methods.contrast import contrast, end_of, named
from headkb.models import LoadedModel
from headkb.prompts import make_prompts, prompts_hash
from headkb.reproduce.memory import fitting
from headkb.sweeps import mean_z
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


DEFAULT_N = 24
TOKENS = 4096
"""Tokens, padding included, that go through the model at once."""
RESAMPLES = 1000


def choose_heads(
    selected: Sequence[HeadIndex], n_heads: Mapping[int, int]
) -> tuple[tuple[HeadIndex, ...], list[tuple[HeadIndex, ...]]]:
    """Which of the selected heads are silenced, and the random sets that they are compared with.

    In each layer the strongest selected heads are taken, at most half as many as it has other heads and at least one, so that there is
    always something to compare with; a layer in which every head was selected is left out. The random sets hold as many heads of the
    same layers, none of them selected: all such sets where there are at most 20, else 20 different ones.

    Args:
        selected: Heads that a recipe selected, strongest first.
        n_heads: Heads of each layer that attends, by its number.

    Example:
        >>> heads, sets = choose_heads([HeadIndex(0, 1)], {0: 3})
        >>> [str(head) for head in heads], [[str(head) for head in drawn] for drawn in sets]
        (['L0H1'], [['L0H0'], ['L0H2']])
    """
    taken: set[HeadIndex] = set()
    ways: list[list[tuple[HeadIndex, ...]]] = []
    for layer, count_here in n_heads.items():
        here = [index for index in selected if index.layer == layer]
        others = [HeadIndex(layer, head) for head in range(count_here) if HeadIndex(layer, head) not in here]
        count = min(len(here), max(1, len(others) // 2)) if others else 0
        if count:
            taken.update(here[:count])
            ways.append(list(itertools.combinations(others, count)))
    if not taken:
        return (), []
    total = math.prod(map(len, ways))
    which = range(total) if total <= DRAWS else sorted(random.Random(0).sample(range(total), DRAWS))
    sets = [tuple(head for part in _nth(ways, number) for head in part) for number in which]
    return tuple(index for index in selected if index in taken), sets


def _nth(ways: Sequence[Sequence[tuple[HeadIndex, ...]]], number: int) -> list[tuple[HeadIndex, ...]]:
    """One choice from each list: the digits of a number in mixed base."""
    chosen = []
    for options in ways:
        number, digit = divmod(number, len(options))
        chosen.append(options[digit])
    return chosen


def run_check(check: CausalCheck, loaded: LoadedModel, selected: Sequence[HeadIndex]) -> CausalOutcome:
    """Carry out a causal check on a model, with the heads that a recipe selected in it, strongest first.

    A model that cannot read the prompts, does not show the behaviour, or has nothing to compare with leaves the check undecided.
    """
    heads, draws = choose_heads(selected, {site.layer: site.n_heads for site in anatomy(loaded.model).part()})
    facts: dict[str, Any] = {"check": check, "heads": heads, "draws": draws}
    if not heads:
        return CausalOutcome(
            **facts, result="undecided", why="Every head of the layers was found: none is left to compare with."
        )
    try:
        seeds, interval = repeat_check(check, loaded, heads, draws)
    except HeadkbError as error:
        return CausalOutcome(check=check, heads=heads, result="undecided", why=str(error))
    facts |= {"seeds": seeds} if interval is None else {"seeds": seeds, "interval": interval}
    measured = CausalMeasurement(**facts)
    result = measured.decide()
    if result != "undecided":
        return CausalOutcome(**facts, result=result)
    if len(draws) < LEAST_DRAWS and measured.clean >= check.clean:
        why = f"There are only {len(draws)} sets of heads to compare with; {LEAST_DRAWS} are needed."
    else:
        why = (
            f"The model does not show the behaviour: {check.metric} is {measured.clean:.3f}, needed is {check.clean:g}."
        )
    return CausalOutcome(**facts, result=result, why=why)


def repeat_check(
    check: CausalCheck, loaded: LoadedModel, heads: Sequence[HeadIndex], draws: Sequence[Sequence[HeadIndex]]
) -> tuple[list[OnSeed], tuple[float, float] | None]:
    """The behaviour on the prompts of every seed: as it is, with the heads silenced, with each random set silenced.

    Returns:
        One row a seed; the 95 % bootstrap interval of the effect, see `CausalMeasurement.effect`.

    Raises:
        HeadkbError: If the model cannot read these prompts, or they lack what the check needs.
    """
    if loaded.passport.unembedding == "none" or not loaded.passport.causal:
        raise ReproductionError(
            f"{loaded.id} does not write tokens one after the other, so it shows no behaviour that could fall. Choose a decoder with its language head."
        )
    rows, clean_values, silenced_values = [], [], []
    for seed in SEEDS:
        prompts = make_prompts(
            check.prompts, loaded, int(check.parameters.get("n", DEFAULT_N)), seed, **_keywords(check)
        )
        work = partial(_values, check, loaded, prompts, [(), heads, *draws])
        values, _ = fitting(loaded, prompts, loaded.batch_tokens or TOKENS, work)  # [set, prompt]
        clean, silenced, *control = (round(value, 6) for value in values.mean(1).tolist())
        clean_values.append(values[0])
        silenced_values.append(values[1])
        digest = hashlib.sha256(f"{prompts_hash(prompts)} {_answers_text(prompts)}".encode()).hexdigest()
        rows.append(OnSeed(seed=seed, sha256=digest, clean=clean, silenced=silenced, control=tuple(control)))
    return rows, _interval(check, torch.cat(clean_values), torch.cat(silenced_values))


def _keywords(check: CausalCheck) -> dict[str, Any]:
    return {key: value for key, value in check.parameters.items() if key != "n"}


def _answers_text(prompts: Prompts) -> str:
    """The answers, which the hash of the prompts leaves out."""
    both = contrast(prompts)
    return " ".join(str(None if x is None else x.tolist()) for x in (both.answers, both.wrong))


def _interval(check: CausalCheck, clean: Tensor, silenced: Tensor) -> tuple[float, float] | None:
    """Bounds of the effect over draws of prompts; the clean value is drawn anew with them. None where some draw has no behaviour at all."""
    change = (silenced - clean) * (-1 if check.expects == "fall" else 1)
    draws = torch.randint(len(clean), (RESAMPLES, len(clean)), generator=torch.Generator().manual_seed(0))
    share = change[draws].mean(1) / clean[draws].mean(1)
    if not bool(share.isfinite().all()):
        return None
    low, high = share.quantile(torch.tensor([0.025, 0.975], dtype=share.dtype)).tolist()
    return round(low, 6), round(high, 6)


def _values(
    check: CausalCheck, loaded: LoadedModel, prompts: Prompts, sets: Sequence[Sequence[HeadIndex]], tokens: int
) -> Tensor:
    """The behaviour of every prompt with each set of heads silenced, `[set, prompt]`; so many tokens at once."""
    model, right = loaded.model, targets(prompts, check.at)[1]
    candidates = torch.unique(right[right >= 0])
    means = _means(check, loaded, prompts, tokens)
    by_set: list[list[Tensor]] = [[] for _ in sets]
    for batch in prompts.batches(tokens):
        source = (
            observe(model, contrast(batch).other, {"o_proj_input"})["o_proj_input"]
            if check.edit == "resample"
            else None
        )
        for number, heads in enumerate(sets):
            changes = [_edit(check, heads, batch, means, source)] if heads else []
            with torch.inference_mode():
                logits = edits.run(model, batch, changes)
                check_rows(model, logits, batch.mask)
            by_set[number].append(behaviour(logits, batch, check.metric, check.at, candidates))
    return torch.stack([torch.cat(values) for values in by_set])


def _means(check: CausalCheck, loaded: LoadedModel, prompts: Prompts, tokens: int) -> Tensor | None:
    """Each head's mean z, `[layer, head, d_head]`, over the positions that are edited."""
    if check.edit != "mean":
        return None
    where = named(prompts, check.positions)
    if where is None:
        return mean_z(loaded.model, prompts)
    total, count = torch.zeros(()), 0
    for batch in prompts.batches(tokens):
        z = observe(loaded.model, batch, {"o_proj_input"})["o_proj_input"]  # [prompt, layer, pos, head, d_head]
        places = named(batch, check.positions)
        assert places is not None
        marks = torch.zeros_like(batch.mask).scatter(1, places.view(len(batch), -1), True)
        total = total + torch.einsum("blphd,bp->lhd", z.double().cpu(), marks.double())
        count += int(marks.sum())
    return (total / count).float()


def _edit(
    check: CausalCheck, heads: Sequence[HeadIndex], batch: Prompts, means: Tensor | None, source: Tensor | None
) -> Edit:
    where = named(batch, check.positions)
    if check.edit == "knock-out":
        keys = torch.zeros(len(batch), dtype=torch.long) if check.keys == "first" else named(batch, check.keys)
        return edits.knock_out(heads, where, keys)
    if check.edit == "resample":
        assert source is not None
        return edits.resample(heads, source, where)
    if check.edit == "zero":
        return edits.zero(heads, where)
    assert means is not None
    return edits.mean(heads, means, where)
