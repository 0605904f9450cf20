"""The ten pitfalls of ENGINE, a test each, and the promises of the tap."""

import threading

import pytest
import torch
from transformers import AttentionInterface

from headkb.attention import anatomy, check_faithful, head_shape, observe, output_weights, read_patterns
from headkb.attention.hooks import lean
from headkb.errors import ModelError
from headkb.sweeps import Metric, logit_diff, sweep
from tests.attention.architectures import build, prompts, shared
from tests.attention.sizes import GQA, VOCAB


def to_first(pattern, shown):
    """A reader: attention to the first token."""
    return pattern[..., 0].mean(-1)


def read(model):
    """One score of every head."""
    return read_patterns(model, prompts(), {"r": to_first})["r"]


@pytest.mark.parametrize("name", ["gpt2", "llama", "mistral"])
def test_pitfall_1_the_future_stays_invisible(name):
    """A causal model under observation has no attention above the diagonal: its mask is built."""
    assert not observe(shared(name), prompts())["pattern"].triu(1).any()


def test_pitfall_2_a_model_that_asks_for_its_implementation_by_name_stays_sparse():
    """DeepSeek V3.2 selects keys only if the name is eager or sdpa: observed, it still does."""
    import transformers

    torch.manual_seed(0)
    sizes = {k: v for k, v in GQA.items() if k != "num_key_value_heads"} | {"num_key_value_heads": 4}
    latent = {"kv_lora_rank": 16, "q_lora_rank": 16, "qk_rope_head_dim": 4, "qk_nope_head_dim": 8, "v_head_dim": 8}
    sparse = {"index_topk": 2, "index_n_heads": 2, "index_head_dim": 8, "first_k_dense_replace": 3}
    config = transformers.AutoConfig.for_model("deepseek_v32", **sizes, **latent, **sparse)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    check_faithful(model)
    pattern = observe(model, prompts(padded=False))["pattern"]
    assert (pattern > 0).sum(-1).max() <= 2


@pytest.mark.parametrize("how", ["wrapped", "in place"])
def test_pitfall_2_a_compiled_model_is_still_seen(how):
    """A graph that was compiled before does not hide the attention calls."""
    model = build("llama")
    plain = read(model)
    compiled = torch.compile(model, backend="eager")
    if how == "in place":
        model.compile(backend="eager")
        compiled = model
    compiled(prompts().tokens)
    torch.testing.assert_close(read(compiled), plain, rtol=0, atol=1e-6)
    torch._dynamo.reset()


def test_pitfall_2_upcasting_gpt2_is_seen():
    """GPT-2 with reorder_and_upcast_attn goes past the table for eager, is seen at the method it goes to, and gets that back."""
    model = shared("gpt2:upcast")
    assert len(anatomy(model).sites) == 3
    assert observe(model, prompts(), {"q"})["q"].shape == (3, 3, 4, 12, 8)
    assert not any("_upcast_and_reordered_attn" in vars(module) for module in model.modules())


@pytest.mark.parametrize("name", ["gemma2", "gpt_oss"])
def test_pitfall_3_no_capability_check_is_woken(name):
    """Models that refuse sdpa and flash by name do not refuse us."""
    assert read(shared(name)).isfinite().all()


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert", "falcon"])
def test_pitfall_4_a_model_loaded_with_sdpa_is_read_with_eager_and_given_back(name):
    """Patterns are those of eager attention; afterwards the model is set as it was."""
    model = build(name)
    model.set_attn_implementation("sdpa")
    before = model.config._attn_implementation  # Falcon stays with eager
    torch.testing.assert_close(read(model), read(shared(name)), rtol=0, atol=1e-6)
    assert model.config._attn_implementation == before == ("eager" if name == "falcon" else "sdpa")


def test_pitfall_5_sinks_take_their_share_of_the_pattern():
    """gpt-oss rows sum to less than 1 where the sink draws attention, and every score sees them as they are."""
    total = observe(shared("gpt_oss"), prompts())["pattern"].sum(-1)
    assert total.max() < 1.00001
    assert total.min() < 0.5


def test_pitfall_6_padded_queries_of_an_encoder_still_attend():
    """A padded query of BERT holds mass 1: readers have prompts.mask to leave it out."""
    given = prompts()
    pattern = observe(shared("bert"), given)["pattern"]
    torch.testing.assert_close(pattern.sum(-1), torch.ones(pattern.shape[:-1]))
    assert not pattern[1, ..., ~given.mask[1]].any()


@pytest.mark.parametrize(("name", "gated"), [("qwen3_next", True), ("bitnet", True), ("gpt2", False), ("llama", False)])
def test_pitfall_7_z_and_what_w_o_is_given_are_two_things(name, gated):
    """Behind a gate or norm z is not what W_O reads; both have a name, and the anatomy says which models differ."""
    found = observe(shared(name), prompts(), {"z", "o_proj_input"})
    assert torch.equal(found["z"], found["o_proj_input"]) is not gated
    assert anatomy(shared(name)).sites[0].gated is gated


