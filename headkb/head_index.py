"""Which head of a model is meant: `HeadIndex` everywhere in the code, `L9H6` in files and on the screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from headkb.errors import UnknownNameError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

NAME_PATTERN = r"^L(?:0|[1-9][0-9]{0,3})H(?:0|[1-9][0-9]{0,3})$"
"""The one spelling in records."""

_SPELLINGS = re.compile(
    r"\s*(?:L|layer\s*)?([0-9]{1,4})(?:\s+|\s*[.,:H/]\s*)(?:H|head\s*)?([0-9]{1,4})\s*", re.IGNORECASE
)


class HeadIndex(NamedTuple):
    """One head of one model, layer and head counted from 0; prints as `L9H6`.

    A field of this type in a record is read from, and written as, `L9H6` and nothing else.

    Example:
        >>> str(HeadIndex(9, 6))
        'L9H6'
    """

    layer: int
    head: int

    def __str__(self) -> str:
        return f"L{self.layer}H{self.head}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Text of `NAME_PATTERN`, so that errors and the JSON Schema are those of text with a pattern."""
        from pydantic_core import core_schema

        def text(value: Any) -> Any:
            return str(value) if isinstance(value, cls) else value

        return core_schema.no_info_before_validator_function(
            text,
            core_schema.no_info_after_validator_function(parse_head, core_schema.str_schema(pattern=NAME_PATTERN)),
            serialization=core_schema.to_string_ser_schema(),
        )


def parse_head(text: str) -> HeadIndex:
    """What a person writes for a head: `L9H6`, `9.6`, `9,6`, `9:6`, `layer 9 head 6`.

    Raises:
        ValueError: If it is none of these.

    Example:
        >>> parse_head("layer 9 head 6") == parse_head("9.6") == HeadIndex(9, 6)
        True
    """
    match = _SPELLINGS.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a head. Write it L9H9 or 9.9: layer and head, both counted from 0.")
    return HeadIndex(int(match[1]), int(match[2]))


Heads: TypeAlias = str | tuple[int, int] | Iterable[str | tuple[int, int]]
"""One head or several, each as text such as "L9H6" or as a (layer, head) pair, which a `HeadIndex` is; layer = number of the block."""


def heads_of(heads: Heads) -> tuple[HeadIndex, ...]:
    """The heads that somebody names: "L9H6", "L9H9, L9H6", (9, 6), or several of these.

    Raises:
        UnknownNameError: If something is not a head.

    Example:
        >>> heads_of("L9H9, L9H6") == heads_of([(9, 9), "L9H6"]) == (HeadIndex(9, 9), HeadIndex(9, 6))
        True
    """
    if isinstance(heads, str):
        try:
            return (parse_head(heads),)
        except ValueError:
            parts = re.split(r"[,;\s]+", heads.strip())
            if len(parts) == 1:
                raise UnknownNameError("head", heads, (), _HOW) from None
            return tuple(head for part in parts for head in heads_of(part))
    if not isinstance(heads, Iterable):
        raise UnknownNameError("head", repr(heads), (), _HOW)
    several = list(heads)
    if len(several) == 2 and all(_is_number(part) for part in several):
        return (HeadIndex(int(several[0]), int(several[1])),)  # type: ignore[arg-type]
    found: list[HeadIndex] = []
    for head in several:
        if isinstance(head, str):
            found += heads_of(head)
        elif isinstance(head, Sequence) and len(head) == 2 and all(_is_number(part) for part in head):
            found.append(HeadIndex(int(head[0]), int(head[1])))
        else:
            raise UnknownNameError("head", repr(head), (), _HOW)
    return tuple(found)


_HOW = 'Write it "L9H6" or (9, 6): layer and head, both counted from 0.'


def _is_number(part: object) -> bool:
    return isinstance(part, Integral) and not isinstance(part, bool) and int(part) >= 0


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as text.

    Example:
        >>> ranges([0, 2, 3, 4, 9])
        '0, 2 to 4 and 9'
    """
    ends = zip((n for n in numbers if n - 1 not in numbers), (n for n in numbers if n + 1 not in numbers), strict=True)
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in ends]
    return " and ".join([*filter(None, [", ".join(parts[:-1])]), parts[-1]])
