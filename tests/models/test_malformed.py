"""Broken model folders, made one fault at a time from a small Llama: each is refused in a sentence, or loads and is what it says."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from headkb.errors import HeadkbError
from headkb.models import load_model
from tests.models import folders

Fault = Callable[[Path], Any]
MANY = 10**7


def configured(**entries: Any) -> Fault:
    """Other entries in config.json."""
    return lambda folder: folders.configure(folder, **entries)


def without(*names: str) -> Fault:
    """No such entries in config.json."""

    def spoil(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k not in names}))

    return spoil


def written(name: str, content: str | bytes) -> Fault:
    """Another content of a file."""
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def gone(*names: str) -> Fault:
    """Files that are missing."""

    def spoil(folder: Path) -> None:
        for name in names:
            (folder / name).unlink(missing_ok=True)

    return spoil


def instead(name: str, make: Callable[[Path], Any]) -> Fault:
    """Something else that bears a file's name."""

    def spoil(folder: Path) -> None:
        (folder / name).unlink()
        make(folder / name)

    return spoil


def weights(change: Callable[[bytes], bytes]) -> Fault:
    """Other bytes of the weights."""

    def spoil(folder: Path) -> None:
        path = folder / "model.safetensors"
        path.write_bytes(change(path.read_bytes()))

    return spoil


