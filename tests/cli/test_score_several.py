"""`headkb score` with several scores: one table, the same numbers as in Python, files, and what is left out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("torch")

import headkb
from headkb.cli import main

pytestmark = pytest.mark.usefixtures("one_thread")
SCORES = ["induction", "previous-token", "path-patching", "ov-copying"]
TEXT = "the cat saw the dog . the cat saw the dog ."


def run(*arguments: str) -> Result:
    """`headkb score` on a small model."""
    return CliRunner().invoke(main, ["score", *arguments, "--model", "organism-tasks", "--prompts", "4"])


def said(*arguments: str) -> str:
    """What it prints where nothing goes wrong."""
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def plain(data) -> object:
    """Without the time that it took."""
    return {key: value for key, value in data.items() if key != "seconds"}


def test_the_numbers_are_those_of_python_to_the_last_digit() -> None:
    """All of the JSON, of several scores and of one, and of each alone."""
    several = json.loads(said(*SCORES, "--json"))
    heads = headkb.score_heads("organism-tasks", SCORES, n=4)
    assert [plain(one) for one in several] == [plain(one) for one in heads.data()]
    assert [one["score"] for one in several] == SCORES
    for one in several:
        alone = json.loads(said(one["score"], "--json"))
        assert plain(alone) == plain(one)
    assert all(len(one["top"]) == 3 for one in json.loads(said(*SCORES, "--json", "--top", "3")))


def test_each_score_has_its_block_of_text() -> None:
    """Equal to what it prints by itself, but for the time."""
    together = said("previous-token", "cmr-distance").split("\n\n")
    for block, score in zip(together, ("previous-token", "cmr-distance"), strict=True):
        alone = said(score)
        assert block.strip().rpartition(";")[0] == alone.strip().rpartition(";")[0]


def test_a_table_shows_the_strongest_of_any_score_under_every_score() -> None:
    """A star where the head is among the strongest of that score; lines are not broken, however many scores there are."""
    lines = said(*SCORES, "--format", "table", "--top", "2").splitlines()
    assert lines[0].split() == ["head", *SCORES]
    heads = headkb.score_heads("organism-tasks", SCORES, n=4)
    strongest = {name: [row.head for row in of.top(2)] for name, of in heads.items()}
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:-1]}
    assert sorted(rows) == sorted({str(head) for row in strongest.values() for head in row})
    wide = said(
        "entropy",
        "local",
        "positional",
        "current-token",
        "next-token",
        "attention-to-first",
        *SCORES,
        "--format",
        "table",
    )
    assert len(wide.splitlines()[0].split()) == 11
    for head, cells in rows.items():
        assert len(cells) == len(SCORES)
        for score, cell in zip(SCORES, cells, strict=True):
            assert cell.rstrip("*") == f"{heads[score][head]:.3f}"
            assert cell.endswith("*") == (head in map(str, strongest[score]))


def test_a_file_is_written_by_its_name(tmp_path: Path) -> None:
    """CSV as it is printed, JSON as it is printed; one line says what was written, and with a format the heads are printed, too."""
    table, data = tmp_path / "heads.csv", tmp_path / "heads.json"
    words = said("induction", "previous-token", "--out", str(table))
    assert words == f"32 heads of organism-tasks under induction, previous-token: {table}\n"
    assert said("induction", "previous-token", "--format", "csv") == table.read_text()
    rows = list(csv.DictReader(table.read_text().splitlines()))
    heads = headkb.score_heads("organism-tasks", ["induction", "previous-token"], n=4)
    assert [float(row["induction"]) for row in rows] == [heads["induction"][head] for head in heads.heads]
    printed = said("induction", "--json", "--out", str(data))
    assert json.loads(printed) == json.loads(data.read_text())
    assert "induction on organism-tasks" in said("induction", "--format", "text", "--out", str(data))


def test_a_file_that_cannot_be_written_does_not_lose_the_numbers(tmp_path: Path) -> None:
    """They are printed, and the command ends with 2."""
    (tmp_path / "file").write_text("no folder")
    result = run("induction", "--out", str(tmp_path / "file" / "heads.csv"))
    assert result.exit_code == 2
    assert "cannot be read or written" in result.stderr
    assert result.stdout == said("induction", "--format", "csv")


def test_what_cannot_be_had_does_not_lose_the_others(tmp_path: Path) -> None:
    """It is told on stderr and in the JSON; 1 where some are there, 2 where none is."""
    out = tmp_path / "heads.json"
    result = run("induction", "position-to-position", "--text", TEXT, "--json", "--out", str(out))
    assert result.exit_code == 1
    assert "left out position-to-position: position-to-position reads more of its prompts" in result.stderr
    first, second = json.loads(result.stdout)
    assert (first["score"], first["prompts"]["generator"], first["prompts"]["n"]) == ("induction", "own-texts", 1)
    assert second.keys() == {"score", "model", "error"}
    assert json.loads(out.read_text()) == [first, second]
    nothing = run("position-to-position", "block", "--text", TEXT)
    assert nothing.exit_code == 2
    assert "none of 2 scores can be measured on organism-tasks" in nothing.stderr


def test_texts_of_ones_own_are_named_in_the_last_line() -> None:
    """Several of them, read as in Python."""
    text = said("induction", "--text", TEXT, "--text", "the dog saw the cat .")
    assert text.splitlines()[-1].startswith("2 prompts of own-texts, bos auto (<bos>); 32 heads")
    data = json.loads(said("induction", "--text", TEXT, "--json"))
    assert data["values"] == headkb.score_heads("organism-tasks", "induction", [TEXT]).data()["values"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["induction", "inductoin"], "Did you mean 'induction'"),
        (["induction", "--out", "heads.txt"], r"ends in .txt. Choose a name that ends in .csv, .json or .parquet."),
        (["induction", "--json", "--format", "csv"], "--json and --format csv exclude each other"),
        (["induction", "--text", TEXT, "--generator", "ioi"], "--text and --generator exclude each other"),
        (["induction", "ov-copying", "--variant", "stripe"], "no variant of ov-copying named 'stripe'"),
        (["induction", "entropy", "--set", "perod=3"], "Did you mean 'period'"),
        (["induction", "entropy", "--set", "entropy.period=3"], "The score entropy takes"),
        ([], "Missing argument 'SCORE...'"),
        (["induction", "entropy", "--format", "headvis"], "leave SCORE (induction entropy) out"),
        (["--format", "headvis", "--out", "x.csv"], "leave --out out"),
    ],
)
def test_wrong_use_is_refused_before_a_model_is_loaded(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 2, and what to type instead."""
    monkeypatch.setattr("headkb.cli.score.load_catalog_model", lambda *_: pytest.fail("loaded all the same"))
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())


def test_a_setting_reaches_the_scores_that_have_it() -> None:
    """A bare name every one of them; one after an id that score alone."""
    several = json.loads(
        said("induction", "duplicate-token", "--set", "prompts.period=6", "--set", "induction.measure=mul", "--json")
    )
    assert [one["prompts"]["parameters"] for one in several] == [{"period": 6}, {"period": 6}]
    assert [one["score_parameters"] for one in several] == [{"measure": "mul"}, {}]
