"""The tokenizer of the organisms: a closed list of words, one token each, with or without a space before it."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from headkb.prompts import Vocabulary, vocabulary

BOS, PAD, UNKNOWN = "<bos>", "<pad>", "<unk>"
PIECE = "##"
"""What a token that continues a word begins with."""

WORDS = Path(__file__).parent / "vocabulary.txt"
"""One token a line, the line is the id; a new line is written as `\\n`."""

# A line break; the century of a year; a number of up to three digits; a word with inner apostrophes and hyphens; any other sign.
_LETTER, _DIGITS = r"[^\W\d_]", r"\d\d(?=\d\d(?!\d))|\d{1,3}"
PATTERN = rf"\n|{_DIGITS}|{_LETTER}+(?:['’-]{_LETTER}+)*|[^\w\s]|_"
_WORD = re.compile(PATTERN)


def words_of(text: str) -> list[str]:
    """The words, numbers and signs of a text, as the tokenizer tells them apart.

    Example:
        >>> words_of("In 1732, Mary said:")
        ['In', '17', '32', ',', 'Mary', 'said', ':']
    """
    return _WORD.findall(text)


@functools.cache
def tokens() -> tuple[str, ...]:
    """All tokens in the order of their ids."""
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    return tuple("\n" if line == "\\n" else line for line in lines)


def build_tokenizer() -> Any:
    """A `PreTrainedTokenizerFast` over the closed list; it puts `<bos>` before a text.

    Spaces only separate: " Mary" and "Mary" are one token. A few long words are two tokens, a beginning and a piece that continues it, as
    in WordPiece. A word that is not in the list is `<unk>`.
    """
    from tokenizers import Regex, Tokenizer
    from tokenizers.decoders import WordPiece as Joined
    from tokenizers.models import WordPiece
    from tokenizers.pre_tokenizers import Sequence, Split
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    ids = {token: id_ for id_, token in enumerate(tokens())}
    inner = Tokenizer(WordPiece(ids, unk_token=UNKNOWN, continuing_subword_prefix=PIECE, max_input_chars_per_word=100))
    inner.pre_tokenizer = Sequence(
        [Split(Regex(PATTERN.replace(_LETTER, r"\p{L}")), behavior="isolated"), Split(Regex(" +"), behavior="removed")]
    )
    inner.decoder = Joined(prefix=PIECE, cleanup=False)
    inner.post_processor = TemplateProcessing(single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, ids[BOS])])
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=BOS,
        pad_token=PAD,
        unk_token=UNKNOWN,
        name_or_path="headkb-organisms",
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def fast_vocabulary() -> Vocabulary:
    """The same tokenizer as prompt generators see it, reading words from a table: training renders a million texts.

    A test holds that it gives the ids of `build_tokenizer`.
    """
    from dataclasses import replace

    slow = vocabulary(build_tokenizer())
    known: dict[str, list[int]] = {}

    def encode(text: str) -> list[int]:
        ids: list[int] = []
        for word in _WORD.findall(text):
            if word not in known:
                known[word] = slow.text_of(word)
            ids += known[word]
        return ids

    return replace(slow, encode=encode)
