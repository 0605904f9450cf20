"""`headkb validate` leads to the fault: what it checks, in which order it tells, and that its words suffice to mend a record."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.catalog.diagnostic import FORMATS
from headkb.cli import main

TYPO = "\nnmae: oops\n"


def run(*arguments: str) -> Result:
    """The command with its arguments."""
    return CliRunner().invoke(main, list(arguments))


def break_file(root: Path, name: str) -> None:
    """A misspelt key at the end of a record."""
    path = root / name
    path.write_text(path.read_text().rstrip() + TYPO)


def test_a_checkout_stands_for_the_catalog_in_it(toy_copy: Path) -> None:
    """Though folders of the same names as kinds lie beside the catalog."""
    for name in ("benchmarks", "tools"):
        (toy_copy.parent / name).mkdir()
        (toy_copy.parent / name / "x.py").touch()
    assert run("validate", str(toy_copy.parent)).stdout == run("validate", str(toy_copy)).stdout


def test_a_misspelt_key_that_must_be_there_is_one_error(toy_copy: Path) -> None:
    """The key that was meant is not reported as missing."""
    path = sorted((toy_copy / "models").glob("*.yaml"))[0]
    path.write_text(path.read_text().replace("\nfamily:", "\nfamly:").replace("\nn_layers:", "\nlayers_n:"))
    found = json.loads(run("validate", str(path), "--format", "json").stdout)
    assert [(d["rule"], d["field"]) for d in found if "layers" not in d["field"]] == [("unknown-key", "famly")]
    assert {d["rule"] for d in found if "layers" in d["field"]} >= {"unknown-key"}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("gone", "There is nothing at"),
        ("empty", "There is no record in"),
        ("other", "is no catalog: it holds none of heads/"),
        ("other/notes.txt", "is no file of a catalog"),
        ("catalog/atlases/jar-small.csv", "is no record. Give the .yaml file"),
        ("catalog/claims/moss-1999-sparkle/jar-small.csv", "is no file of a catalog"),
    ],
)
def test_what_is_no_catalog_and_no_record_is_wrong_use(what: str, words: str, form: str, toy_copy: Path) -> None:
    """Exit code 2 and one sentence on stderr, in every format, so that a wrong path in a workflow never passes."""
    (toy_copy.parent / "empty").mkdir()
    (toy_copy.parent / "other").mkdir()
    (toy_copy.parent / "other" / "notes.txt").write_text("x")
    result = run("validate", str(toy_copy.parent / what), "--format", form)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("form", FORMATS)
def test_a_catalog_without_problems_is_clean_in_every_format(form: str, toy_copy: Path) -> None:
    """What machines read is an empty list, an empty log, or nothing at all."""
    result = run("validate", str(toy_copy), "--format", form)
    assert result.exit_code == 0
    empty = {"text": "16 records, no problems\n", "github": "", "json": "[]\n"}
    assert result.stdout == empty.get(form, result.stdout)
    assert form != "sarif" or json.loads(result.stdout)["runs"][0]["results"] == []


def test_one_folder_of_a_catalog_can_be_checked(toy_copy: Path) -> None:
    """Only its problems are told, also from inside it; it is held against all the rest."""
    break_file(toy_copy, "heads/sparkle.yaml")
    assert run("validate", str(toy_copy / "papers")).output == "2 records, no problems\n"
    assert run("validate", str(toy_copy / "papers" / "moss-1999-sparkle.yaml")).output == "1 record, no problems\n"
    assert run("validate", str(toy_copy / "heads")).exit_code == 1


def test_a_broken_record_is_the_one_error_and_the_first_annotation(toy_copy: Path) -> None:
    """Nothing that refers to it is reported; warnings of files before it in the alphabet come after it."""
    path = toy_copy / "papers" / "moss-1999-sparkle.yaml"
    path.write_text(path.read_text().replace("{id: sparkle, role: introduces}", "{id: sparkle, role: applies}"))
    assert "::warning" in run("validate", str(toy_copy), "--format", "github").output
    break_file(toy_copy, "stages/first-stage.yaml")
    lines = run("validate", str(toy_copy), "--format", "github").output.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"::error file={toy_copy}/stages/first-stage.yaml")
    text = run("validate", str(toy_copy)).output.splitlines()
    assert text[-1] == "1 error, 1 warning in 2 files, of which 1 cannot be read"


def test_the_report_says_which_rules_wait(toy_copy: Path) -> None:
    """While a paper cannot be read nobody knows whether a head type has one."""
    break_file(toy_copy, "papers/moss-1999-sparkle.yaml")
    output = run("validate", str(toy_copy)).output
    assert output.count("error[") == 1
    assert "not asked until these can be read: no-introduction, orphan-head" in output


def test_like_findings_are_counted_and_told_with_v(toy_copy: Path) -> None:
    """A hundred misspelt keys have one cause."""
    path = toy_copy / "glossary" / "jar.yaml"
    path.write_text(path.read_text().rstrip() + "\n" + "".join(f"key{n}: x\n" for n in range(30)))
    short, whole = run("validate", str(toy_copy)).output, run("-v", "validate", str(toy_copy)).output
    assert "glossary/jar.yaml: and 25 more of unknown-key, the last at " in short
    assert (short.count("error[unknown-key]"), whole.count("error[unknown-key]")) == (5, 30)


def test_a_rule_is_explained_without_a_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it asks, why, both examples and its page; a misspelt one is wrong use, with the one that was meant."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEADKB_CATALOG", str(tmp_path / "gone"))
    told = run("validate", "--explain", "orphan-head")
    assert told.exit_code == 0
    assert told.output.startswith("orphan-head (error)\n\nNo paper says anything about a head type.\n")
    assert all(word in told.output for word in ("Bad", "Good", "Why: ", "Page: https://"))
    assert run("validate", "--explain", "unfilled").output.startswith("unfilled (error)\n")
    assert run("validate", "--explain", "no-introduction").output.startswith("no-introduction (warning)\n")
    wrong = run("validate", "--explain", "orfan-head")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "Did you mean 'orphan-head'?" in wrong.stderr


CLAIMS = """\
papper: moss-1999-sparkle
measures:
  glow: {name: Glow, definition: Mean attention to the previous position., score: previous-token}
