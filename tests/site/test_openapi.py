"""The description of the API holds what the site serves."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from headkb import Catalog
from headkb.site.outputs import outputs
from headkb.site.pages import all_pages
from headkb.site.parts import make_context

TYPES: dict[str, Any] = {"string": str, "array": list, "object": dict, "null": type(None)}


@pytest.fixture(scope="module")
def files(toy_catalog: Catalog) -> dict[str, str]:
    """The files of the invented catalog."""
    context = make_context(toy_catalog)
    return outputs(context, all_pages(context))


@pytest.fixture(scope="module")
def api(files: dict[str, str]) -> dict[str, Any]:
    """The description."""
    described: dict[str, Any] = json.loads(files["api/v1/openapi.json"])
    return described


def pattern(path: str) -> re.Pattern[str]:
    """The addresses that a path of the description stands for."""
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path.lstrip("/"))))


def test_every_file_of_the_api_is_described(files: dict[str, str], api: dict[str, Any]) -> None:
    """Each file under `api/`, each feed and each twin of a record fits a path of the description; what scripts of pages fetch is theirs."""
    known = [pattern(path) for path in api["paths"]]
    computed = re.compile(r"(compare|matrix|reproduction|reference|timeline|errata|missing|rules)\b")
    served = [p for p in files if p.endswith((".json", ".xml")) or p.startswith("api/")]
    served = [
        p for p in served if not computed.match(p) and not p.startswith("assets/") and not p.endswith("/grid.json")
    ]
    assert [p for p in served if not any(known_path.fullmatch(p) for known_path in known)] == []


def test_every_path_is_served(files: dict[str, str], api: dict[str, Any]) -> None:
    """Each path of the description stands for a file; the invented catalog has no runs and no feed of a model without papers."""
    missing = [p for p in api["paths"] if not any(pattern(p).fullmatch(file) for file in files)]
    assert set(missing) <= {"/runs/{id}.json"}


def test_records_keep_the_promise(files: dict[str, str], api: dict[str, Any]) -> None:
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


def test_references_resolve(api: dict[str, Any]) -> None:
    """Each `$ref` names a schema that is there."""
    names = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(api))
    assert set(names) <= set(api["components"]["schemas"])
    assert "heads" in names
