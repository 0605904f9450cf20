"""`--set KEY=VALUE`: whose keyword is meant, and its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from headkb.errors import HeadkbError, UnknownNameError
from headkb.keywords import Keyword, value_of


def read_settings(
    texts: Sequence[str], prompts: tuple[str, Mapping[str, Keyword]], score: tuple[str, Mapping[str, Keyword]]
) -> tuple[dict[str, Any], dict[str, Any]]:
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
    owners = {"prompts": prompts, "score": score}
    values: dict[str, dict[str, Any]] = {"prompts": {}, "score": {}}
    for text in texts:
        name, equals, value = text.partition("=")
        owner, dot, key = name.partition(".")
        if not dot:
            owner, key = "", name
        if not equals or not key or (dot and owner not in owners):
            raise HeadkbError(f"--set {text}: write KEY=VALUE, prompts.KEY=VALUE or score.KEY=VALUE.")
        having = [side for side, (_, known) in owners.items() if key in known and owner in ("", side)]
        if not having:
            raise _unknown(key, {side: owners[side] for side in owners if owner in ("", side)})
        if len(having) > 1:
            raise HeadkbError(
                f"--set {key}: both {prompts[0]} and {score[0]} have {key}. Write prompts.{key}={value} or score.{key}={value}."
            )
        whose, known = owners[having[0]]
        values[having[0]][key] = value_of(f"{key} of {whose}", known[key], value)
    return values["prompts"], values["score"]


def _unknown(key: str, owners: Mapping[str, tuple[str, Mapping[str, Keyword]]]) -> UnknownNameError:
    instead = {
        "n": "Use --prompts N.",
        "seed": "Use --seed S.",
        "tokens_per_batch": "Use --batch-tokens N.",
        "heads": "All heads are scored.",
    }
    lists = "; ".join(
        f"the {side if side == 'score' else 'generator'} {whose} takes {', '.join(known) or 'none'}"
        for side, (whose, known) in owners.items()
    )
    every = [name for _, known in owners.values() for name in known]
    return UnknownNameError("parameter", key, every, instead.get(key, f"{lists[0].upper()}{lists[1:]}."))
