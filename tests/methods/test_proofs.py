"""Every registered method has its place in one table: what its numbers may depend on, and where its slow counterpart stands."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from headkb.methods import METHODS  # noqa: E402
from headkb.scores import summarize  # noqa: E402

CLOSE = {"rtol": 1e-4, "atol": 2e-5, "equal_nan": True}

ALONE = {
    "activation-patching": {"normalize": "prompt"},
    "attention-knockout": {},
    "attribution-by-source": {"first": "middle", "second": "end"},
    "attribution-patching": {},
    "direct-logit-attribution": {},
    "edge-attribution-patching": {},
    "head-logit-lens": {},
    "information-flow": {},
    "input-patching": {"normalize": "prompt"},
    "path-patching": {},
    "resample-ablation": {},
    "zero-ablation": {},
}
"""A prompt's numbers are its own, with the keywords that make them so."""

TOGETHER: dict[str, dict[str, Any]] = {
    "backup-effect": {},
    "directional-addition": {},
    "directional-subtraction": {},
    "function-vector": {},
    "mean-ablation": {},
}
"""Numbers that use the mean over the set by definition: the same however the set is cut into passes."""

WEIGHTS = ("composition", "ov-copying", "qk-matching")
"""Prompts play no part."""

ELSEWHERE = {
    "attention-contrast": ("test_comparisons.py", "attention_contrast"),
    "cmr-distance": ("test_recall.py", "cmr_distance"),
    "language-importance": ("test_comparisons.py", "language_importance"),
    "negative-attention": ("test_retrieval.py", "negative_attention"),
    "ov-top-k": ("test_weights.py", "ov_top_k"),
    "probing": ("test_retrieval.py", "probing"),
    "retrieval": ("test_retrieval.py", "retrieval"),
    "sparse-attention-decomposition": ("test_weights.py", "contributions"),
    "successor": ("test_weights.py", "successor"),
}
"""Methods that need prompts of their own kind: the file that proves them, and what it calls."""


def test_every_method_has_its_place():
    """Once, and in no other group: a method that is registered without proof fails here."""
    groups = [set(ALONE), set(TOGETHER), set(WEIGHTS), set(ELSEWHERE)]
    assert set().union(*groups) == METHODS.keys()
    assert sum(map(len, groups)) == len(METHODS)
    for file, name in ELSEWHERE.values():
        assert name in (Path(__file__).parent / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted({**ALONE, **TOGETHER}))
def test_the_size_of_a_pass_changes_nothing(tiny, pairs, name):
    """All prompts in one pass or one prompt a pass: the same numbers, the prompts untouched, and an interval around every mean."""
    method, prompts = METHODS[name], pairs(padded=True)
    parameters = {**ALONE, **TOGETHER}[name]
    before = prompts.tokens.clone()
    whole = method.function(tiny("gpt2"), prompts, **parameters)
    if "tokens_per_batch" in inspect.signature(method.function).parameters:
        small = method.function(tiny("gpt2"), prompts, tokens_per_batch=1, **parameters)
        torch.testing.assert_close(small, whole, **CLOSE)
    assert torch.equal(prompts.tokens, before)
    found = summarize(whole)
    there = found.n > 0
    assert there.any()
    assert ((found.low <= found.mean + 1e-9) & (found.mean <= found.high + 1e-9))[there].all()


@pytest.mark.parametrize("name", sorted(ALONE))
def test_padding_and_company_change_nothing(tiny, pairs, name):
    """Each prompt alone, without padding, gives what it gives in the padded set."""
    method, prompts = METHODS[name], pairs(padded=True)
    whole = method.function(tiny("gpt2"), prompts, **ALONE[name])
    alone = [method.function(tiny("gpt2"), prompts.select(slice(row, row + 1)), **ALONE[name]) for row in range(3)]
    torch.testing.assert_close(torch.cat(alone), whole, **CLOSE)


@pytest.mark.parametrize("name", WEIGHTS)
def test_matrices_do_not_see_the_prompts(tiny, pairs, name):
    """With other prompts, or with none, the same numbers."""
    method = METHODS[name]
    one, two = method.function(tiny("gpt2"), pairs()), method.function(tiny("gpt2"), pairs(seed=9))
    torch.testing.assert_close(one, two, rtol=0, atol=0, equal_nan=True)
    torch.testing.assert_close(one, method.function(tiny("gpt2"), None), rtol=0, atol=0, equal_nan=True)
