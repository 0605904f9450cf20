"""Keywords of generators and scores: what their annotations allow, and the one check of a value, for records, `--set` and Python alike.

A number's range stands in the signature: `shots: Annotated[int, Range(1, 64)] = 4`. Annotations are read as text, so that the catalog can
be checked where the code that they stand in cannot be imported.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from headkb.errors import HeadkbError, UnknownNameError

PACKAGE = Path(__file__).parent
NOT_SET = frozenset({"tokens_per_batch", "heads"})
"""Keywords that change speed and extent but no number."""
LONGEST_TEXT = 400
_KINDS: Mapping[str, type] = {"bool": bool, "int": int, "float": float, "str": str, "None": NoneType}
_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", NoneType: "null"}
_INT = re.compile(r"-?[0-9]{1,19}")
_FLOAT = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Range:
    """The smallest and the largest number that a keyword takes."""

    least: float = -1e38
    most: float = 1e38


_WHOLE = Range(-(2**63), 2**63 - 1)
_ANY = Range()


@dataclass(frozen=True)
class Keyword:
    """A keyword-only parameter.

    Attributes:
        annotation: Its annotation as written, empty without one.
        default: Its default: the value of a literal, else the expression as written; `...` without one.
    """

    annotation: str
    default: Any = ...

    @property
    def choices(self) -> tuple[str, ...]:
        """The words that it takes, of a `Literal`; empty without one."""
        return allowed(self.annotation).choices


COUNTS: Mapping[str, Keyword] = {
    "n": Keyword("Annotated[int, Range(1, 100_000)]", 40),
    "seed": Keyword("Annotated[int, Range(0, 9_223_372_036_854_775_807)]", 0),
}
"""What every generator takes besides its own keywords: the number of prompts, and the seed."""


@dataclass(frozen=True)
class Allowed:
    """What a keyword takes.

    Attributes:
        choices: Words of a `Literal`.
        kinds: Plain types besides, numbers with their range.
        others: Types that only Python can give.
    """

    choices: tuple[str, ...]
    kinds: Mapping[type, Range] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def text(self) -> str:
        """The allowed values in words."""
        return " or ".join([*self.choices, *(_WORDS[kind] + _bounds(limits) for kind, limits in self.kinds.items())])


@cache
def allowed(annotation: str) -> Allowed:
    """What an annotation allows.

    Example:
        >>> allowed("Annotated[int, Range(1, 5)] | Literal['all'] | None").text()
        'all or null or a whole number from 1 to 5'
    """
    kinds: dict[type, Range] = {}
    words: list[str] = []
    others: list[str] = []
    todo: list[ast.expr] = [ast.parse(annotation or "str", mode="eval").body]
    while todo:
        node = todo.pop(0)
        limits = _ANY
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] == "Annotated":
            node, limits = _annotated(node)
        if isinstance(node, ast.BinOp):
            todo += [node.left, node.right]
        elif (name := ast.unparse(node)) in _KINDS:
            kinds[_KINDS[name]] = _WHOLE if name == "int" and limits == _ANY else limits
        elif found := choices(name):
            words += found
        else:
            others.append(name)
    return Allowed(tuple(words), kinds, tuple(others))


def _annotated(node: ast.Subscript) -> tuple[ast.expr, Range]:
    """The type inside an `Annotated`, and its range."""
    inner, *extras = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for extra in extras:
        if isinstance(extra, ast.Call) and ast.unparse(extra.func).rpartition(".")[2] == "Range":
            return inner, Range(*(ast.literal_eval(argument) for argument in extra.args))
    return inner, _ANY


def _bounds(limits: Range) -> str:
    if limits in (_ANY, _WHOLE):
        return ""
    return f" from {limits.least:,g} to {limits.most:,g}" if limits.most < 1e15 else f", {limits.least:g} or more"


def value_of(what: str, keyword: Keyword, value: Any) -> Any:
    """The value that a text stands for, or a value that is one already, checked.

    Args:
        what: The keyword with its owner, for the message: `length of random-tokens`.
        keyword: Its annotation.
        value: Text, what YAML says, or what Python passes; a type that no text can write is given back as it is.

    Raises:
        HeadkbError: With what is allowed.

    Example:
        >>> value_of("length of random-tokens", Keyword("Annotated[int, Range(1, 100)]"), "12")
        12
    """
    takes, plain = allowed(keyword.annotation), value is None or isinstance(value, (str, bool, int, float))
    if not plain and (takes.others or not keyword.annotation):
        return value
    if not plain and not hasattr(value, "__float__"):
        raise HeadkbError(f"{what} is a {type(value).__name__}. Choose {takes.text()}.")
    if not takes.choices and not takes.kinds:
        raise HeadkbError(f"{what} takes a {keyword.annotation}, which no text can write. Set it in Python.")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text in takes.choices:
        return _literal(text) if keyword.default is ... or not isinstance(keyword.default, str) else text
    for kind in (NoneType, bool, int, float, str):
        if kind in takes.kinds and (read := _READERS[kind](text)) is not _NOTHING:
            limits = takes.kinds[kind]
            if kind not in (int, float) or limits.least <= read <= limits.most:
                return read
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    if takes.choices and (isinstance(value, str) or not takes.kinds):
        raise UnknownNameError(what, shown, takes.choices, f"Choose {takes.text()}.")
    written = repr(shown) if isinstance(value, str) else shown
    raise HeadkbError(f"{what} is {written}. Choose {takes.text()}.")


_NOTHING = object()
_READERS: Mapping[type, Callable[[str], Any]] = {
    NoneType: lambda text: None if text.casefold() in ("null", "none") else _NOTHING,
    bool: lambda text: {"true": True, "false": False}.get(text.casefold(), _NOTHING),
    int: lambda text: int(text) if _INT.fullmatch(text) else _NOTHING,
    float: lambda text: float(text) if _FLOAT.fullmatch(text) else _NOTHING,
    str: lambda text: text if len(text) <= LONGEST_TEXT and text.isprintable() else _NOTHING,
}


def typed(owner: str, keywords: Mapping[str, Keyword], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the keywords that there are, checked and in their types; others stay as they are. Raises HeadkbError."""
    return {
        name: value_of(f"{name} of {owner}", keywords[name], value) if name in keywords else value
        for name, value in values.items()
    }


