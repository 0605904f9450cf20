"""Every causal method against full passes with hand-made hooks, one head at a time, on five architectures."""

from __future__ import annotations

from typing import Literal

import pytest

torch = pytest.importorskip("torch")


from torch import Tensor  # noqa: E402

from headkb.methods.ablation import mean_ablation, resample_ablation, zero_ablation  # noqa: E402
from headkb.methods.contrast import contrast  # noqa: E402
from headkb.methods.function_vector import average_indirect_effect  # noqa: E402
from headkb.methods.knockout import attention_knockout, knockout_windows  # noqa: E402
from headkb.methods.passes import baseline  # noqa: E402
from headkb.methods.patching import activation_patching, patching_by_position  # noqa: E402
from headkb.methods.path_patching import path_patching  # noqa: E402
from headkb.methods.steering import directional_addition, directional_subtraction  # noqa: E402

ARCHITECTURES = ["gpt2", "llama", "gemma2", "gemma3_text", "olmo2", "gpt_neox"]


def close(found, expected):
    """Equal to 1e-5."""
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5, equal_nan=True)


@pytest.fixture(params=ARCHITECTURES)
def hand(request, by_hand):
    """Slow runs on each architecture."""
    return by_hand(request.param)


def test_zero_ablation_is_a_full_pass_without_the_head(hand, pairs):
    """Metric with the head less metric without it, with padding in one prompt."""
    prompts = pairs(padded=True)
    clean = hand.diff(hand.run(prompts)[0], prompts)
    expected = hand.each_head(
        lambda layer, head: clean - hand.diff(hand.run(prompts, {(layer, head): 0.0})[0], prompts)
    )
    close(zero_ablation(hand.model, prompts), expected)


def test_loss_counts_as_help_when_it_rises(by_hand, pairs):
    """For the loss, the effect is the loss without the head less the loss with it."""
    hand, prompts = by_hand("llama"), pairs(padded=True)

    def loss(logits):
        right = logits[:, :-1].log_softmax(-1).gather(-1, prompts.tokens[:, 1:, None])[..., 0]
        real = prompts.mask[:, 1:]
        return -(right * real).sum(-1) / real.sum(-1)

    clean = loss(hand.run(prompts)[0])
    expected = hand.each_head(lambda layer, head: loss(hand.run(prompts, {(layer, head): 0.0})[0]) - clean)
    close(zero_ablation(hand.model, prompts, metric="loss"), expected)


@pytest.mark.parametrize("per_position", [False, True])
def test_mean_ablation_uses_the_mean_of_the_set(hand, pairs, per_position):
    """One mean for all tokens, or one for each position."""
    prompts = pairs()
    logits, z, *_ = hand.run(prompts)
    clean = hand.diff(logits, prompts)

    def without(layer, head):
        mean = z[layer][:, :, head].mean(0 if per_position else (0, 1))
        return clean - hand.diff(hand.run(prompts, {(layer, head): mean})[0], prompts)

    close(mean_ablation(hand.model, prompts, per_position=per_position), hand.each_head(without))


@pytest.mark.parametrize("source", ["corrupted", "shuffled"])
def test_resample_ablation_takes_z_from_another_prompt(hand, pairs, source):
    """Its counterpart, or the next prompt of the set."""
    prompts = pairs()
    logits, z, *_ = hand.run(prompts)
    other = hand.run(prompts.corrupted)[1] if source == "corrupted" else {k: v.roll(-1, 0) for k, v in z.items()}
    clean = hand.diff(logits, prompts)
    expected = hand.each_head(
        lambda layer, head: clean - hand.diff(hand.run(prompts, {(layer, head): other[layer][:, :, head]})[0], prompts)
    )
    close(resample_ablation(hand.model, prompts, source=source), expected)


def runs(hand, prompts):
    """Outputs and metric of the clean and the corrupted run."""
    (clean, z_clean, *_), (bad, z_bad, *_) = hand.run(prompts), hand.run(prompts.corrupted)
    return z_clean, hand.diff(clean, prompts), z_bad, hand.diff(bad, prompts)


