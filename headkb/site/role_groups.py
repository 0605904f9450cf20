"""Groups of head types that share a colour in the grids of models: by what they attend to or write, as their definitions say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "place": frozenset(
            {
                "active-dormant",
                "attention-sink",
                "block",
                "bpe-merging",
                "delimiter",
                "diagonal",
                "local",
                "local-context",
                "next-token",
                "positional",
                "previous-token",
                "streaming",
                "subword-merge",
                "uncertainty-aware",
            }
        ),
        "earlier copies and retrieval": frozenset(
            {
                "attribution",
                "context",
                "coreference",
                "duplicate-token",
                "evaluator",
                "global-retrieval",
                "query-focused-retrieval",
                "retrieval",
            }
        ),
        "induction": frozenset(
            {
                "cmr-like",
                "concept-induction",
                "function-induction",
                "in-context",
                "induction",
                "selective-induction",
                "semantic-induction",
                "statistical-induction",
                "symbolic-induction",
                "token-induction",
            }
        ),
        "inhibition": frozenset({"inhibition", "s-inhibition"}),
        "movers": frozenset(
            {
                "arithmetic",
                "backup-name-mover",
                "copy",
                "correct-letter",
                "decision",
                "letter-mover",
                "mover",
                "name-mover",
                "queried-rule-mover",
                "source",
                "value-fetcher",
            }
        ),
        "suppression": frozenset({"anti-induction", "copy-suppression", "negative-name-mover"}),
        "others": frozenset(),
    }
)
"""Group → the types in it, in the order of the colours; a type that stands in none is one of the others."""
_NUMBER = {head_type: number for number, group in enumerate(GROUPS.values(), start=1) for head_type in group}


def role_group(head_type: str) -> int:
    """The number of the group, from 1.

    Example:
        >>> role_group("previous-token"), role_group("safety")
        (1, 7)
    """
    return _NUMBER.get(head_type, len(GROUPS))
