"""Exports: the fields that other programs rely on, and files that are whole or not there."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import importlib.util
import json
import sqlite3
from pathlib import Path

import bibtexparser
import pytest

from headkb import Catalog
from headkb.catalog.export import FORMATS, export
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import plain_records
from headkb.catalog.writing import write_text
from tests.small_records import claim_run, head_type, model, run


def test_json_has_one_file_per_kind_and_every_record_an_id(toy_catalog: Catalog, tmp_path: Path) -> None:
    """The contract of `headkb export json`: lists of records with ids."""
    export(toy_catalog, "json", tmp_path)
    for kind in KINDS:
        records = json.loads((tmp_path / f"{kind}.json").read_text(encoding="utf-8"))
        assert all(r["id"] for r in records)
        expected = len(toy_catalog.statements) if kind == "claims" else len(toy_catalog.of(kind))
        assert len(records) == expected


def test_contract_fields_are_there(toy_catalog: Catalog) -> None:
    """Heads, papers and claims carry the fields named in the contract, even where a record leaves them empty."""
    for head in plain_records(toy_catalog, "heads"):
        assert {"id", "name", "aliases", "stage", "category", "papers", "disputes"} <= head.keys()
    assert plain_records(toy_catalog, "heads")[0]["papers"][0] == {"id": "moss-1999-sparkle", "role": "introduces"}
    for paper in plain_records(toy_catalog, "papers"):
        assert {"id", "title", "date", "arxiv", "links", "heads"} <= paper.keys()
    for claim in plain_records(toy_catalog, "claims"):
        assert {"id", "head", "model", "heads", "source", "standing"} <= claim.keys()


@pytest.mark.parametrize(("kind", "word"), [("organism", "shown"), ("exact", None)])
def test_a_run_carries_what_it_says_and_the_kind_of_its_model(
    kind: str, word: str | None, toy_catalog: Catalog
) -> None:
    """Worked out, as records state none of it; a recipe on exact weights shows nothing, and says whether its values were met."""
    expected = [{"head": "L0H1", "value": 0.0, "tolerance": 0.1, "reason": "set by hand"}] if kind == "exact" else []
    made = {"recipe": run("recipe", "L0H1", expected=expected), "claim": claim_run("claim", on={"L0H1": 0.9})}
    catalog = dataclasses.replace(
        toy_catalog,
        runs=made,
        models={"jar-small": model(kind=kind)},
        heads={"sparkle": head_type({"default": "defining"})},
    )
    claimed, recipe = plain_records(catalog, "runs")
    assert {"id", "head", "model", "model_kind", "showing", "standing", "heads", "claim"} <= claimed.keys()
    assert (recipe["model_kind"], recipe["showing"], recipe["standing"]) == (kind, word, None)
    assert (recipe["construction"], recipe["outcome"]) == (("met", "met") if kind == "exact" else (None, "shown"))
    assert (claimed["showing"], claimed["standing"], claimed["outcome"]) == (None, "not-comparable", "not-comparable")
    (head,), (one,) = plain_records(catalog, "heads"), plain_records(catalog, "models")
    told = [(s["head"], s["model"], s["model_kind"], s["showing"], s["heads"], s["runs"]) for s in head["showings"]]
    assert told == ([] if kind == "exact" else [("sparkle", "jar-small", kind, "shown", ["L0H1"], ["recipe"])])
    assert one["showings"] == head["showings"]


def test_a_claim_carries_the_definition_of_its_number(toy_catalog: Catalog) -> None:
    """A value never travels without its measure."""
    claim = next(c for c in plain_records(toy_catalog, "claims") if c["id"] == "moss-1999-sparkle/small-sparkle")
    assert claim["values"] == {"L0H1": 0.9}
    assert claim["measure"]["definition"].startswith("Mean attention")


def test_every_format_holds_every_record(toy_catalog: Catalog, tmp_path: Path) -> None:
    """Counts are equal across formats."""
    for form in FORMATS.keys() - ({"parquet"} if importlib.util.find_spec("pyarrow") is None else set()):
        assert all(path.is_file() for path in export(toy_catalog, form, tmp_path / form))
    count = {kind: len(plain_records(toy_catalog, kind)) for kind in KINDS}
    for kind in KINDS:
        assert len((tmp_path / "jsonl" / f"{kind}.jsonl").read_text().splitlines()) == count[kind]
        with (tmp_path / "csv" / f"{kind}.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) == count[kind]
    with contextlib.closing(sqlite3.connect(tmp_path / "sqlite" / "headkb.sqlite")) as base:
        assert {kind: base.execute(f'select count(*) from "{kind}"').fetchone()[0] for kind in KINDS} == count
        assert base.execute("select value from head_values where layer = 0 and head = 1").fetchall() == [(0.9,)]
    assert (tmp_path / "bibtex" / "papers.bib").read_text().count("\n@") + 1 == count["papers"]
    assert (tmp_path / "ris" / "papers.ris").read_text().count("TY  -") == count["papers"]
    assert len(json.loads((tmp_path / "csl" / "papers.json").read_text())) == count["papers"]


def test_bibtex_reads_back_with_the_ids_as_keys(toy_catalog: Catalog, tmp_path: Path) -> None:
    """A BibTeX parser finds every paper under its id."""
    export(toy_catalog, "bibtex", tmp_path)
    library = bibtexparser.parse_file(str(tmp_path / "papers.bib"))
    assert not library.failed_blocks
    assert {entry.key for entry in library.entries} == set(toy_catalog.papers)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """Nothing is lost when writing stops half-way."""
    target = tmp_path / "a.json"
    write_text(target, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(target, "new \ud800")
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]
