"""The code that a page of a head prints runs as printed, and does what headkb's engine does, on a small model of every class."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from headkb import Catalog
from headkb.attention.activations import observe
from headkb.attention.edits import run, zero
from headkb.attention.parts import output
from headkb.attention.probe import anatomy
from headkb.catalog.schema import HeadIndex, Model
from headkb.site.snippets import NOT_IN_LENS, O_PROJ, UNGROUPED, Snippet, code_nodes, snippets, values_module
from headkb.tensors import Prompts
from tests.attention import architectures
from tests.attention.sizes import BERT, GQA, MROPE, QWEN_IMAGE, VISION

BUILT = {
    "BertForMaskedLM": "bert",
    "FalconForCausalLM": "falcon",
    "GPT2LMHeadModel": "gpt2",
    "GPTJForCausalLM": "gptj",
    "GPTNeoForCausalLM": "gpt_neo",
    "GPTNeoXForCausalLM": "gpt_neox",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3_text",
    "Gemma3ForConditionalGeneration": "gemma3",
    "GemmaForCausalLM": "gemma",
    "GptOssForCausalLM": "gpt_oss",
    "GraniteForCausalLM": "granite",
    "LlamaForCausalLM": "llama",
    "MistralForCausalLM": "mistral",
    "MixtralForCausalLM": "mixtral",
    "OPTForCausalLM": "opt",
    "Olmo2ForCausalLM": "olmo2",
    "OlmoForCausalLM": "olmo",
    "Phi3ForCausalLM": "phi3",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen2_5_VLForConditionalGeneration": "qwen2_5_vl",
    "Qwen3ForCausalLM": "qwen3",
    "Qwen3VLForConditionalGeneration": "qwen3_vl",
}
"""Class → the name under which the engine's tests build a small model of it."""
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "BertForSequenceClassification": ("bert", BERT),
    "BertModel": ("bert", BERT),
    "InternVLForConditionalGeneration": (
        "internvl",
        {
            "text_config": {"model_type": "qwen3", **GQA, "head_dim": 8},
            "vision_config": {"model_type": "internvl_vision", **VISION},
            "image_token_id": 90,
        },
    ),
    "LlavaOnevisionForConditionalGeneration": (
        "llava_onevision",
        {
            "text_config": {"model_type": "qwen2", **GQA},
            "vision_config": {"model_type": "siglip_vision_model", **VISION},
            "image_token_index": 90,
            "video_token_index": 91,
        },
    ),
    "Qwen2VLForConditionalGeneration": (
        "qwen2_vl",
        {
            "text_config": {**GQA, "rope_parameters": MROPE},
            "vision_config": {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 4, "patch_size": 8},
            **QWEN_IMAGE,
        },
    ),
}
HEAD = HeadIndex(1, 2)
PLACES = itertools.count()
ROUNDING = 1e-5
"""How far two ways to compute a value may differ, of the largest."""


def small(name: str) -> Any:
    """A small random model of a class, in evaluation mode."""
    if name in BUILT:
        return architectures.build(BUILT[name])
    kind, facts = OTHERS[name]
    torch.manual_seed(0)
    config = transformers.AutoConfig.for_model(kind, **facts)
    model = getattr(transformers, name)._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():  # larger than they start, so that a head matters
        for parameter in model.parameters():
            if parameter.dim() >= 2:
                parameter.normal_(0, 2.5 * max(parameter.shape[-1], 8) ** -0.5)
    return model


def record(name: str, **facts: Any) -> Model:
    """A model of this class as a record, with the shape of the small ones."""
    shape = {"id": "small", "name": "Small", "kind": "public", "family": "x", "n_layers": 3, "n_heads": 4, "d_head": 8}
    return Model.model_validate({**shape, "architecture": name, **facts})


def execute(snippet: Snippet, folder: Path, **given: Any) -> dict[str, Any]:
    """What the names are after running it from a file, as nnsight asks for."""
    path = folder / f"snippet_{next(PLACES)}.py"
    path.write_text(snippet.body, encoding="utf-8")
    names = dict(given)
    exec(compile(snippet.body, str(path), "exec"), names)
    return names


def agrees(snippet: Snippet, folder: Path, model: Any, given: Any) -> None:
    """It reads the z that the engine reads, and silences the head as the engine does, but for rounding; that changes the output."""
    prompts = Prompts.of(torch.randint(3, 90, (2, 9), generator=torch.Generator().manual_seed(1)))
    z = observe(model, prompts, {"o_proj_input"})["o_proj_input"][:, HEAD.layer, :, HEAD.head]
    silenced, plain = run(model, prompts, [zero([HEAD])]), run(model, prompts)
    names = execute(snippet, folder, model=given, tokens=prompts.tokens)
    told = names["without"]
    told = told if isinstance(told, torch.Tensor) else output(told)
    for one, other in ((names["z"], z), (told, silenced)):
        torch.testing.assert_close(one, other, rtol=0, atol=ROUNDING * float(other.abs().max()))
    assert float((plain - silenced).abs().max()) > 100 * ROUNDING * float(plain.abs().max())


@pytest.mark.parametrize("name", sorted(O_PROJ))
def test_the_printed_module_is_the_one_that_the_engine_finds(name: str) -> None:
    """In every layer: two lists of names cannot grow apart."""
    model = small(name)
    names = {id(module): path for path, module in model.named_modules()}
    found = [names[id(site.o_proj)] for site in anatomy(model).sites]
    assert found == [O_PROJ[name].replace("[{}]", f".{layer}") for layer in range(3)]
    assert type(model).__name__ == name


