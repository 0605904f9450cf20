import pytest
import torch
import transformers
from packaging.version import Version

from headkb.attention import anatomy, observe, output_weights
from headkb.errors import ModelError, UnknownNameError
from headkb.methods.head_weights import head_weights
from tests.attention.architectures import ALL, PAIRED, blocks_of, prompts, shared
from tests.attention.hybrids import HYBRID, NO_Z

ROUTED = [
    n for n in ALL if n not in {"gpt_neo", "gptj", "bloom", "falcon", "falcon:multi-query", "mpt", "codegen", "xglm"}
]
ROUTED = [n for n in ROUTED if n not in {"mpnet", "deberta-v2", "big_bird", "roformer", "openai-gpt", *NO_Z}]
# A norm of q, k or v lies behind the projection, or the block in question does not attend.
NORMED = {"persimmon", "llama4_text", "llama4", "gemma3n_text", "gemma4_text", "qwen3_5"}
PLAIN_STREAM = [
    "gpt2",
    "llama",
    "mistral",
    "qwen2",
    "qwen3",
    "opt",
    "gpt_bigcode",
    "starcoder2",
    "mixtral",
    "gpt_neo",
    "xglm",
]


@pytest.mark.parametrize("name", [n for n in ROUTED if n not in PAIRED])
def test_z_is_the_pattern_times_the_values(name):
    """Z is the pattern's mean of v, grouped heads sharing theirs; the scores soften to the pattern."""
    whole, (blocks, depth) = observe(shared(name), prompts(name), {"pattern", "attn_scores", "v", "z"}), blocks_of(name)
    others = [block for block in range(depth) if block not in blocks]
    for value in whole.values():
        assert value.shape[1] == depth
        assert value[:, others].isnan().all()
    found = {key: value[:, blocks].nan_to_num() for key, value in whole.items()}  # Gemma 4 has heads of two widths
    v = found["v"].repeat_interleave(4 // found["v"].shape[2], 2)
    torch.testing.assert_close(found["z"], (found["pattern"] @ v).transpose(2, 3), rtol=0, atol=1e-5)
    if name != "gpt_oss":
        torch.testing.assert_close(found["attn_scores"].softmax(-1), found["pattern"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", PLAIN_STREAM)
def test_results_and_bias_are_what_attention_adds_to_the_stream(name):
    """resid_mid - resid_pre is the heads' results plus W_O's bias, and the next layer reads what the last one left."""
    found = observe(shared(name), prompts(), {"resid_pre", "resid_mid", "resid_post", "result"})
    for layer in range(3):
        added = found["result"][:, layer].sum(2) + output_weights(shared(name), layer)[1]
        torch.testing.assert_close(
            found["resid_mid"][:, layer] - found["resid_pre"][:, layer], added, rtol=0, atol=2e-5
        )
    torch.testing.assert_close(found["resid_pre"][:, 1:], found["resid_post"][:, :-1])


def test_post_norms_and_multipliers_stand_between_result_and_stream():
    """In OLMo 2 and Granite the stream takes the heads' results normed or scaled; resid_mid shows what it took."""
    found = observe(shared("granite"), prompts(), {"resid_pre", "resid_mid", "result"})
    torch.testing.assert_close(found["resid_mid"] - found["resid_pre"], 0.5 * found["result"].sum(3), rtol=0, atol=2e-5)
    for name in ("olmo2", "gemma2"):
        assert observe(shared(name), prompts(), {"resid_mid"})["resid_mid"].isfinite().all()


def test_a_parallel_mlp_leaves_no_middle():
    """NeoX and GPT-J have no residual between attention and MLP, and say so."""
    for name in ("gpt_neox", "gptj"):
        with pytest.raises(
            ModelError, match=r"resid_mid was found in 0 of 3 layers: its MLP reads the layer's own input"
        ):
            observe(shared(name), prompts(), {"resid_mid"})


@pytest.mark.skipif(Version(transformers.__version__) >= Version("5.24"), reason="transformers routes GPT-J from 5.24")
def test_unrouted_models_show_no_q_k_v():
    """Where only the softmax is seen, q is not to be had, and the error says so."""
    with pytest.raises(ModelError, match="q was found in 0 of 3 layers: the architecture does not show it"):
        observe(shared("gptj"), prompts(), {"q"})


def test_shared_layers_have_no_residuals_of_their_own():
    """ALBERT runs one layer three times: patterns yes, residual stream no."""
    assert observe(shared("albert"), prompts())["pattern"].shape[:2] == (3, 3)
    with pytest.raises(ModelError, match="share their modules"):
        observe(shared("albert"), prompts(), {"resid_pre"})


def test_an_unknown_activation_is_named():
    """A misspelt name is answered with the nearest ones."""
    with pytest.raises(UnknownNameError, match=r"patern.*pattern"):
        observe(shared("gpt2"), prompts(), {"patern"})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [n for n in ROUTED if n not in {*PAIRED, *HYBRID, *NORMED}])
def test_v_and_results_follow_from_the_weights(name):
    """X W_V + b_V is v and z W_O is the result, whatever way the weights are stored: fused, grouped, latent."""
    model, layer = shared(name), 1
    site = anatomy(model).part()[layer]
    inputs = []
    handle = site.module.register_forward_pre_hook(
        lambda _, args, kwargs: inputs.append((args or tuple(kwargs.values()))[0]), with_kwargs=True
    )
    found = observe(model, prompts(name), {"v", "z", "o_proj_input", "result"})
    handle.remove()
    weights = head_weights(model, layer)
    assert weights.W_O.shape == (4, site.d_head, 32)
    if name not in {"deepseek_v3", "albert"}:  # a norm stands between the two latent projections; layers are shared
        v = torch.einsum("bpd,hde->bhpe", inputs[0], weights.W_V) + weights.b_V[:, None]
        wanted = found["v"][:, layer].repeat_interleave(4 // found["v"].shape[2], 1)
        torch.testing.assert_close(v, wanted, rtol=0, atol=2e-5)
    result = torch.einsum("bphe,hed->bphd", found["o_proj_input"][:, layer], weights.W_O)
    torch.testing.assert_close(found["result"][:, layer], result, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["gpt2", "llama", "gpt_neox", "phi3", "opt", "bert"])
def test_q_and_k_follow_from_the_weights_at_the_first_token(name):
    """At position 0, where rotary embedding is the identity, x W_Q + b_Q is q and x W_K + b_K is k."""
    model, inputs = shared(name), []
    site = anatomy(model).part()[1]
    handle = site.module.register_forward_pre_hook(
        lambda _, args, kwargs: inputs.append((args or tuple(kwargs.values()))[0]), with_kwargs=True
    )
    found, weights = observe(model, prompts(), {"q", "k"}), head_weights(model, 1)
    handle.remove()
    x = inputs[0][:, 0]
    k = found["k"][:, 1, :, 0].repeat_interleave(4 // found["k"].shape[2], 1)
    torch.testing.assert_close(
        torch.einsum("bd,hde->bhe", x, weights.W_Q) + weights.b_Q, found["q"][:, 1, :, 0], rtol=0, atol=2e-5
    )
    torch.testing.assert_close(torch.einsum("bd,hde->bhe", x, weights.W_K) + weights.b_K, k, rtol=0, atol=2e-5)


@pytest.mark.skipif(Version(transformers.__version__) >= Version("5.24"), reason="transformers routes GPT-J from 5.24")
def test_weights_that_cannot_be_seen_are_refused():
    """An architecture that keeps q, k and v to itself still gives W_O."""
    with pytest.raises(ModelError, match="GPTJAttention keeps q, k and v to itself"):
        head_weights(shared("gptj"), 0)
    assert output_weights(shared("gptj"), 0)[0].shape == (4, 8, 32)
