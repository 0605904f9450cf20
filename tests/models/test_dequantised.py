"""The floats of a GGUF file are kept, and are those of the file."""

from __future__ import annotations

import json

import pytest
import torch

pytest.importorskip("gguf")
pytest.importorskip("accelerate")

from headkb.models import LoadOptions, dequantised, load_model
from headkb.models.cache import written_whole
from tests.models import folders

TOKENS = torch.arange(3, 20)[None]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def file(tmp_path):
    """A small Llama stored as Q8_0."""
    return folders.gguf_llama(tmp_path / "Tiny-Q8.gguf", stored_as="Q8_0")


@pytest.fixture
def taken(monkeypatch):
    """How often a file was read by transformers' GGUF reader."""
    times, read = [], dequantised._taken_out

    def counted(*args):
        times.append(args)
        return read(*args)

    monkeypatch.setattr(dequantised, "_taken_out", counted)
    return times


def nothing_kept(monkeypatch, file):
    """Let the path of the cache folder lead through a file, so that nothing can be found or written there."""
    monkeypatch.setenv("HEADKB_CACHE", str(file / "cache"))


def state(loaded):
    """All tensors and buffers of a model."""
    return {**loaded.model.state_dict(), **dict(loaded.model.named_buffers())}


def same(one, other) -> bool:
    """Whether two models are equal to the last bit, and read and write alike."""
    tensors = [state(one), state(other)]
    assert tensors[0].keys() == tensors[1].keys()
    texts = ["Mary had a lamb", " \n1234 naïve"]
    return (
        all(torch.equal(value, tensors[1][name]) for name, value in tensors[0].items())
        and torch.equal(one.model(TOKENS).logits, other.model(TOKENS).logits)
        and [one.tokenizer(t)["input_ids"] for t in texts] == [other.tokenizer(t)["input_ids"] for t in texts]
        and one.passport == other.passport
    )


def test_what_is_kept_is_what_the_file_gives(file, taken, monkeypatch):
    """Bit for bit, with the same passport; the file is read once."""
    first, again = load_model(str(file)), load_model(str(file))
    assert len(taken) == 1
    nothing_kept(monkeypatch, file)
    direct = load_model(str(file))
    assert len(taken) == 2
    assert same(first, direct)
    assert same(again, direct)
    assert direct.passport.architecture is None
    assert direct.passport.quantisation.startswith("GGUF Q8_0 ")


def test_halves_are_those_of_the_file(file, taken, monkeypatch):
    """Kept floats in another dtype are what the reader makes of the file in that dtype."""
    options = LoadOptions(dtype="bfloat16")
    load_model(str(file))
    kept = load_model(str(file), options=options)
    nothing_kept(monkeypatch, file)
    assert same(kept, load_model(str(file), options=options))
    assert kept.model.dtype == torch.bfloat16
    assert len(taken) == 2


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "no note", "bad note"])
def test_what_is_damaged_is_made_anew(file, taken, cache, damage):
    """A file cut short, one changed byte, a file that is gone, and a folder that was left half written."""
    first = load_model(str(file))
    (folder,) = (cache / "floats").iterdir()
    weights, note = folder / "model.safetensors", folder / "headkb.json"
    whole = weights.read_bytes()
    if damage in ("cut", "changed"):
        weights.unlink()  # the loaded model reads from the old file
        weights.write_bytes(whole[:-100] if damage == "cut" else whole[:-1] + bytes([whole[-1] ^ 1]))
    elif damage == "gone":
        (folder / "tokenizer.json").unlink()
    elif damage == "no note":
        note.unlink()
    else:
        note.write_text(json.dumps({"files": []}))
    assert same(load_model(str(file)), first)
    assert len(taken) == 2
    load_model(str(file))
    assert len(taken) == 2


def test_large_models_are_not_kept(file, taken, cache, monkeypatch):
    """They are read from their file each time."""
    monkeypatch.setattr(dequantised, "LARGEST", 1000)
    assert same(load_model(str(file)), load_model(str(file)))
    assert len(taken) == 2
    assert not cache.exists()


def test_another_file_has_an_entry_of_its_own(file, taken, cache, tmp_path):
    """Whatever it is called."""
    load_model(str(file))
    file.write_bytes(folders.gguf_llama(tmp_path / "other.gguf", seed=1, stored_as="Q8_0").read_bytes())
    assert not torch.equal(load_model(str(file)).model.lm_head.weight, torch.zeros(1))
    assert len(taken) == 2
    assert len(list((cache / "floats").iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_done_without(file, taken, monkeypatch):
    """Nothing is kept, everything works."""
    nothing_kept(monkeypatch, file)
    first = load_model(str(file))
    assert same(first, load_model(str(file)))
    assert len(taken) == 2
    assert load_model(str(file), options=LoadOptions(dtype="float16")).model.dtype == torch.float16


def test_what_does_not_come_back_the_same_is_not_kept(file, taken, cache, monkeypatch):
    """The model is then read from its file each time."""
    real = dequantised._kept

    def altered(*args):
        kept = real(*args)
        kept.model.model.norm.weight.data += 1
        return kept

    monkeypatch.setattr(dequantised, "_kept", altered)
    first = load_model(str(file))
    assert list((cache / "floats").iterdir()) == []
    assert same(first, load_model(str(file)))
    assert len(taken) == 2


def test_a_write_that_fails_leaves_nothing(tmp_path):
    """Neither half of a file under the name, nor what was begun."""

    def write():
        with written_whole(tmp_path / "a" / "file") as place:
            place.write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write()
    assert list((tmp_path / "a").iterdir()) == []
