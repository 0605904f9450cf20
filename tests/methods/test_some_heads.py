"""Scores limited to some heads: the numbers that these heads have among all, and none for the others."""

from __future__ import annotations

import sys

import pytest

torch = pytest.importorskip("torch")

import headkb.methods  # noqa: E402, F401
from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.scores import SCORES, get_score  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

LIMITED = sorted(name for name, score in SCORES.items() if score.limited_by and name != "probing")
SOME = [(2, 3), (0, 1)]


def test_which_scores_can_be_limited():
    """Those that run or fit anew for each head; none whose number for a head depends on the others, and none of patterns."""
    assert LIMITED == [
        "activation-patching",
        "attention-knockout",
        "directional-addition",
        "directional-subtraction",
        "function-vector",
        "input-patching",
        "mean-ablation",
        "path-patching",
        "resample-ablation",
        "zero-ablation",
    ]
    assert get_score("path-patching").limited_by == "senders"
    assert get_score("language-importance").limited_by is None
    assert get_score("induction").limited_by is None


def same_for_some(score, model, prompts, **keywords):
    """Whether the limited score is that of all heads at `SOME`, and NaN elsewhere."""
    if "normalize" in score.parameters:  # a random model has hardly any gap to divide by
        keywords["normalize"] = "none"
    every = score.function(model, prompts, **keywords)
    some = score.function(model, prompts, **keywords, **{score.limited_by: iter(SOME)})
    asked = torch.zeros(every.shape[1:], dtype=torch.bool)
    asked[tuple(zip(*SOME, strict=True))] = True
    assert some.shape == every.shape
    assert every.isfinite().all()
    assert some[:, ~asked].isnan().all()
    return torch.allclose(some[:, asked], every[:, asked], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", ["gpt2", "gemma2"])
@pytest.mark.parametrize("name", LIMITED)
def test_each_head_has_the_number_that_it_has_among_all(tiny, pairs, name, model):
    """In several batches, too."""
    assert same_for_some(get_score(name), tiny(model), pairs(padded=True), tokens_per_batch=14)


@pytest.mark.parametrize("name", ["attention-knockout", "input-patching"])
def test_so_does_each_way_of_computing_it(tiny, pairs, name, monkeypatch):
    """Whole passes, where attention cannot be repeated by itself."""
    function = SCORES[name].function
    monkeypatch.setattr(sys.modules[function.__module__], "can_reattend", lambda _: False)
    assert same_for_some(get_score(name), tiny("llama"), pairs(padded=True))


def test_a_probe_is_fitted_for_each_head_alone(tiny):
    """Of every reading."""
    tokens = torch.randint(3, 61, (12, 7), generator=torch.Generator().manual_seed(0))
    prompts = Prompts(tokens, torch.ones_like(tokens, dtype=torch.bool), paired={"labels": torch.arange(12) % 2})
    for reading in ("accuracy", "control"):
        assert same_for_some(get_score("probing"), tiny("gpt2"), prompts, reading=reading)


@pytest.mark.parametrize("name", ["zero-ablation", "attention-knockout", "path-patching"])
def test_heads_that_are_not_there_are_refused(tiny, pairs, name):
    """By the layers and heads that there are."""
    score = get_score(name)
    with pytest.raises(UnknownNameError, match=r"L9H9|layer|head"):
        score.function(tiny("gpt2"), pairs(), **{score.limited_by: [(9, 9)]})


def test_the_heads_are_no_parameter_of_a_score():
    """They change no number, so no record holds them."""
    with pytest.raises(HeadkbError, match="heads"):
        get_score("zero-ablation").check(heads=SOME)
