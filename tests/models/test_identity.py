from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import transformers

from headkb.catalog.schema.model import Package
from headkb.models import SEARCH_PATH, load_model
from tests.models import folders


@dataclass(frozen=True)
class Record:
    """A catalog record of kind models, as far as loading reads it: by default a Llama of 3 x 4 heads."""

    type: str = "public"
    hub_id: str | None = None
    revision: str | None = None
    weights_sha256: str | None = None
    package: Package | None = None
    quantisation_of: str | None = None
    quantisation: str | None = None
    licence: str | None = None
    architecture: str | None = "LlamaForCausalLM"
    n_layers: int = 3
    n_heads: int = 4
    n_key_value_heads: int | None = 2
    d_model: int | None = 32
    d_head: int | None = 8


def test_a_random_model_in_a_folder_called_gpt2_is_refused(tmp_path, refusal, monkeypatch):
    """By its path and by its name; the sentence lists what is measured beside what the catalog says."""
    config = transformers.GPT2Config(**{**folders.GPT, "n_embd": 24, "n_layer": 12, "n_head": 12})
    folder = folders.save(tmp_path / "gpt2", transformers.GPT2LMHeadModel, config)
    gpt2 = Record(
        architecture="GPT2LMHeadModel", n_layers=12, n_heads=12, n_key_value_heads=None, d_model=768, d_head=64
    )
    monkeypatch.setenv(SEARCH_PATH, str(tmp_path))
    for name in (folder, "gpt2"):
        assert (
            "this is not gpt2: the model loaded (directory) has width 24 where the catalog says 768; head width 2"
            in (refusal(name, catalog_models={"gpt2": gpt2}))
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_layers": 12}, "layers 3 where the catalog says 12"),
        ({"n_heads": 8}, "heads a layer 4 where the catalog says 8"),
        ({"n_key_value_heads": 4}, "key-value heads a layer 2 where the catalog says 4"),
        ({"d_model": 64}, "width 32 where the catalog says 64"),
        ({"architecture": "GPT2LMHeadModel"}, "architecture llama where the catalog says gpt2"),
    ],
)
def test_each_contradiction_is_named(tmp_path, refusal, change, words):
    """What the record leaves open agrees with everything."""
    folder = folders.llama(tmp_path / "small")
    assert words in refusal(folder, catalog_models={"small": replace(Record(), **change)})
    open_record = Record(architecture="QWenLMHeadModel", n_key_value_heads=None, d_model=None, d_head=None)
    assert not load_model(str(folder), catalog_models={"small": open_record}).passport.pinned


def test_a_pinned_hash_is_checked_before_anything_is_loaded(tmp_path, refusal, monkeypatch):
    """A changed file never reaches the loader; the right one is pinned."""
    folder = folders.llama(tmp_path / "small")
    right = load_model(str(folder)).passport.weights_sha256
    assert load_model(str(folder), catalog_models={"small": Record(weights_sha256=right)}).passport.pinned
    monkeypatch.setattr(transformers.LlamaForCausalLM, "from_pretrained", lambda *a, **k: pytest.fail("loaded"))
    text = refusal(folder, catalog_models={"small": Record(weights_sha256="0" * 64)})
    assert text.startswith(f"small: the weights (directory) have SHA-256 {right[:12]}…, the catalog says 000000000000…")


def test_a_folder_has_no_revision(tmp_path, refusal):
    """An option that would be ignored is refused."""
    assert "has no revisions. Leave --revision out." in refusal(folders.llama(tmp_path / "m"), revision="main")
