"""The OpenAPI description of the files that the site serves as its API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from headkb.catalog.addresses import SITE
from headkb.catalog.kind_spec import HEAD, HEADS, OBJECTS, TEXT, WITH_ID
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import SCHEMA_VERSION
from headkb.catalog.showing import WORDS
from headkb.catalog.standing import STANDINGS


def openapi() -> dict[str, Any]:
    """The description, OpenAPI 3.1."""
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
    paths["/models/{model}/{head}.json"] = _get(
        "What is known of one head of a model", {"$ref": "#/components/schemas/head"}, ("model", "head")
    )
    paths["/claims/{source}/{claim}.json"] = _get(
        "A published score table, with its values by head", {"type": "object"}, ("source", "claim")
    )
    for name, media in (
        ("papers.bib", "application/x-bibtex"),
        ("papers.ris", "application/x-research-info-systems"),
        ("papers.csl.json", "application/vnd.citationstyles.csl+json"),
    ):
        paths[f"/api/v1/{name}"] = _get("Every paper, for citation programs", TEXT, media=media)
    feeds: dict[str, tuple[str, ...]] = {"all": (), "heads/{id}": ("id",), "models/{id}": ("id",)}
    for name, keys in feeds.items():
        paths[f"/feeds/{name}.xml"] = _get("Papers and runs, newest first", TEXT, keys, "application/atom+xml")
    info = {
        "title": "headkb",
        "version": str(SCHEMA_VERSION),
        "description": "The catalog of attention-head research as files: plain GET requests, no key, no limit.",
        "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
    }
    schemas: dict[str, Any] = {
        **{str(kind): _record({**spec.stable, **COMPUTED.get(kind, {})}) for kind, spec in KINDS.items()},
        "showing": {
            "type": "object",
            "required": ["head", "model", "model_kind", "showing", "heads", "why", "runs"],
            "properties": {
                "head": TEXT,
                "model": TEXT,
                "model_kind": {"type": "string", "enum": ["public", "organism", "unreleased"]},
                "showing": {"type": "string", "enum": list(WORDS)},
                "heads": HEADS,
                "why": TEXT,
                "runs": {"type": "array", "items": TEXT},
            },
        },
        "index": {"type": "object", "required": ["schema_version", "updated", "licence", "counts", "files"]},
        "head": {
            "type": "object",
            "required": [
                "model",
                "head",
                "roles",
                "roles_by_weight",
                "claims",
                "tables",
                "nearest",
                "circuits",
                "runs",
                "disputes",
            ],
            "properties": {
                "model": TEXT,
                "head": HEAD,
                "roles": {"type": "array", "items": TEXT, "description": "The weightiest first."},
                "roles_by_weight": OBJECTS,
                "claims": OBJECTS,
                "tables": OBJECTS,
                "nearest": OBJECTS,
                "circuits": OBJECTS,
                "runs": OBJECTS,
                "disputes": OBJECTS,
            },
        },
    }
    return {
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": SITE.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _record(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": ["id", *fields], "properties": {"id": TEXT, **fields}}


def _get(
    summary: str, schema: dict[str, Any], keys: tuple[str, ...] = (), media: str = "application/json"
) -> dict[str, Any]:
    answer = {"description": summary, "content": {media: {"schema": schema}}}
    parameters = [{"name": key, "in": "path", "required": True, "schema": TEXT} for key in keys]
    operation: dict[str, Any] = {"summary": summary, "responses": {"200": answer}}
    return {"get": {**operation, "parameters": parameters} if parameters else operation}
