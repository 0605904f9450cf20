"""The CMR distance: curves by another route, a perfect profile, and what is refused."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import ShapeError  # noqa: E402
from headkb.exact import build, build_tokenizer  # noqa: E402
from headkb.methods.recall import CURVES, LAGS, attention_at_lag, cmr_distance, recall_curves, recall_distance  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

TOOL = Path(__file__).parents[2] / "tools" / "simulate_recall_curves.py"


def test_curves_are_shares_and_the_file_is_what_the_tool_writes():
    """Every row adds up to 1 within rounding; simulated again, rows come out digit by digit."""
    curves = recall_curves()
    assert curves.shape == (10 * 11 * 6, 11)
    torch.testing.assert_close(curves.sum(-1), torch.ones(660, dtype=torch.float64), rtol=0, atol=1e-3)
    simulate = runpy.run_path(str(TOOL))["recall_curve"]
    lines = CURVES.read_text(encoding="utf-8").splitlines()[1:]
    for line in (lines[0], lines[333], lines[-1]):
        values = line.split(",")
        assert [f"{value:.4f}" for value in simulate(*map(float, values[:3]))] == values[3:]


def test_without_drift_recall_goes_one_step_forward():
    """With beta_enc 1 an item calls for the next alone; the transition probabilities of a context that is replaced are a geometric series."""
    simulate = runpy.run_path(str(TOOL))["recall_curve"]
    assert simulate(1.0, 1.0, 0.0)[LAGS.index(1)] == 1.0
    curve = simulate(0.5, 1.0, 0.0, recalls=2000)
    expected = [0.5**lag for lag in range(1, 6)]
    assert curve[:6].max() == 0
    assert curve[6:] == pytest.approx([value / sum(expected) for value in expected], abs=0.02)


def slow_distance(profile, curves):
    """By loops, from the formula."""
    low = min(profile)
    wide = [value - low for value in profile]
    mean = sum(wide) / 11
    var = sum((value - mean) ** 2 for value in wide) / 11
    best = float("inf")
    for curve in curves:
        narrow = [value - min(curve) for value in curve]
        scale = max(wide) / max(narrow)
        best = min(best, sum((scale * n - w) ** 2 for n, w in zip(narrow, wide, strict=True)) / 11 / var)
    return best


def test_a_recall_curve_has_distance_0_and_its_mirror_image_does_not():
    """Whatever its scale and height; loops agree to 1e-6; a flat profile has none."""
    curves = recall_curves()
    profile = 0.05 + 0.3 * curves[100]
    assert recall_distance(profile, curves).item() == pytest.approx(0.0, abs=1e-9)
    behind = torch.zeros(11)
    behind[LAGS.index(-4)] = 1.0
    assert recall_distance(behind, curves) > 0.5
    random = torch.rand(3, 2, 11, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = torch.tensor([[slow_distance(p.tolist(), curves.tolist()) for p in row] for row in random])
    torch.testing.assert_close(recall_distance(random, curves), expected, rtol=0, atol=1e-6)
    assert recall_distance(torch.ones(11), curves).isnan()


def test_the_induction_head_lies_at_lag_1_and_the_previous_token_head_nowhere():
    """On the exact induction model: all attention one place after the earlier copy; whatever the batch size and padding."""
    model = build("exact-induction")[0]
    prompts = make_prompts("repeated-random-tokens", build_tokenizer(), 3, period=12)
    found = cmr_distance(model, prompts)
    assert found.shape == (1, 2, 4)
    assert found[0, 1, 0].item() == pytest.approx(0.0, abs=1e-4)  # beta_enc 1: the next item alone
    assert found[0, 0, 0].isnan()  # no attention at any lag
    wider = Prompts(
        torch.nn.functional.pad(prompts.tokens, (0, 3)),
        torch.nn.functional.pad(prompts.mask, (0, 3)),
        prompts.positions,
        prompts.meta,
    )
    torch.testing.assert_close(cmr_distance(model, wider), found, equal_nan=True, rtol=1e-4, atol=1e-5)


def test_attention_at_a_lag_counts_queries_with_all_lags_in_the_first_copy():
    """A block of 12 leaves two such queries; each pays to the copy's place plus the lag."""
    tokens = torch.arange(24)[None] % 12
    prompts = Prompts.of(tokens, period=12, prefix=[])
    pattern = torch.zeros(1, 1, 24, 24)
    pattern[0, 0, 17, 6] = 0.5  # copy at 5, lag 1
    pattern[0, 0, 18, 7] = 1.0  # copy at 6, lag 1
    pattern[0, 0, 23, 12] = 1.0  # does not count
    assert attention_at_lag(pattern, prompts, lag=1).item() == 0.75
    assert attention_at_lag(pattern, prompts, lag=2).item() == 0.0


def test_prompts_without_a_long_block_are_refused():
    """The message holds the length found and the length needed; so does a wrong shape."""
    with pytest.raises(ShapeError, match="the repeated block is 4 tokens; cmr-distance needs 11 or more"):
        attention_at_lag(torch.zeros(1, 1, 8, 8), Prompts.of(torch.zeros(1, 8), period=4), lag=0)
    with pytest.raises(ShapeError, match="the repeated block is None tokens"):
        attention_at_lag(torch.zeros(1, 1, 8, 8), Prompts.of(torch.zeros(1, 8)), lag=0)
    with pytest.raises(ShapeError, match="pattern is 8 x 7 positions; cmr-distance needs a square one"):
        attention_at_lag(torch.zeros(1, 1, 8, 7), Prompts.of(torch.zeros(1, 8), period=12), lag=0)
