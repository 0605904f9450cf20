"""Which weights a name stands for, before they are loaded: what the passport says afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from headkb.errors import ModelError
from headkb.models import FoundWeights, find_weights, load_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("name", ["exact-entropy", "organism-markov"])
def test_weights_that_are_here_are_those_that_are_loaded(name):
    """Id, hash and number of parameters, found without loading."""
    found, loaded = find_weights(name), load_model(name)
    passport = loaded.passport
    assert found.id == loaded.id
    assert found.fits(passport.source, passport.revision, passport.weights_sha256)
    assert found.parameters == sum(p.numel() for p in loaded.model.parameters())


def test_other_weights_do_not_fit():
    """Neither by hash, nor by commit, nor by origin."""
    assert not FoundWeights("x", "sha256:1", None, None).fits("directory", None, "2")
    assert not FoundWeights("x", f"commit:a/b@{COMMIT}", None, None).fits("hub", "f" * 40, "2")
    assert not FoundWeights("x", "exact:x", None, None).fits("directory", None, "2")
    assert FoundWeights("x", f"commit:a/b@{COMMIT[:7]}", None, None).fits("hub", COMMIT, "2")


def test_a_folder_is_hashed_once_and_again_when_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The second look reads the kept hash; a changed file has another."""
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "Toy Model"
    model = load_model("organism-markov").model
    model.save_pretrained(folder)
    first = find_weights(str(folder))
    assert first.id == "toy-model"
    assert first.stored == (folder / "model.safetensors").stat().st_size
    with monkeypatch.context() as patch:
        patch.setattr("headkb.models.weights.hash_files", pytest.fail)
        assert find_weights(str(folder)) == first
    next(model.parameters()).data[0, 0] += 1
    model.save_pretrained(folder)
    assert find_weights(str(folder)).identity != first.identity


def test_a_damaged_note_of_a_hash_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever stands in the cache folder."""
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path))
    first = find_weights("organism-markov")
    (note,) = (tmp_path / "hashes").iterdir()
    for text in ("", "[]", json.dumps({"states": None})):
        note.write_text(text)
        assert find_weights("organism-markov") == first


def test_a_hub_model_needs_a_commit():
    """A branch moves; with the commit the weights are fixed, whether they are here or not."""
    for revision in (None, "main"):
        with pytest.raises(ModelError, match="nothing fixes the weights of nobody/nothing"):
            find_weights("nobody/nothing", revision=revision)
    found = find_weights("nobody/nothing", revision=COMMIT)
    assert found == FoundWeights("nobody/nothing", f"commit:nobody/nothing@{COMMIT}", None, None)


def test_a_name_that_leads_nowhere_is_told_with_a_near_one():
    """As by `load_model`."""
    with pytest.raises(ModelError, match="Did you mean 'organism-markov'"):
        find_weights("organism-markow")


def test_weights_that_were_never_released_are_refused(real_catalog):
    """They cannot be loaded either."""
    name = next(model.id for model in real_catalog.models.values() if model.type == "unreleased")
    with pytest.raises(ModelError, match="never released"):
        find_weights(name)