def test_patching_moves_a_share_of_the_gap(hand, pairs):
    """Denoising and noising, over the mean gap, the gap of each prompt, and in logits."""
    prompts = pairs(padded=True)
    z_clean, m_clean, z_bad, m_bad = runs(hand, prompts)
    onto = prompts.corrupted
    denoised = hand.each_head(
        lambda layer, head: hand.diff(hand.run(onto, {(layer, head): z_clean[layer][:, :, head]})[0], prompts) - m_bad
    )
    noised = hand.each_head(
        lambda layer, head: (
            m_clean - hand.diff(hand.run(prompts, {(layer, head): z_bad[layer][:, :, head]})[0], prompts)
        )
    )
    gap = m_clean - m_bad
    close(activation_patching(hand.model, prompts, normalize="none"), denoised)
    close(activation_patching(hand.model, prompts) * gap.mean(), denoised)
    back: Literal["corrupted_to_clean"] = "corrupted_to_clean"
    close(activation_patching(hand.model, prompts, patch_direction=back, normalize="none"), noised)
    found = activation_patching(hand.model, prompts, patch_direction=back, normalize="prompt")
    close(found * gap[:, None, None], noised)


def test_patching_by_position_changes_one_position_at_a_time(by_hand, pairs):
    """Each column is a patch of one position; positions by name take several at once."""
    hand, prompts = by_hand("olmo2"), pairs()
    z_clean, _, z_bad, m_bad = runs(hand, prompts)
    onto = prompts.corrupted

    def patched(layer, head, places):
        new = z_bad[layer][:, :, head].clone()
        new[:, places] = z_clean[layer][:, places, head]
        return hand.diff(hand.run(onto, {(layer, head): new})[0], prompts) - m_bad

    found = patching_by_position(hand.model, prompts, normalize="none")
    for pos in (2, 5, 6):
        # Below the edited layer nothing changes, and in it z is fixed, so the corrupted z of the other positions is exact.
        close(found[..., pos], hand.each_head(lambda layer, head, pos=pos: patched(layer, head, [pos])))
    middle = activation_patching(hand.model, prompts, normalize="none", positions="middle")
    close(middle, hand.each_head(lambda layer, head: patched(layer, head, [2, 3])))


def test_steering_adds_and_removes_the_difference_of_means(hand, pairs):
    """Direction, spread and mean are those of z at "end"; addition acts on the corrupted run, subtraction on the clean."""
    prompts = pairs(padded=True)
    rows, end, onto = torch.arange(len(prompts)), prompts.positions["end"], prompts.corrupted
    z_clean, m_clean, z_bad, m_bad = runs(hand, prompts)

    def fitted(layer, head):
        good, bad = (z[layer][rows, end, head] for z in (z_clean, z_bad))
        unit = (good.mean(0) - bad.mean(0)) / (good.mean(0) - bad.mean(0)).norm()
        along = torch.cat([good, bad]) @ unit
        return unit, along.std(correction=0), along.mean()

    def steered(layer, head):
        unit, spread, _ = fitted(layer, head)
        new = z_bad[layer][:, :, head].clone()
        new[rows, end] += 2 * spread * unit
        return hand.diff(hand.run(onto, {(layer, head): new})[0], prompts) - m_bad

    def without(keep):
        def measure(layer, head):
            unit, _, mean = fitted(layer, head)
            new = z_clean[layer][:, :, head].clone()
            new[rows, end] -= ((new[rows, end] @ unit) - (mean if keep else 0))[:, None] * unit
            return m_clean - hand.diff(hand.run(prompts, {(layer, head): new})[0], prompts)

        return measure

    close(directional_addition(hand.model, prompts, alpha=2.0), hand.each_head(steered))
    close(directional_subtraction(hand.model, prompts), hand.each_head(without(True)))
    close(directional_subtraction(hand.model, prompts, keep_mean=False), hand.each_head(without(False)))


@pytest.mark.parametrize(("factor", "renormalize"), [(0.0, True), (0.0, False), (1.5, True), (1.5, False)])
def test_knockout_is_the_values_under_a_changed_pattern(hand, pairs, factor, renormalize):
    """The output is recomputed by hand from transformers' own patterns and projected values."""
    prompts = pairs(padded=True)
    logits, _, _, qkv = hand.run(prompts)
    patterns, clean = hand.attentions, hand.diff(logits, prompts)
    rows, end = torch.arange(len(prompts)), prompts.positions["end"]

    def measure(layer, head):
        pattern = patterns[layer][:, head].clone()
        for row in rows.tolist():
            pattern[row, end[row], [2, 3]] *= factor
            if renormalize:
                pattern[row, end[row]] /= pattern[row, end[row]].sum()
        z = pattern @ hand.values(layer, qkv)[:, head]
        return clean - hand.diff(hand.run(prompts, {(layer, head): z})[0], prompts)

    found = attention_knockout(hand.model, prompts, key="middle", factor=factor, renormalize=renormalize)
    close(found, hand.each_head(measure))


