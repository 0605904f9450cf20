"""The stream taken apart: what stands in it is found by watching, and its parts add up to the logits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from headkb.errors import ModelError  # noqa: E402
from headkb.methods.direct_logit import attribute, direct_logit_attribution  # noqa: E402
from headkb.methods.logit_lens import head_logit_lens, head_logits, residual_logit_lens  # noqa: E402
from headkb.methods.norms import FrozenNorm  # noqa: E402
from headkb.methods.structure import structure  # noqa: E402

DECODERS = ["gpt2", "llama", "gemma2", "olmo2", "gpt_neox", "granite", "cohere", "falcon", "mixtral"]


def logits_of(model, prompts):
    """Plain logits at "end", `[prompt, d_vocab]`."""
    with torch.no_grad():
        logits = model(prompts.tokens, attention_mask=prompts.mask.long()).logits
    return logits[torch.arange(len(prompts)), prompts.positions["end"]]


@pytest.mark.parametrize("name", DECODERS)
def test_the_structure_is_that_of_the_configuration(tiny, name):
    """Norms after attention in Gemma 2 and OLMo 2, multipliers in Granite, scales and caps of the logits."""
    found = structure(tiny(name))
    assert [norm is not None for norm in found.norms] == [name in ("gemma2", "olmo2")] * 3
    assert found.multipliers == pytest.approx([0.5 if name == "granite" else 1.0] * 3, abs=1e-5)
    assert found.capped == (name == "gemma2")
    if not found.capped:
        assert found.logit_scale == pytest.approx({"granite": 1 / 3, "cohere": 0.25}.get(name, 1.0), abs=1e-5)


def test_a_norm_after_the_sum_is_refused(tiny):
    """BERT has no stream that parts add up in, and the message says what else to use."""
    with pytest.raises(ModelError, match=r"layer 0 of BertForMaskedLM does not add .* Use ablation or patching\."):
        structure(tiny("bert"))


@pytest.mark.parametrize("difference", [True, False])
@pytest.mark.parametrize("name", DECODERS)
def test_all_parts_add_up_to_the_logit(tiny, pairs, name, difference):
    """Heads, biases, MLPs, embedding and constant; before the cap where there is one."""
    model, prompts = tiny(name), pairs(padded=True)
    rows, logits = torch.arange(3), logits_of(model, prompts)
    if name == "gemma2":
        logits = 3.0 * torch.atanh(logits.double() / 3.0).float()  # the cap is 3 tanh(x / 3)
    expected = logits[rows, prompts.paired["answers"]]
    if difference:
        expected = expected - logits[rows, prompts.paired["wrong"]]
    by_source = name != "falcon"
    found = attribute(model, prompts, difference=difference, by_source=by_source)
    torch.testing.assert_close(found.total, expected, rtol=1e-4, atol=1e-4)
    if by_source:
        torch.testing.assert_close(found.sources.sum(-1), found.heads, rtol=1e-4, atol=1e-5)
    assert found.capped == (name == "gemma2")
    if difference:
        assert torch.equal(found.heads, direct_logit_attribution(model, prompts))


def test_hidden_values_cannot_be_split_by_source(tiny, pairs):
    """Falcon makes its attention calls itself; the message says what works."""
    with pytest.raises(
        ModelError, match=r"FalconForCausalLM makes its attention calls itself, so q, k and v .* Use a method"
    ):
        attribute(tiny("falcon"), pairs(), by_source=True)


def frozen_rms(x, norm, part, gain):
    """RMSNorm's scale at x applied to a part."""
    return part * gain / (x.square().mean(-1, keepdim=True) + norm.variance_epsilon).sqrt()


def test_a_heads_share_is_its_output_under_the_frozen_norm(by_hand, pairs):
    """Llama by hand: z times its rows of W_O, over the scale of the whole stream, times the unembedding."""
    hand, prompts = by_hand("llama"), pairs()
    model, rows, end = hand.model, torch.arange(3), prompts.positions["end"]
    _, z, _, _ = hand.run(prompts)
    kept = []
    handle = model.model.norm.register_forward_pre_hook(lambda _, args: kept.append(args[0]))
    logits_of(model, prompts)
    handle.remove()
    x, norm, W_U = kept[0][rows, end], model.model.norm, model.lm_head.weight
    direction = (W_U[prompts.paired["answers"]] - W_U[prompts.paired["wrong"]]).detach()

    def measure(layer, head):
        W_O = hand.at(layer, "self_attn.o_proj").weight.detach()[:, head * 8 : head * 8 + 8]
        result = z[layer][rows, end, head] @ W_O.T
        return (frozen_rms(x, norm, result, norm.weight.detach()) * direction).sum(-1)

    found = direct_logit_attribution(model, prompts)
    torch.testing.assert_close(found, hand.each_head(measure), rtol=1e-5, atol=1e-5)


