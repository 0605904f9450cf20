from typing import Any

import pytest
import torch

from headkb.attention import anatomy, head_shape, read_patterns
from headkb.attention.parts import model_inputs, output
from headkb.attention.tap import Tap, eager, tapped
from headkb.errors import ModelError, ShapeError
from headkb.tensors import Prompts
from tests.attention.architectures import ALL, DECODERS, PAIRED, blocks_of, build, precise, prompts, shared

ATTENTIONS = {"encoder": "encoder_attentions", "decoder": "decoder_attentions", "cross": "cross_attentions"}


def to_first(pattern, shown):
    """A reader: attention to the first token."""
    return pattern[..., 0].mean(-1)


@pytest.mark.parametrize("name", ALL)
def test_observation_leaves_the_logits_as_they_are(name):
    """A pass under observation gives the plain eager model's logits, with padding too."""
    model, given = shared(name), model_inputs(shared(name), prompts(name))
    route, calls = anatomy(model).route, []
    with torch.inference_mode():
        with eager(model):
            plain = output(model(**given))
        with tapped(model, Tap(see=lambda call: calls.append(call.index), batch=3), route):
            observed = output(model(**given))
    torch.testing.assert_close(observed, plain, rtol=0, atol=2e-6)
    assert calls == list(range(len(anatomy(model).sites)))


@pytest.mark.parametrize("name", ALL)
def test_streamed_scores_are_those_of_output_attentions(name):
    """What a reader makes of a streamed pattern is what it makes of transformers' own output_attentions."""
    model, given = shared(name), prompts(name)
    with torch.inference_mode():
        kept = model(**model_inputs(model, given), output_attentions=True)
    for part in {site.part for site in anatomy(model).sites}:
        wanted = [p for p in getattr(kept, ATTENTIONS.get(part, "attentions")) if p is not None]
        blocks, depth = blocks_of(name)
        wanted = [wanted[block] for block in blocks] if len(wanted) == depth else wanted
        weights = torch.randn(wanted[0].shape[-2:], generator=torch.Generator().manual_seed(2))

        def reader(pattern, shown, weights=weights):
            return (pattern * weights[: pattern.shape[-2], : pattern.shape[-1]]).sum((-2, -1))

        found = read_patterns(model, given, {"r": reader}, part=part)["r"]
        assert found.shape == (3, depth, 4)
        assert found.isnan().all((0, 2)).tolist() == [block not in blocks for block in range(depth)]
        by_hand = torch.stack([reader(p, None) for p in wanted], 1)
        torch.testing.assert_close(found[:, blocks], by_hand, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert", "gptj", "t5"])
def test_the_batch_size_changes_nothing(name):
    """Prompts one by one give what they give together: batches are trimmed, in order, and padding is invisible."""
    model, given, done = precise(name), prompts(name, count=5), []
    own = {"own": lambda p, shown: (p.diagonal(0, -2, -1)[:, :, :7]).mean(-1)}
    together = read_patterns(model, given, own)["own"]
    single = read_patterns(model, given, own, tokens_per_batch=1, on_batch=lambda *n: done.append(n))["own"]
    torch.testing.assert_close(single, together, rtol=0, atol=1e-6)
    assert done == [(n, 5) for n in range(1, 6)]


def test_a_reader_may_leave_a_prompt_undefined():
    """NaN from a reader stays NaN for that prompt, layer and head, and only there."""
    values = read_patterns(
        shared("gpt2"), prompts(), {"r": lambda p, s: to_first(p, s).masked_fill(s.lengths[:, None] < 12, torch.nan)}
    )["r"]
    assert values.isnan().all((1, 2)).tolist() == [False, True, False]
    assert values.dtype == torch.float32


def test_a_reader_of_the_wrong_shape_is_refused():
    """A reader that forgets an axis is told which shape it must return."""
    with pytest.raises(ShapeError, match=r"reader 'r' returned \(3,\) .* \[batch, head\] = \(3, 4\)"):
        read_patterns(shared("gpt2"), prompts(), {"r": lambda p, s: p.mean((1, 2, 3))})


@pytest.mark.parametrize("name", ["llama", "gpt_bigcode", "deepseek_v3", "gpt2"])
def test_head_shape_counts_heads_as_the_attention_function_sees_them(name):
    """Layers, query heads, key-value heads and sizes are read off the calls."""
    found = head_shape(shared(name))
    groups = {"llama": 2, "gpt_bigcode": 1}.get(name, 4)
    assert (found.n_layers, found.n_heads, found.n_key_value_heads, found.d_model) == (3, 4, groups, 32)
    assert found.d_head == {"deepseek_v3": 6}.get(name, 8)


@pytest.mark.parametrize("name", PAIRED)
def test_each_stack_of_an_encoder_decoder_model_can_be_read(name):
    """Encoder, decoder and cross-attention have layers of their own; readers see the decoder's prompts for the decoder."""
    model, given = shared(name), prompts(name)
    widths: dict[str, Any] = {}
    for part in ("encoder", "decoder", "cross"):
        assert head_shape(model, part).n_layers == 3

        def reader(pattern, shown, part=part):
            widths[part] = (pattern.shape[2:], shown)
            return to_first(pattern, shown)

        read_patterns(model, given, {"r": reader}, part=part)
    assert {part: tuple(shape) for part, (shape, _) in widths.items()} == {
        "encoder": (12, 12),
        "decoder": (9, 9),
        "cross": (9, 12),
    }
    assert widths["decoder"][1].tokens.shape[1] == 9


def test_a_missing_part_or_decoder_is_named():
    """Asking for a stack that is not there, or leaving out the decoder's tokens, says what to do."""
    with pytest.raises(ModelError, match=r"no cross attention over whole prompts here. Choose one of: self"):
        head_shape(shared("gpt2"), "cross")
    with pytest.raises(ModelError, match=r"Set Prompts.decoder"):
        read_patterns(shared("t5"), prompts(), {"r": to_first})


@pytest.mark.parametrize("name", ["gpt2", "llama", "gpt_neo", "bert"])
def test_base_models_without_a_head_work(name):
    """A model without logits is read all the same."""
    model = shared(name).base_model
    found, whole = (read_patterns(m, prompts(), {"r": to_first})["r"] for m in (model, shared(name)))
    torch.testing.assert_close(found, whole, rtol=0, atol=1e-6)


def test_half_precision_is_read_as_it_is():
    """A bfloat16 model is read in its own precision and scored in float32."""
    found = read_patterns(build("llama").bfloat16(), prompts(), {"r": to_first})["r"]
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, read_patterns(shared("llama"), prompts(), {"r": to_first})["r"], rtol=0, atol=0.1)


@pytest.mark.parametrize("name", list(DECODERS)[:3])
def test_nothing_of_a_pattern_is_kept(name):
    """When a layer has been read its pattern is gone: streaming, not collecting."""
    import weakref

    alive = []

    def reader(pattern, shown):
        alive.append(weakref.ref(pattern))
        assert sum(ref() is not None for ref in alive) <= 2
        return to_first(pattern, shown)

    read_patterns(shared(name), prompts(), {"r": reader})
    assert len(alive) == 3


def test_one_prompt_is_enough():
    """A single prompt of two tokens is a valid input."""
    assert read_patterns(shared("gpt2"), Prompts.of(torch.tensor([[3, 4]])), {"r": to_first})["r"].shape == (1, 3, 4)
