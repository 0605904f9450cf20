from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import transformers

from headkb.models import LoadOptions, load_model
from tests.models import folders


def test_a_passport_says_what_the_model_is(tmp_path):
    """Shape, vocabulary, what stands around a text, unembedding, dtype and device."""
    passport = load_model(str(folders.llama(tmp_path / "My_Model"))).passport
    stack = passport.stack()
    assert (passport.id, passport.source, passport.revision, passport.pinned) == ("my-model", "directory", None, False)
    assert (stack.n_layers, stack.layers, stack.n_heads, stack.n_key_value_heads) == (3, (0, 1, 2), (4,) * 3, (2,) * 3)
    assert (stack.d_head, stack.causal, passport.d_model) == ((8,) * 3, (True,) * 3, 32)
    assert (passport.vocabulary, passport.tokenizer_vocabulary, passport.longest) == (512, 500, 512)
    assert (passport.before, passport.after, passport.unembedding) == (("<s>",), (), "own")
    assert (passport.dtype, passport.device, passport.quantisation) == ("float32", "cpu", None)


@pytest.mark.parametrize(
    ("words", "before", "after"), [("bos", ["<s>"], None), ("bos_eos", ["<s>"], ["</s>"]), ("none", None, None)]
)
def test_what_the_tokenizer_puts_around_a_text_is_tried(tmp_path, words, before, after):
    """The fact, not the policy: a tokenizer that has a BOS token need not put it first."""
    data = load_model(str(folders.llama(tmp_path / "m", words))).passport.data()
    assert (data.get("before"), data.get("after")) == (before, after)


def test_the_data_are_json_and_say_equal_numbers_once(tmp_path):
    """Numbers that all layers share stand once; `layers` is there only where some blocks do not attend."""
    data = json.loads(json.dumps(load_model(str(folders.llama(tmp_path / "m"))).passport.data(), allow_nan=False))
    assert data["stacks"] == [
        {"part": "self", "n_layers": 3, "n_heads": 4, "n_key_value_heads": 2, "d_head": 8, "causal": True}
    ]


HYBRIDS: dict[str, tuple[dict[str, Any], tuple[int, ...], int]] = {
    "lfm2": ({**folders.GQA, "layer_types": ["conv", "full_attention", "full_attention"], "conv_L_cache": 3}, (1, 2), 3),
    "jamba": (
        {
            **folders.GQA, "num_hidden_layers": 4, "attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2,
            "num_experts": 2, "mamba_d_state": 4, "mamba_dt_rank": 4, "use_mamba_kernels": False,
        },
        (1, 3),
        4,
    ),
    "qwen3_5_text": (
        {
            **folders.GQA, "num_hidden_layers": 4, "head_dim": 8, "linear_num_value_heads": 4, "linear_num_key_heads": 2,
            "linear_key_head_dim": 8, "linear_value_head_dim": 8,
        },
        (3,),
        4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HYBRIDS))
def test_layers_are_counted_as_blocks(tmp_path, name):
    """Where only some blocks attend, heads bear the number of their block; the number of blocks is that of the list they stand in."""
    entries, layers, depth = HYBRIDS[name]
    config = transformers.AutoConfig.for_model(name, **entries)
    stack = load_model(str(folders.save(tmp_path / "m", transformers.AutoModelForCausalLM, config))).passport.stack()
    assert (stack.layers, stack.n_layers) == (layers, depth)


def test_a_gguf_file_is_the_model_that_it_was_made_from(tmp_path):
    """The same logits to the last bit where it stores floats; the passport says how it was stored."""
    pytest.importorskip("gguf")
    pytest.importorskip("accelerate")
    loaded = load_model(str(folders.gguf_llama(tmp_path / "Tiny-F32.gguf")))
    source = load_model(str(tmp_path / "Tiny-F32-as-folder"))
    tokens = torch.arange(3, 20)[None]
    assert torch.equal(loaded.model(tokens).logits, source.model(tokens).logits)
    passport = loaded.passport
    assert (passport.id, passport.quantisation, passport.loaded_as) == ("tiny-f32", "GGUF F32", "LlamaForCausalLM")
    assert not hasattr(loaded.model.config, "quantization_config")
    small = load_model(str(folders.gguf_llama(tmp_path / "Tiny-Q8.gguf", stored_as="Q8_0"))).passport
    assert small.quantisation.startswith("GGUF Q8_0 ")
    assert small.quantisation.endswith(" %")
    assert small.weights_sha256 != passport.weights_sha256


def test_a_damaged_gguf_file_is_refused(tmp_path, refusal):
    """Another file by that name, and one that ends early."""
    (tmp_path / "a.gguf").write_bytes(b"PK\3\4")
    assert "does not begin as a GGUF file does" in refusal(tmp_path / "a.gguf")
    (tmp_path / "b.gguf").write_bytes(b"GGUF\3\0\0\0" + b"\0" * 64)
    assert "b.gguf" in refusal(tmp_path / "b.gguf")
    assert "not there" in refusal(tmp_path / "c.gguf")


@pytest.mark.parametrize(("dtype", "tolerance"), [("bfloat16", 2e-2), ("float16", 3e-3), ("float64", 1e-6)])
def test_dtypes_agree_within_what_is_stated(tmp_path, dtype, tolerance):
    """Previous-token scores in halves and doubles against float32, within the tolerance that the docs state."""
    from headkb.attention import read_patterns
    from headkb.prompts import make_prompts
    from headkb.scores import SCORES

    folder = folders.llama(tmp_path / "m")
    exact, other = load_model(str(folder)), load_model(str(folder), options=LoadOptions(dtype=dtype))
    assert other.passport.dtype == dtype
    prompts, readers = make_prompts("random-tokens", exact, 8), {"p": SCORES["previous-token"].reader()}
    values = [read_patterns(loaded.model, prompts, readers)["p"].mean(0) for loaded in (exact, other)]
    torch.testing.assert_close(values[0], values[1], rtol=0, atol=tolerance)


def test_a_device_or_dtype_that_is_not_there_is_refused(tmp_path, refusal):
    """With what to type."""
    folder = folders.llama(tmp_path / "m")
    assert "is no floating-point type. Choose float32" in refusal(folder, options=LoadOptions(dtype="int8"))
    assert "there is no device 'cuda:7' here" in refusal(folder, options=LoadOptions(device="cuda:7"))