@pytest.mark.parametrize("name", sorted(O_PROJ))
def test_the_code_for_transformers_does_what_the_engine_does(name: str, tmp_path: Path) -> None:
    """It runs as printed, in every class."""
    model = small(name)
    first = snippets(record(name), HEAD)[0]
    assert first.library == "transformers"
    with torch.no_grad():
        agrees(first, tmp_path, model, model)


@pytest.mark.filterwarnings("ignore:Module .* has a submodule named 'output':UserWarning")  # and the code goes by it
@pytest.mark.parametrize("name", sorted(O_PROJ))
def test_the_code_for_nnsight_does_what_the_engine_does(name: str, tmp_path: Path) -> None:
    """Where that package is installed."""
    pytest.importorskip("nnsight", reason="pip install nnsight==0.8.1, in an environment of its own")
    model = small(name)
    last = snippets(record(name), HEAD)[-1]
    assert last.library == "nnsight"
    with torch.no_grad():
        agrees(last, tmp_path, model, model)


@pytest.mark.parametrize("name", sorted(O_PROJ.keys() - NOT_IN_LENS))
def test_the_code_for_transformer_lens_does_what_the_engine_does(name: str, tmp_path: Path) -> None:
    """Where that package is installed."""
    bridge = pytest.importorskip(
        "transformer_lens.model_bridge", reason="pip install transformer-lens==4.3.0, likewise"
    )
    if name.endswith("ConditionalGeneration"):  # it would install torchvision by itself
        pytest.importorskip("torchvision", reason="TransformerLens needs it for models of images")
    model = small(name)
    model.config.architectures = [name]
    (middle,) = [one for one in snippets(record(name), HEAD) if one.library == "TransformerLens"]
    given = bridge.TransformerBridge.boot_transformers("small", hf_model=model, tokenizer=tokenizer(tmp_path / "words"))
    with torch.no_grad():
        agrees(middle, tmp_path, small(name), given)


def tokenizer(folder: Path) -> Any:
    """A tokenizer of a few words, saved, since TransformerLens reads it again."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    words = WordLevel({"<p>": 0, **{f"w{n}": n for n in range(1, 96)}, "<u>": 96}, unk_token="<u>")
    special = {"pad_token": "<p>", "unk_token": "<u>", "bos_token": "w1", "eos_token": "w2"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), **special).save_pretrained(folder)
    return transformers.AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("name", ["LlamaForCausalLM", "GptOssForCausalLM", "Qwen3VLForConditionalGeneration"])
def test_the_values_of_a_group_are_the_columns_that_the_page_names(name: str) -> None:
    """With these set to zero, z of the heads of the group is zero, and that of no other head."""
    model = small(name)
    module, columns = values_module(record(name, n_key_value_heads=2), HEAD)
    start, end = map(int, columns.split(":"))

    def clear(_: Any, args: Any, values: torch.Tensor) -> torch.Tensor:
        values = values.clone()
        values[..., start:end] = 0
        return values

    inner = eval(module, {"model": model})
    prompts = Prompts.of(torch.randint(3, 90, (2, 9), generator=torch.Generator().manual_seed(1)))
    handle = inner.register_forward_hook(clear)
    z = observe(model, prompts, {"o_proj_input"})["o_proj_input"][:, HEAD.layer]
    handle.remove()
    assert [bool((z[:, :, head] == 0).all()) for head in range(4)] == [False, False, True, True]


@pytest.mark.parametrize("name", sorted(UNGROUPED))
def test_classes_without_groups_have_as_many_key_value_heads_as_heads(name: str) -> None:
    """So that a page may say that a head shares them with none."""
    model = small(name)
    assert {(site.n_heads, site.n_key_value_heads) for site in anatomy(model).sites} == {(4, 4)}


@pytest.mark.parametrize(
    "facts",
    [{"architecture": "QWenLMHeadModel"}, {"architecture": None}, {"d_head": None}],
    ids=lambda facts: str(facts),
)
def test_nothing_is_printed_where_class_or_size_is_unknown(facts: dict[str, Any]) -> None:
    """A guess would address another head."""
    model = record("LlamaForCausalLM", **facts)
    assert snippets(model, HEAD) == []
    assert code_nodes(model, HEAD) == []


def test_nothing_is_printed_for_a_library_that_was_not_seen_to_run_it() -> None:
    """TransformerLens is left out, the others stay."""
    libraries = [one.library for one in snippets(record("FalconForCausalLM"), HEAD)]
    assert libraries == ["transformers", "nnsight"]


def test_most_models_of_the_catalog_have_code(real_catalog: Catalog) -> None:
    """Encoder–decoder models have none, since a coordinate does not say which stack it is in; nor do those without a class or a size."""
    public = [model for model in real_catalog.models.values() if model.type == "public"]
    with_code = {model.id for model in public if snippets(model, HeadIndex(0, 0))}
    assert len(with_code) > 100
    assert {"gpt2", "llama-2-70b", "bert-base-uncased", "smollm2-135m-instruct-q4-1"} <= with_code
    assert not {model.id for model in public if model.architecture == "WhisperForConditionalGeneration"} & with_code