claims:
  - id: two
    head: sparkel
    model: jar-small
    heads: [L2H1]
    measure: glow
    values: {L0H1: 0.9}
    statement: ‹what the source says, in your own words›
    source: {url: "https://example.org/heads", locator: table 2, accessed: 2026-13-45}
    confidence: high
    tolerance: tiny
"""
WORD = re.compile(r"[^\s\[\]{},:]+")


def follow(path: Path, line: int, column: int, message: str, fix: str) -> None:
    """Do at its place what a message says, by its words alone."""
    if meant := re.search(r"did you mean ['`]([^'`]+)['`]\?", fix):
        answer = meant[1]
    elif "write the answer in place of ‹…›" in fix:
        answer = f"Head sparkles ({message.partition(': ')[2].rstrip('.')})."
    elif "write digits only" in fix or "leave the key out" in fix:
        answer = fix.rpartition(" ")[2]
    elif dates := re.search(r"a date is written ([0-9-]+)", message):
        answer = dates[1]
    else:
        assert "subtract 1 if the source counts from 1" in fix, fix
        layer, head = re.match(r"L(\d+)H(\d+)", message).groups()
        answer = f"L{int(layer) - 1}H{int(head) - 1}"
    lines = path.read_text(encoding="utf-8").split("\n")
    before, rest = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    wrong = rest if rest.startswith("‹") else WORD.match(rest)[0]
    lines[line - 1] = before + answer + rest[len(wrong) :]
    path.write_text("\n".join(lines), encoding="utf-8")


def test_six_mistakes_are_mended_by_following_the_messages(toy_copy: Path) -> None:
    """Each message says by itself what to type at its place: a key, a type, an id, a head, a date, a question. Two rounds suffice."""
    path = toy_copy / "claims" / "lichen-2002-twinkle.yaml"
    path.write_text(CLAIMS, encoding="utf-8")
    seen: list[str] = []
    for _ in range(2):
        result = run("validate", str(toy_copy), "--format", "json")
        problems = json.loads(result.output)
        assert {problem["path"] for problem in problems} == {str(path)}
        seen += [problem["rule"] for problem in problems]
        for problem in sorted(problems, key=lambda p: (-p["line"], -p["column"])):
            follow(path, problem["line"], problem["column"], problem["message"], problem["fix"])
    assert sorted(seen) == [
        "dangling-reference",
        "head-out-of-shape",
        "unfilled",
        "unknown-key",
        "wrong-value",
        "wrong-value",
    ]
    assert run("validate", str(toy_copy)).output == "17 records, no problems\n"
