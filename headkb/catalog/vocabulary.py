"""Names that catalog records may use for prompt generators, each with the keywords that it takes.

They stand here, apart from the code, so that the catalog is validated without torch. A test holds them equal to
`headkb.prompts.GENERATORS`.
"""

from __future__ import annotations

GENERATORS: dict[str, frozenset[str]] = {
    "acronyms": frozenset({"bos", "letter"}),
    "arithmetic": frozenset({"bos", "operators"}),
    "category-lists": frozenset({"bos", "options"}),
    "colored-objects": frozenset({"bos"}),
    "concept-copying": frozenset({"around", "bos"}),
    "contractions": frozenset({"bos"}),
    "delimited-random-tokens": frozenset({"bos", "delimiter", "distinct", "high", "low", "segment_length", "segments"}),
    "dependency-sentences": frozenset({"bos"}),
    "digit-addition": frozenset({"bos", "digits"}),
    "english-paragraphs": frozenset({"bos", "sentences"}),
    "english-sentences": frozenset({"bos"}),
    "few-shot": frozenset({"bos", "shots", "task"}),
    "gendered-nouns": frozenset({"bos", "nouns"}),
    "greater-than": frozenset({"bos"}),
    "icl-markov": frozenset({"bos", "high", "length", "low", "order", "symbols"}),
    "identity-rules": frozenset({"bos", "rule", "shots"}),
    "induction-text": frozenset({"bos", "sentences"}),
    "instruction-data": frozenset({"bos"}),
    "interleaved-markov": frozenset({"bos", "high", "lags", "length", "low", "symbols"}),
    "ioi": frozenset({"bos", "corruption", "order"}),
    "knowledge-conflict": frozenset({"bos", "relation", "right"}),
    "labelled-sentences": frozenset({"answered", "bos", "shots"}),
    "lre-facts": frozenset({"bos", "relation"}),
    "mcqa": frozenset({"bos", "options"}),
    "multilingual-sentences": frozenset({"bos", "languages"}),
    "needle": frozenset({"bos", "depth", "forced", "length"}),
    "parity": frozenset({"bos", "length"}),
    "propositional": frozenset({"bos", "shots"}),
    "question-statements": frozenset({"bos"}),
    "random-tokens": frozenset({"bos", "distinct", "high", "length", "low"}),
    "rare-words": frozenset({"bos"}),
    "repeated-random-tokens": frozenset({"bos", "distinct", "high", "low", "period", "repeats"}),
    "reply-language": frozenset({"bos"}),
    "shifted-addition": frozenset({"bos", "shift", "shots"}),
    "subword-words": frozenset({"bos"}),
    "succession": frozenset({"bos", "classes", "form", "members"}),
    "syllogisms": frozenset({"bos"}),
    "toy-mood-story": frozenset({"bos"}),
    "toy-movie-review": frozenset({"bos"}),
    "translation": frozenset({"bos", "corruption", "language", "shots"}),
    "true-false": frozenset({"bos"}),
    "two-styles": frozenset({"bos"}),
    "worked-solutions": frozenset({"bos", "sentences"}),
    "yes-no": frozenset({"bos", "order"}),
}

SET_PARAMETERS = frozenset({"n", "seed"})
"""Keywords that every generator takes besides its own."""
