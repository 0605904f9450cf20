"""Names that catalog records may use for code: scores and prompt generators, each with the keywords that it takes.

They stand here, apart from the code, so that the catalog is validated without torch. A test holds them equal to
`headkb.scores.SCORES` and `headkb.prompts.GENERATORS`.
"""

from __future__ import annotations

SCORES: dict[str, frozenset[str]] = {
    "activation-patching": frozenset({"metric", "normalize", "patch_direction", "positions"}),
    "attention-knockout": frozenset({"factor", "key", "metric", "query", "renormalize"}),
    "attention-ratio": frozenset({"causal", "first", "measure", "query", "second"}),
    "attention-to-delimiter": frozenset({"causal", "include_delimiter_queries", "measure", "positions"}),
    "attention-to-first": frozenset({"include_first_query"}),
    "attention-to-rare": frozenset({"causal", "measure", "positions"}),
    "attribution-patching": frozenset({"metric", "patch_direction", "positions"}),
    "block": frozenset({"causal", "measure", "segments"}),
    "composition": frozenset({"fold", "kind", "later", "subtract_baseline"}),
    "current-token": frozenset({"causal"}),
    "direct-logit-attribution": frozenset({"difference"}),
    "directional-addition": frozenset({"alpha", "direction", "metric", "positions", "seed"}),
    "directional-subtraction": frozenset({"direction", "keep_mean", "metric", "positions", "seed"}),
    "duplicate-token": frozenset({"exclude_bos", "exclude_current_token", "measure", "period"}),
    "edge-attribution-patching": frozenset({"metric"}),
    "entropy": frozenset({"causal", "normalized"}),
    "function-vector": frozenset({"metric"}),
    "head-logit-lens": frozenset({"reading"}),
    "induction": frozenset({"exclude_bos", "exclude_current_token", "measure", "period"}),
    "information-flow": frozenset({"positions"}),
    "local": frozenset({"causal", "measure", "window"}),
    "mean-ablation": frozenset({"metric", "per_position", "positions"}),
    "negative-attention": frozenset({"floor", "no", "queries", "yes"}),
    "next-token": frozenset(),
    "ov-copying": frozenset({"embedding_kind", "fold"}),
    "ov-top-k": frozenset({"embedding_kind", "k", "sign"}),
    "path-patching": frozenset({"metric", "mlps", "normalize", "receivers", "senders", "through"}),
    "position-to-position": frozenset({"causal", "key", "query"}),
    "positional": frozenset({"causal", "offset"}),
    "previous-token": frozenset({"exclude_bos", "exclude_current_token", "measure"}),
    "probing": frozenset({"folds", "last", "positions", "probe", "reading", "seed"}),
    "qk-matching": frozenset({"fold"}),
    "resample-ablation": frozenset({"metric", "positions", "source"}),
    "retrieval": frozenset({"capped", "least_recall", "max_new", "needle"}),
    "retrieval-copy": frozenset({"causal", "needle", "query"}),
    "sparse-attention-decomposition": frozenset({"key", "least_attention", "query", "share"}),
    "streaming": frozenset({"causal", "recent", "sink"}),
    "subword-merge": frozenset({"exclude_bos", "exclude_current_token", "measure", "words"}),
    "successor": frozenset({"embedding_kind", "variant"}),
    "syntactic": frozenset({"causal", "dependent", "direction", "head", "measure", "words"}),
    "zero-ablation": frozenset({"metric", "positions"}),
}

GENERATORS: dict[str, frozenset[str]] = {
    "acronyms": frozenset({"bos", "letter"}),
    "colored-objects": frozenset({"bos"}),
    "delimited-random-tokens": frozenset({"bos", "delimiter", "distinct", "high", "low", "segment_length", "segments"}),
    "dependency-sentences": frozenset({"bos"}),
    "english-paragraphs": frozenset({"bos", "sentences"}),
    "english-sentences": frozenset({"bos"}),
    "few-shot": frozenset({"bos", "shots", "task"}),
    "greater-than": frozenset({"bos"}),
    "icl-markov": frozenset({"bos", "high", "length", "low", "order", "symbols"}),
    "induction-text": frozenset({"bos", "sentences"}),
    "ioi": frozenset({"bos", "corruption", "order"}),
    "knowledge-conflict": frozenset({"bos", "relation", "right"}),
    "lre-facts": frozenset({"bos", "relation"}),
    "mcqa": frozenset({"bos", "options"}),
    "needle": frozenset({"bos", "depth", "forced", "length"}),
    "parity": frozenset({"bos", "length"}),
    "random-tokens": frozenset({"bos", "distinct", "high", "length", "low"}),
    "rare-words": frozenset({"bos"}),
    "repeated-random-tokens": frozenset({"bos", "distinct", "high", "low", "period", "repeats"}),
    "subword-words": frozenset({"bos"}),
    "succession": frozenset({"bos", "classes", "form", "members"}),
    "toy-mood-story": frozenset({"bos"}),
    "toy-movie-review": frozenset({"bos"}),
    "translation": frozenset({"bos", "language", "shots"}),
    "true-false": frozenset({"bos"}),
    "yes-no": frozenset({"bos", "order"}),
}

SET_PARAMETERS = frozenset({"n", "seed"})
"""Keywords that every generator takes besides its own."""
