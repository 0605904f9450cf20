"""How headkb is cited: GitHub, Zenodo, BibTeX and the package say the same, field by field, and name nobody who is not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import bibtexparser
import pytest
import release
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GITHUB = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
ZENODO = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
BIBTEX = {
    key: field.value.strip("{}")
    for entry in bibtexparser.parse_string((ROOT / "CITATION.bib").read_text(encoding="utf-8")).entries
    if entry.key == "headkb"
    for key, field in entry.fields_dict.items()
}
WHO = "The headkb contributors"


def test_version_and_title_are_one() -> None:
    """And the sentence that says what it is stands in each that has one."""
    assert {GITHUB["version"], ZENODO["version"], BIBTEX["version"]} == {PROJECT["version"]}
    assert {GITHUB["title"], ZENODO["title"]} == {BIBTEX["title"]}
    assert GITHUB["abstract"].startswith(f"{PROJECT['description']}. ".replace("headkb: ", ""))
    assert PROJECT["description"] in ZENODO["description"]


def test_the_authors_are_those_who_contribute() -> None:
    """One entity, no person and no identifier of one."""
    assert PROJECT["authors"] == GITHUB["authors"] == ZENODO["creators"] == [{"name": WHO}]
    assert BIBTEX["author"] == WHO
    assert "orcid" not in "".join(map(str, (GITHUB, ZENODO, BIBTEX))).lower()


def test_keywords_and_addresses_are_one() -> None:
    """The repository, and the site of the documentation."""
    urls = PROJECT["urls"]
    assert GITHUB["keywords"] == ZENODO["keywords"] == PROJECT["keywords"]
    assert GITHUB["repository-code"] == BIBTEX["url"] == urls["Source"]
    related = {entry["relation"]: entry["identifier"] for entry in ZENODO["related_identifiers"]}
    assert related == {"isDocumentedBy": urls["Documentation"], "isDerivedFrom": urls["Source"]}
    assert GITHUB["url"] == urls["Documentation"]


def test_the_licences_are_one_of_code_and_one_of_data() -> None:
    """Package and BibTeX name both, by SPDX; GitHub and Zenodo take one for software, and say in words that data have another."""
    assert PROJECT["license"] == BIBTEX["license"] == "MIT AND CC-BY-4.0"
    assert (GITHUB["type"], GITHUB["license"]) == (ZENODO["upload_type"], ZENODO["license"]) == ("software", "MIT")
    assert all("under CC BY 4.0 (LICENSE-DATA)" in text for text in (GITHUB["abstract"], ZENODO["description"]))
    assert PROJECT["license-files"] == ["LICENSE", "LICENSE-DATA"]
    code, data = ((ROOT / name).read_text(encoding="utf-8") for name in PROJECT["license-files"])
    assert code.startswith("MIT License\n\nCopyright (c) 2026 The headkb contributors\n")
    assert "SPDX-License-Identifier: CC-BY-4.0" in data
    assert "Section 8 -- Interpretation." in data  # the last of the legal text
    assert all(folder in data for folder in ("`catalog/`", "`docs/`", "`docs/assets/katex/`"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"]({name})" in readme for name in ("LICENSE", "LICENSE-DATA", "CITATION.cff", "CITATION.bib"))


def test_the_day_is_that_of_the_newest_release() -> None:
    """Of CHANGELOG.md; before the first release there is none, and the year of BibTeX is that of the copyright."""
    dates = [title["date"] for title in release.TITLE.finditer(release.changelog()) if title["date"]]
    assert release.released_on() == (dates[0] if dates else None)
    year = (dates[0] if dates else re.search(r"\(c\) (\d{4})", (ROOT / "LICENSE").read_text())[1])[:4]
    assert BIBTEX["year"] == year


def test_the_form_is_that_of_the_citation_file_format() -> None:
    """Version 1.2.0, by the schema that comes with the checker."""
    pytest.importorskip("check_jsonschema", reason="pip install check-jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.citation-file-format"]
    assert subprocess.run([*command, str(ROOT / "CITATION.cff")], capture_output=True, check=False).returncode == 0


def test_the_form_is_one_that_zenodo_takes() -> None:
    """Its words for these fields; a word that it does not know makes it drop the whole file."""
    assert ZENODO["upload_type"] in {"software", "dataset", "publication"}
    assert ZENODO["access_right"] == "open"
    assert ZENODO["language"] == "eng"
    assert {entry["relation"] for entry in ZENODO["related_identifiers"]} <= {"isDocumentedBy", "isDerivedFrom"}
    assert all(set(creator) == {"name"} for creator in ZENODO["creators"])
