"""What stands for prompts: a generator's name, texts, prompts as they are."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from headkb.analysis import model_of, prompts_of  # noqa: E402
from headkb.errors import HeadkbError, UnknownNameError  # noqa: E402
from headkb.models import LoadedModel  # noqa: E402
from headkb.prompts import make_prompts, prompts_hash, text_prompts  # noqa: E402
from headkb.tensors import Prompts  # noqa: E402

pytestmark = pytest.mark.usefixtures("one_thread")
TEXTS = ["the cat saw the dog .", "the cat"]


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    """A model with a tokenizer that puts one token before a text."""
    return model_of("organism-tasks")


def test_texts_are_padded_on_the_right_with_what_the_tokenizer_puts_around(loaded: LoadedModel) -> None:
    """Compared with the tokenizer called by hand; `end` is the last token of each text."""
    prompts = prompts_of(loaded, TEXTS)
    rows = [loaded.tokenizer(text)["input_ids"] for text in TEXTS]
    assert len(rows[0]) > len(rows[1]) > len(loaded.tokenizer(TEXTS[1], add_special_tokens=False)["input_ids"])
    for row, ids in zip(range(2), rows, strict=True):
        assert prompts.tokens[row, prompts.mask[row]].tolist() == ids
    assert prompts.lengths.tolist() == prompts.mask.sum(-1).tolist() == [len(ids) for ids in rows]
    assert prompts.mask[1, : len(rows[1])].all()
    assert prompts.positions["end"].tolist() == [len(ids) - 1 for ids in rows]
    assert prompts.meta["texts"] == TEXTS
    assert prompts_hash(prompts_of(loaded, (text for text in TEXTS))) == prompts_hash(prompts)
    assert prompts.meta["parameters"] == {"bos": "auto"}


def test_a_generator_is_called_by_its_name(loaded: LoadedModel) -> None:
    """With its number, seed and keywords; `default` is taken where nothing is said."""
    made = prompts_of(loaded, "repeated-random-tokens", n=3, seed=5, settings={"period": 4})
    assert prompts_hash(made) == prompts_hash(make_prompts("repeated-random-tokens", loaded, 3, 5, period=4))
    assert prompts_hash(prompts_of(loaded, n=3, seed=5, settings={"period": 4}, default="repeated-random-tokens")) == (
        prompts_hash(made)
    )


def test_prompts_are_taken_as_they_are(loaded: LoadedModel) -> None:
    """Their tokens, positions and facts; what stands before them is looked at and not guessed."""
    bos = loaded.tokenizer.bos_token_id
    own = Prompts.of(torch.tensor([[bos, 5, 6], [bos, 7, 8]]), {"end": torch.tensor([2, 2])}, period=1)
    read = prompts_of(loaded, own, n=40)
    assert torch.equal(read.tokens, own.tokens)
    assert len(read) == 2
    assert read.meta["period"] == 1
    assert read.meta["parameters"] == {"bos": "auto"}
    assert own.meta == {"period": 1}
    assert prompts_of(loaded, Prompts.of(torch.tensor([[5, 6]]))).meta["parameters"] == {"bos": "none"}


def test_an_encoder_decoder_model_reads_the_same_in_both_unless_told_otherwise() -> None:
    """And a decoder's prompts that the caller gives stay."""
    config = transformers.T5Config(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=60)
    t5 = model_of(transformers.T5ForConditionalGeneration(config).eval())
    encoder, decoder = Prompts.of(torch.tensor([[5, 6, 7]])), Prompts.of(torch.tensor([[8, 9]]))
    assert torch.equal(prompts_of(t5, encoder).decoder.tokens, encoder.tokens)
    both = Prompts(encoder.tokens, encoder.mask, decoder=decoder)
    assert torch.equal(prompts_of(t5, both).decoder.tokens, decoder.tokens)


def test_what_cannot_be_prompts_is_refused(loaded: LoadedModel) -> None:
    """Each in a sentence that says what to pass instead."""
    bare = model_of(loaded.model)
    for prompts, words in (
        ("the cat saw", r"is one text. Put it into a list: prompts=\['the cat saw'\]"),
        ([], "there are no texts"),
        (["the cat", ""], "makes no token of ''"),
        ([[1, 2]], r"type list is among the texts.*Prompts.of\(tokens\)"),
        (torch.tensor([[1, 2]]), r"type Tensor.*Prompts.of\(tokens\)"),
        ({"input_ids": [[1]]}, "value of type dict"),
        (7, "value of type int"),
        (None, "say which prompts"),
        (Prompts.of(torch.zeros(0, 4)), "there are no prompts"),
        (Prompts.of(torch.tensor([[99999]])), "has 2883 rows"),
    ):
        with pytest.raises(HeadkbError, match=words):
            prompts_of(loaded, prompts)
    with pytest.raises(UnknownNameError, match="Did you mean 'ioi'"):
        prompts_of(loaded, "ioii")
    with pytest.raises(HeadkbError, match="period can be set for the prompts of a generator, and these are your own"):
        prompts_of(loaded, TEXTS, settings={"period": 3})
    with pytest.raises(HeadkbError, match=r"no tokenizer for text.*tokenizer="):
        prompts_of(bare, TEXTS)
    with pytest.raises(HeadkbError, match="vocabulary of 9 has no tokenizer for text"):
        text_prompts(TEXTS, 9)
