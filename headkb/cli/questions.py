"""Questions in a terminal: what is left open in a record is asked for, and each answer is held against the schema at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import click
from pydantic import ValidationError

from headkb.catalog.characters import first_odd
from headkb.catalog.draft import ASK
from headkb.catalog.explain import dotted, explain
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.shape import Shape, shape_of
from headkb.catalog.source import Field
from headkb.errors import near_names
from headkb.head_index import parse_head


class EnoughError(Exception):
    """No more answers are given."""


def answered(
    kind: Kind, data: dict[str, Any], record_id: str, ids: Callable[[str], Collection[str]], one: Collection[Field] = ()
) -> dict[str, Any]:
    """The record with what a person answers; what is answered with nothing stays a question, and `-` leaves the key out.

    The end of the input (Ctrl-D) leaves the rest open. Ctrl-C ends the command, and nothing is written.

    Args:
        kind: The kind of the record.
        data: The record so far, which is changed.
        record_id: Its id.
        ids: Kind → the ids of the records that are there.
        one: Lists that get one item alone.
    """
    click.echo(
        "Enter leaves a question open, - leaves its key out, Ctrl-D leaves all that follow open, Ctrl-C writes nothing."
    )
    asker = _Asker(kind, data, record_id, ids, one)
    try:
        asker.mapping(data, shape_of(kind), ())
    except EnoughError:
        click.echo()
    return data


class _LeftOutError(Exception):
    """This key is to be left out."""


class _Asker:
    """Goes through a record in order and fills it in."""

    def __init__(
        self,
        kind: Kind,
        data: dict[str, Any],
        record_id: str,
        ids: Callable[[str], Collection[str]],
        one: Collection[Field],
    ) -> None:
        self.schema, self.data, self.id, self.ids, self.one = KINDS[kind].schema, data, record_id, ids, one

    def mapping(self, values: dict[str, Any], shape: Shape, at: Field) -> bool:
        """Ask for everything open in a mapping; whether anything was answered."""
        given = False
        for key, value in list(values.items()):
            try:
                given |= self.value(values, key, value, shape.key(key), (*at, key))
            except _LeftOutError:
                if key not in shape.required:
                    del values[key]
                elif at:  # then perhaps what holds it can be left out
                    raise
                else:
                    click.echo("  this key must be there; it stays open")
        return given

    def value(self, holder: Any, key: Any, value: Any, shape: Shape, at: Field) -> bool:
        """Ask for what is open in one value; whether anything was answered."""
        if isinstance(value, dict):
            return self.mapping(value, shape, at)
        if isinstance(value, list):
            return self.items(value, shape, at)
        return is_open(value) and self.scalar(holder, key, str(value), shape, at)

    def items(self, values: list[Any], shape: Shape, at: Field) -> bool:
        """Ask for the items of a list: words on one line, mappings one after the other until one is left empty."""
        if not values or not is_open(values[0]):
            return False
        if isinstance(values[0], str):
            return self.words(values, at)
        if at in self.one:
            return self.mapping(values[0], shape.item, (*at, 0))
        pattern, given = values[0], False
        for number in range(1000):
            item = _copy(pattern)
            if number:
                click.echo(f"another one of {dotted(at)}? Enter for no more")
                values.append(item)
            else:
                values[0] = item
            first = next(key for key in item if is_open(item[key]))
            try:
                more = self.value(item, first, item[first], shape.item.key(first), (*at, number, first))
            except _LeftOutError:
                if not number:
                    raise
                more = False
            if not more:
                if number:
                    values.pop()
                return given
            self.mapping(item, shape.item, (*at, number))
            given = True
        return given

    def words(self, values: list[Any], at: Field) -> bool:
        """Ask for a list of words, which commas part."""
        question = values[0]
        while True:
            said = self.read(at, f"{str(question).strip('‹›')}; with commas between")
            if not said:
                return False
            before = self.faults()
            values[:] = [_as_head(at, word.strip()) for word in said.split(",") if word.strip()]
            if self.accepted(before):
                return True
            values[:] = [question]

    def scalar(self, holder: Any, key: Any, question: str, shape: Shape, at: Field) -> bool:
        """Ask for one value until it is right or left out; whether it was given."""
        doubted = ""
        while True:
            said = self.read(at, question.strip("‹›"))
            if not said:
                return False
            if odd := first_odd(said):
                click.echo(f"  {odd.what}; type it without")
                continue
            before = self.faults()
            holder[key] = said
            doubt = "" if said == doubted else unknown_id(said, shape.id_of, self.ids)
            if self.accepted(before) and not doubt:
                return True
            if doubt:
                click.echo(f"  {doubt} (the same again keeps it)")
            holder[key], doubted = question, said

    def read(self, at: Field, words: str) -> str:
        """One line of the input."""
        try:
            said = input(f"{dotted(at)} ({words}): ").strip()
        except EOFError:
            raise EnoughError from None
        if said == "-":
            raise _LeftOutError
        return said

    def accepted(self, before: Mapping[str, str]) -> bool:
        """Whether an answer brought no fault that was not there before; those that it brought are said."""
        new = {place: text for place, text in self.faults().items() if before.get(place) != text}
        for text in new.values():
            click.echo(f"  {text}")
        return not new

    def faults(self) -> dict[str, str]:
        """Place → what is wrong there and how to mend it, but for questions that are still open."""
        return faults(self.schema, self.data, self.id)


def faults(schema: Any, data: Mapping[str, Any], record_id: str) -> dict[str, str]:
    """Place → what the schema has against a record, but for questions that are still open."""
    try:
        schema.model_validate({**data, "id": record_id})
    except ValidationError as error:
        said = explain(error, record_id, {}, schema)
        return {d.field: f"{d.message} ({d.fix})" for d in said if not is_open(_at(data, d.field))}
    return {}


def unknown_id(value: str, kind: str, ids: Callable[[str], Collection[str]]) -> str:
    """A sentence where a value should be the id of a record and no such record is there; claims are not looked for."""
    if not kind or kind == "claims" or value in (known := ids(kind)):
        return ""
    near = near_names(value, known)
    hint = f" Did you mean {' or '.join(near)}?" if near else f" `headkb list {kind}` shows all."
    return f"{kind}/ has no record {value!r}.{hint}"


def is_open(value: Any) -> bool:
    """Whether a question stands somewhere in a value."""
    if isinstance(value, str):
        return value.startswith(ASK)
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(is_open(part) for part in inside)


def _at(data: Any, field: str) -> Any:
    """The value at a dotted place; the innermost that is there where it is not."""
    for part in field.replace("[", ".").replace("]", "").split("."):
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            break
    return data


def _as_head(at: Field, word: str) -> str:
    """A head in its one spelling, where heads belong."""
    if at[-1] != "heads":
        return word
    try:
        return str(parse_head(word))
    except ValueError:
        return word


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(inside) for key, inside in value.items()}
    return [_copy(inside) for inside in value] if isinstance(value, list) else value
