"""The description of the API holds what the site serves."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from headkb import Catalog
from headkb.catalog.plain_data import plain_records
from headkb.catalog.schema.ids import ID_PATTERN
from headkb.site.outputs import site_files
from headkb.site.pages import all_pages
from headkb.site.parts import make_context

TYPES: dict[str, Any] = {"string": str, "array": list, "object": dict, "null": type(None)}


@pytest.fixture(scope="module")
def files(toy_catalog: Catalog) -> dict[str, str | bytes]:
    """The files of the invented catalog."""
    context = make_context(toy_catalog)
    return site_files(context, all_pages(context))


@pytest.fixture(scope="module")
def api(files: dict[str, str | bytes]) -> dict[str, Any]:
    """The description."""
    described: dict[str, Any] = json.loads(files["api/v1/openapi.json"])
    return described


def pattern(path: str) -> re.Pattern[str]:
    """The addresses that a path of the description stands for: an id is one of headkb's, a head such as `L9H6`."""
    words = re.split(r"\{(\w+)\}", path.lstrip("/"))
    made = (
        re.escape(w) if n % 2 == 0 else r"L\d+H\d+" if w == "head" else ID_PATTERN.strip("^$")
        for n, w in enumerate(words)
    )
    return re.compile("".join(made))


def test_every_file_of_the_api_is_described(files: dict[str, str | bytes], api: dict[str, Any]) -> None:
    """Each file under `api/`, each feed and each twin of a record fits a path of the description; what scripts of pages fetch is theirs."""
    known = [pattern(path) for path in api["paths"]]
    computed = re.compile(r"(compare|matrix|reproduction|reference|timeline|errata|missing|rules)\b")
    served = [p for p in files if p.endswith((".json", ".xml")) or p.startswith("api/")]
    served = [
        p for p in served if not computed.match(p) and not p.startswith("assets/") and not p.endswith("/grid.json")
    ]
    assert [p for p in served if not any(known_path.fullmatch(p) for known_path in known)] == []


def test_every_path_is_served(files: dict[str, str | bytes], api: dict[str, Any]) -> None:
    """Each path of the description stands for a file; the invented catalog has no runs, patterns and promoted tokens."""
    missing = [p for p in api["paths"] if not any(pattern(p).fullmatch(file) for file in files)]
    assert set(missing) <= {"/runs/{id}.json", "/heads/{id}.pattern.json", "/atlases/{model}.heads.json"}


def test_records_keep_the_promise(files: dict[str, str | bytes], api: dict[str, Any]) -> None:
    """Every record has the promised fields, of the promised types."""
    checked = 0
    for kind, schema in api["components"]["schemas"].items():
        for record in json.loads(files.get(f"api/v1/{kind}.json", "[]")):
            if not isinstance(record, dict):
                continue
            for name in schema["required"]:
                types = schema["properties"][name]["type"]
                allowed = tuple(TYPES[t] for t in ([types] if isinstance(types, str) else types))
                assert isinstance(record[name], allowed), (kind, record["id"], name)
                checked += 1
    assert checked > 30


def answer(api: dict[str, Any], path: str) -> dict[str, Any]:
    """The schema of what an address answers, with the components that it refers to."""
    content = api["paths"][path]["get"]["responses"]["200"]["content"]
    return {**content["application/json"]["schema"], "components": api["components"]}


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/api/v1/index.json", "api/v1/index.json"),
        ("/api/v1/labels/index.json", "api/v1/labels/index.json"),
        ("/api/v1/labels/{model}.json", "api/v1/labels/jar-small.json"),
        ("/api/v1/claims.json", "api/v1/claims.json"),
        ("/api/v1/heads.json", "api/v1/heads.json"),
        ("/api/v1/runs.json", "api/v1/runs.json"),
        ("/models/{model}/{head}.json", "models/jar-small/L0H1.json"),
    ],
)
def test_an_answer_fits_its_schema(path: str, there: str, files: dict[str, str | bytes], api: dict[str, Any]) -> None:
    """Under JSON Schema 2020-12, which OpenAPI 3.1 uses; one field less does not fit."""
    data = json.loads(files[there])
    schema = answer(api, path)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in check.iter_errors(data)] == []
    if data and isinstance(data, dict):
        assert all(
            list(check.iter_errors({k: v for k, v in data.items() if k != left})) for left in schema_fields(api, path)
        )


def schema_fields(api: dict[str, Any], path: str) -> list[str]:
    """The fields that an address promises."""
    name = answer(api, path)["$ref"].rpartition("/")[2]
    required: list[str] = api["components"]["schemas"][name]["required"]
    return required


def test_runs_and_showings_of_the_shipped_catalog_fit_their_schema(real_catalog: Catalog, api: dict[str, Any]) -> None:
    """The invented catalog has no runs, so its files cannot tell."""
    for kind in ("runs", "heads"):
        check = jsonschema.Draft202012Validator({**api["components"]["schemas"][kind]})
        for record in plain_records(real_catalog, kind)[::9]:
            assert [error.message for error in check.iter_errors(record)] == [], record["id"]


def test_the_index_has_the_size_and_checksum_of_every_other_file(files: dict[str, str | bytes]) -> None:
    """So that whoever fetches a file knows that it is whole, and whether it changed."""
    told = json.loads(files["api/v1/index.json"])["files"]
    there = {path: made for path, made in files.items() if path.startswith("api/v1/") and path != "api/v1/index.json"}
    contents = {path: made.encode() if isinstance(made, str) else made for path, made in there.items()}
    assert {f"api/v1/{name}": (one["bytes"], one["sha256"]) for name, one in told.items()} == {
        path: (len(raw), hashlib.sha256(raw).hexdigest()) for path, raw in contents.items()
    }
    assert all(one["url"].endswith(f"/api/v1/{name}") for name, one in told.items())


def test_the_index_says_what_the_data_are_of_and_nothing_of_the_clock(
    files: dict[str, str | bytes], toy_catalog: Catalog
) -> None:
    """The newest date in the data, and both licences; made again it is the same to the byte, the database included."""
    index = json.loads(files["api/v1/index.json"])
    newest = max(paper.date for paper in toy_catalog.papers.values())
    assert (index["schema_version"], index["generated_at"]) == (2, f"{newest}-01")
    assert index["licences"] == {"data": "CC-BY-4.0", "code": "MIT"}
    context = make_context(toy_catalog)
    assert site_files(context, all_pages(context)) == files


def test_the_description_is_openapi_3_1(api: dict[str, Any]) -> None:
    """What its own schema asks for: each operation has answers, each parameter stands in its path, licence and version are there."""
    assert re.fullmatch(r"3\.1\.\d", api["openapi"])
    assert {"title", "version", "license"} <= api["info"].keys()
    assert api["info"]["license"].keys() <= {"name", "identifier"}  # `identifier` and `url` exclude each other
    for path, item in api["paths"].items():
        assert path.startswith("/")
        for operation in item.values():
            assert all(one["description"] and one["content"] for one in operation["responses"].values())
            given = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "path" and one["required"]]
            assert given == re.findall(r"\{(\w+)\}", path)
            for one in operation.get("parameters", ()):
                assert re.search(one["schema"]["pattern"], "L9H6" if one["name"] == "head" else "gpt2")
                assert not re.search(one["schema"]["pattern"], "gpt2.pattern")
    for schema in api["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_references_resolve(api: dict[str, Any]) -> None:
    """Each `$ref` names a schema that is there."""
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(api))
    assert set(names) <= set(api["components"]["schemas"])
    assert "heads" in names
