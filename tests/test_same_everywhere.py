"""The same records in every format and on the site, counted from the files themselves, and nothing lost from YAML to JSON and back."""

from __future__ import annotations

import contextlib
import csv
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bibtexparser
import pytest

from headkb import Catalog
from headkb.catalog.computed_fields import COMPUTED, FILLED, own_data
from headkb.catalog.export import export
from headkb.catalog.house_style import dump
from headkb.catalog.kinds import KINDS, Kind
from headkb.catalog.schema import Claim
from headkb.catalog.source import parse, read
from headkb.site.api import api_files, api_index
from headkb.site.parts import make_context

Ids = Mapping[str, list[str]]


@pytest.fixture(scope="module")
def ids(real_catalog: Catalog) -> Ids:
    """Kind → ids, from the names of the files, and for claims from the lines that begin one; no schema and no loader has a part in it."""
    found: dict[str, list[str]] = {
        kind: sorted(path.stem for path in (real_catalog.root / kind).glob("*.yaml")) for kind in KINDS
    }
    claims = []
    for file in found["claims"]:
        text = (real_catalog.root / "claims" / f"{file}.yaml").read_text(encoding="utf-8")
        listed = text[re.search(r"^claims:", text, re.MULTILINE).end() :]
        claims += [f"{file}/{claim}" for claim in re.findall(r"^ *- (?:\{ ?)?id: ([a-z0-9-]+)", listed, re.MULTILINE)]
    return {**found, "claims": sorted(claims)}


