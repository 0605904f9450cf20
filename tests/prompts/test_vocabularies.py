from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
tokenizers = pytest.importorskip("tokenizers")
transformers = pytest.importorskip("transformers")

from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.exact import build_tokenizer  # noqa: E402
from headkb.prompts import vocabulary  # noqa: E402


def word_tokenizer(*words: str, **special: str):
    """A tokenizer of whole words, with any special tokens."""
    inner = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, unk_token=words[0])
    )
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=inner, **special)


def test_placeholders_and_bytes_are_not_ordinary_tokens():
    """Rows kept free and single bytes never stand for text of their own."""
    words = ("a", "[unused7]", "<0x0A>", "<extra_id_3>", "<|reserved_special_token_5|>", "[PAD]", "b")
    made = vocabulary(word_tokenizer(*words, pad_token="[PAD]"))
    assert made.drawable.tolist() == [0, 6]
    assert made.special == {5}


def test_what_a_tokenizer_puts_around_a_text_is_found():
    """BOS before, nothing after; without a template, nothing at all."""
    made = vocabulary(build_tokenizer())
    assert (made.prefix, made.suffix, made.bos, made.pad) == ((0,), (), 0, 1)
    bare = vocabulary(word_tokenizer("a", "b", "<s>", bos_token="<s>"))
    assert (bare.prefix, bare.suffix, bare.bos) == ((), (), 2)


def test_cls_and_sep_are_the_surroundings_of_an_encoder():
    """[CLS] serves as BOS where there is no other."""
    tokenizer = word_tokenizer("a", "[CLS]", "[SEP]", cls_token="[CLS]", sep_token="[SEP]")
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    made = vocabulary(tokenizer)
    assert (made.bos, made.prefix, made.suffix) == (1, (1,), (2,))


def test_a_local_path_does_not_reach_records(tmp_path):
    """Only the folder's own name does."""
    tokenizer = build_tokenizer()
    tokenizer.save_pretrained(tmp_path / "mine")
    assert vocabulary(transformers.AutoTokenizer.from_pretrained(tmp_path / "mine")).name == "mine"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (0, "a vocabulary of 0 tokens is empty"),
        (True, "bool is neither a tokenizer nor a vocabulary size"),
        ("gpt2", "str is neither a tokenizer nor a vocabulary size. Pass a Hugging Face tokenizer or an int."),
    ],
)
def test_other_things_are_refused(source, message):
    """With what they are."""
    with pytest.raises(HeadkbError) as caught:
        vocabulary(source)
    assert message in str(caught.value)


def test_a_policy_that_does_not_exist_is_refused():
    """Also where no generator has checked it."""
    with pytest.raises(UnknownNameError, match=r"no BOS policy named 'always'\. Choose one of none, first, auto\."):
        vocabulary(9).around("always")  # type: ignore[arg-type]
