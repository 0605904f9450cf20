"""Silence the heads that a recipe selected, and as many random heads of the same layers: does the label's prediction hold?"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from headkb.attention import anatomy
from headkb.catalog.schema.causal import (
    LEAST_DRAWS,
    SEEDS,
    BehaviourSeen,
    CausalCheck,
    CausalMeasurement,
    CausalOutcome,
    CleanOnSeed,
    OnSeed,
)
from headkb.errors import HeadkbError, ReproductionError
from headkb.head_index import HeadIndex
from headkb.methods.contrast import contrast, named
from headkb.models import LoadedModel
from headkb.prompts import make_prompts, prompts_hash
from headkb.reproduce.behaviour import behaviour
from headkb.reproduce.memory import fitting, side_by_side
from headkb.reproduce.random_heads import choose_heads
from headkb.sweeps import SetChange, sweep_sets
from headkb.tensors import Prompts

DEFAULT_N = 24
TOKENS = 4096
"""Tokens, padding included, of the prompts that go through the model at once."""
RESAMPLES = 1000
FEW_DRAWS = 5
"""Random sets at most where they decide nothing and are measured for comparison alone."""
NOT_MEASURED = ("id", "recipes", "instead_of", "expects", "size", "clean", "reason", "sources")
"""What a check says without changing what is measured."""
CLEAN: frozenset[HeadIndex] = frozenset()
"""The set of no heads: the model as it is."""


@dataclass
class _Seen:
    """What is known of a check on the prompts of one seed: their hash, and the behaviour of each, `[prompt]`, by the set of silenced heads."""

    sha256: str = ""
    values: dict[frozenset[HeadIndex], Tensor] = field(default_factory=dict)


class CausalChecks:
    """The causal checks of one model, which remembers what it has measured.

    Checks that ask for the same measurement share it: no set of heads is silenced twice on the same prompts in the same way, whichever
    head type or recipe asks, and the model as it is, is measured once.

    Attributes:
        loaded: The model.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        """Nothing is run yet."""
        self.loaded = loaded
        self._seen: dict[tuple[str, int], _Seen] = {}
        self._made: dict[tuple[str, tuple[HeadIndex, ...]], tuple[CausalOutcome, float]] = {}

    def run(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> CausalOutcome:
        """Carry out a check with the heads that a recipe selected, strongest first.

        A model that cannot read the prompts, does not show the behaviour, or has nothing to compare with leaves the check undecided.
        """
        return self._of(check, selected)[0]

    def seconds(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> float:
        """The processor time that the check with these heads took when it was made."""
        return self._of(check, selected)[1]

    def remember(self, outcome: CausalOutcome, selected: Sequence[HeadIndex], seconds: float) -> None:
        """Take over an outcome that was got before from the same model, prompts and code."""
        self._made[_key(outcome.check, selected)] = outcome, seconds

    def behaviour(self, check: CausalCheck) -> BehaviourSeen:
        """Whether the model shows the behaviour of a check, with nothing silenced; `why` says what kept it from being asked."""
        try:
            self._check_model()
            rows = []
            for seed in SEEDS:
                seen = self._measured(check, seed, [()])
                clean = round(float(seen.values[CLEAN].mean()), 6)
                rows.append(CleanOnSeed(seed=seed, sha256=seen.sha256, clean=clean))
        except HeadkbError as error:
            return BehaviourSeen(check=check, why=str(error))
        return BehaviourSeen(check=check, seeds=tuple(rows))

    def _of(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> tuple[CausalOutcome, float]:
        key = _key(check, selected)
        if key not in self._made:
            start = time.process_time()
            outcome = self._carry_out(check, selected)
            self._made[key] = outcome, time.process_time() - start
        return self._made[key]

    def _carry_out(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> CausalOutcome:
        attending = {site.layer: site.n_heads for site in anatomy(self.loaded.model).part()}
        heads, draws = choose_heads(selected, attending)
        facts: dict[str, Any] = {"check": check, "heads": heads, "draws": draws}
        if not heads:
            return CausalOutcome(
                **facts, result="undecided", why="Every head of the layers was found: none is left to compare with."
            )
        try:
            alone = self._measurement(check, heads, ())
            facts["draws"] = draws = _compared_with(alone, draws)
            measured = self._measurement(check, heads, draws) if draws else alone
        except HeadkbError as error:
            return CausalOutcome(check=check, heads=heads, result="undecided", why=str(error))
        facts |= {
            name: getattr(measured, name) for name in ("seeds", "interval") if getattr(measured, name) is not None
        }
        result = measured.decide()
        if result != "undecided":
            return CausalOutcome(**facts, result=result)
        if measured.shown and measured.interval is not None:
            why = f"There are only {len(draws)} sets of heads to compare with; {LEAST_DRAWS} are needed."
        else:
            why = f"The model does not show the behaviour: {check.metric} is {measured.clean:.3f}, needed is {check.clean:g}."
        return CausalOutcome(**facts, result=result, why=why)

    def _measurement(
        self, check: CausalCheck, heads: Sequence[HeadIndex], draws: Sequence[Sequence[HeadIndex]]
    ) -> CausalMeasurement:
        seeds, interval = self.repeat(check, heads, draws)
        facts: dict[str, Any] = {"check": check, "heads": heads, "draws": draws, "seeds": seeds}
        return CausalMeasurement(**facts, **({} if interval is None else {"interval": interval}))

    def repeat(
        self, check: CausalCheck, heads: Sequence[HeadIndex], draws: Sequence[Sequence[HeadIndex]]
    ) -> tuple[list[OnSeed], tuple[float, float] | None]:
        """The behaviour on the prompts of every seed: as it is, with the heads silenced, with each random set silenced.

        Returns:
            One row a seed; the 95 % bootstrap interval of the effect, see `CausalMeasurement.effect`.

        Raises:
            HeadkbError: If the model cannot read these prompts, or they lack what the check needs.
        """
        self._check_model()
        rows, clean, silenced = list[OnSeed](), list[Tensor](), list[Tensor]()
        for seed in SEEDS:
            seen = self._measured(check, seed, [(), heads, *draws])
            values = [seen.values[frozenset(some)] for some in ((), heads, *draws)]
            first, second, *control = (round(float(value.mean()), 6) for value in values)
            rows.append(OnSeed(seed=seed, sha256=seen.sha256, clean=first, silenced=second, control=tuple(control)))
            clean.append(values[0])
            silenced.append(values[1])
        return rows, _interval(check, torch.cat(clean), torch.cat(silenced))

    def _check_model(self) -> None:
        loaded = self.loaded
        if loaded.passport.unembedding == "none" or not loaded.passport.causal:
            raise ReproductionError(
                f"{loaded.id} does not write tokens one after the other, so it shows no behaviour that could fall. "
                "Choose a decoder with its language head."
            )

    def _measured(self, check: CausalCheck, seed: int, sets: Sequence[Sequence[HeadIndex]]) -> _Seen:
        """What is known of a check on one seed, after the sets that were missing have been measured."""
        seen = self._seen.setdefault((check.model_dump_json(exclude=set(NOT_MEASURED)), seed), _Seen())
        missing = list(dict.fromkeys(some for some in map(frozenset, sets) if some not in seen.values))
        if not missing:
            return seen
        given: dict[str, Any] = {key: value for key, value in check.parameters.items() if key != "n"}
        prompts = make_prompts(check.prompts, self.loaded, int(check.parameters.get("n", DEFAULT_N)), seed, **given)
        work = partial(_values, check, self.loaded, prompts, [sorted(some) for some in missing])
        values, _ = fitting(self.loaded, prompts, self.loaded.batch_tokens or TOKENS, work)
        seen.values.update(zip(missing, values, strict=True))
        seen.sha256 = hashlib.sha256(f"{prompts_hash(prompts)} {_answers_text(prompts)}".encode()).hexdigest()
        return seen


def _compared_with(alone: CausalMeasurement, draws: Sequence[tuple[HeadIndex, ...]]) -> list[tuple[HeadIndex, ...]]:
    """The random sets that are measured: none where the model does not show the behaviour, and few where the heads alone decide.

    These are the cases in which `CausalMeasurement.decide` says the same whatever random heads do: something that must stay, and an
    effect that is too small.
    """
    if not alone.shown or alone.interval is None:
        return []
    decided = alone.check.expects == "stay" or alone.interval[0] < alone.check.size
    return list(draws[:: -(-len(draws) // FEW_DRAWS)] if decided and draws else draws)


def _key(check: CausalCheck, selected: Sequence[HeadIndex]) -> tuple[str, tuple[HeadIndex, ...]]:
    return check.model_dump_json(), tuple(selected)


def run_check(check: CausalCheck, loaded: LoadedModel, selected: Sequence[HeadIndex]) -> CausalOutcome:
    """One check of one model; see `CausalChecks.run`, which several checks of a model share."""
    return CausalChecks(loaded).run(check, selected)


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
    """The behaviour of every prompt with each set of heads silenced, `[set, prompt]`; so many tokens of the prompts at once."""
    metric = behaviour(prompts, check.metric, check.at)
    memory = side_by_side(loaded, tokens)
    found = sweep_sets(
        loaded.model, prompts, sets, _change(check, prompts), metric, tokens_per_batch=tokens, memory_mb=memory
    )
    return found[..., 0]


def _change(check: CausalCheck, prompts: Prompts) -> SetChange:
    """What becomes of the silenced heads."""
    where = named(prompts, check.positions)
    if check.edit == "knock-out":
        keys = torch.zeros(len(prompts), dtype=torch.long) if check.keys == "first" else named(prompts, check.keys)
        return SetChange("knock-out", where, keys)
    source = contrast(prompts).other if check.edit == "resample" else None
    return SetChange(check.edit, where, source=source, means_at=where)
