"""Every place where one record names another: what the validator checks, and what the site turns into links both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from headkb.catalog.schema import Record, Term
from headkb.catalog.schema.common import Source
from headkb.catalog.source import Field

IN_TEXT = re.compile(r"\[\[([a-z]+)/([^\]|\s]+)(?:\|[^\]]*)?\]\]")

# (class name, field) → kind that the field's ids belong to. A list field gives one reference per entry.
TARGETS: Mapping[tuple[str, str], str] = {
    ("Source", "paper"): "papers",
    ("Alias", "paper"): "papers",
    ("Head", "stage"): "stages",
    ("Relation", "head"): "heads",
    ("HeadRole", "id"): "heads",
    ("Paper", "methods"): "methods",
    ("Paper", "models"): "models",
    ("Paper", "benchmarks"): "benchmarks",
    ("Benchmark", "heads"): "heads",
    ("Transition", "to"): "stages",
    ("Node", "head"): "heads",
    ("Circuit", "benchmark"): "benchmarks",
    ("Circuit", "model"): "models",
    ("ClaimFile", "paper"): "papers",
    ("Claim", "head"): "heads",
    ("Claim", "about"): "heads",
    ("Claim", "model"): "models",
    ("Claim", "contests"): "claims",
    ("Run", "head"): "heads",
    ("Run", "model"): "models",
    ("Run", "claim"): "claims",
}


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
    for field, owner, value in _walk(record, (), ("", "")):
        if not isinstance(value, str):
            continue
        if owner in TARGETS:
            yield Reference(field, TARGETS[owner], value)
        elif "[[" in value:
            for found in IN_TEXT.finditer(value):
                yield Reference(field, found[1], found[2])


def texts(record: Record) -> Iterator[tuple[Field, str]]:
    """Every text of the record with its field, keys of mappings left out."""
    return ((field, value) for field, _, value in _walk(record, (), ("", "")) if isinstance(value, str))


def sources(record: Record) -> Iterator[tuple[Field, Source]]:
    """Every `Source` in the record with its field."""
    return ((field, value) for field, _, value in _walk(record, (), ("", "")) if isinstance(value, Source))


def _walk(value: Any, field: Field, owner: tuple[str, str]) -> Iterator[tuple[Field, tuple[str, str], Any]]:
    """Every value below `value`: its field as written in the file, the class and attribute that hold it, and itself."""
    yield field, owner, value
    if isinstance(value, BaseModel):
        name = type(value).__name__
        for key in value.model_fields_set:
            written = type(value).model_fields[key].alias or key
            yield from _walk(getattr(value, key), (*field, written), (name, key))
    elif isinstance(value, tuple):
        for index, child in enumerate(value):
            yield from _walk(child, (*field, index), owner)
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from _walk(child, (*field, key), ("", ""))
