"""Every place where one record names another: what the validator checks, and what the site turns into links both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from headkb.catalog.inline import REF
from headkb.catalog.schema import Record, Term
from headkb.catalog.schema.common import Source
from headkb.catalog.schema.ids import IdOf
from headkb.catalog.source import Field
from headkb.head_index import HeadIndex


@dataclass(frozen=True)
class Reference:
    """A record's mention of another: where it stands, and what it names. A claim's id is `<file>/<claim>`."""

    field: Field
    kind: str
    id: str


def references(record: Record) -> Iterator[Reference]:
    """Every reference in `record`, in the order of the schema: typed fields, `replaced_by`, `see_also`, and `[[kind/id]]` in text."""
    if record.replaced_by:
        yield Reference(("replaced_by",), record.kind, record.replaced_by)
    if isinstance(record, Term):
        for index, name in enumerate(record.see_also):
            kind, _, other = name.rpartition("/")
            yield Reference(("see_also", index), kind or "glossary", other)
    for field, kind, value in _walk(record):
        if isinstance(value, Source):
            continue
        if kind:
            yield Reference(field, kind, value)
        elif "[[" in value:
            for link in REF.finditer(value):
                yield Reference(field, link[1], link[2])


def texts(record: Record) -> Iterator[tuple[Field, str]]:
    """Every text of the record with its field, keys of mappings left out."""
    return ((field, value) for field, _, value in _walk(record) if isinstance(value, str))


def sources(record: Record) -> Iterator[tuple[Field, Source]]:
    """Every `Source` in the record with its field."""
    return ((field, value) for field, _, value in _walk(record) if isinstance(value, Source))


@cache
def target(schema: type[BaseModel], name: str) -> str:
    """The kind whose ids the field `name` of a schema holds, one or a list of them; empty if it holds something else."""
    info = schema.model_fields[name]
    return next((mark.kind for mark in [*info.metadata, *marks(info.annotation)] if isinstance(mark, IdOf)), "")


def marks(annotation: Any) -> Iterator[Any]:
    """What `Annotated` adds anywhere inside an annotation, such as in `tuple[PaperId, ...]` or `PaperId | None`."""
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from marks(inner)


@cache
def _fields(schema: type[BaseModel]) -> Sequence[tuple[str, str, str]]:
    """Every field of a schema that may hold a text: its name, how it is written in the file, and the kind whose id it holds, or ""."""
    return [
        (name, info.alias or name, target(schema, name))
        for name, info in schema.model_fields.items()
        if _may_hold_text(info.annotation)
    ]


def _may_hold_text(annotation: Any) -> bool:
    """Whether there can be a text or a source in values of an annotation; runs hold thousands of numbers, which need not be walked."""
    if annotation in _NEITHER or annotation is Ellipsis:
        return False
    inside = get_args(annotation)
    if get_origin(annotation) is Annotated:
        return _may_hold_text(inside[0])
    if get_origin(annotation) in (dict, Mapping):
        return _may_hold_text(inside[1])
    return any(_may_hold_text(inner) for inner in inside) if inside else True


def _walk(record: Record) -> list[tuple[Field, str, str | Source]]:
    """Every text and source in a record, in the order of the schema: its field in the file, the kind whose id it is (or ""), and itself."""
    found: list[tuple[Field, str, str | Source]] = []
    _collect(record, (), "", found)
    return found


_NEITHER = frozenset({int, float, bool, type(None), HeadIndex})
"""Types of values in which there is neither a text nor a source: runs hold thousands of them, so they are passed over without a call."""


def _collect(value: Any, field: Field, kind: str, found: list[tuple[Field, str, str | Source]]) -> None:
    """Add what lies at and below `value`."""
    if isinstance(value, str):
        found.append((field, kind, value))
    elif isinstance(value, BaseModel):
        if isinstance(value, Source):
            found.append((field, kind, value))
        given = value.model_fields_set
        for name, written, of_kind in _fields(type(value)):
            if name in given and type(child := getattr(value, name)) not in _NEITHER:
                _collect(child, (*field, written), of_kind, found)
    elif isinstance(value, tuple):
        for index, child in enumerate(value):
            if type(child) not in _NEITHER:
                _collect(child, (*field, index), kind, found)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            if type(child) not in _NEITHER:
                _collect(child, (*field, key), "", found)
