"""The OpenAPI description of the files that the site serves as its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headkb.catalog.addresses import SITE
from headkb.catalog.computed_fields import COMPUTED
from headkb.catalog.head_labels import LABEL_STANDINGS
from headkb.catalog.kind_spec import HEAD, OBJECTS, TEXT, TEXT_OR_NULL, WITH_ID
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import LICENCE, SCHEMA_VERSION
from headkb.catalog.schema.ids import ID_PATTERN
from headkb.catalog.showing import WORDS

ID: dict[str, Any] = {"type": "string", "pattern": ID_PATTERN}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
DATE: dict[str, Any] = {"type": "string", "format": "date", "description": "The newest date in the data."}
VERSION: dict[str, Any] = {"const": SCHEMA_VERSION}


def _whole(fields: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """An object that has all of these fields."""
    return {"type": "object", "required": list(fields), "properties": dict(fields), **more}


FILE = _whole({"url": TEXT, "bytes": COUNT, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}})
INDEX = _whole(
    {
        "schema_version": VERSION,
        "generated_at": DATE,
        "updated": {**DATE, "deprecated": True},
        "licence": TEXT,
        "licences": _whole({"data": TEXT, "code": TEXT}),
        "counts": _whole(dict.fromkeys(KINDS, COUNT)),
        "files": {
            "type": "object",
            "description": "Path below `api/v1/` → size and checksum.",
            "additionalProperties": FILE,
        },
    }
)
LABEL = _whole(
    {
        "type": TEXT,
        "name": TEXT,
        "standing": {"type": "string", "enum": list(LABEL_STANDINGS)},
        "claims": {"type": "array", "items": TEXT},
        "standings": {"type": "object", "additionalProperties": COUNT},
        "sources": COUNT,
        "type_contested_by": {"type": "array", "items": TEXT},
        "showing": {"enum": [*WORDS, None]},
        "shown": {"type": "boolean"},
        "url": TEXT,
        "text": {"type": "string", "description": "The label with its standing, on one line."},
    }
)
MODEL_KIND: dict[str, Any] = {"type": "string", "enum": ["public", "organism", "exact", "unreleased"]}
LABELS = _whole(
    {
        "schema_version": VERSION,
        "licence": TEXT,
        "model": TEXT,
        "name": TEXT,
        "kind": MODEL_KIND,
        "hub_id": TEXT_OR_NULL,
        "revision": TEXT_OR_NULL,
        "n_layers": COUNT,
        "n_heads": COUNT,
        "generated_at": DATE,
        "heads": {
            "type": "object",
            "description": "Head → its labels, the weightiest first; heads without one are left out.",
            "propertyNames": HEAD,
            "additionalProperties": {"type": "array", "minItems": 1, "items": LABEL},
        },
    }
)
LABELED_MODEL = _whole({"model": TEXT, "name": TEXT, "kind": MODEL_KIND, "heads": COUNT, "file": TEXT})
LABELS_INDEX = _whole(
    {
        "schema_version": VERSION,
        "generated_at": DATE,
        "licence": TEXT,
        "models": {"type": "array", "items": LABELED_MODEL},
    }
)


def openapi() -> dict[str, Any]:
    """The description, OpenAPI 3.1."""
    info = {
        "title": "headkb",
        "version": str(SCHEMA_VERSION),
        "description": "The catalog of attention-head research as files: plain GET requests, no key, no limit.",
        "license": {"name": LICENCE, "identifier": LICENCE},
    }
    schemas: dict[str, Any] = {
        **{str(kind): _whole({"id": TEXT, **spec.stable, **COMPUTED.get(kind, {})}) for kind, spec in KINDS.items()},
        "index": INDEX,
        "labels": LABELS,
        "labels_index": LABELS_INDEX,
        "head": _whole(
            {
                "model": TEXT,
                "head": HEAD,
                "roles": {"type": "array", "items": TEXT, "description": "The weightiest first."},
                **dict.fromkeys(("roles_by_weight", "claims", "tables", "nearest"), OBJECTS),
                **dict.fromkeys(("circuits", "runs", "disputes"), OBJECTS),
            }
        ),
    }
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": SITE.rstrip("/")}],
        "paths": _paths(),
        "components": {"schemas": schemas},
    }


def _paths() -> dict[str, Any]:
    """Every address, with what it answers."""
    paths: dict[str, Any] = {
        "/api/v1/index.json": _get("Version, date and counts", {"$ref": "#/components/schemas/index"}),
        "/api/v1/openapi.json": _get("This description", {"type": "object"}),
    }
    for kind in KINDS:
        one = {"$ref": f"#/components/schemas/{kind}"}
        paths[f"/api/v1/{kind}.json"] = _get(f"Every record in {kind}", {"type": "array", "items": one})
        paths[f"/api/v1/schema/{kind}.schema.json"] = _get(f"JSON Schema of the YAML in {kind}", {"type": "object"})
        paths[f"/{kind}/index.json"] = _get(f"Id and name of every record in {kind}", WITH_ID)
        # One file of claims is one source; the list of all claims is flat.
        single = {"type": "object", "required": ["id"], "properties": {"id": TEXT}} if kind == "claims" else one
        paths[f"/{kind}/{{id}}.json"] = _get(f"One record of {kind}", single, ("id",))
    paths["/api/v1/claim-files.json"] = _get("The files of claims, whole, as they are written", WITH_ID)
    paths["/api/v1/labels/index.json"] = _get(
        "The models, and the file of labels of each", {"$ref": "#/components/schemas/labels_index"}
    )
    paths["/api/v1/labels/{model}.json"] = _get(
        "What claims and runs say each head of a model is", {"$ref": "#/components/schemas/labels"}, ("model",)
    )
    paths["/api/v1/headkb.sqlite"] = _get("Everything as an SQLite database", {}, media="application/vnd.sqlite3")
    paths["/models/{model}/{head}.json"] = _get(
        "What is known of one head of a model", {"$ref": "#/components/schemas/head"}, ("model", "head")
    )
    paths["/claims/{source}/{claim}.json"] = _get(
        "A published score table, with its values by head", {"type": "object"}, ("source", "claim")
    )
    paths["/heads/{id}.pattern.json"] = _get("The recorded pattern of a head type", {"type": "object"}, ("id",))
    for part, what in (
        ("table", "Its table, units and nearest heads"),
        ("heads", "Patterns and promoted tokens of heads"),
    ):
        paths[f"/atlases/{{model}}.{part}.json"] = _get(f"An atlas: {what}", {"type": "object"}, ("model",))
    for name, media in (
        ("papers.bib", "application/x-bibtex"),
        ("papers.ris", "application/x-research-info-systems"),
        ("papers.csl.json", "application/vnd.citationstyles.csl+json"),
    ):
        paths[f"/api/v1/{name}"] = _get("Every paper, for citation programs", TEXT, media=media)
    feeds: dict[str, tuple[str, ...]] = {"all": (), "heads/{id}": ("id",), "models/{id}": ("id",)}
    for name, keys in feeds.items():
        paths[f"/feeds/{name}.xml"] = _get("Papers and runs, newest first", TEXT, keys, "application/atom+xml")
    return paths


def _get(
    summary: str, schema: dict[str, Any], keys: tuple[str, ...] = (), media: str = "application/json"
) -> dict[str, Any]:
    answer = {"description": summary, "content": {media: {"schema": schema}}}
    parameters = [
        {"name": key, "in": "path", "required": True, "schema": HEAD if key == "head" else ID} for key in keys
    ]
    operation: dict[str, Any] = {"summary": summary, "responses": {"200": answer}}
    return {"get": {**operation, "parameters": parameters} if parameters else operation}
