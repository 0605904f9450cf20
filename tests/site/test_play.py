"""The playground's files, addresses and recorded answer, without a browser and without torch."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from headkb import load_catalog
from headkb.site import play
from headkb.site.document import Figure, Prose
from headkb.site.parts import Context, make_context
from headkb.site.play import FOLDER, halved, play_files, playground, read_tensors, run_model, served, try_type
from headkb.site.play_plain import plain_html, plain_words
from headkb.site.play_prompts import OF_TYPES, PROMPTS, prompt_for

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def context() -> Context:
    """The shipped catalog."""
    return make_context(load_catalog(ROOT / "catalog"))


@pytest.fixture(scope="module")
def files(context: Context) -> dict[str, str | bytes]:
    """Every file of the playground."""
    return {path: make() for path, make in play_files(context)}


def manifest(files: dict[str, str | bytes]) -> dict[str, Any]:
    """What the script reads first."""
    data: dict[str, Any] = json.loads(files[f"{FOLDER}models.json"])
    return data


def test_every_organism_is_served_and_the_first_one_comes_first(
    context: Context, files: dict[str, str | bytes]
) -> None:
    """Each model of the list has its weights and its words; the list has every organism that ships."""
    models = manifest(files)["models"]
    assert [model["id"] for model in models] == served(context)
    assert models[0]["id"] == play.FIRST
    assert {model["id"] for model in models} == {i for i, m in context.catalog.models.items() if m.type == "organism"}
    for model in models:
        assert len(files[f"{FOLDER}{model['id']}.safetensors"]) == model["bytes"]
        assert json.loads(files[f"{FOLDER}{model['words']}"])[:3] == ["<bos>", "<pad>", "<unk>"]


def test_weights_are_half_precision_and_small(files: dict[str, str | bytes]) -> None:
    """No file weighs more than 2.7 MB after compression, so that page and weights stay below 3 MB."""
    weights = {path: data for path, data in files.items() if isinstance(data, bytes)}
    assert len(weights) == 5
    for path, data in weights.items():
        header = read_tensors(data).header
        assert {tensor["dtype"] for tensor in header.values()} == {"F16"}, path
        assert len(gzip.compress(data, 9, mtime=0)) < 2_700_000, path


def test_what_is_stored_in_half_precision_is_served_as_it_is(files: dict[str, str | bytes]) -> None:
    """The numbers of a model that is not rounded are its own; the list says of which models that does not hold."""
    rounded = {model["id"] for model in manifest(files)["models"] if model["rounding"]}
    assert rounded == {"organism-induction", "organism-tasks"}
    for model in PROMPTS:
        whole = read_tensors((play.weights_folder() / model / "model.safetensors").read_bytes())
        half = read_tensors(play.served_weights(model))
        same = all(
            whole.data[slice(*whole.header[name]["data_offsets"])] == half.data[slice(*tensor["data_offsets"])]
            for name, tensor in half.header.items()
        )
        assert same == (model not in rounded)


def test_rounding_goes_to_the_nearest_number() -> None:
    """A third becomes the nearest half-precision number, and the shape stays."""
    header = json.dumps(
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {"x": "y"}}
    ).encode()
    content = struct.pack("<Q", len(header)) + header + struct.pack("<2f", 1 / 3, -2.0)
    got = read_tensors(halved(content))
    assert got.header == {"a": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]}}
    third, two = struct.unpack("<2e", got.data)
    assert two == -2.0
    assert abs(third - 1 / 3) < 2**-12


@pytest.mark.parametrize(
    ("key", "value"), [("hidden_act", "gelu"), ("tie_word_embeddings", False), ("model_type", "gpt2")]
)
def test_a_model_that_the_script_cannot_compute_is_refused(
    context: Context, monkeypatch: pytest.MonkeyPatch, key: str, value: object
) -> None:
    """The build says so; a wrong answer in the browser would not."""
    real = play._json_of
    monkeypatch.setattr(play, "_json_of", lambda model, name: {**real(model, name), key: value})
    with pytest.raises(ValueError, match=key):
        dict(play_files(context))[f"{FOLDER}models.json"]()


def test_a_tokenizer_that_the_script_does_not_know_is_refused(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words cut in another place would be other words."""
    real = play._json_of
    monkeypatch.setattr(
        play, "_json_of", lambda model, name: {**real(model, name), "normalizer": {"type": "Lowercase"}}
    )
    name = next(path for path, _ in play_files(context) if "words-" in path)
    with pytest.raises(ValueError, match="cuts texts"):
        dict(play_files(context))[name]()


def test_every_prompt_is_in_words_of_the_vocabulary_and_looks_at_a_head(files: dict[str, str | bytes]) -> None:
    """A prompt to begin with names a head of its model."""
    for model in manifest(files)["models"]:
        assert model["prompts"], model["id"]
        for prompt in model["prompts"]:
            layer, head = map(int, prompt["head"][1:].split("H"))
            assert layer < model["shape"]["layers"]
            assert head < model["shape"]["heads"]


def test_a_type_leads_to_the_organisms_in_which_it_is_shown(context: Context) -> None:
    """With a head of that showing; a type that is shown in none of them has no line."""
    for head in context.catalog.heads.values():
        nodes = try_type(context, head)
        showings = context.catalog.evidence.showings
        shown = {s.model for s in showings.values() if s.head_type == head.id and s.word == "shown" and s.heads}
        assert bool(nodes) == bool(shown & set(served(context))), head.id
        for node in nodes:
            assert isinstance(node, Prose)
            for link in node.text.split("](@")[1:]:
                state = parse_qs(urlparse(link.partition(")")[0]).query)
                [showing] = [s for s in showings.values() if (s.head_type, s.model) == (head.id, state["model"][0])]
                assert state["head"][0] in map(str, showing.heads)


def test_a_model_that_cannot_be_run_here_has_no_link(context: Context) -> None:
    """GPT-2 is not in the playground."""
    assert run_model(context, "gpt2") == ""
    assert "playground/?model=organism-tasks" in str(run_model(context, "organism-tasks"))


def test_prompts_of_types_exist() -> None:
    """Each name in the list is that of a prompt of some model; a type without one gets the first prompt."""
    names = {prompt.name for prompts in PROMPTS.values() for prompt in prompts}
    assert set(OF_TYPES.values()) <= names
    assert prompt_for("organism-tasks", "function-induction") != prompt_for("organism-tasks", "local")
    assert prompt_for("gpt2", "induction") is None


def test_without_script_the_recorded_answer_stands_there(context: Context) -> None:
    """As HTML with the table of the pattern, and as lines in the Markdown twin."""
    node = playground()
    assert isinstance(node, Figure)
    record = play.recorded()["example"]
    assert f">{record['answers'][0][0]}</th>" in node.html
    assert node.html.count("<tr>") == len(record["tokens"]) + len(record["answers"]) + 2
    assert 'data-needs="play"' in node.html
    assert f"next word “{record['answers'][0][0]}”" in node.words


def test_what_was_recorded_is_escaped() -> None:
    """Tokens are text."""
    record = {**play.recorded()["example"], "tokens": ["<b>"], "pattern": [[1.0]], "answers": [["<i>", 0.5, 0.25]]}
    assert "<b>" not in plain_html(record)
    assert "<i>" not in plain_html(record)
    assert "“<b>”" in plain_words(record)


def test_a_catalog_without_organisms_has_no_playground_files() -> None:
    """The invented catalog of the tests ships no weights."""
    small = make_context(load_catalog(ROOT / "tests" / "data" / "catalog"))
    assert [*play_files(small)] == []
