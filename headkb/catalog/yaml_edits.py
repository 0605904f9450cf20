"""Small changes of a record's text that leave every other character as it is, comments and line breaks among them.

Each change is proved before it is given back: the text is read again and must say what it said before, but for the change.
"""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Sequence
from typing import Any

import yaml

from headkb.catalog.record_files import SourceError
from headkb.catalog.source import Field, Loader, parse

WIDTH = 110


class EditError(ValueError):
    """The change cannot be made in this text; the text says why."""


def with_item(text: str, key: str, item: str, order: Sequence[str] = ()) -> str:
    r"""The text of a record with one more entry at the end of a list.

    Args:
        text: The record.
        key: The list; made where there is none.
        item: The entry as YAML, from column 1, without its dash.
        order: The keys of a record in their order, which says where a new list goes.

    Raises:
        EditError: If it cannot be done, such as where the key holds no list.

    Example:
        >>> print(with_item("heads:\n- {id: a}  # first\n", "heads", "{id: b}"), end="")
        heads:
        - {id: a}  # first
        - {id: b}
    """
    before, entry = _parsed(text), _parsed(f"it:\n{textwrap.indent(item, '  ')}\n")["it"]
    if not isinstance(before.get(key, []), list):
        raise EditError(f"{key} is no list")
    after = copy.deepcopy(before)
    after.setdefault(key, []).append(entry)
    node = _at(text, (key,)) if key in before else None
    if node is None:
        made = _with_key(text, key, f"{key}:\n{_dashed(item, 2)}\n", order)
    elif node.flow_style:
        made = _in_brackets(text, node, item, entry)
    else:
        indent = node.start_mark.column
        end = len(text[: node.end_mark.index].rstrip())
        made = f"{text[:end]}\n{_dashed(item, indent)}{text[end:] or chr(10)}"
    return _proved(made, after)


def with_entry(text: str, key: str, name: str, entry: str, order: Sequence[str] = ()) -> str:
    """The text of a record with one more key in a mapping, such as a measure in `measures`; made where there is none.

    Args:
        text: The record.
        key: The mapping.
        name: The new key in it.
        entry: Its value as YAML, a mapping from column 1.
        order: The keys of a record in their order, which says where a new mapping goes.

    Raises:
        EditError: If it cannot be done, such as where the name is there already.
    """
    before, value = _parsed(text), _parsed(entry)
    inside = before.get(key, {})
    if not isinstance(inside, dict) or name in inside:
        raise EditError(f"{key} is no mapping, or has {name} already")
    after = copy.deepcopy(before)
    after.setdefault(key, {})[name] = value
    node = _at(text, (key,)) if inside else None
    if node is None:
        made = _with_key(text, key, f"{key}:\n{_named(name, entry, 2)}\n", order)
    elif node.flow_style:
        raise EditError(f"{key} stands in braces")
    else:
        end = len(text[: node.end_mark.index].rstrip())
        made = f"{text[:end]}\n{_named(name, entry, node.start_mark.column)}{text[end:] or chr(10)}"
    return _proved(made, after)


