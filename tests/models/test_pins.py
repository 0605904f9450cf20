"""What a record pins is held against what is loaded: the bytes of every indexed file, and the commit, before anything is computed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

transformers = pytest.importorskip("transformers")

from headkb.errors import ModelError  # noqa: E402
from headkb.models import SEARCH_PATH, hub, load_model  # noqa: E402
from headkb.models.files import hash_files  # noqa: E402
from tests.models import folders  # noqa: E402
from tests.models.test_identity import Record  # noqa: E402

COMMIT, OTHER = "c" * 40, "d" * 40


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No model directories and no network."""
    monkeypatch.delenv(SEARCH_PATH, raising=False)
    monkeypatch.setattr(hub, "reachable", lambda endpoint: False)


@pytest.fixture
def unloadable(monkeypatch):
    """Reading any weights fails the test."""
    monkeypatch.setattr(transformers.LlamaForCausalLM, "from_pretrained", lambda *a, **k: pytest.fail("loaded"))


def cached(folder: Path, cache: Path, monkeypatch, commit: str = COMMIT) -> Path:
    """The folder as the hub's client keeps it: blobs that are named by their hash, and a snapshot of links to them."""
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    repository = cache / "models--someone--small"
    snapshot = repository / "snapshots" / commit
    for path in (repository / "blobs", snapshot, repository / "refs"):
        path.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        blob = repository / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
        blob.write_bytes(file.read_bytes())
        (snapshot / file.name).symlink_to(blob)
    (repository / "refs" / "main").write_text(commit)
    return snapshot


def alter(path: Path, count: int = 64) -> None:
    """Turn some bytes of the weights round: as many bytes as before, under the same name."""
    raw = bytearray(path.read_bytes())
    raw[-count:] = bytes(byte ^ 255 for byte in raw[-count:])
    path.resolve().write_bytes(bytes(raw))


@pytest.mark.parametrize("sharded", [False, True])
def test_altered_bytes_in_the_hubs_cache_are_refused(tmp_path, refusal, monkeypatch, sharded, unloadable):
    """The file keeps the name that says its old hash, and its size; what counts is what is in it."""
    made = folders.odd_shards(tmp_path / "m") if sharded else folders.llama(tmp_path / "m")
    weights = sorted(path.name for path in made.glob("*.safetensors"))
    pinned = hash_files(made, weights)[0]
    snapshot = cached(made, tmp_path / "cache", monkeypatch)
    alter(snapshot / weights[-1])
    known = {"small": Record(hub_id="someone/small", revision=COMMIT, weights_sha256=pinned)}
    text = refusal("small", catalog_models=known)
    assert text.startswith("small: the weights (cache) have SHA-256 ")
    assert f"the catalog says {pinned[:12]}…, so they are another model." in text


def test_the_right_bytes_in_the_hubs_cache_are_pinned(tmp_path, monkeypatch):
    """By commit and by hash, through the links of the cache."""
    made = folders.odd_shards(tmp_path / "m")
    names = sorted(path.name for path in made.glob("*.safetensors"))
    pinned = hash_files(made, names)[0]
    cached(made, tmp_path / "cache", monkeypatch)
    known = {"small": Record(hub_id="someone/small", revision=COMMIT, weights_sha256=pinned)}
    passport = load_model("small", catalog_models=known).passport
    assert (passport.source, passport.revision, passport.weights_sha256, passport.pinned) == (
        "cache",
        COMMIT,
        pinned,
        True,
    )
    assert set(passport.files) == set(names)


def test_every_file_that_the_index_names_counts(tmp_path):
    """One byte in any of them is another model."""
    made = folders.one_odd_part(tmp_path / "m")
    names = sorted(set(json.loads((made / "model.safetensors.index.json").read_text())["weight_map"].values()))
    seen = {hash_files(made, names)[0]}
    for name in names:
        alter(made / name, 1)
        seen.add(hash_files(made, names)[0])
    assert len(seen) == len(names) + 1


def test_another_commit_than_the_pinned_one_is_refused(tmp_path, refusal, monkeypatch, unloadable):
    """A branch that has moved on, a tag in the cache that leads elsewhere, and one that was typed."""
    snapshot = cached(folders.llama(tmp_path / "m"), tmp_path / "cache", monkeypatch, OTHER)
    known = {"small": Record(hub_id="someone/small", revision=COMMIT)}
    words = "small is pinned at commit cccccccccccc in the catalog, and this is dddddddddddd"
    (snapshot.parents[1] / "refs" / COMMIT).write_text(OTHER)
    assert words in refusal("small", catalog_models=known)
    assert words in refusal("small", catalog_models=known, revision="main")
    assert words in refusal("small", catalog_models=known, revision=OTHER)


def test_the_beginning_of_the_pinned_commit_is_that_commit(tmp_path, monkeypatch):
    """As git writes it for short."""
    cached(folders.llama(tmp_path / "m"), tmp_path / "cache", monkeypatch)
    known = {"small": Record(hub_id="someone/small", revision=COMMIT[:10])}
    assert load_model("small", catalog_models=known, revision=COMMIT).passport.pinned


def test_a_hub_that_offers_another_commit_is_not_asked_for_files(monkeypatch, refusal):
    """What was asked for by its hash can be nothing else."""
    import huggingface_hub

    files = [SimpleNamespace(rfilename=name) for name in ("config.json", "model.safetensors", "m.gguf")]
    monkeypatch.setattr(hub, "reachable", lambda endpoint: True)
    monkeypatch.setattr(
        huggingface_hub.HfApi, "model_info", lambda self, *a, **k: SimpleNamespace(sha=OTHER, siblings=files)
    )
    for name in ("snapshot_download", "hf_hub_download"):
        monkeypatch.setattr(huggingface_hub, name, lambda *a, **k: pytest.fail("downloaded"))
    words = "commit cccccccccccc was asked for, and the hub offers dddddddddddd"
    assert words in refusal("small", catalog_models={"small": Record(hub_id="someone/small", revision=COMMIT)})
    assert words in refusal("someone/small", revision=COMMIT)
    assert words in refusal("someone/small:m.gguf", revision=COMMIT)


def test_a_hash_is_pinned_for_every_revision(tmp_path, monkeypatch, unloadable):
    """Where a record pins the weights alone, a revision that was typed does not set the pin aside."""
    cached(folders.llama(tmp_path / "m"), tmp_path / "cache", monkeypatch)
    known = {"small": Record(hub_id="someone/small", weights_sha256="0" * 64)}
    with pytest.raises(ModelError, match="the catalog says 000000000000…"):
        load_model("small", catalog_models=known, revision="main")
