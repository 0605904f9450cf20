"""What the catalog writes is read again without loss, by its own import and by the libraries' readers; so is the list of seed papers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bibtexparser
import pytest
import rispy
from bibtexparser import middlewares

from headkb.catalog.bibliography import bibtex_file, csl, ris_file
from headkb.catalog.bibtex.plan import ImportPlan, plan_import
from headkb.catalog.catalog import Catalog
from headkb.catalog.export import papers_by_id
from headkb.catalog.schema import Paper
from headkb.catalog.source import parse, read
from headkb.catalog.venues import form_of_venue
from tests.plain_bibtex import differences, entries

SEEDS = Path(os.environ.get("HEADKB_SOURCES", "")) / "seeds"
EMPTY = Catalog(root=Path("nowhere"))
KEPT = ("title", "authors", "date", "kind", "venue", "arxiv", "doi", "acl", "openreview")
"""What a BibTeX entry of a paper holds, besides one address."""
CSL_TYPES = {"article", "article-journal", "dataset", "paper-conference", "post-weblog", "thesis"}
CSL_STRINGS = ("id", "type", "title", "container-title", "DOI", "number", "URL")
CSL_FIELDS = {*CSL_STRINGS, "author", "issued"}


@pytest.fixture(scope="module")
def exported(real_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog's papers as BibTeX."""
    path = tmp_path_factory.mktemp("bib") / "papers.bib"
    path.write_text(bibtex_file(papers_by_id(real_catalog)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def imported(exported: Path) -> ImportPlan:
    """What comes of it where no paper is there yet."""
    return plan_import(exported, EMPTY)


def test_the_catalogs_own_export_comes_back_field_by_field(real_catalog: Catalog, imported: ImportPlan) -> None:
    """Every paper, and of it everything that BibTeX holds: no loss, nothing made up."""
    assert (len(imported.new), imported.aside, imported.refused) == (len(real_catalog.papers), [], [])
    wrong: list[tuple[object, ...]] = []
    for paper in imported.new:
        record, original = parse(paper.text)[0], read(real_catalog.root / "papers" / f"{paper.key}.yaml")
        if not original.get("authors"):
            assert "‹" in record.pop("authors")[0]
        original, record = {"kind": "paper", **original}, {"kind": "paper", **record}
        wrong += [(paper.key, k, original.get(k), record.get(k)) for k in KEPT if record.get(k) != original.get(k)]
        urls = [link["url"] for link in original.get("links", [])]
        wrong += [(paper.key, link["url"]) for link in record["links"] if link["url"] not in [*urls, "‹Address, with http:// or https://›"]]  # fmt: skip
    assert wrong == []


def test_another_reader_finds_the_same_in_it(exported: Path, imported: ImportPlan) -> None:
    """Held against the entries as plain counting of braces reads them."""
    read_again = {line: fields for _, _, line, fields in entries(exported.read_text(encoding="utf-8"))}
    assert len(read_again) == len(imported.new)
    assert [d for p in imported.new for d in differences(read_again[p.line], parse(p.text)[0])] == []


def test_the_comparison_sees_what_is_lost_or_made_up(exported: Path, imported: ImportPlan) -> None:
    """A fact that is taken away, changed or added is found: the comparison can fail."""
    read_again = {line: fields for _, _, line, fields in entries(exported.read_text(encoding="utf-8"))}
    missed: list[tuple[str, str]] = []
    for paper in imported.new[:60]:
        record, fields = parse(paper.text)[0], read_again[paper.line]
        changes: list[tuple[str, dict[str, Any]]] = [
            ("title", {"title": record["title"] + " Again"}), ("authors", {"authors": record["authors"][:-1]}),
            ("another", {"authors": [*record["authors"], "others"]}), ("date", {"date": "2000"}), ("venue", {"venue": "Nowhere"}),
            ("arxiv", {"arxiv": "2401.00001"}), ("doi", {"doi": "10.1/x"}), ("link", {"links": [{"url": "https://example.org/"}]}),
            ("no date", {"date": ""}), ]  # fmt: skip
        changes += [(key, {key: ""}) for key in ("venue", "doi") if key in record]
        missed += [(paper.key, name) for name, change in changes if differences(fields, {**record, **change}) == []]
    assert missed == []


def test_a_second_import_finds_every_paper(real_catalog: Catalog, exported: Path) -> None:
    """Each under the record that it came from."""
    plan = plan_import(exported, real_catalog)
    assert (plan.new, plan.refused) == ([], [])
    assert [a.key for a in plan.aside] == [a.id for a in plan.aside] == sorted(real_catalog.papers)


def test_bibtexparser_reads_what_it_wrote(real_catalog: Catalog, exported: Path) -> None:
    """Keys, titles, names with their particles, months, addresses and kinds of entries, by the library's own reader."""
    names = [middlewares.SeparateCoAuthors(), middlewares.SplitNameParts()]
    library = bibtexparser.parse_string(exported.read_text(encoding="utf-8"), append_middleware=names)
    assert library.failed_blocks == []
    assert [entry.key for entry in library.entries] == sorted(real_catalog.papers)
    for entry in library.entries:
        paper, fields = real_catalog.papers[entry.key], {f.key: f.value for f in entry.fields}
        written = [name.merge_first_name_first.replace("{", "").replace("}", "") for name in fields.get("author", [])]
        assert written == list(paper.authors)
        assert fields["year"] == paper.date[:4]
        assert ("month" in fields) == (len(paper.date) > 4)
        place = {"article": "journal", "inproceedings": "booktitle", "phdthesis": "school", "misc": "howpublished"}[entry.entry_type]  # fmt: skip
        assert fields.get(place, "").replace("\\&", "&") == (paper.venue or "")
        assert (entry.entry_type == "misc") == (paper.type != "paper" or form_of_venue(paper.venue or "") == "other")
        mixed = [word for word in paper.title.split() if "$" not in paper.title and word[1:].isalpha() and word[1:].upper() == word[1:]]  # fmt: skip
        assert all(f"{{{word}}}" in fields["title"] for word in mixed), fields["title"]


def test_rispy_reads_what_it_wrote(real_catalog: Catalog) -> None:
    """Ids, titles, names, dates to the day, venues, DOIs and addresses, by the library's own reader."""
    text = ris_file(papers_by_id(real_catalog))
    read_again = rispy.loads(text)
    assert [entry["id"] for entry in read_again] == sorted(real_catalog.papers)
    for entry in read_again:
        paper = real_catalog.papers[entry["id"]]
        names = [" ".join(reversed(name.split(", "))) for name in entry.get("authors", [])]
        assert (entry["title"], names) == (" ".join(paper.title.split()), list(paper.authors))
        assert entry["date"].replace("/", "-") == paper.date
        assert (entry.get("secondary_title"), entry.get("doi")) == (paper.venue, paper.doi)
        assert all(url.startswith("http") for url in entry.get("urls", []))
    assert text.startswith("TY  - ")
    assert "\n1." not in text


def test_csl_items_have_the_types_of_the_schema(real_catalog: Catalog) -> None:
    """The names and types that CSL's schema of items gives: texts, lists of names, a date of whole numbers."""
    for paper in real_catalog.papers.values():
        item = csl(paper)
        assert item["type"] in CSL_TYPES
        assert set(item) <= CSL_FIELDS
        assert all(isinstance(item.get(name, ""), str) for name in CSL_STRINGS)
        assert all(set(name) in ({"family", "given"}, {"literal"}) for name in item.get("author", []))
        (parts,) = item["issued"]["date-parts"]
        assert 1 <= len(parts) <= 3
        assert all(type(part) is int for part in parts)


def test_venues_are_what_they_are(real_catalog: Catalog) -> None:
    """Journals and blogs are told by name; a new one that is no conference belongs into this list and, if a journal, into `venues`."""
    sorted_: dict[str, set[str]] = {"journal": set(), "conference": set(), "other": set()}
    for paper in real_catalog.papers.values():
        if paper.venue:
            sorted_[form_of_venue(paper.venue)].add(paper.venue)
    assert sorted_["journal"] == {
        "Complex & Intelligent Systems", "Distill", "Neurocomputing 568, 2024", "PNAS 2025", "Patterns 6, 2025", "Physica A 686, 2026",
        "Science 350", "TACL", "TMLR 2024", "TMLR 2026", "Transformer Circuits Thread",
    }  # fmt: skip
    assert sorted_["other"] == {"AI Alignment Forum", "Alignment Forum", "LessWrong", "Neel Nanda's blog", "OpenAI"}


@pytest.mark.parametrize(
    ("facts", "bibtex_kind", "ris_kind"),
    [
        ({"venue": "TMLR 2024"}, "@article{", "TY  - JOUR"),
        ({"venue": "ICLR 2025"}, "@inproceedings{", "TY  - CPAPER"),
        ({"venue": "Stanford University", "kind": "thesis"}, "@phdthesis{", "TY  - THES"),
        ({"venue": "LessWrong", "kind": "post"}, "@misc{", "TY  - BLOG"),
        ({"kind": "dataset"}, "@misc{", "TY  - DATA"),
        ({"kind": "preprint", "arxiv": "2211.00593"}, "@misc{", "TY  - UNPB"),
    ],
)
def test_each_kind_of_paper_is_an_entry_of_its_kind(facts: dict[str, str], bibtex_kind: str, ris_kind: str) -> None:
    """A journal's article is no conference paper."""
    paper = Paper.model_validate({"id": "a-2024-b", "title": "B", "date": "2024-05-01", **facts})
    assert bibtex_file([paper]).startswith(bibtex_kind)
    assert "month" in bibtex_file([paper])
    assert ris_file([paper]).startswith(ris_kind)


def test_the_seed_papers_come_in_without_loss(real_catalog: Catalog, tmp_path: Path) -> None:
    """Entries made of the list's titles, dates and links: each a record that says the same, and each known to the catalog."""
    if not SEEDS.is_dir():
        pytest.skip("no copy of the list: set HEADKB_SOURCES to a folder that holds seeds/")
    seeds = [
        seed
        for name in ("awesome_papers.json", "awesome_papers_added_to_2025-03.json")
        for seed in json.loads((SEEDS / name).read_text(encoding="utf-8"))
    ]
    path = tmp_path / "seeds.bib"
    links = [seed["links"][0]["url"] for seed in seeds]
    path.write_text(
        "\n".join(
            f"@online{{s{i}, title = {{{seed['title']}}}, date = {{{seed['date']}}}, url = {{{url}}}}}"
            for i, (seed, url) in enumerate(zip(seeds, links, strict=True))
        ),
        encoding="utf-8",
    )
    assert len(seeds) == 86
    plan = plan_import(path, EMPTY)
    assert (len(plan.new) + len(plan.aside), plan.refused) == (86, [])
    for paper in plan.new:
        seed, record = seeds[int(paper.key[1:])], parse(paper.text)[0]
        assert (record["title"], record["date"]) == (seed["title"], seed["date"])
        assert [unquote(link["url"]) for link in record["links"]] == [links[int(paper.key[1:])]]
    again = plan_import(path, real_catalog)
    assert [p.key for p in again.new] == []
    assert [(r.key, r.what) for r in again.refused] == []


@pytest.mark.parametrize("path", sorted((SEEDS / "bib").glob("*.bib")), ids=lambda path: path.stem)
def test_the_bibliographies_of_the_survey_come_in_without_loss(path: Path) -> None:
    """Every entry is a record that says what it says; skipped where the files are not there, as then nothing is collected."""
    read_again = {line: fields for _, _, line, fields in entries(path.read_text(encoding="utf-8"))}
    plan = plan_import(path, EMPTY)
    assert len(plan.new) + len(plan.aside) == len(read_again)
    assert plan.refused == []
    assert [d for paper in plan.new for d in differences(read_again[paper.line], parse(paper.text)[0])] == []
