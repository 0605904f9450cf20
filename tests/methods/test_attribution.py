"""First-order estimates: right to first order, for every head and every edge."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, get_args

import pytest

torch = pytest.importorskip("torch")

from headkb.errors import ModelError  # noqa: E402
from headkb.methods.attribution import attribution_patching, checked_attribution  # noqa: E402
from headkb.methods.edge_attribution import checked_edges, edge_attribution_patching, edges  # noqa: E402
from headkb.methods.patching import activation_patching  # noqa: E402
from headkb.methods.path_patching import Through, path_patching  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

ARCHITECTURES = ["gpt2", "llama", "gemma2", "olmo2", "gpt_neox"]


def near(model, prompts, size):
    """A copy of the model in which every corrupted token is a step of `size` away from the clean token that it stands for."""
    model = copy.deepcopy(model)
    table = model.get_input_embeddings()
    rows = table.weight.shape[0]
    draw = torch.Generator().manual_seed(3)
    step = torch.randn(rows, table.weight.shape[1], generator=draw, dtype=table.weight.dtype)
    with torch.no_grad():
        table.weight[rows // 2 :] = table.weight[: rows - rows // 2] + size * step[rows // 2 :]
    tokens = prompts.tokens % (rows // 2)
    other = tokens.clone()
    other[:, 2:] += rows // 2
    corrupted = Prompts(other, prompts.mask)
    answers = {name: prompts.paired[name] % (rows // 2) for name in ("answers", "wrong")}
    return model, replace(prompts, tokens=tokens, paired=answers, corrupted=corrupted)


def errors(measure, model, prompts):
    """For two sizes of the perturbation, a tenth apart: the largest exact value and the largest error."""
    found = []
    for size in (3e-3, 3e-4):
        estimate, exact = measure(*near(model, prompts, size))
        found.append((exact.abs().max().item(), (estimate - exact).abs().max().item()))
    return found


def is_first_order(found):
    """A tenth of the step: about a tenth of the effect, a hundredth of the error, which is small beside the effect.

    1e-6 is what the exact effects are rounded to, being differences of numbers in single precision.
    """
    (effect, error), (small_effect, small_error) = found
    assert effect / 20 < small_effect < effect / 5
    assert small_error < 0.02 * error + 1e-6
    assert small_error < 0.02 * small_effect


@pytest.mark.parametrize("direction", ["corrupted_to_clean", "clean_to_corrupted"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_estimate_approaches_patching(by_hand, pairs, name, direction):
    """Every head, in double precision, with padding."""
    model = by_hand(name, torch.float64).model
    sign = 1 if direction == "clean_to_corrupted" else -1

    def measure(model, prompts):
        estimate = attribution_patching(model, prompts, patch_direction=direction)
        exact = sign * activation_patching(model, prompts, patch_direction=direction, normalize="none")
        return estimate, exact

    is_first_order(errors(measure, model, pairs(padded=True)))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_edges_approach_path_patching_with_frozen_mlps(by_hand, pairs, name):
    """Every edge into two heads of different layers and groups, through q, k and v, and to the logits."""
    model = by_hand(name, torch.float64).model

    def measure(model, prompts):
        found = edges(model, prompts)
        pairs_ = []
        for at, through in enumerate(get_args(Through)):
            for layer, head in [(1, 1), (2, 2)]:
                real = path_patching(model, prompts, receivers=[(layer, head)], through=through, mlps="frozen").mean(0)
                pairs_.append((found.to_heads[:layer, :, at, layer, head], real[:layer]))
        pairs_.append((found.to_logits, path_patching(model, prompts, mlps="frozen").mean(0)))
        return (torch.cat([pair[side].flatten() for pair in pairs_]) for side in (0, 1))

    is_first_order(errors(measure, model, pairs()))


def test_edges_exist_only_upwards(tiny, pairs):
    """NaN within a layer and downwards; the score of a head is the size of all that leaves it."""
    prompts = pairs()
    found = edges(tiny("llama"), prompts)
    layers = torch.arange(3)
    defined = ~found.to_heads.isnan()[:, 0, 0, :, 0]
    assert torch.equal(defined, layers[:, None] < layers)
    score = edge_attribution_patching(tiny("llama"), prompts)
    torch.testing.assert_close(score, found.leaving)
    single = edges(tiny("llama"), prompts.select(slice(0, 1)))
    sizes = single.to_heads.abs().nansum((2, 3, 4)) + single.to_logits.abs()
    torch.testing.assert_close(single.leaving[0], sizes, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        edge_attribution_patching(tiny("llama"), prompts, tokens_per_batch=1), score, rtol=1e-4, atol=1e-5
    )


def test_the_top_heads_come_with_the_exact_change(tiny, pairs):
    """Sorted by size of the estimate; the exact value is that of activation patching."""
    model, prompts = tiny("olmo2"), pairs()
    found = checked_attribution(model, prompts, top=4)
    exact = -activation_patching(model, prompts, patch_direction="corrupted_to_clean", normalize="none").mean(0)
    estimate = attribution_patching(model, prompts).mean(0)
    assert [abs(row.estimate) for row in found] == sorted((estimate.abs().flatten().tolist()), reverse=True)[:4]
    for row in found:
        layer, head = map(int, row.name[1:].split("H"))
        assert row.exact == pytest.approx(exact[layer, head].item(), abs=1e-5)


def test_the_top_edges_come_with_the_exact_change(tiny, pairs):
    """Each named with its sender, receiver and input."""
    model, prompts = tiny("gpt_neox"), pairs()
    for row in checked_edges(model, prompts, top=3):
        sender, receiver = row.name.split(" -> ")
        through: Any = "q" if receiver == "logits" else receiver[-1]
        ends = None if receiver == "logits" else [receiver[:-2]]
        layer, head = map(int, sender[1:].split("H"))
        real = path_patching(model, prompts, receivers=ends, through=through, mlps="frozen")[:, layer, head].mean()
        assert row.exact == pytest.approx(real.item(), abs=1e-5)


def test_positions_split_the_estimate(tiny, pairs):
    """The estimates of single positions add up to that of all."""
    prompts = pairs()
    whole = attribution_patching(tiny("gemma2"), prompts)
    parts = torch.zeros_like(whole)
    for pos in range(prompts.tokens.shape[1]):
        one = replace(prompts, positions={**prompts.positions, "one": torch.full((3,), pos)})
        parts += attribution_patching(tiny("gemma2"), one, positions="one")
    torch.testing.assert_close(parts, whole, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_the_loss_flows(tiny, pairs):
    """The engine's loss overwrites logits; the one for gradients does not."""
    found = attribution_patching(tiny("gpt2"), pairs(padded=True), metric="loss")
    assert found.isfinite().all()
    assert (found != 0).any()


def test_models_that_hide_q_k_v_have_no_edges(tiny, pairs):
    """Falcon makes its attention calls itself; attribution to z still works."""
    with pytest.raises(ModelError, match="FalconForCausalLM makes its attention calls itself"):
        edges(tiny("falcon"), pairs())
    assert attribution_patching(tiny("falcon"), pairs()).isfinite().all()
