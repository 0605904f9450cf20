"""Values of keywords, read from text and checked by the annotations of signatures: for `--set KEY=VALUE` and for recipes alike."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from headkb.catalog.code import Keyword, choices
from headkb.errors import HeadkbError, UnknownNameError

NOT_SET = frozenset({"tokens_per_batch", "heads"})
"""Keywords that change speed and extent but no number."""
_KINDS: Mapping[str, type] = {"bool": bool, "int": int, "float": float, "str": str, "None": type(None)}
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", type(None): "null"}


@dataclass(frozen=True)
class Allowed:
    """What a keyword takes.

    Attributes:
        choices: Words of a `Literal`.
        kinds: Plain types besides.
    """

    choices: tuple[str, ...]
    kinds: tuple[type, ...]

    def text(self) -> str:
        """The allowed values in words."""
        return " or ".join([*self.choices, *(_WORDS[kind] for kind in self.kinds)])


def allowed(annotation: str) -> Allowed:
    """What an annotation allows; arms such as `Tensor`, which only Python can give, are left out.

    Example:
        >>> allowed("Literal['mean', 'sum'] | None").text()
        'mean or sum or null'
    """
    arms: list[type] = []
    words: list[str] = []
    todo: list[ast.expr] = [ast.parse(annotation or "str", mode="eval").body]
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.BinOp):
            todo += [node.left, node.right]
        elif (name := ast.unparse(node)) in _KINDS:
            arms.append(_KINDS[name])
        else:
            words += choices(name)
    return Allowed(tuple(words), tuple(arms))


def value_of(what: str, keyword: Keyword, value: Any) -> Any:
    """The value that a text stands for, or a value that is one already, checked.

    Args:
        what: The keyword with its owner, for the message: `length of random-tokens`.
        keyword: Its annotation.
        value: Text, or what YAML says.

    Raises:
        HeadkbError: With what is allowed.

    Example:
        >>> value_of("length of random-tokens", Keyword("int"), "12")
        12
    """
    takes, text = allowed(keyword.annotation), str(value).lower() if isinstance(value, bool) else str(value)
    if not takes.choices and not takes.kinds:
        raise HeadkbError(f"{what} takes a {keyword.annotation}, which no text can write. Set it in Python.")
    if text in takes.choices:
        return _literal(text) if keyword.default is ... or not isinstance(keyword.default, str) else text
    readers: tuple[tuple[type, Callable[[str], Any]], ...] = (
        (type(None), lambda t: {"null": None, "none": None}[t.casefold()]),
        (bool, lambda t: {"true": True, "false": False}[t.casefold()]),
        (int, int),
        (float, float),
        (str, str),
    )
    for kind, read in readers:
        if kind in takes.kinds:
            try:
                return read(text)
            except (ValueError, KeyError):
                continue
    raise HeadkbError(f"{what} is {text!r}. Choose {takes.text()}.")


def keywords_of(function: Callable[..., Any]) -> Mapping[str, Keyword]:
    """The keywords of a function that change its numbers, with their annotations as text."""
    return {
        p.name: Keyword(
            p.annotation if isinstance(p.annotation, str) else inspect.formatannotation(p.annotation), p.default
        )
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.KEYWORD_ONLY and p.name not in NOT_SET
    }


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


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