def keywords_of(function: Callable[..., Any]) -> Mapping[str, Keyword]:
    """The keywords of a function that change its numbers, with their annotations as text and names of types resolved."""
    try:
        hints = get_type_hints(function, include_extras=True)
    except (NameError, TypeError):  # a name that only type checkers import
        hints = {}
    return {
        p.name: Keyword(_written(hints[p.name]) if p.name in hints else _as_text(p.annotation), p.default)
        for p in inspect.signature(function).parameters.values()
        if p.kind is p.KEYWORD_ONLY and p.name not in NOT_SET
    }


def _as_text(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _written(hint: Any) -> str:
    """A resolved annotation as text that `allowed` reads."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " | ".join(map(_written, arguments))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin is Annotated:
        limits = [f"Range({extra.least!r}, {extra.most!r})" for extra in arguments[1:] if isinstance(extra, Range)]
        return f"Annotated[{', '.join([_written(arguments[0]), *limits])}]" if limits else _written(arguments[0])
    if hint is NoneType:
        return "None"
    return hint.__name__ if isinstance(hint, type) and origin is None else inspect.formatannotation(hint)


def choices(annotation: str) -> tuple[str, ...]:
    """The values that a keyword accepts, as they are typed, by its annotation: a `Literal`, or the name of one; else none.

    Example:
        >>> choices("Literal['mean', 'sum'] | None")
        ('mean', 'sum')
    """
    nodes = list(ast.walk(ast.parse(annotation, mode="eval")))
    names = [node.id for node in nodes if isinstance(node, ast.Name) and node.id not in ("Literal", *_KINDS)]
    nodes += [_literals()[name] for name in names if name in _literals()]
    slices = [node.slice for node in nodes if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"]
    values = [value for slice_ in slices for value in (slice_.elts if isinstance(slice_, ast.Tuple) else [slice_])]
    return tuple(str(literal(value)) for value in values)


@cache
def _literals() -> Mapping[str, ast.expr]:
    """Names that the package gives to a `Literal`. A public type name has one meaning, so the module does not matter."""
    sources = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    nodes = [node for source in sources if " = Literal[" in source for node in ast.parse(source).body]
    return {
        node.targets[0].id: node.value
        for node in nodes
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def literal(node: ast.expr) -> Any:
    """The value of an expression that is a literal, else the expression as written."""
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