def test_pitfall_8_the_unembedding_is_given_contiguous_rows():
    """One position of many prompts is copied before it is unembedded: strided, that costs fifteen times as much."""
    model, seen = build("gpt2"), []
    model.lm_head.__class__ = type("Head", (torch.nn.Linear,), {})  # of a plain Linear only the weight is used
    model.lm_head.register_forward_pre_hook(lambda _, args: seen.append(args[0].is_contiguous()))
    sweep(model, prompts(), "zero", Metric(lambda logits, *_: logits[:, 0, 5], torch.tensor([11, 7, 11])))
    assert all(seen)
    assert len(seen) > 3


def test_pitfall_9_a_wrapped_forward_survives_and_offloaded_weights_are_read():
    """Accelerate's wrapper in module.__dict__ is still there, and W_O comes from what the module does, not from its weight."""
    model = build("llama")
    wanted = output_weights(model, 1)[0]
    o_proj = model.model.layers[1].self_attn.o_proj
    weight = o_proj.weight.data.clone()

    def onloaded(x):
        return torch.nn.functional.linear(x, weight)

    o_proj.forward = onloaded
    o_proj.weight = torch.nn.Parameter(o_proj.weight.to("meta"), requires_grad=False)
    torch.testing.assert_close(output_weights(model, 1)[0], wanted)
    metric = logit_diff(torch.tensor([3, 4, 5]), torch.tensor([6, 7, 8]), prompts().lengths - 1)
    found = sweep(model, prompts(), "zero", metric)
    torch.testing.assert_close(found, sweep(shared("llama"), prompts(), "zero", metric), rtol=0, atol=2e-5)
    assert o_proj.__dict__["forward"] is onloaded


def test_pitfall_10_heads_are_counted_in_the_call():
    """A tensor-parallel rank sees fewer heads than the configuration names: the call counts."""
    model = build("llama")
    model.config.num_attention_heads = 8
    assert head_shape(model).n_heads == 4


def test_everything_is_put_back_after_an_error():
    """A reader that fails leaves no function in transformers' tables, no hook, no stand-in and no changed configuration."""
    model = build("gpt2")
    model.set_attn_implementation("sdpa")
    modules = dict(model.named_modules())
    with pytest.raises(IndexError):
        read_patterns(model, prompts(), {"r": lambda p, s: p / [][0]})
    assert "eager" not in AttentionInterface._global_mapping
    assert model.config._attn_implementation == "sdpa"
    assert dict(model.named_modules()) == modules
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_another_thread_is_not_observed():
    """While this thread observes, the same model on another thread runs plain, and gives plain logits."""
    model, other, calls = shared("gpt2"), build("gpt2"), []
    plain = other(prompts().tokens).logits
    logits = []

    def reader(pattern, shown):
        calls.append(1)
        thread = threading.Thread(target=lambda: logits.append(other(prompts().tokens).logits))
        thread.start()
        thread.join()
        return to_first(pattern, shown)

    read_patterns(model, prompts(), {"r": reader})
    assert len(calls) == 3
    assert all(torch.equal(found, plain) for found in logits)


def test_a_model_in_training_mode_is_refused():
    """Dropout would change every number."""
    with pytest.raises(ModelError, match=r"Call model.eval\(\)"):
        check_faithful(build("gpt2").train())


def test_what_is_not_a_transformers_model_is_refused():
    """A bare module is told how models are loaded."""
    with pytest.raises(ModelError, match="Linear is not a transformers model"):
        anatomy(torch.nn.Linear(2, 2))


def test_a_model_without_attention_is_refused():
    """A model whose attention cannot be seen says so."""
    import transformers

    config = transformers.AutoConfig.for_model(
        "mamba", vocab_size=VOCAB, hidden_size=16, num_hidden_layers=2, state_size=4
    )
    with pytest.raises(ModelError, match="no attention call of MambaForCausalLM can be seen"):
        anatomy(transformers.AutoModelForCausalLM.from_config(config).eval())


@pytest.mark.parametrize("exact", [True, False])
def test_a_lean_gelu_is_the_original(exact):
    """While it is in place it gives GPT-2's numbers, to the last bit or to rounding; then the original is back."""
    from transformers.activations import NewGELUActivation

    model, x = build("gpt2"), torch.randn(70000) * 4
    with lean(model, exact=exact):
        found = model.transformer.h[0].mlp.act
    assert isinstance(model.transformer.h[0].mlp.act, NewGELUActivation)
    assert not isinstance(found, NewGELUActivation)
    off = (found(x) - NewGELUActivation()(x)).abs().max()
    assert off == 0 if exact else off < 2e-6
