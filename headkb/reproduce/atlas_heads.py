"""What an atlas holds of each head besides numbers: its pattern on three texts, and the tokens that it promotes."""

from __future__ import annotations

from collections.abc import Mapping

from headkb.attention import anatomy
from headkb.catalog.atlas import HeadText, Sentence, pattern_text
from headkb.errors import HeadkbError
from headkb.head_index import HeadIndex
from headkb.methods.heads import every_head
from headkb.methods.written import written_tokens
from headkb.models import LoadedModel
from headkb.prompts import make_prompts, vocabulary
from headkb.reproduce.atlas_plan import TEXT, count_of
from headkb.reproduce.needs import check_prompts
from headkb.reproduce.text_pattern import text_pattern
from headkb.scores import get_score

TEXTS: Mapping[str, str] = {
    "english": "The old lamp near the door was green, and a cat slept by it.",
    "repeated": "A boat went to the bridge. A boat went to the bridge.",
    "ioi": "When Anna and Paul went to the market, Paul gave a book to",
}
"""An English sentence, one given twice, and one that asks for the indirect object; written for headkb."""
TOP = 5
"""Tokens that are kept of each head, each way."""


def head_texts(loaded: LoadedModel) -> tuple[tuple[Sentence, ...], dict[HeadIndex, HeadText]]:
    """The sentences, and each head's patterns on them and tokens; no tokens where the model predicts none.

    Raises:
        HeadkbError: If the model reads no text.
    """
    sentences, patterns = [], []
    for name, text in TEXTS.items():
        try:
            seen = text_pattern(loaded, text)
        except HeadkbError as error:
            raise HeadkbError(f"no pattern on a sentence is stored: {error}") from None
        patterns.append(seen.weights)
        sentences.append(Sentence(name, seen.tokens))
    written = _written(loaded)
    heads = {}
    for pair in every_head(anatomy(loaded.model).part()):
        promotes, suppresses = written.get(pair, ((), ()))
        shown = tuple(pattern_text(pattern[pair].tolist()) for pattern in patterns)
        heads[HeadIndex(*pair)] = HeadText(shown, promotes, suppresses)
    return tuple(sentences), heads


Tokens = tuple[tuple[str, float], ...]


def _written(loaded: LoadedModel) -> dict[tuple[int, int], tuple[Tokens, Tokens]]:
    """The tokens that each head promotes and suppresses on ordinary text; nothing where that is not defined."""
    words, spell = vocabulary(loaded), dict[int, str]()
    if not loaded.passport.causal or words.decode is None:
        return {}

    def named(pairs: tuple[tuple[int, float], ...]) -> Tokens:
        return tuple((spell.setdefault(i, words.decode(i)), float(f"{v:.3g}")) for i, v in pairs)  # type: ignore[misc]

    try:
        n = count_of(TEXT)
        prompts = make_prompts(TEXT, loaded, n)
        check_prompts(loaded, prompts, get_score("block"), TEXT, n, 0, {})
        found = list(written_tokens(loaded.model, prompts, top=TOP, ids=loaded.passport.tokenizer_vocabulary))
    except HeadkbError:
        return {}
    return {one.head: (named(one.promotes), named(one.suppresses)) for one in found}
