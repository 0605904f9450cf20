"""What an atlas holds of each head besides numbers: its pattern on three texts, and the tokens that it promotes."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from headkb.attention import anatomy, observe
from headkb.catalog.atlas import HeadText, Sentence, pattern_text
from headkb.errors import HeadkbError
from headkb.head_index import HeadIndex
from headkb.methods.heads import every_head
from headkb.methods.written import written_tokens
from headkb.models import LoadedModel
from headkb.prompts import make_prompts, vocabulary
from headkb.reproduce.atlas_plan import TEXT, count_of
from headkb.reproduce.needs import check_prompts
from headkb.scores import get_score
from headkb.tensors import Prompts

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
    words = vocabulary(loaded)
    if words.decode is None or loaded.passport.noise_input is not None:
        raise HeadkbError(f"{loaded.id} has no tokenizer for text, so no pattern on a sentence is stored.")
    before, after = words.around("auto")
    sentences, patterns = [], []
    for name, text in TEXTS.items():
        ids = torch.tensor([[*before, *words.text_of(text), *after]])
        if loaded.passport.longest is not None and ids.shape[1] > loaded.passport.longest:
            raise HeadkbError(
                f"{loaded.id} reads at most {loaded.passport.longest} tokens, so no pattern on a sentence is stored."
            )
        prompts = Prompts.of(ids)
        if len(loaded.passport.stacks) > 1:
            prompts = Prompts(ids, torch.ones_like(ids, dtype=torch.bool), decoder=Prompts.of(ids))
        patterns.append(observe(loaded.model, prompts, {"pattern"})["pattern"][0])  # [layer, head, query_pos, key_pos]
        sentences.append(Sentence(name, tuple(words.decode(int(id_)) for id_ in ids[0])))
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