def header(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """Another header of the weights; its length is right."""

    def spoil(data: bytes) -> bytes:
        (size,) = struct.unpack("<Q", data[:8])
        made = json.dumps(change(json.loads(data[8 : 8 + size]))).encode()
        return struct.pack("<Q", len(made)) + made + data[8 + size :]

    return weights(spoil)


def tensors(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """Other tensors, written as a whole file."""
    return lambda folder: folders.change_tensors(folder, change)


def filled(value: float, name: str = "model.layers.1.self_attn.q_proj.weight") -> Fault:
    """One tensor with one number throughout."""
    return tensors(lambda t: {**t, name: torch.full_like(t[name], value)})


def index(content: Any) -> Fault:
    """An index beside the weights in one file under another name, so that it is what says where they are."""

    def spoil(folder: Path) -> None:
        (folder / "model.safetensors").rename(folder / "part.safetensors")
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / "model.safetensors.index.json").write_text(text)

    return spoil


def emptied(folder: Path) -> None:
    """A folder without a file."""
    shutil.rmtree(folder)
    folder.mkdir()


def each(name: str, values: list[Any]) -> dict[str, Fault]:
    """One entry of config.json with each of these values."""
    return {f"config {name} {str(value)[:20]!r}": configured(**{name: value}) for value in values}


def moved(tensor: dict[str, Any], **entries: Any) -> dict[str, Any]:
    """A header whose first tensor says something else."""
    name = next(key for key in tensor if key != "__metadata__")
    return {**tensor, name: {**tensor[name], **entries}}


ODD: list[Any] = [0, -2, 2.5, "four", None, [4], {"n": 4}, True]
FAULTS: dict[str, Fault] = {
    # config.json as a file
    "config empty": written("config.json", ""),
    "config no JSON": written("config.json", "{"),
    "config a list": written("config.json", "[]"),
    "config a number": written("config.json", "3"),
    "config null": written("config.json", "null"),
    "config Latin-1": written("config.json", '{"model_type": "llamä"}'.encode("latin-1")),
    "config UTF-16": written("config.json", '{"model_type": "llama"}'.encode("utf-16")),
    "config NaN": written("config.json", '{"model_type": "llama", "rms_norm_eps": NaN}'),
    "config deep": written("config.json", '{"a":' * 20_000 + "1" + "}" * 20_000),
    "config zeros": written("config.json", b"\0" * 4096),
    "config gone": gone("config.json"),
    "config a folder": instead("config.json", Path.mkdir),
    "config a dead link": instead("config.json", lambda path: path.symlink_to("nowhere")),
    "config a pipe": instead("config.json", os.mkfifo),
    # and its entries
    **each("num_attention_heads", ODD),
    **each("num_hidden_layers", [*ODD, MANY]),
    **each("num_key_value_heads", [0, -1, 3, "two", MANY]),
    **each("hidden_size", [0, -32, 33, "wide", MANY]),
    **each("head_dim", [0, -8, 3, "eight"]),
    **each("vocab_size", [0, -1, "all", 10, MANY * 100]),
    **each("max_position_embeddings", [0, -1, "long"]),
    **each("model_type", ["", 7, "../llama", "llama\n", "bert"]),
    **each("architectures", ["LlamaForCausalLM", [3], [""], ["os.system"]]),
    **each("auto_map", [{"AutoModelForCausalLM": "evil.Evil"}, "evil.Evil", 3]),
    **each("rope_parameters", [3, {"rope_type": "nothing"}, {"rope_theta": -1.0}]),
    **each("torch_dtype", ["float9", 3, "os"]),
    **each("hidden_act", ["nothing", 3]),
    **each("layer_types", [["nothing"] * 3, ["full_attention"], 3]),
    "config without model_type": without("model_type"),
    "config without heads": without("num_attention_heads"),
    "config without architectures": without("architectures"),
    # model.safetensors
    "weights empty": weights(lambda data: b""),
    "weights seven bytes": weights(lambda data: data[:7]),
    "weights no header": weights(lambda data: data[:8]),
    "weights half": weights(lambda data: data[: len(data) // 2]),
    "weights one byte short": weights(lambda data: data[:-1]),
    "weights one byte more": weights(lambda data: data + b"x"),
    "weights huge header": weights(lambda data: struct.pack("<Q", 2**62) + data[8:]),
    "weights zeros": weights(lambda data: b"\0" * len(data)),
    "weights text": weights(lambda data: b"<html>404</html>"),
    "weights pickle": weights(lambda data: b"\x80\x04cos\nsystem\n(S'touch /tmp/pwned'\ntR."),
    "weights header no JSON": weights(lambda data: data[:8] + b"!" + data[9:]),
    "weights header a list": header(lambda head: [head]),
    "weights unknown dtype": header(lambda head: moved(head, dtype="F9")),
    "weights offsets backwards": header(lambda head: moved(head, data_offsets=[100, 0])),
    "weights offsets outside": header(lambda head: moved(head, data_offsets=[0, 2**40])),
    "weights negative shape": header(lambda head: moved(head, shape=[-1, 4])),
    "weights no shape": header(lambda head: moved(head, shape=None)),
    "weights no tensors": header(lambda head: {"__metadata__": {"format": "pt"}}),
    "weights a folder": instead("model.safetensors", Path.mkdir),
    "weights a dead link": instead("model.safetensors", lambda path: path.symlink_to("nowhere")),
    "weights gone": gone("model.safetensors"),
    "weights NaN": filled(float("nan")),
    "weights infinite": filled(float("inf")),
    "weights all zero": filled(0.0),
    "weights integers": tensors(lambda t: {name: value.to(torch.int32) for name, value in t.items()}),
    "weights a vector for a matrix": tensors(
        lambda t: {**t, "model.norm.weight": t["model.norm.weight"][:1].reshape(1, 1)}
    ),
    "weights a tensor too many": tensors(lambda t: {**t, "model.layers.9.self_attn.q_proj.weight": torch.zeros(2, 2)}),
    "weights a layer twice as wide": tensors(
        lambda t: {**t, "model.layers.0.mlp.up_proj.weight": torch.cat([t["model.layers.0.mlp.up_proj.weight"]] * 2)}
    ),
    # the index
    "index empty": index(""),
    "index a list": index([]),
    "index no map": index({}),
    "index map a list": index({"weight_map": ["part.safetensors"]}),
    "index numbers": index({"weight_map": {"a": 3}}),
    "index null": index({"weight_map": {"a": None}}),
    "index upwards": index({"weight_map": {"a": "../part.safetensors"}}),
    "index absolute": index({"weight_map": {"a": "/etc/passwd"}}),
    "index a file that is not there": index({"weight_map": {"a": "other.safetensors"}}),
    "index a pickle": index({"weight_map": {"a": "pytorch_model.bin"}}),
    "index unknown tensors": index({"weight_map": {"a": "part.safetensors"}}),
    "index two parts, one gone": index({"weight_map": {"a": "part.safetensors", "b": "part2.safetensors"}}),
    # the tokenizer
    "tokenizer empty": written("tokenizer.json", ""),
    "tokenizer a list": written("tokenizer.json", "[]"),
    "tokenizer null": written("tokenizer.json", "null"),
    "tokenizer no model": written("tokenizer.json", '{"version": "1.0"}'),
    "tokenizer zeros": written("tokenizer.json", b"\0" * 100),
    "tokenizer gone": gone("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
    "tokenizer a folder": instead("tokenizer.json", Path.mkdir),
    "tokenizer settings a list": written("tokenizer_config.json", "[]"),
    "tokenizer settings no JSON": written("tokenizer_config.json", "{"),
    "tokenizer class with code": written(
        "tokenizer_config.json", '{"tokenizer_class": "Evil", "auto_map": {"a": "evil.E"}}'
    ),
    "tokenizer larger than the embedding": lambda folder: folders.change_tensors(
        folders.configure(folder, vocab_size=300),
        lambda t: {n: v[:300] if n in ("lm_head.weight", "model.embed_tokens.weight") else v for n, v in t.items()},
    ),
    # other files
    "generation settings no JSON": written("generation_config.json", "{"),
    "generation settings a list": written("generation_config.json", "[1]"),
    "card of headkb no JSON": written("headkb.json", "{"),
    "card of headkb a list": written("headkb.json", "[]"),
    "code beside the model": written("modeling_llama.py", "raise SystemExit('code of the model ran')"),
    "everything gone": emptied,
}
LOADS = {
    # What transformers does not need, or what headkb sets itself.
    *(f"config max_position_embeddings {value!r}" for value in ("0", "-1")),
    *(f"config architectures {value!r}" for value in ("LlamaForCausalLM", "['']", "['os.system']")),
    *(name for name in FAULTS if name.startswith("config torch_dtype")),
    "config without architectures",
    "weights all zero",
    "weights integers",
    "weights a tensor too many",
    "tokenizer gone",
    "tokenizer a folder",
    "tokenizer larger than the embedding",
    "generation settings no JSON",
    "card of headkb no JSON",
    "card of headkb a list",
    # Code that lies in a folder or is asked for there stays unread.
    'config auto_map "{\'AutoModelForCausal"',
    "config auto_map 'evil.Evil'",
    "tokenizer class with code",
    "code beside the model",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is broken in every way."""
    return folders.llama(tmp_path_factory.mktemp("good") / "m")


def outcome(folder: Path) -> str:
    """The words of the refusal; "" where the folder loads."""
    try:
        loaded = load_model(str(folder))
    except HeadkbError as error:
        return str(error)
    assert (loaded.passport.stacks[0].n_layers, len(loaded.passport.stacks)) == (3, 1)
    return ""


def test_the_corpus_is_as_large_as_promised(good: Path) -> None:
    """And the folder that it is made from loads."""
    assert len(FAULTS) >= 97
    assert outcome(good) == ""


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_folder(name: str, good: Path, tmp_path: Path) -> None:
    """One sentence or two that name the model or the file, without a line break; no code of the folder runs."""
    folder = tmp_path / "m"
    shutil.copytree(good, folder)
    FAULTS[name](folder)
    words = outcome(folder)
    print(f"{name}: {words}")
    if name in LOADS:
        assert words == ""
        return
    assert words
    assert "\n" not in words
    assert "Report it" not in words
    assert "above report" not in words
    assert len(words) < 600
