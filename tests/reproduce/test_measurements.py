"""Shared passes: fewer of them, and not one number that is different."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

pytest.importorskip("torch")

from torch import Tensor

from headkb.attention import read_patterns
from headkb.errors import HeadkbError
from headkb.models import LoadedModel, load_model
from headkb.reproduce import Measurement, Measurements
from headkb.reproduce.measure import measure_request
from headkb.reproduce.request import Request, request

PROMPTS = {"period": 12, "n": 6}
SCORES = ("induction", "previous-token", "duplicate-token")


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    """A small model with heads of several kinds."""
    return load_model("organism-induction")


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The scores that each shared pass read."""
    seen: list[set[str]] = []

    def spy(model: Any, prompts: Any, readers: Mapping[str, Any], **keywords: Any) -> dict[str, Tensor]:
        values = read_patterns(model, prompts, readers, **keywords)
        seen.append({reader.reader.func.__name__ for reader in readers.values()})
        return values

    monkeypatch.setattr("headkb.reproduce.measurements.read_patterns", spy)
    return seen


def asked(loaded: LoadedModel, score: str, seed: int = 0, **prompts: Any) -> Request:
    """A request of that score on repeated random tokens."""
    parameters = {**PROMPTS, "seed": seed, **prompts}
    return request(score, loaded, generator="repeated-random-tokens", parameters=parameters)


def facts(measurement: Measurement) -> dict[str, Any]:
    """Everything that a record would hold, the time left out."""
    summary = measurement.summary
    tensors = {name: getattr(summary, name).tolist() for name in ("mean", "low", "high", "n")}
    rest = {**measurement.provenance, **measurement.prompts}
    rest.pop("seconds")
    return {"values": repr(tensors), "rest": rest, "score": measurement.score.id}


def test_scores_on_the_same_prompts_share_a_pass_and_are_bit_for_bit_those_of_passes_of_their_own(
    loaded: LoadedModel, passes: list[set[str]]
) -> None:
    """Prompts are the same whether a default is written out or not; another seed is another pass."""
    first, *others = SCORES
    requests = [
        one
        for seed in (0, 1)
        for one in (asked(loaded, first, seed, bos="auto"), *(asked(loaded, s, seed) for s in others))
    ]
    several = Measurements(loaded)
    several.expect(requests)
    shared = [facts(several.get(one)) for one in requests]
    assert [len(some) for some in passes] == [3, 3]
    assert shared == [facts(measure_request(one, loaded)) for one in requests]


def test_a_score_of_the_model_is_computed_once(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two recipes that ask the same get the same measurement; once nobody expects it any more, it is dropped."""
    calls: list[str] = []

    def noted(one: Request, *_: Any) -> object:
        calls.append(one.score.id)
        return object()

    monkeypatch.setattr("headkb.reproduce.measurements.measure_request", noted)
    one = asked(loaded, "ov-copying")
    several = Measurements(loaded)
    several.expect([one, one])
    assert several.get(one) is several.get(one)
    several.release([one])
    several.get(one)
    assert calls == ["ov-copying"]
    several.release([one])
    several.get(one)
    assert calls == ["ov-copying"] * 2


def test_a_score_that_cannot_read_the_prompts_leaves_the_pass_and_fails_by_itself(
    loaded: LoadedModel, passes: list[set[str]]
) -> None:
    """The others share a pass all the same, and its reason is its own."""
    bad = request(
        "position-to-position",
        loaded,
        generator="repeated-random-tokens",
        parameters=PROMPTS,
        score_parameters={"query": "nowhere", "key": "nowhere"},
    )
    good = [asked(loaded, score) for score in SCORES]
    several = Measurements(loaded)
    several.expect([bad, *good])
    for one in good:
        assert facts(several.get(one)) == facts(measure_request(one, loaded))
    assert [len(some) for some in passes] == [3]
    with pytest.raises(HeadkbError, match="nowhere"):
        several.get(bad)


def test_the_seconds_are_those_of_the_pass_and_of_the_score_itself(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a score shares counts for each, what another reads does not: the number says what the run takes alone."""
    clock = iter(range(10**6))
    monkeypatch.setattr("headkb.reproduce.measurements.time.process_time", lambda: float(next(clock)))
    two = [asked(loaded, score) for score in SCORES[:2]]
    several = Measurements(loaded)
    several.expect(two)
    first, second = (several.get(one).provenance["seconds"] for one in two)
    assert first == second > 1
    assert math.isclose(first % 1, 0.0)


def test_nothing_is_shared_after_a_pass_has_failed(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each score then measures by itself, and one failed attempt is enough."""
    attempts: list[int] = []

    def fail(*_: Any, **__: Any) -> None:
        attempts.append(1)
        raise RuntimeError("out of memory")

    monkeypatch.setattr("headkb.reproduce.measurements.read_patterns", fail)
    requests = [asked(loaded, score) for score in SCORES]
    several = Measurements(loaded)
    several.expect(requests)
    assert [facts(several.get(one)) for one in requests] == [facts(measure_request(one, loaded)) for one in requests]
    assert len(attempts) == 1
