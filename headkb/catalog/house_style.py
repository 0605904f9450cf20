"""The form in which record files are written: one writer for new records, runs and `headkb fmt`.

Lists and mappings are blocks, indented by two, or stand on one line; long texts are folded (`>-`), others stand on one line; what need not be
quoted is not. What a record says is never decided here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any, Literal

from headkb.catalog.shape import NOWHERE, Shape

WIDTH = 120
_NOT_TEXT = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
    r"|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|<<|="
    r"|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[yYnN]|[0-9]+(?::[0-5]?[0-9])+"
)
"""What readers of YAML, of its version 1.2 or 1.1, take for something else than text; days stay as they are."""
_FIRST = frozenset(",[]{}#&*!|>'\"%@`‹")
_INSIDE_LINE = frozenset(",[]{}?")


@dataclass
class Scalar:
    """A scalar: its value, and the style that it has in the file; `lines` are those of a block text, without their indentation."""

    value: str
    style: str = ""
    header: str = ""
    lines: tuple[str, ...] = ()


@dataclass
class Items:
    """A list (its keys are None) or a mapping, in a block or on one line; `below` are comments after its last part."""

    kind: Literal["list", "map"]
    inline: bool = False
    parts: list[Member] = field(default_factory=list)
    below: tuple[str, ...] = ()


@dataclass
class Member:
    """One item of a list, or one key with its value; with the comments above it and at the end of its first line."""

    key: Scalar | None
    value: Scalar | Items
    above: tuple[str, ...] = ()
    beside: str = ""


def dump(data: Mapping[str, Any], shape: Shape = NOWHERE) -> str:
    """A record, or a part of one, as YAML text that `headkb.catalog.source.parse` reads back; keys in the order of the schema."""
    tree = tree_of(data, shape)
    in_order(tree, shape)
    return written(tree, shape)


def tree_of(value: Any, shape: Shape = NOWHERE) -> Items | Scalar:
    """Plain data in the form that the house style gives them."""
    if isinstance(value, Mapping):
        parts = [Member(Scalar(str(key)), tree_of(v, shape.key(str(key)))) for key, v in value.items()]
        return Items("map", not parts or shape.inline, parts)
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [tree_of(v, shape.item) for v in value]
        return Items("list", all(isinstance(item, Scalar) for item in items), [Member(None, item) for item in items])
    if value is None or isinstance(value, bool):
        return Scalar({None: "null", True: "true", False: "false"}[value], "number")
    if isinstance(value, (int, float)):
        digits = repr(value)
        return Scalar(digits if "." in digits else digits.replace("e", ".0e"), "number")
    return Scalar(str(value))


def in_order(node: Items | Scalar, shape: Shape) -> None:
    """Put keys into the order of the schema; those that it does not know come last, as they stand."""
    if isinstance(node, Scalar):
        return
    if node.kind == "map" and (keys := shape.keys):
        place = {key: number for number, key in enumerate(keys)}
        node.parts.sort(key=lambda part: place.get(part.key.value if part.key else "", len(place)))
    for part in node.parts:
        in_order(part.value, shape.item if part.key is None else shape.key(part.key.value))


def written(root: Items | Scalar, shape: Shape = NOWHERE) -> str:
    """The text of a file."""
    if isinstance(root, Items) and not root.inline:
        return "\n".join(_block(root, shape, 0, 0 if shape.lists_hang else 2)) + "\n"
    below = root.below if isinstance(root, Items) else ()
    return "\n".join([*_wrapped_inline("", root, shape, 0), *below]) + "\n"


def _block(node: Items, shape: Shape, indent: int, of_lists: int) -> list[str]:
    """The lines of a collection; `of_lists` is how far lists are indented under their keys."""
    lines: list[str] = []
    for part in node.parts:
        lines += [" " * indent + comment for comment in part.above]
        inside = shape.item if part.key is None else shape.key(part.key.value)
        start = " " * indent + ("-" if part.key is None else f"{scalar(part.key, NOWHERE, inside=False)}:")
        lines += _part(start, part, inside, indent, of_lists)
    return [*lines, *(" " * indent + comment for comment in node.below)]


def _part(start: str, part: Member, shape: Shape, indent: int, of_lists: int) -> list[str]:
    """The lines of an item or of a key with its value."""
    value, beside = part.value, f"  {part.beside}" if part.beside else ""
    if isinstance(value, Items) and not value.inline:
        deeper = of_lists if part.key is not None and value.kind == "list" else 2
        inner = _block(value, shape, indent + deeper, of_lists)
        compact = part.key is None and not beside and not value.parts[0].above
        return [start + " " + inner[0].lstrip(" "), *inner[1:]] if compact else [start + beside, *inner]
    if isinstance(value, Scalar):
        header, lines = ("", ()) if shape.is_line else _block_text(value, len(start) + 1)
        if header:
            return [f"{start} {header}{beside}", *(" " * (indent + 2) + line if line else "" for line in lines)]
    first, *others = _wrapped_inline(f"{start} ", value, shape, indent + 2)
    return [first + beside, *others] if not others else [first, *others[:-1], others[-1] + beside]


def _wrapped_inline(start: str, value: Items | Scalar, shape: Shape, indent: int) -> list[str]:
    """A value behind the start of its line; a list of words goes on in further lines once a line is full."""
    line = start + _inline(value, shape, top=True)
    words = isinstance(value, Items) and value.kind == "list" and all(isinstance(p.value, Scalar) for p in value.parts)
    if len(line) <= WIDTH or not words or not isinstance(value, Items):
        return [line]
    lines, line = [], start + "["
    for n, part in enumerate(value.parts):
        last = n == len(value.parts) - 1
        line += _inline(part.value, shape.item) + ("]" if last else ",")
        if last or len(line) > WIDTH:
            lines.append(line)
            line = " " * indent
        else:
            line += " "
    return lines


def _inline(node: Items | Scalar, shape: Shape, *, top: bool = False) -> str:
    """A value on one line; `top` if no brackets stand around it."""
    if isinstance(node, Scalar):
        return scalar(node, shape, inside=not top)
    if node.kind == "list":
        return f"[{', '.join(_inline(part.value, shape.item) for part in node.parts)}]"
    pairs = (
        f"{scalar(part.key or Scalar(''), NOWHERE, inside=True)}: {_inline(part.value, shape.key((part.key or Scalar('')).value))}"
        for part in node.parts
    )
    return f"{{{', '.join(pairs)}}}"


def scalar(node: Scalar, shape: Shape, *, inside: bool) -> str:
    """A scalar on one line, quoted if it must be, or was in the file; `inside` brackets more must be."""
    value = node.value
    if node.style == "number":
        return value
    # A number where text is meant would be one for every other reader.
    as_number = _NOT_TEXT.fullmatch(value) and (shape.is_text or (shape is NOWHERE and node.style != "plain"))
    if _plain(value, inside) and not as_number:
        return value
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return (
        f"'{value}'"
        if "\\" in value and value.isprintable() and "'" not in value
        else json.dumps(value, ensure_ascii=False, allow_nan=False)
    )


def _plain(value: str, inside: bool) -> bool:
    """Whether a value may stand without quotes."""
    if not value or not value.isprintable() or value != value.strip() or value[0] in _FIRST:
        return False
    if value[0] in "-?:" and (len(value) == 1 or (not value[1].isalnum() and value[1] != ".")):
        return False
    if value.startswith(("---", "...")) or ": " in value or " #" in value or value.endswith(":"):
        return False
    return not (inside and (_INSIDE_LINE & set(value) or value[0] == ":"))


def _block_text(node: Scalar, column: int) -> tuple[str, tuple[str, ...]]:
    """(header, lines) of a text that is written as a block: as it stands in the file, or because it does not fit its line; ("", ()) for others."""
    value = node.value
    if node.lines:
        return node.header, node.lines
    if node.style == "number" or not value or value != value.strip() or "\t" in value:
        return "", ()
    if not all(line == line.strip() and line.replace("\n", "").isprintable() for line in value.split("\n")):
        return "", ()
    if re.search(r"(?<!\n)\n(?!\n)", value):
        return "|-", tuple(value.split("\n"))
    if column + len(value) <= WIDTH and "\n" not in value:
        return "", ()
    if "  " in value or " " not in value:
        return "", ()
    paragraphs = re.split(r"(\n+)", value)
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += paragraph.split("\n")[1:] if paragraph[0] == "\n" else _wrapped(paragraph)
    return ">-", tuple(lines)


def _wrapped(paragraph: str) -> list[str]:
    """Lines of words, broken at spaces alone."""
    return wrap(paragraph, WIDTH - 4, break_long_words=False, break_on_hyphens=False)
