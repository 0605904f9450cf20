from __future__ import annotations

from math import log

import pytest

torch = pytest.importorskip("torch")

from headkb.scores import entropy  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

PROMPT = Prompts.of(torch.tensor([[5, 6, 7, 8]]))


def test_uniform_is_one():
    """A head that gives all keys alike has all the entropy that there is, whether it sees three keys or all four."""
    full = torch.full((1, 1, 4, 4), 0.25)
    causal = torch.ones(4, 4).tril()[None, None]
    causal = causal / causal.sum(-1, keepdim=True)
    assert entropy(full, PROMPT).item() == pytest.approx(1.0, abs=1e-6)
    assert entropy(causal, PROMPT).item() == pytest.approx(1.0, abs=1e-6)


def test_one_key_is_zero():
    """A head on one key has none, exactly."""
    assert entropy(torch.eye(4)[None, None], PROMPT).item() == 0.0


def test_literal_rows():
    """Query 0 of a causal head sees one key and does not count; query 1 has log 2 of log 2, query 2 log 2 of log 3."""
    pattern = torch.tensor(
        # key 0, 1, 2
        [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.0, 0.5]]
    )[None, None]
    prompt = Prompts.of(torch.tensor([[5, 6, 7]]))
    assert entropy(pattern, prompt).item() == pytest.approx((1 + log(2) / log(3)) / 2)
    assert entropy(pattern, prompt, normalized=False).item() == pytest.approx(log(2))


def test_visibility_comes_from_argument_then_prompts_then_pattern():
    """The same rows have more room in a bidirectional model."""
    rows = torch.tensor([[1.0, 0.0], [0.5, 0.5]])[None, None]
    two = torch.tensor([[5, 6]])
    assert entropy(rows, Prompts.of(two)).item() == pytest.approx(1.0)  # query 1 only
    assert entropy(rows, Prompts.of(two, causal=False)).item() == pytest.approx(0.5)  # query 0 counts, with 0
    assert entropy(rows, Prompts.of(two, causal=False), causal=True).item() == pytest.approx(1.0)


def test_rows_that_do_not_sum_to_one_are_scaled():
    """gpt-oss drops the column of its sink; what is left is judged by its shape."""
    half = torch.full((1, 1, 4, 4), 0.125)
    assert entropy(half, PROMPT).item() == pytest.approx(1.0, abs=1e-6)
