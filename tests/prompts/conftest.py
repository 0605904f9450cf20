"""A byte-level tokenizer in the manner of GPT-2, trained in memory on the words of our own generators."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@functools.cache
def byte_level() -> object:
    """Every listed word is one token with its space; long words are split; two-digit numbers and letters are tokens of their own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    from headkb.prompts import words
    from headkb.prompts.english import SENTENCES
    from headkb.prompts.fact_lists import RELATIONS
    from headkb.prompts.pair_lists import TASKS
    from headkb.prompts.question_lists import CHOICES, STATEMENTS

    lists: list[Sequence[str]] = [
        words.NAMES,
        words.PLACES,
        words.OBJECTS,
        words.COLOURS,
        words.THINGS,
        words.LASTING,
        words.CAPITALISED,
    ]
    lists += [words.POSITIVE, words.NEGATIVE, words.LIKED, words.DISLIKED, *words.ORDINAL_CLASSES.values()]
    lists += [[word for pair in pairs for word in pair] for pairs in TASKS.values()]
    lists += [[word for fact in relation.facts for word in " ".join(fact).split()] for relation in RELATIONS.values()]
    known = {word for some in lists for word in some} | {word.capitalize() for word in words.COLOURS}
    numbers = [f"a {rest:02d} x{rest:02d}" for rest in range(100)]
    known |= {"Yes", "No", "movie"}
    texts = [*[f"a {word}" for word in sorted(known)], *words.NAMES, *numbers, *SENTENCES, "\n", "\n\n"]
    texts += [text for pair in STATEMENTS for text in pair] + [question for question, _, _ in CHOICES]
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=6000, min_frequency=2, initial_alphabet=alphabet, show_progress=False, special_tokens=["<|end|>"]
    )
    inner.train_from_iterator([text for text in texts for _ in range(2)], trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<|end|>",
        eos_token="<|end|>",
        name_or_path="byte-level",
        clean_up_tokenization_spaces=False,
    )


@pytest.fixture(scope="session")
def tokenizer() -> object:
    """See `byte_level`."""
    return byte_level()


class Digits:
    """A tokenizer of single signs that has + and =, as many models write numbers."""

    all_special_ids = ()
    bos_token_id = cls_token_id = pad_token_id = eos_token_id = None
    name_or_path = "signs"

    def get_vocab(self):
        return {sign: at for at, sign in enumerate("0123456789+= ")}

    def encode(self, told, add_special_tokens=True):
        return [self.get_vocab()[sign] for sign in told if sign in self.get_vocab()]

    def decode(self, ids):
        return "".join("0123456789+= "[int(id_)] for id_ in ids)


@pytest.fixture(scope="session")
def signs() -> object:
    """See `Digits`."""
    return Digits()