@pytest.fixture(scope="module")
def folder(real_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Format → a folder with the shipped catalog in it, made once."""
    root = tmp_path_factory.mktemp("formats")

    def made(form: str) -> Path:
        if not (root / form).exists():
            export(real_catalog, form, root / form)
        return root / form

    return made


def loaded(path: Path) -> Any:
    """What stands in a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def ids_of(records: list[dict[str, Any]]) -> list[str]:
    """Their ids, in order."""
    return [record["id"] for record in records]


def test_the_files_are_read_for_what_they_are(ids: Ids) -> None:
    """The independent count has found the records: hundreds of papers and claims, and each id once."""
    assert len(ids["papers"]) > 300
    assert len(ids["claims"]) > 900
    assert all(len(set(names)) == len(names) > 0 for names in ids.values())


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_text_formats_have_every_record(form: str, ids: Ids, folder: Callable[[str], Path]) -> None:
    """The ids of the files, in their order."""
    csv.field_size_limit(sys.maxsize)
    for kind, expected in ids.items():
        text = (folder(form) / f"{kind}.{form}").read_text(encoding="utf-8")
        if form == "json":
            records = json.loads(text)
        elif form == "jsonl":
            records = [json.loads(line) for line in text.splitlines()]
        else:
            records = list(csv.DictReader(text.splitlines(keepends=True)))
        assert ids_of(records) == expected, kind


def test_the_database_has_every_record(ids: Ids, folder: Callable[[str], Path]) -> None:
    """A row for each."""
    with contextlib.closing(sqlite3.connect(folder("sqlite") / "headkb.sqlite")) as base:
        assert {
            kind: [row[0] for row in base.execute(f'select id from "{kind}" order by rowid')] for kind in KINDS
        } == ids


def test_parquet_has_every_record(ids: Ids, folder: Callable[[str], Path]) -> None:
    """A row for each; and as many published numbers as the database."""
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is optional")
    for kind, expected in ids.items():
        assert pq.read_table(folder("parquet") / f"{kind}.parquet", columns=["id"])["id"].to_pylist() == expected
    with contextlib.closing(sqlite3.connect(folder("sqlite") / "headkb.sqlite")) as base:
        (numbers,) = base.execute("select count(*) from head_values").fetchone()
    assert pq.read_metadata(folder("parquet") / "head_values.parquet").num_rows == numbers > 100_000


def test_citations_have_every_paper(ids: Ids, folder: Callable[[str], Path]) -> None:
    """In BibTeX, RIS and CSL, under the ids of the records; a parser of its own reads the first."""
    papers = ids["papers"]
    library = bibtexparser.parse_string((folder("bibtex") / "papers.bib").read_text(encoding="utf-8"))
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == papers
    ris = (folder("ris") / "papers.ris").read_text(encoding="utf-8")
    assert re.findall(r"^ID  - (\S+)", ris, re.MULTILINE) == papers
    assert ids_of(loaded(folder("csl") / "papers.json")) == papers


def test_labels_have_every_model_and_no_claim_that_there_is_not(ids: Ids, folder: Callable[[str], Path]) -> None:
    """A file for each model, listed in the index; what they name are claims and head types of the catalog."""
    there = sorted(path.stem for path in (folder("labels") / "labels").glob("*.json"))
    assert there == sorted([*ids["models"], "index"])
    index = loaded(folder("labels") / "labels" / "index.json")
    assert [one["model"] for one in index["models"]] == ids["models"]
    claims, types, files = set(ids["claims"]), set(ids["heads"]), 0
    for one in index["models"]:
        data = loaded(folder("labels") / "labels" / one["file"])
        assert one["heads"] == len(data["heads"])
        held = [label for labels in data["heads"].values() for label in labels]
        assert {label["type"] for label in held} <= types
        assert {claim for label in held for claim in label["claims"]} <= claims
        files += bool(held)
    assert files > 100


def test_the_site_serves_what_the_export_writes(ids: Ids, folder: Callable[[str], Path], real_catalog: Catalog) -> None:
    """`api/v1/` has the files of `headkb export json` and `labels`, byte for byte, and its index the counts of the files."""
    context = make_context(real_catalog)
    served = {path.removeprefix("api/v1/"): make for path, make in api_files(context)}
    for form in ("json", "labels"):
        root = folder(form)
        for path in root.rglob("*.json"):
            name = path.relative_to(root).as_posix()
            if name.count("/") == 0 or name.endswith(("index.json", "gpt2.json", "organism-tasks.json")):
                made = served[name]()
                assert isinstance(made, str)
                assert made.encode() == path.read_bytes(), name
            assert name in served
    assert {f"{kind}.json" for kind in KINDS} | {"headkb.sqlite", "openapi.json", "papers.bib"} <= served.keys()
    assert api_index(context, {})["counts"] == {kind: len(names) for kind, names in ids.items()}


def same(written: Any, exported: Any) -> bool:
    """Whether YAML, whose values are all text, says what JSON does: numbers by their value, everything else letter by letter."""
    if isinstance(exported, dict):
        return (
            isinstance(written, dict)
            and written.keys() == exported.keys()
            and all(same(written[key], exported[key]) for key in written)
        )
    if isinstance(exported, list):
        return isinstance(written, list) and len(written) == len(exported) and all(map(same, written, exported))
    if not isinstance(written, str):
        return False
    if exported is None or isinstance(exported, bool):
        return written == {None: "null", True: "true", False: "false"}[exported]
    if isinstance(exported, (int, float)):
        return float(written) == float(exported)
    return written.strip() == str(exported)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_from_yaml_to_json_and_back(
    kind: Kind, real_catalog: Catalog, folder: Callable[[str], Path]
) -> None:
    """Every file of the shipped catalog: what `own_data` leaves of the export is what the file says, and written as YAML reads the same."""
    name = "claim-files" if kind == "claims" else kind
    records = {record["id"]: own_data(kind, record) for record in loaded(folder("json") / f"{name}.json")}
    files = {path.stem: path for path in (real_catalog.root / kind).glob("*.yaml")}
    assert records.keys() == files.keys()
    for record_id, path in files.items():
        own = records[record_id]
        written = {key: value for key, value in read(path).items() if not (value == [] and key not in own)}
        assert same(written, own), path
        assert same(parse(dump(own))[0], own), path


def test_the_comparison_sees_what_is_lost() -> None:
    """A digit, a key, an entry, the kind of a value."""
    assert same({"a": ["0.50", "x", "true", "null"]}, {"a": [0.5, "x", True, None]})
    for lost in ({"a": [0.51]}, {"b": [0.5]}, {"a": [0.5, 0.5]}, {"a": "0.50"}, {"a": ["0.5"]}, {}):
        assert not same({"a": ["0.50"]}, lost)


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_of_computed_fields_is_whole(kind: Kind, real_catalog: Catalog, folder: Callable[[str], Path]) -> None:
    """What stands in an export and in no schema is listed, what is listed is exported, and a field that a file may state is not listed."""
    schema = Claim if kind == "claims" else KINDS[kind].schema
    stated = {field.alias or name for name, field in schema.model_fields.items()}
    beside = {"paper", "no_paper", "no_table"} if kind == "claims" else set()  # of the file that a claim stands in
    exported = {key for record in loaded(folder("json") / f"{kind}.json") for key in record}
    assert exported - stated - beside == set(COMPUTED.get(kind, {}))
    assert set(COMPUTED.get(kind, {})) & stated == set()
    assert set(FILLED.get(kind, {})) <= stated
