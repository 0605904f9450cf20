"""The causal checks of one model, each made once."""

from __future__ import annotations

import time
from collections.abc import Sequence

from headkb.catalog.schema.causal import CausalCheck, CausalOutcome
from headkb.head_index import HeadIndex
from headkb.models import LoadedModel
from headkb.reproduce.causal import run_check


class CausalChecks:
    """The causal checks of one loaded model: the same check on the same heads is made once, however many recipes ask for it."""

    def __init__(self, loaded: LoadedModel) -> None:
        """Nothing is checked before it is asked for."""
        self._loaded = loaded
        self._made: dict[tuple[str, tuple[HeadIndex, ...]], tuple[CausalOutcome, float]] = {}

    def run(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> CausalOutcome:
        """What comes of the check with these heads, strongest first; see `run_check`."""
        return self._of(check, selected)[0]

    def seconds(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> float:
        """The processor time that it took when it was made."""
        return self._of(check, selected)[1]

    def remember(self, outcome: CausalOutcome, selected: Sequence[HeadIndex], seconds: float) -> None:
        """Take over an outcome that was got before from the same model, prompts and code."""
        self._made[_key(outcome.check, selected)] = outcome, seconds

    def _of(self, check: CausalCheck, selected: Sequence[HeadIndex]) -> tuple[CausalOutcome, float]:
        key = _key(check, selected)
        if key not in self._made:
            start = time.process_time()
            outcome = run_check(check, self._loaded, selected)
            self._made[key] = outcome, time.process_time() - start
        return self._made[key]


def _key(check: CausalCheck, selected: Sequence[HeadIndex]) -> tuple[str, tuple[HeadIndex, ...]]:
    return check.model_dump_json(), tuple(selected)
