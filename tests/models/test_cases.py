"""Checkpoints as they are met in practice: each loads as what it is, or is refused in one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from headkb.models import load_model
from tests.models import folders


def configured(**entries: object) -> Callable[[Path], Path]:
    """A Llama whose config.json says something else."""
    return lambda folder: folders.configure(folders.llama(folder), **entries)


def changed(change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> Callable[[Path], Path]:
    """A Llama with other tensors in its file."""
    return lambda folder: folders.change_tensors(folders.llama(folder), change)


def tokenizer_that_says(text: str) -> Callable[[Path], Path]:
    """A Llama with a damaged tokenizer."""

    def make(folder: Path) -> Path:
        (folders.llama(folder) / "tokenizer.json").write_text(text)
        return folder

    return make


def adapter_alone(folder: Path) -> Path:
    """An adapter without its base."""
    for name in ("config.json", "model.safetensors"):
        (folders.adapter(folder) if not folder.exists() else folder).joinpath(name).unlink()
    return folder


SHAPES = "its tensors have other shapes than its config.json says. Use the config.json that belongs to the weights."
REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no JSON in the tokenizer": (tokenizer_that_says("{"), "its tokenizer cannot be read"),
    "a pointer for a tokenizer": (tokenizer_that_says("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"),
    "an unknown architecture": (configured(model_type="llama9"), "does not recognize this architecture"),
    "more layers than weights": (configured(num_hidden_layers=4), "lacks 9 of the model's tensors"),
    "another split into heads": (configured(num_attention_heads=8, head_dim=4), SHAPES),
    "more key-value heads": (configured(num_key_value_heads=4), SHAPES),
    "a larger vocabulary": (configured(vocab_size=600), SHAPES),
    "the names of a compiled model": (
        changed(lambda tensors: {f"_orig_mod.{name}": value for name, value in tensors.items()}),
        "lacks 30 of the model's tensors",
    ),
    "no language head where one is needed": (
        changed(lambda tensors: {name: value for name, value in tensors.items() if name != "lm_head.weight"}),
        "lacks 1 of the model's tensors (lm_head.weight, …), which would be random",
    ),
    "an adapter alone": (adapter_alone, "holds an adapter for someone/base"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_loaded_is_refused_in_one_sentence(tmp_path, refusal, case):
    """With the reason, and nothing random in its place."""
    make, words = REFUSED[case]
    assert words in refusal(make(tmp_path / "m"))


@pytest.mark.parametrize(
    ("method", "package", "entries"),
    [
        ("bitsandbytes", "bitsandbytes", {"load_in_4bit": True, "_load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}),
        ("gptq", "gptqmodel", {"bits": 4, "group_size": 128}),
        ("awq", "gptqmodel", {"bits": 4, "group_size": 128, "version": "gemm", "zero_point": True}),
        ("compressed-tensors", "compressed-tensors", {"format": "float-quantized"}),
    ],
)
def test_a_quantised_checkpoint_names_the_package_that_reads_it(tmp_path, refusal, method, package, entries):
    """Where that package is not installed."""
    folder = configured(quantization_config={"quant_method": method, **entries})(tmp_path / "m")
    if transformers.utils.import_utils._is_package_available(package.replace("-", "_"))[0]:
        pytest.skip(f"{package} is installed")
    assert f"its weights are quantised ({method}), which needs the package {package}" in refusal(folder)


def test_a_method_that_the_file_was_never_put_through_is_no_quantisation(tmp_path):
    """The passport says how the numbers are stored, not what the configuration asks for."""
    method = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}
    passport = load_model(str(configured(quantization_config=method)(tmp_path / "m"))).passport
    assert (passport.quantisation, passport.dtype) == (None, "float32")


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_halves_are_computed_in_float32_unless_asked_otherwise(tmp_path, kind):
    """And are no quantisation."""
    folder = changed(lambda tensors: {name: value.to(kind) for name, value in tensors.items()})(tmp_path / "m")
    passport = load_model(str(folders.configure(folder, dtype=str(kind).removeprefix("torch.")))).passport
    assert (passport.dtype, passport.quantisation) == ("float32", None)


def test_a_file_without_metadata_is_read(tmp_path):
    """Some tools write none."""
    folder = folders.llama(tmp_path / "m")
    save_file(load_file(folder / "model.safetensors"), folder / "model.safetensors")
    assert load_model(str(folder)).passport.unused == ()


def test_a_single_file_beside_shards_is_the_one_that_is_loaded_and_hashed(tmp_path):
    """As transformers chooses."""
    folder, single = (
        folders.llama(tmp_path / "m", max_shard_size=folders.SHARD),
        folders.llama(tmp_path / "one", seed=3),
    )
    shutil.copy(single / "model.safetensors", folder)
    both, one = load_model(str(folder)), load_model(str(single))
    assert both.passport.weights_sha256 == one.passport.weights_sha256
    assert torch.equal(both.model.lm_head.weight, one.model.lm_head.weight)


def test_a_head_that_is_stored_apart_from_the_embedding_is_the_head_that_is_used(tmp_path):
    """Whatever the configuration says of ties; a stored copy of the embedding stays tied."""
    config = transformers.LlamaConfig(**{**folders.GQA, "tie_word_embeddings": True})
    folder = folders.save(tmp_path / "m", transformers.LlamaForCausalLM, config)
    embedding = "model.embed_tokens.weight"
    folders.change_tensors(folder, lambda tensors: {**tensors, "lm_head.weight": tensors[embedding].clone()})
    assert load_model(str(folder)).passport.unembedding == "tied"
    folders.change_tensors(folder, lambda tensors: {**tensors, "lm_head.weight": tensors[embedding] + 1})
    apart = load_model(str(folder))
    assert (apart.passport.unembedding, apart.passport.unused) == ("own", ())
    assert torch.equal(apart.model.lm_head.weight, load_file(folder / "model.safetensors")["lm_head.weight"])
