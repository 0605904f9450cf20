from __future__ import annotations

import json
import shutil

import pytest
import torch

from headkb.errors import ModelError
from headkb.models import load_model
from headkb.models.files import INDEX, tensors_of, weight_files
from tests.models import folders


def index_of(*names: str) -> str:
    """An index that puts one tensor into each file."""
    return json.dumps({"weight_map": {f"tensor.{place}": name for place, name in enumerate(names)}})


@pytest.mark.parametrize(
    "name", ["model.safetensors-00001-of-00001.safetensors", "mtp.safetensors", "parts/a.safetensors"]
)
def test_shards_may_have_any_name(name):
    """What the index says is what is read, wherever in the folder it lies."""
    assert weight_files([name, "model-00001-of-00002.safetensors", INDEX], index_of(name), "here") == (name,)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("{", "is damaged: it holds no weight_map"),
        ("[]", "is damaged: it holds no weight_map"),
        ('{"metadata": {}}', "is damaged: it holds no weight_map"),
        ('{"weight_map": {}}', "names no files"),
        ('{"weight_map": {"a": 3}}', "names no files"),
        (index_of("../other.safetensors"), "'../other.safetensors', which lies outside it"),
        (index_of("/etc/x.safetensors"), "'/etc/x.safetensors', which lies outside it"),
        (index_of("a.safetensors", "gone.safetensors"), "lacks 1 of the 2 files that its"),
    ],
)
def test_a_damaged_index_is_refused(index, words):
    """Each fault in its own words."""
    with pytest.raises(ModelError, match=words.replace("(", r"\(")):
        weight_files(["a.safetensors", INDEX], index, "here")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("model-q4_k_m.gguf", "has no model.safetensors but model-q4_k_m.gguf. Pass that file itself"),
        ("model.fp16.safetensors", "not the name that transformers reads. Rename it to model.safetensors"),
        ("consolidated.safetensors", "not the name that transformers reads"),
        ("pytorch_model.bin", "which can hold code; headkb reads safetensors and GGUF"),
        ("notes.txt", "has no model.safetensors and no other weights"),
    ],
)
def test_a_folder_without_safetensors_says_what_it_has(tmp_path, refusal, file, words):
    """And what to do with it."""
    folder = folders.llama(tmp_path / "m")
    (folder / "model.safetensors").rename(folder / file)
    assert words in refusal(folder)


def test_two_checkpoints_that_differ_in_one_tensor_never_share_a_hash(tmp_path):
    """Whatever their shards are called: odd names, one odd part with all other files equal, single files."""
    whole = folders.llama(tmp_path / "whole", max_shard_size=folders.SHARD)
    changed = folders.llama(tmp_path / "f")
    folders.change_tensors(changed, lambda t: {**t, "lm_head.weight": t["lm_head.weight"] + 1e-3})
    pairs = [
        (folders.odd_shards(tmp_path / "b"), folders.odd_shards(tmp_path / "c", seed=5)),
        (folders.one_odd_part(tmp_path / "a"), folders.one_odd_part(tmp_path / "d", seed=7, others=whole)),
        (folders.llama(tmp_path / "e"), changed),
    ]
    for one, two in pairs:
        assert load_model(str(one)).passport.weights_sha256 != load_model(str(two)).passport.weights_sha256


def test_every_file_of_the_index_has_its_hash(tmp_path):
    """In the passport, under the name that it has in the folder."""
    folder = folders.one_odd_part(tmp_path / "m")
    files = load_model(str(folder)).passport.files
    assert set(files) == {path.name for path in folder.glob("*.safetensors")}
    assert "extra.safetensors" in files


def test_pointers_empty_files_and_broken_links_are_told_apart(tmp_path, refusal):
    """The pointer's remedy is the command that fetches the file."""
    folder = folders.llama(tmp_path / "m")
    weights = folder / "model.safetensors"
    weights.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    assert f"is a Git LFS pointer, not the file itself. Run `git lfs pull` in {folder}." in refusal(folder)
    weights.write_bytes(b"")
    assert "is empty. Copy or download it again." in refusal(folder)
    weights.unlink()
    weights.symlink_to(tmp_path / "nowhere")
    assert "is a link to a file that is not there" in refusal(folder)


def test_a_truncated_file_is_damaged(tmp_path, refusal):
    """Half a file holds no tensors that could be trusted."""
    folder = folders.llama(tmp_path / "m")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "is damaged or no safetensors file" in refusal(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "cannot be read as JSON"),
        (b"[]", "holds a list where an object is needed"),
        (b'{"x": "\xe9"}', "cannot be read as JSON"),
        (b"\xef\xbb\xbf{}", "cannot be read as JSON (Unexpected UTF-8 BOM"),
    ],
)
def test_a_damaged_config_is_refused(tmp_path, refusal, content, words):
    """Half a file, another type, another encoding."""
    folder = folders.llama(tmp_path / "m")
    (folder / "config.json").write_bytes(content)
    assert words in refusal(folder)


def test_an_adapter_is_refused_whatever_is_installed(tmp_path, refusal):
    """Whether peft is there decides nothing."""
    text = refusal(folders.adapter(tmp_path / "m"))
    assert "holds an adapter for someone/base (adapter_config.json)" in text
    assert "merge_and_unload" in text


def test_tensors_left_over_are_named(tmp_path):
    """A config.json with a layer too few, and LoRA keys inside the weights: the passport lists what was not used."""
    short = folders.configure(folders.llama(tmp_path / "short"), num_hidden_layers=2)
    unused = load_model(str(short)).passport.unused
    assert len(unused) == 9
    assert all(name.startswith("model.layers.2.") for name in unused)
    name = "model.layers.0.self_attn.q_proj.lora_A.weight"
    lora = folders.change_tensors(folders.llama(tmp_path / "lora"), lambda t: {**t, name: torch.zeros(2, 2)})
    assert load_model(str(lora)).passport.unused == (name,)
    assert load_model(str(folders.llama(tmp_path / "whole"))).passport.unused == ()


def test_tensor_names_are_read_from_headers(tmp_path):
    """All shards together."""
    folder = folders.odd_shards(tmp_path / "m")
    names = sorted(path.name for path in folder.glob("*.safetensors"))
    assert len(names) > 1
    assert "lm_head.weight" in tensors_of(folder, names)
    shutil.rmtree(folder)


def test_a_tokenizer_that_is_a_git_lfs_pointer_is_named(tmp_path, refusal):
    """As for weights: the command that fetches the file."""
    folder = folders.llama(tmp_path / "m")
    (folder / "tokenizer.json").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "tokenizer.json is a Git LFS pointer, not the file itself. Run `git lfs pull` in" in refusal(folder)


def test_a_folder_of_gguf_files_says_to_pass_the_file(tmp_path, refusal):
    """It holds no config.json, and needs none."""
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    assert f"Pass that file itself: --model {tmp_path / 'small.gguf'}." in refusal(tmp_path)


@pytest.mark.parametrize("name", ["exact-induction", "organism-tasks"])
def test_what_comes_with_headkb_has_no_revisions(name, refusal):
    """It is not said to be missing."""
    assert "has no revisions. Leave --revision" in refusal(name, revision="abc")
