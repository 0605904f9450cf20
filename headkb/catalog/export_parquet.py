"""The catalog as Parquet files with real types: one file a kind, and every number of the published tables.

A column has the type that the schema gives its field: text, whole number, number, truth value; a list is a list, a piece of a record a
struct, a mapping with free keys (`values: {L9H6: 0.5}`) a map. What may be of several types, such as the parameters of a score or `via` of
an edge, is JSON text, wherever in a column it stands, and so is a computed field without a schema; where a whole column is, its metadata
say `json`. What a record leaves out is null.
"""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headkb.catalog.catalog import Catalog
from headkb.catalog.computed_fields import COMPUTED
from headkb.catalog.dates import latest
from headkb.catalog.head_values import head_values
from headkb.catalog.kind_spec import TEXT
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import LICENCE, SCHEMA_VERSION, plain_records
from headkb.errors import need_installed

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 65_536
"""Numbers of published tables that are held at once."""
_PLAIN = {"string": "string", "integer": "int64", "number": "float64", "boolean": "bool_"}
"""JSON Schema's name of a type → pyarrow's maker of one."""


@dataclass(frozen=True)
class _Column:
    """The Arrow type of a value, and what turns JSON-ready data into it; None leaves them as they are."""

    type: Any
    convert: Callable[[Any], Any] | None = None

    def __call__(self, value: Any) -> Any:
        return value if value is None or self.convert is None else self.convert(value)


def parquet_files(catalog: Catalog) -> dict[str, Callable[[], bytes]]:
    """Name of each file → what makes its bytes.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    need_installed("headkb export parquet", ("pyarrow",), "notebook")
    files: dict[str, Callable[[], bytes]] = {
        f"{kind}.parquet": functools.partial(_kind_file, catalog, kind) for kind in KINDS
    }
    return {**files, "head_values.parquet": functools.partial(_values_file, catalog)}


def _kind_file(catalog: Catalog, kind: Kind) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    records = plain_records(catalog, kind)
    columns = _columns(kind, [key for record in records for key in record])
    schema = pa.schema([_field(name, column) for name, column in columns.items()], _metadata(catalog))
    arrays = [
        pa.array([column(record.get(name)) for record in records], column.type) for name, column in columns.items()
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    return sink.getvalue()


def _values_file(catalog: Catalog) -> bytes:
    """One row a number, written claim by claim."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    fields = [("claim", pa.string()), ("model", pa.string()), ("layer", pa.int32()), ("head", pa.int32())]
    fields += [("value", pa.float64()), ("rank", pa.int32()), ("heads_are", pa.string())]
    schema = pa.schema(fields, _metadata(catalog))
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for rows in _batches(head_values(catalog)):
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
    return sink.getvalue()


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _metadata(catalog: Catalog) -> dict[str, str]:
    return {"schema_version": str(SCHEMA_VERSION), "generated_at": latest(catalog), "licence": LICENCE}


def _field(name: str, column: _Column) -> pa.Field:
    import pyarrow as pa

    return pa.field(
        name, column.type, metadata={"json": "the column holds JSON text"} if column.convert is _text else None
    )


def _columns(kind: Kind, names: list[str]) -> dict[str, _Column]:
    """The columns of a kind: every field of its schema, then what is worked out beside these."""
    from pydantic import TypeAdapter

    from headkb.catalog.schema import Claim
    from headkb.catalog.schema.claim import Measure

    schema = TypeAdapter(Claim if kind == "claims" else KINDS[kind].schema).json_schema(mode="serialization")
    fields, defs = dict(schema["properties"]), dict(schema.get("$defs", {}))
    if kind == "claims":
        measure = TypeAdapter(Measure).json_schema(mode="serialization")
        defs |= measure.get("$defs", {})
        fields["measure"] = {**measure, "properties": {"id": TEXT, **measure["properties"]}}
        fields |= dict.fromkeys(("paper", "no_paper", "no_table"), TEXT)
    fields |= COMPUTED.get(kind, {})
    ordered = dict.fromkeys(["id", *fields, *names])
    return {name: _column(fields.get(name, {}), defs) for name in ordered}


def _column(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> _Column:
    """The column of a JSON Schema; JSON text where values may be of several types."""
    import pyarrow as pa

    if "$ref" in schema:
        return _column(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "anyOf" in schema:
        kinds = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return _column(kinds[0], defs) if len(kinds) == 1 else _Column(pa.string(), _text)
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        return _column({**schema, "type": kinds[0]}, defs) if len(kinds) == 1 else _Column(pa.string(), _text)
    if kind in _PLAIN:
        return _Column(getattr(pa, _PLAIN[kind])())
    if kind == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        inner = _column(items[0], defs)
        same = all(one == items[0] for one in items)
        return (
            _Column(pa.list_(inner.type), lambda values: [inner(v) for v in values])
            if same
            else _Column(pa.string(), _text)
        )
    if kind == "object" and schema.get("properties"):
        parts = {name: _column(one, defs) for name, one in schema["properties"].items()}
        struct = pa.struct([_field(name, part) for name, part in parts.items()])
        return _Column(struct, lambda value: {name: part(value.get(name)) for name, part in parts.items()})
    if kind == "object" and isinstance(
        free := schema.get("additionalProperties") or schema.get("patternProperties"), Mapping
    ):
        one = free if "additionalProperties" in schema else next(iter(free.values()))
        inner = _column(one, defs)
        if inner.convert is not _text:
            return _Column(
                pa.map_(pa.string(), inner.type), lambda value: [(key, inner(v)) for key, v in value.items()]
            )
    return _Column(pa.string(), _text)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
