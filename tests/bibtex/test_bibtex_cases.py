"""`import-bibtex` on the kinds of entries that people have: each becomes the record that is right, or is refused with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from headkb.catalog.bibtex.plan import plan_import
from headkb.catalog.catalog import Catalog
from headkb.catalog.load import load
from headkb.catalog.schema.ids import is_id
from headkb.catalog.source import parse
from headkb.cli import main
from headkb.errors import HeadkbError
from tests.plain_bibtex import differences, entries

DATA = Path(__file__).parents[1] / "data" / "bib"
CASES = sorted(DATA.glob("*.bib"))
EMPTY = Catalog(root=Path("nowhere"))
ASKED_OF_ALL = {"heads", "summary", "summary_basis"}
"""What BibTeX never knows."""


def facts(text: str) -> dict[str, Any]:
    """A record as the cases write it: what is asked apart, addresses without labels."""
    record = {key: value for key, value in parse(text)[0].items() if key not in ASKED_OF_ALL}
    asks: dict[str, str] = {}
    for key, value in list(record.items()):
        if isinstance(value, list):
            asked = [item for item in value if "‹" in str(item)]
            kept = [item["url"] if key == "links" else item for item in value if item not in asked]
            record[key] = kept
        else:
            asked = [value] if "‹" in value else []
            kept = [] if asked else [value]
        if asked:
            asks[key] = str(asked[0])
        if not kept:
            del record[key]
    return {**record, "asks": asks}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_each_entry_becomes_the_record_that_is_right(path: Path) -> None:
    """Nothing more, nothing less; what the entry does not say is asked in its own words."""
    plan = plan_import(path, EMPTY)
    right = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    seen: dict[str, int] = {}
    for paper in plan.new:
        seen[paper.key] = seen.get(paper.key, 0) + 1
        name = paper.key if seen[paper.key] == 1 else f"{paper.key} {seen[paper.key]}"
        wanted: dict[str, Any] = {
            key: str(value) if key == "date" else value for key, value in right["new"].pop(name).items()
        }
        asks = wanted.pop("asks", {})
        got = facts(paper.text)
        told = got.pop("asks")
        assert {"id": paper.id, **got} == wanted, name
        assert {key for key in told if key not in ("links", "authors")} <= set(asks), name
        for key, words in asks.items():
            assert words in told.pop(key), name
    assert right["new"] == {}
    assert {a.key: True for a in plan.aside} == dict.fromkeys(right.get("aside", {}), True)
    for aside in plan.aside:
        assert right["aside"][aside.key] in aside.why
    assert {r.key: r.line for r in plan.refused} == {key: line for key, (line, _) in right.get("refused", {}).items()}
    for refused in plan.refused:
        assert right["refused"][refused.key][1] in refused.what
        assert refused.mend
    for note in plan.notes:
        assert any(words in note.says for words in right.get("notes", [])), note
    for words in right.get("notes", []):
        assert any(words in note.says for note in plan.notes), words


def run(catalog: Path, *arguments: str) -> Result:
    """The command on a catalog, which is made if need be."""
    (catalog / "papers").mkdir(parents=True, exist_ok=True)
    return CliRunner().invoke(main, ["--catalog", str(catalog), "import-bibtex", *arguments])


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_dry_run_promises_what_the_run_does(path: Path, tmp_path: Path) -> None:
    """Line for line, with the same exit code; the second run writes nothing, and no file has a name that is no id."""
    catalog = tmp_path / "catalog"
    promised = run(catalog, "--dry-run", str(path))
    assert list((catalog / "papers").iterdir()) == []
    done = run(catalog, str(path))
    assert done.stdout.replace("written", "would be written") == promised.stdout
    assert done.stderr == promised.stderr
    refused = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8")).get("refused")
    assert done.exit_code == promised.exit_code == (1 if refused else 0), done.output
    files = {file.name: file.read_bytes() for file in (catalog / "papers").iterdir()}
    assert all(is_id(name.removesuffix(".yaml")) for name in files)
    assert len(files) == done.stdout.count(".yaml\n")
    again = run(catalog, str(path))
    assert "\n0 record(s) written" in again.stdout
    assert {file.name: file.read_bytes() for file in (catalog / "papers").iterdir()} == files


@pytest.mark.parametrize(
    "path", [p for p in CASES if p.stem not in ("broken", "tex", "crossref")], ids=lambda p: p.stem
)
def test_another_reader_finds_nothing_lost_and_nothing_invented(path: Path) -> None:
    """Held against the entry as plain counting of braces reads it."""
    read = {line: fields for _, _, line, fields in entries(path.read_text(encoding="utf-8"))}
    same = {a.id for a in plan_import(path, EMPTY).aside}
    for paper in plan_import(path, EMPTY).new:
        record = parse(paper.text)[0]
        found = differences(read[paper.line], record)
        assert found == [] or paper.id in same or "@string" in str(record["authors"]), (paper.key, found)


def test_a_stub_does_not_pass_as_a_record(tmp_path: Path) -> None:
    """Head types and summary are asked, so that `validate` refuses the record until they are given."""
    path = tmp_path / "a.bib"
    path.write_text("@article{w, title={Successor Heads}, author={Gould, Rhys}, year={2023}, journal={A}}", "utf-8")
    run(tmp_path / "catalog", str(path))
    problems = load(tmp_path / "catalog")[1]
    assert {problem.path.removeprefix("papers/") for problem in problems} == {"gould-2023-successor.yaml"}


@pytest.mark.parametrize(
    "content", ["", "To be or not to be.\n", "% only a comment\n@string{a = {b}}\n@comment{c}\n", "<html>@</html>"]
)
def test_a_file_without_entries_is_wrong_use(content: str, tmp_path: Path) -> None:
    """It says that this is no BibTeX, where nothing would be written with exit code 0."""
    path = tmp_path / "notes.txt"
    path.write_text(content, encoding="utf-8")
    done = run(tmp_path / "catalog", str(path))
    assert done.exit_code == 2
    assert f"{path}:1: there is no BibTeX entry in this file" in done.stderr


ACCENTED = "@article{a, title = {Stellungnahme}, author = {Schütze, Hinrich and Jégou, Hervé}, year = {2024}}\n"


@pytest.mark.parametrize(
    ("encoding", "says"),
    [("utf-8", ""), ("utf-8-sig", ""), ("utf-16", "read as UTF-16-LE, by its byte-order mark"), ("latin-1", "read as Windows-1252"),
     ("utf-32", "read as UTF-32-LE, by its byte-order mark")],
)  # fmt: skip
def test_what_is_no_utf_8_is_read_and_said(encoding: str, says: str, tmp_path: Path) -> None:
    """Umlauts and accents come out right, and a reader is told how the bytes were taken."""
    path = tmp_path / "a.bib"
    path.write_bytes(("% nothing\n" + ACCENTED).encode(encoding))
    plan = plan_import(path, EMPTY)
    assert parse(plan.new[0].text)[0]["authors"] == ["Hinrich Schütze", "Hervé Jégou"]
    assert plan.new[0].id == "schutze-2024-stellungnahme"
    assert [note.says[: len(says)] for note in plan.notes if says in note.says and says] == ([] if not says else [n.says[: len(says)] for n in plan.notes])  # fmt: skip
    assert bool(plan.notes) == bool(says)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ACCENTED.encode("utf-16")[2:], "every second byte is NUL"),
        (b"\xef\xbb\xbf@article{a, title={\xe9}}", "its byte-order mark says UTF-8, but byte"),
        (b"@article{a,\n title={\x81}}", ":2: byte 0x81 is neither UTF-8 nor Windows-1252"),
    ],
)
def test_what_cannot_be_decoded_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    """Nothing is guessed without a word."""
    path = tmp_path / "a.bib"
    path.write_bytes(content)
    with pytest.raises(HeadkbError, match=words):
        plan_import(path, EMPTY)


def test_papers_that_are_there_are_known_by_what_they_are(real_catalog: Catalog, tmp_path: Path) -> None:
    """By any of their ids, or by title and author; an id of the record is no reason, and a title alone is none."""
    path = tmp_path / "a.bib"
    path.write_text(
        "@misc{arxiv, title={IOI}, author={Wang, K.}, eprint={2211.00593v3}}\n"
        "@misc{doi, title={BERT looks}, author={Clark, Kevin}, doi={doi:10.18653/V1/w19-4828}}\n"
        "@misc{acl, title={BERT looks}, author={Clark, Kevin}, url={https://aclanthology.org/W19-4828.pdf}}\n"
        "@misc{open, title={Reuse}, author={Merullo, Jack}, url={https://openreview.net/pdf?id=fpoAYV6Wsk}}\n"
        "@article{title, title={{Adaptively} sparse TRANSFORMERS}, author={Correia, G. M.}, year={2021}}\n"
        "@article{other, title={Adaptively Sparse Transformers}, author={Voita, Elena}, year={2019}}\n"
        "@article{sameid, title={IOI again}, author={Wang, Kevin}, year={2022}}\n"
        "@misc{wrongid, title={Specialized Heads}, author={Voita, Elena}, eprint={2211.00593}}\n"
        "@misc{otherid, title={Adaptively Sparse Transformers}, author={Correia, G.}, eprint={2401.00001}}\n",
        "utf-8",
    )
    plan = plan_import(path, real_catalog)
    assert {a.key: a.id for a in plan.aside} == {
        "arxiv": "wang-2022-ioi",
        "doi": "clark-2019-bert-look",
        "acl": "clark-2019-bert-look",
        "open": "merullo-2023-component-reuse",
        "title": "correia-2019-adaptively-sparse",
    }
    assert {n.key: n.id for n in plan.new} == {"other": "voita-2019-adaptively", "sameid": "wang-2022b-ioi"}
    assert {r.key: r.what for r in plan.refused} == {
        "wrongid": "by arXiv id 2211.00593 it is papers/wang-2022-ioi, but title and first author differ",
        "otherid": "by title and first author it is papers/correia-2019-adaptively-sparse, but its arXiv id is 1909.00015, and the entry's 2401.00001",
    }


def test_a_draft_that_cannot_be_loaded_is_there_all_the_same(tmp_path: Path) -> None:
    """Its id is taken, and what can be read of it is recognised."""
    papers = tmp_path / "catalog" / "papers"
    papers.mkdir(parents=True)
    (papers / "gould-2023-successor.yaml").write_text("title: [", encoding="utf-8")
    (papers / "todd-2023-vectors.yaml").write_text('title: "‹title›"\narxiv: "2310.15213"\n', encoding="utf-8")
    path = tmp_path / "a.bib"
    path.write_text(
        "@article{g, title={Successor Heads}, author={Gould, Rhys}, year={2023}}\n"
        "@article{t, title={Function Vectors}, author={Todd, Eric}, journal={arXiv:2310.15213}, year={2023}}\n",
        "utf-8",
    )
    plan = plan_import(path, load(tmp_path / "catalog")[0])
    assert [n.id for n in plan.new] == ["gould-2023b-successor"]
    assert [a.id for a in plan.aside] == ["todd-2023-vectors"]


def test_two_entries_on_one_paper_make_one_record(tmp_path: Path) -> None:
    """The preprint and the publication together: its id there, its venue here, all authors from the entry that lists them."""
    path = tmp_path / "a.bib"
    path.write_text(
        "@misc{pre, title={Adaptively Sparse Transformers}, author={Correia, G. and others}, year={2019}, eprint={1909.00015}, archiveprefix={arXiv}}\n"
        "@inproceedings{pub, title={Adaptively sparse transformers}, author={Correia, Gon{\\c{c}}alo M. and Niculae, Vlad}, year={2019}, month=nov,\n"
        " booktitle={EMNLP}, doi={10.18653/v1/D19-1223}}\n",
        "utf-8",
    )
    plan = plan_import(path, EMPTY)
    (paper,) = plan.new
    assert facts(paper.text) == {
        "title": "Adaptively Sparse Transformers",
        "authors": ["Gonçalo M. Correia", "Vlad Niculae"],
        "date": "2019-11",
        "venue": "EMNLP",
        "arxiv": "1909.00015",
        "doi": "10.18653/v1/D19-1223",
        "links": ["https://arxiv.org/abs/1909.00015"],
        "asks": {},
    }
    assert [a.key for a in plan.aside] == ["pub"]
