"""Scores: pure functions from attention patterns to one number a head, and the registry that names them.

They know nothing of files, models or the catalog. Each takes one layer's `pattern`, attention after softmax
`[batch, head, query_pos, key_pos]`, and the `prompts` of that batch, and returns `[batch, head]`, so an engine can reduce
patterns as they are computed and keep none. NaN = undefined for that prompt. `headkb.methods` adds scores that need more
than a pattern. Docstrings leave out what all scores share:

    causal                  Whether queries see only keys at or before them; None = `prompts.meta["causal"]`, which `read_patterns` sets
                            to what it measured of the layer, else the pattern says.
    exclude_bos             With the measures `mul` and `abs`: leave out key 0.
    exclude_current_token   With the measures `mul` and `abs`: leave out attention to the query's own position.

`ShapeError`: the pattern is not square with four axes, or the prompts are of another shape. `UnknownNameError`: the prompts
name no such positions, or a choice does not exist.
"""

from headkb.scores.detection import detection_pattern, detector
from headkb.scores.distance import attended_distance
from headkb.scores.largest import largest_attention
from headkb.scores.pairs import paired_positions, receiver
from headkb.scores.position import attention_to_first, next_token, previous_token
from headkb.scores.registry import SCORES, Reader, Score, get_score, score
from headkb.scores.shape import block, current_token, entropy, local, positional, streaming
from headkb.scores.span import (
    attention_ratio,
    attention_to_rare,
    position_to_position,
    retrieval_copy,
    subword_merge,
    syntactic,
)
from headkb.scores.summary import ScoreSummary, summarize
from headkb.scores.token import attention_to_delimiter, duplicate_token, induction

__all__ = [
    "SCORES",
    "Reader",
    "Score",
    "ScoreSummary",
    "attended_distance",
    "attention_ratio",
    "attention_to_delimiter",
    "attention_to_first",
    "attention_to_rare",
    "block",
    "current_token",
    "detection_pattern",
    "detector",
    "duplicate_token",
    "entropy",
    "get_score",
    "induction",
    "largest_attention",
    "local",
    "next_token",
    "paired_positions",
    "position_to_position",
    "positional",
    "previous_token",
    "receiver",
    "retrieval_copy",
    "score",
    "streaming",
    "subword_merge",
    "summarize",
    "syntactic",
]
