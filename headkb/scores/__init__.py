"""Scores: pure functions from attention patterns to one number a head, and the registry that names them.

They know nothing of files, models or the catalog. Each takes one layer's pattern `[batch, head, query_pos, key_pos]` and the prompts
of that batch, and returns `[batch, head]`, so an engine can reduce patterns as they are computed and keep none.
"""

from headkb.scores.position import attention_to_first, next_token, previous_token
from headkb.scores.record import Parameter, Reader, Score, Variant
from headkb.scores.registry import SCORES, get_score
from headkb.scores.spread import entropy
from headkb.scores.summary import ScoreSummary, summarize
from headkb.scores.token import attention_to_delimiter, duplicate_token, induction

__all__ = [
    "SCORES",
    "Parameter",
    "Reader",
    "Score",
    "ScoreSummary",
    "Variant",
    "attention_to_delimiter",
    "attention_to_first",
    "duplicate_token",
    "entropy",
    "get_score",
    "induction",
    "next_token",
    "previous_token",
    "summarize",
]