def test_knockout_of_a_window_of_one_layer_cuts_all_its_heads(by_hand, pairs):
    """With every key cut, the heads of that layer write nothing from "end"."""
    hand, prompts = by_hand("llama"), pairs()
    logits, z, *_ = hand.run(prompts)
    clean, expected = hand.diff(logits, prompts), []
    for layer in range(hand.layers):
        silent = z[layer].clone()
        silent[torch.arange(len(prompts)), prompts.positions["end"]] = 0
        edits = {(layer, head): silent[:, :, head] for head in range(hand.heads)}
        expected.append(clean - hand.diff(hand.run(prompts, edits)[0], prompts))
    close(knockout_windows(hand.model, prompts), torch.stack(expected, 1))


def slow_path(hand, prompts, sender, receivers, through, frozen):
    """Path patching by hand: freeze z, read a projection, give it to the receivers' layers, keep the receivers' z, run again."""
    logits, z_clean, mlps, _ = hand.run(prompts)
    z_bad = hand.run(prompts.corrupted)[1]
    layer, head = sender
    freeze = {(at, h): z_clean[at][:, :, h] for at in range(hand.layers) for h in range(hand.heads)}
    freeze[sender] = z_bad[layer][:, :, head]
    held, _, _, qkv = hand.run(prompts, freeze, mlps if frozen else None)
    clean = hand.diff(logits, prompts)
    if receivers is None:
        return hand.diff(held, prompts) - clean
    edits: dict[tuple[int, int], Tensor] = {}
    for at in sorted({at for at, _ in receivers}):  # upper receivers attend after lower ones have changed
        z = hand.run(prompts, edits, qkv={at: {through: qkv[at, through]}})[1]
        edits.update({(to, h): z[to][:, :, h] for to, h in receivers if to == at})
    return hand.diff(hand.run(prompts, edits)[0], prompts) - clean


@pytest.mark.parametrize("mlps", ["recomputed", "frozen"])
@pytest.mark.parametrize("through", ["q", "k", "v"])
def test_paths_to_heads_are_three_runs_by_hand(hand, pairs, through, mlps):
    """Two receivers in different layers and groups, every sender below; heads that cannot reach are NaN."""
    prompts, receivers = pairs(padded=True), [(1, 2), (2, 1)]
    found = path_patching(hand.model, prompts, receivers=receivers, through=through, mlps=mlps)
    assert found[:, 2].isnan().all()
    for sender in [(0, 0), (0, 3), (1, 1)]:
        close(found[:, sender[0], sender[1]], slow_path(hand, prompts, sender, receivers, through, mlps == "frozen"))


@pytest.mark.parametrize("mlps", ["recomputed", "frozen"])
@pytest.mark.parametrize("name", [*ARCHITECTURES, "mixtral"])
def test_paths_to_the_logits_are_the_direct_effect(by_hand, pairs, name, mlps):
    """All other heads frozen, in batches smaller than the set; with experts instead of an MLP too."""
    hand, prompts = by_hand(name), pairs()
    found = path_patching(hand.model, prompts, mlps=mlps, tokens_per_batch=20)
    expected = hand.each_head(lambda layer, head: slow_path(hand, prompts, (layer, head), None, "q", mlps == "frozen"))
    close(found, expected)


def test_the_function_vector_effect_patches_the_mean_at_the_end(hand, pairs):
    """Probability of the answer on the corrupted prompts, with each head's mean over the clean ones."""
    prompts = pairs()
    rows, end, onto = torch.arange(len(prompts)), prompts.positions["end"], prompts.corrupted
    z_clean, _, z_bad, _ = runs(hand, prompts)

    def probability(logits):
        return logits[rows, end].softmax(-1)[rows, prompts.paired["answers"]]

    before = probability(hand.run(onto)[0])

    def measure(layer, head):
        new = z_bad[layer][:, :, head].clone()
        new[rows, end] = z_clean[layer][rows, end, head].mean(0)
        return probability(hand.run(onto, {(layer, head): new})[0]) - before

    close(average_indirect_effect(hand.model, prompts), hand.each_head(measure))


def test_batches_change_nothing(by_hand, pairs):
    """One prompt at a time gives the numbers of all at once."""
    model, prompts = by_hand("gemma2").model, pairs()
    for method in (
        zero_ablation,
        activation_patching,
        attention_knockout,
        directional_addition,
        average_indirect_effect,
    ):
        close(method(model, prompts, tokens_per_batch=1), method(model, prompts))
    close(baseline(model, contrast(prompts), "loss", tokens=1), baseline(model, contrast(prompts), "loss"))
