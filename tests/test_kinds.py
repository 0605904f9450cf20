"""The table of kinds: what it leaves out for a kind shows here, and not as an empty place on some page."""

from __future__ import annotations

import dataclasses
import json
from functools import reduce
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from headkb import Catalog
from headkb.catalog.draft import ASK, draft, open_questions
from headkb.catalog.kind_records import Records
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.plain_data import plain_records
from headkb.catalog.references import target
from headkb.catalog.schema import Record
from headkb.catalog.search import search
from headkb.catalog.search_parts import joined
from headkb.catalog.source import parse
from headkb.site.document import Page
from headkb.site.links import record_path
from headkb.site.openapi import openapi
from headkb.site.outputs import names_files
from headkb.site.pages import PAGES, hub_page
from headkb.site.parts import Context, make_context

ROOT = Path(__file__).parent.parent
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def context(real_catalog: Catalog) -> Context:
    """The shipped catalog as page builders see it."""
    return make_context(real_catalog)


def first(catalog: Catalog, kind: Kind) -> Record:
    """The first record of a kind in the shipped catalog."""
    return next(iter(catalog.of(kind).values()))


def record_pages(context: Context, kind: Kind) -> list[Page]:
    """The page or pages of that record."""
    built = PAGES[kind].record(context, first(context.catalog, kind))
    return built if isinstance(built, list) else [built]


def written_keys(schema: type[BaseModel]) -> set[str]:
    """The keys of a schema as they are written in files."""
    return {field.alias or name for name, field in schema.model_fields.items()}


def models_below(schema: type[BaseModel]) -> set[type[BaseModel]]:
    """A schema and every schema that its fields hold."""
    seen: set[type[BaseModel]] = set()
    queue: list[object] = [schema]
    while queue:
        item = queue.pop()
        queue += get_args(item)
        if isinstance(item, type) and issubclass(item, BaseModel) and item not in seen:
            seen.add(item)
            queue += [field.annotation for field in item.model_fields.values()]
    return seen


def test_the_type_the_fields_and_the_table_name_the_same_kinds() -> None:
    """A kind is in all three or in none, in one order, and its schema knows the folder."""
    assert tuple(KINDS) == get_args(Kind) == tuple(field.name for field in dataclasses.fields(Records))
    assert [spec.schema.kind for spec in KINDS.values()] == list(KINDS)


@every_kind
def test_a_draft_is_valid_but_for_its_open_questions(kind: Kind) -> None:
    """`headkb new` writes every key that must be there and none that is unknown."""
    spec = KINDS[kind]
    text = draft(kind, {}, "moss-1999", ask=True)
    assert open_questions(text)
    try:
        spec.schema.model_validate({**parse(text)[0], "id": "moss-1999"})
    except ValidationError as error:
        left = [e for e in error.errors() if ASK not in str(e["input"]) or e["type"] in ("missing", "extra_forbidden")]
        assert left == []


@every_kind
def test_every_column_and_stable_field_is_in_the_exported_records(kind: Kind, real_catalog: Catalog) -> None:
    """A column that no record has would be empty for ever, and the API promises its stable fields for each record."""
    records = plain_records(real_catalog, kind)
    columns = {column.removeprefix("#") for column in KINDS[kind].columns}
    assert columns <= {key for record in records for key in record}
    assert all(set(KINDS[kind].stable) <= record.keys() for record in records)


@every_kind
def test_keys_in_the_table_are_keys_of_the_schema(kind: Kind) -> None:
    """`headkb diff` and look-ups would never meet a misspelt key."""
    spec = KINDS[kind]
    assert spec.meaning
    assert spec.meaning <= written_keys(spec.schema)
    assert set(spec.identifiers) <= spec.schema.model_fields.keys()


@every_kind
def test_a_reference_names_a_kind_that_exists(kind: Kind) -> None:
    """A mark with a misspelt kind would make every such reference dangle."""
    fields = [(schema, name) for schema in models_below(KINDS[kind].schema) for name in schema.model_fields]
    assert {target(schema, name) for schema, name in fields} <= {"", *KINDS}


def test_marks_are_seen_through_options_and_lists() -> None:
    """`Id | None` and `tuple[Id, ...]` refer like a bare id; a record's own id and other text do not."""
    paper, head = KINDS["papers"].schema, KINDS["heads"].schema
    assert (target(paper, "methods"), target(head, "stage")) == ("methods", "stages")
    assert (target(KINDS["circuits"].schema, "model"), target(paper, "id"), target(paper, "venue")) == (
        "models",
        "",
        "",
    )


@every_kind
def test_search_finds_a_record_by_its_id(kind: Kind, real_catalog: Catalog) -> None:
    """No kind is left out of `headkb search`."""
    record = first(real_catalog, kind)
    hits = search(real_catalog, record.id.replace("-", " "), 1000)
    assert (kind, record.id) in {(hit.kind, hit.id) for hit in hits}


@every_kind
def test_the_api_describes_the_kind(kind: Kind) -> None:
    """Whoever reads the OpenAPI description learns of the list, of one record and of its fields."""
    api = openapi()
    assert {f"/api/v1/{kind}.json", f"/api/v1/schema/{kind}.schema.json", f"/{kind}/{{id}}.json"} <= api["paths"].keys()
    assert set(KINDS[kind].stable) <= api["components"]["schemas"][kind]["properties"].keys()


@every_kind
def test_a_record_has_a_page_and_its_kind_a_list(kind: Kind, context: Context) -> None:
    """A record that is in the catalog can be read on the site, and its list can be reached from the menu."""
    path = record_path(kind, first(context.catalog, kind).id)
    hub = hub_page(context, kind)
    assert tuple(PAGES) == tuple(KINDS)
    assert path in [page.path for page in record_pages(context, kind)]
    assert f"(@{path})" in str(hub) or f"[[{path.rstrip('/')}" in str(hub)
    assert f"[{hub.path}index.md]" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


@every_kind
def test_the_search_box_knows_every_kind_with_a_weight(kind: Kind, context: Context) -> None:
    """Weight 0 is the only way out of the index of names."""
    names = reduce(joined, map(json.loads, names_files(context, record_pages(context, kind)).values()))
    paths = [f"{names['kinds'][entry[0]][2]}{entry[1]}/" for entry in names["pages"]]
    assert (record_path(kind, first(context.catalog, kind).id) in paths) == (KINDS[kind].weight > 0)