def test_a_norm_after_attention_is_held_at_its_scale_too(by_hand, pairs):
    """OLMo 2 by hand: the share passes the norm on W_O's output, then the final one."""
    hand, prompts = by_hand("olmo2"), pairs()
    model, rows, end = hand.model, torch.arange(3), prompts.positions["end"]
    kept: dict[Any, Tensor] = {}
    watched: dict[Any, Any] = {
        "final": model.model.norm,
        **{i: b.post_attention_layernorm for i, b in enumerate(model.model.layers)},
    }
    handles = [
        m.register_forward_pre_hook(lambda _, args, key=k: kept.__setitem__(key, args[0])) for k, m in watched.items()
    ]
    _, z, _, _ = hand.run(prompts)
    for handle in handles:
        handle.remove()
    W_U = model.lm_head.weight.detach()
    direction = W_U[prompts.paired["answers"]] - W_U[prompts.paired["wrong"]]

    def measure(layer, head):
        W_O = hand.at(layer, "self_attn.o_proj").weight.detach()[:, head * 8 : head * 8 + 8]
        result = z[layer][rows, end, head] @ W_O.T
        for key in (layer, "final"):
            result = frozen_rms(kept[key][rows, end], watched[key], result, watched[key].weight.detach())
        return (result * direction).sum(-1)

    found = direct_logit_attribution(model, prompts)
    torch.testing.assert_close(found, hand.each_head(measure), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", DECODERS)
def test_the_lens_after_the_last_layer_is_the_model(tiny, pairs, name):
    """Caps and scales included; and in batches of one prompt."""
    model, prompts = tiny(name), pairs(padded=True)
    expected = logits_of(model, prompts).log_softmax(-1)[torch.arange(3), prompts.paired["answers"]]
    found = residual_logit_lens(model, prompts, tokens_per_batch=1)
    assert found.shape == (3, 4)
    torch.testing.assert_close(found[:, -1], expected, rtol=1e-5, atol=1e-5)


def test_a_heads_lens_is_the_model_run_on_what_it_writes(by_hand, pairs):
    """GPT-2 by hand: final norm and unembedding of z times W_O."""
    hand, prompts = by_hand("gpt2"), pairs()
    model, rows, end = hand.model, torch.arange(3), prompts.positions["end"]
    _, z, _, _ = hand.run(prompts)
    answers = prompts.paired["answers"]

    def logits(layer, head):
        W_O = hand.at(layer, "attn.c_proj").weight.detach()[head * 8 : head * 8 + 8]
        with torch.no_grad():
            return model.lm_head(model.transformer.ln_f(z[layer][rows, end, head] @ W_O))

    expected = hand.each_head(lambda layer, head: logits(layer, head).log_softmax(-1)[rows, answers])
    torch.testing.assert_close(head_logit_lens(model, prompts, reading="log_prob"), expected, rtol=1e-5, atol=1e-5)
    ranks = hand.each_head(lambda layer, head: (logits(layer, head) > logits(layer, head)[rows, answers, None]).sum(-1))
    torch.testing.assert_close(head_logit_lens(model, prompts), 1 / (1.0 + ranks), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(head_logits(model, prompts)[:, 1, 2], logits(1, 2), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("norm", ["layer", "rms"])
def test_a_frozen_norm_is_linear_and_its_transpose_fits(norm):
    """Parts of x add up to the norm less its bias, and `pulled` is the transpose of `linear`."""
    torch.manual_seed(0)
    module = torch.nn.LayerNorm(10) if norm == "layer" else torch.nn.RMSNorm(10)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()
    x, part, direction = torch.randn(3, 4, 10)
    found = FrozenNorm.at(module, x)
    assert found.centred == (norm == "layer")
    whole = found.linear(part) + found.linear(x - part) + found.bias
    torch.testing.assert_close(whole, module(x).detach(), rtol=1e-4, atol=1e-5)
    there, back = (found.linear(part) * direction).sum(-1), (part * found.pulled(direction)).sum(-1)
    torch.testing.assert_close(there, back, rtol=1e-4, atol=1e-5)


def test_what_is_no_norm_is_refused():
    """A layer with another scale in each dimension has none to hold."""
    with pytest.raises(ModelError, match="Tanh is not a LayerNorm or RMSNorm"):
        FrozenNorm.at(torch.nn.Tanh(), torch.randn(3, 10))


def test_models_are_left_as_they_were(tiny, pairs):
    """No hook, stand-in or gradient switch stays behind."""
    from headkb.methods import METHODS

    model, prompts = tiny("gpt_neox"), pairs()
    where = {**prompts.positions, "subject": torch.tensor([1, 1, 1]), "relation": torch.tensor([2, 2, 2])}
    prompts = replace(prompts, positions=where, paired={**prompts.paired, "labels": torch.tensor([0, 1, 1])})
    before, grads = logits_of(model, prompts), [p.requires_grad for p in model.parameters()]
    modules = list(model.modules())
    for method in METHODS.values():
        if method.needs in ("causal", "attribution"):
            method.function(model, prompts)
    assert torch.equal(logits_of(model, prompts), before)
    assert [p.requires_grad for p in model.parameters()] == grads
    assert all(p.grad is None for p in model.parameters())
    assert list(model.modules()) == modules
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in modules)