def with_value(text: str, path: Field, value: str, order: Sequence[str] = ()) -> str:
    r"""The text of a record with another text or number at one place.

    Args:
        text: The record.
        path: The place; all but its last key must be there.
        value: What is to stand there.
        order: The keys of a record in their order, which says where a new key goes.

    Raises:
        EditError: If there is no such place, or a list or mapping stands there.

    Example:
        >>> with_value("name: A # short\ndate: 2022\n", ("date",), "2022-11")
        'name: A # short\ndate: 2022-11\n'
    """
    before = _parsed(text)
    after = copy.deepcopy(before)
    inside: Any = after
    for step in path[:-1]:
        try:
            inside = inside[step]
        except (KeyError, IndexError, TypeError):
            raise EditError(f"there is no {_dotted(path)}") from None
    last = path[-1]
    if isinstance(inside, dict) and last not in inside and len(path) == 1:
        made = _with_key(text, str(last), f"{last}: {_scalar(value, 2)}\n", order)
    else:
        try:
            old = inside[last]
        except (KeyError, IndexError, TypeError):
            raise EditError(f"there is no {_dotted(path)}") from None
        if isinstance(old, (list, dict)):
            raise EditError(f"{_dotted(path)} holds more than one value")
        node = _at(text, path)
        start, end = node.start_mark.index, node.end_mark.index
        if node.style in ("|", ">"):
            end = len(text[:end].rstrip())
        indent = len(text[:start].rpartition("\n")[2]) - len(text[:start].rpartition("\n")[2].lstrip(" -")) + 2
        flat = len(path) > 1  # inside a line of several values nothing may be broken
        made = text[:start] + _scalar(value, indent, flat=flat) + text[end:]
    inside[last] = value
    return _proved(made, after)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parse(text)[0]
    except SourceError as error:
        raise EditError(str(error)) from None


def _proved(text: str, wanted: dict[str, Any]) -> str:
    if _parsed(text) != wanted:
        raise EditError("the text has a form in which this cannot be changed without touching more")
    return text


def _at(text: str, path: Field) -> Any:
    """The node at a path."""
    node: Any = yaml.compose(text, Loader=Loader)
    for step in path:
        if isinstance(node, yaml.MappingNode):
            node = next(value for key, value in node.value if key.value == step)
        else:
            node = node.value[step]
    return node


def _with_key(text: str, key: str, lines: str, order: Sequence[str]) -> str:
    """The text with the lines of a new key before the first key that comes later in the order, else at its end."""
    node: Any = yaml.compose(text, Loader=Loader)
    if node.flow_style:
        raise EditError("the record stands in braces")
    later = set(order[order.index(key) + 1 :]) if key in order else set()
    at = next((name.start_mark.index for name, _ in node.value if name.value in later), None)
    if at is None:
        return f"{text.rstrip()}\n{lines}"
    return text[:at] + lines + text[at:]


def _in_brackets(text: str, node: Any, item: str, entry: Any) -> str:
    close = node.end_mark.index - 1
    flat = item.strip() if "\n" not in item.strip() else json.dumps(entry, ensure_ascii=False, allow_nan=False)
    return f"{text[:close].rstrip()}{', ' if node.value else ''}{flat}{text[close:]}"


def _dashed(item: str, indent: int) -> str:
    lines = item.rstrip("\n").split("\n")
    blank = " " * indent
    return "\n".join([f"{blank}- {lines[0]}", *(f"{blank}  {line}" if line.strip() else "" for line in lines[1:])])


def _named(name: str, entry: str, indent: int) -> str:
    return textwrap.indent(f"{name}:\n{textwrap.indent(entry.rstrip(chr(10)), '  ')}", " " * indent)


def _scalar(value: str, indent: int, *, flat: bool = False) -> str:
    """A text as YAML that reads as itself: bare if it can be, folded if it is long, else in quotes."""
    blank = " " * indent
    tries = [value] if "\n" not in value else []
    if not flat and "\n" in value:
        tries = ["|-\n" + "\n".join(f"{blank}{line}" if line else "" for line in value.split("\n"))]
    elif not flat and len(value) > WIDTH:
        folded = textwrap.wrap(value, WIDTH, break_long_words=False, break_on_hyphens=False)
        tries.insert(0, ">-\n" + "\n".join(blank + line for line in folded))
    for written in tries:
        try:
            around = parse(f"a: {{b: {written}, c: d}}\n" if flat else f"a: {written}\nc: d\n")[0]
        except SourceError:
            continue
        if around == ({"a": {"b": value, "c": "d"}} if flat else {"a": value, "c": "d"}):
            return written
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _dotted(path: Field) -> str:
    return ".".join(str(step) for step in path)
