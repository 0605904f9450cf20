"""`--set KEY=VALUE`: whose keyword is meant, and its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from headkb.errors import HeadkbError, UnknownNameError
from headkb.keywords import Keyword, value_of

Owner: TypeAlias = tuple[str, Mapping[str, Keyword]]
"""Id of a generator or of a score, and its keywords."""
HOW = "write KEY=VALUE, prompts.KEY=VALUE or score.KEY=VALUE."


def read_settings(texts: Sequence[str], prompts: Owner, score: Owner) -> tuple[dict[str, Any], dict[str, Any]]:
    """`KEY=VALUE` texts as keywords of a generator and of a score.

    Args:
        texts: What was typed; `prompts.KEY` and `score.KEY` say whose keyword is meant where both have it.
        prompts: Id of the generator, and its keywords.
        score: Id of the score, and its keywords.

    Returns:
        Keywords of the generator, keywords of the score.

    Raises:
        HeadkbError: If a text is no setting, the keyword exists nowhere or twice, or does not take the value.
    """
    return place_settings(pairs(texts), [(prompts, score)])[0]


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """`KEY=VALUE` texts by key; of several of one key the last counts. Raises HeadkbError where a text is none."""
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise HeadkbError(f"--set {text}: {HOW}")
        values[name] = value
    return values


def place_settings(
    values: Mapping[str, Any], columns: Sequence[tuple[Owner, Owner]]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The keywords of several scores and of their generators, each where it belongs.

    Args:
        values: KEY, `prompts.KEY`, `score.KEY`, or KEY after the id of a generator or of a score → the value, as text or as it is.
        columns: Generator and score of each column. A keyword goes to every one that has it, and one must.

    Returns:
        For each column the keywords of the generator and those of the score.

    Raises:
        HeadkbError: If the keyword exists nowhere or twice, or does not take the value.
    """
    placed: list[tuple[dict[str, Any], dict[str, Any]]] = [({}, {}) for _ in columns]
    for name, value in values.items():
        owner, dot, key = name.rpartition(".")
        ids = {"prompts", "score", *(id_ for column in columns for id_, _ in column)}
        if not key or (dot and owner not in ids):
            raise HeadkbError(f"--set {name}={value}: {HOW}")
        taken = False
        for column, found in zip(columns, placed, strict=True):
            having = [
                side
                for side, (id_, known) in enumerate(column)
                if key in known and owner in ("", ("prompts", "score")[side], id_)
            ]
            if len(having) > 1:
                raise HeadkbError(
                    f"--set {key}: both {column[0][0]} and {column[1][0]} have {key}. Write prompts.{key}={value} or score.{key}={value}."
                )
            for side in having:
                id_, known = column[side]
                found[side][key] = value_of(f"{key} of {id_}", known[key], value)
                taken = True
        if not taken:
            raise _unknown(key, owner, columns)
    return placed


def _unknown(key: str, owner: str, columns: Sequence[tuple[Owner, Owner]]) -> UnknownNameError:
    instead = {
        "n": "Use --prompts N.",
        "seed": "Use --seed S.",
        "tokens_per_batch": "Use --batch-tokens N.",
        "heads": "All heads are scored.",
    }
    asked = {
        f"the {('generator', 'score')[side]} {id_} takes {', '.join(known) or 'none'}": known
        for column in columns
        for side, (id_, known) in enumerate(column)
        if owner in ("", ("prompts", "score")[side], id_)
    }
    lists = "; ".join(asked)
    every = [name for known in asked.values() for name in known]
    return UnknownNameError("parameter", key, every, instead.get(key, f"{lists[0].upper()}{lists[1:]}."))
