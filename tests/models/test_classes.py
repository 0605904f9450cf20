from __future__ import annotations

import pytest
import torch
import transformers

from headkb.errors import HeadkbError
from headkb.models import load_model
from tests.models import folders


@pytest.mark.parametrize(
    "attention", ["flash_attention_2", "flash_attention_3", "kernels-community/flash-attn", "sdpa"]
)
def test_the_attention_that_a_configuration_asks_for_costs_no_language_head(tmp_path, attention):
    """Its package need not be there: attention is eager, and no tensor depends on it."""
    folder = folders.configure(
        folders.llama(tmp_path / "m"), _attn_implementation=attention, attn_implementation=attention
    )
    passport = load_model(str(folder)).passport
    assert (passport.loaded_as, passport.unembedding, passport.unused) == ("LlamaForCausalLM", "own", ())


@pytest.mark.parametrize("architectures", [None, [], ["NoSuchModel"]])
def test_a_language_head_in_the_tensors_is_loaded_whatever_the_config_says(tmp_path, architectures):
    """`architectures` absent, empty or unknown: the unembedding that the file holds is not dropped."""
    folder = folders.configure(folders.llama(tmp_path / "m"), architectures=architectures)
    loaded = load_model(str(folder))
    assert (loaded.passport.loaded_as, loaded.passport.unembedding) == ("LlamaForCausalLM", "own")
    assert loaded.passport.unused == ()


def test_a_tied_head_needs_no_tensor(tmp_path):
    """GPT-2 without `architectures` is the language model."""
    folder = folders.save(tmp_path / "m", transformers.GPT2LMHeadModel, transformers.GPT2Config(**folders.GPT))
    loaded = load_model(str(folders.configure(folder, architectures=None)))
    assert (loaded.passport.loaded_as, loaded.passport.unembedding) == ("GPT2LMHeadModel", "tied")


def test_bert_without_architectures_is_a_masked_language_model(tmp_path):
    """Not a causal one, though transformers has that class, too."""
    folder = folders.save(
        tmp_path / "m", transformers.BertForMaskedLM, transformers.BertConfig(**folders.BASE), "bos_eos"
    )
    passport = load_model(str(folders.configure(folder, architectures=None))).passport
    assert (passport.loaded_as, passport.causal) == ("BertForMaskedLM", False)


@pytest.mark.parametrize(
    ("saved", "loaded_as", "unembedding"),
    [
        ("LlamaModel", "LlamaModel", "none"),
        ("LlamaForSequenceClassification", "LlamaModel", "none"),
        ("BertForSequenceClassification", "BertModel", "none"),
        ("BertForQuestionAnswering", "BertModel", "none"),
        ("BertForPreTraining", "BertForPreTraining", "tied"),
        ("BertLMHeadModel", "BertLMHeadModel", "tied"),
        ("GPT2Model", "GPT2Model", "none"),
        ("GPT2DoubleHeadsModel", "GPT2DoubleHeadsModel", "tied"),
        ("XLNetLMHeadModel", "XLNetLMHeadModel", "tied"),
        ("OpenAIGPTLMHeadModel", "OpenAIGPTLMHeadModel", "tied"),
        ("T5EncoderModel", "T5EncoderModel", "none"),
    ],
)
def test_the_class_is_the_one_that_makes_logits(tmp_path, saved, loaded_as, unembedding):
    """Classifiers and bare models load as the bare model and say that they give no logits."""
    kind = getattr(transformers, saved)
    made = {"llama": folders.GQA, "bert": {**folders.BASE, "is_decoder": "LMHead" in saved}, "gpt2": folders.GPT}
    other = {
        "xlnet": {"vocab_size": 512, "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 48},
        "t5": {"vocab_size": 512, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 3, "num_heads": 4},
        "openai-gpt": {"vocab_size": 512, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": 512},
    }
    name = kind.config_class.model_type
    config = transformers.AutoConfig.for_model(name, **{**made, **other}[name])
    passport = load_model(str(folders.save(tmp_path / "m", kind, config, "bos_eos"))).passport
    assert (passport.architecture, passport.loaded_as, passport.unembedding) == (saved, loaded_as, unembedding)


def test_the_same_text_weights_alone_and_inside_llava_give_the_same_values(tmp_path):
    """In every pattern score, on its own prompts where the tokenizer can make them. Scores ask what was measured: that LLaVA's unused vision tower is not causal changes nothing."""
    from headkb.reproduce import measure
    from headkb.scores import SCORES

    source = folders.llava(tmp_path / "llava")
    inside, alone = load_model(str(source)), load_model(str(folders.text_of_llava(source, tmp_path / "text")))
    assert inside.passport.causal
    assert alone.passport.causal
    assert (inside.passport.loaded_as, inside.passport.unembedding) == ("LlavaForConditionalGeneration", "own")
    compared = 0
    for name, entry in SCORES.items():
        if entry.reads == "pattern":
            try:
                values = [measure(name, loaded, parameters={"n": 6}) for loaded in (inside, alone)]
            except HeadkbError:  # the small tokenizer, made from the README, lacks the words of some prompts
                continue
            one, two = (value.summary.mean for value in values)
            torch.testing.assert_close(one, two, rtol=0, atol=1e-6, equal_nan=True, msg=name)
            compared += 1
    assert compared >= 18
