"""The command line as a newcomer meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.cli import COMMANDS, main

TOY = Path(__file__).parent.parent / "data" / "catalog"


def run(*args: str) -> Result:
    """`headkb` with these arguments on the invented catalog."""
    return CliRunner().invoke(main, ["--catalog", str(TOY), *args], catch_exceptions=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_its_purpose(command: str) -> None:
    """`headkb COMMAND --help` works for each, and starts with a sentence."""
    result = run(command, "--help")
    assert result.exit_code == 0
    usage, purpose, *_ = [part.strip() for part in result.output.split("\n\n")]
    assert usage.startswith(f"Usage: main {command} ")
    assert purpose.split("\n")[-1].endswith(".")


def test_help_lists_every_command() -> None:
    """`headkb --help` names them all."""
    output = run("--help").output
    assert all(f"\n  {command}" in output for command in COMMANDS)


def test_a_misspelt_command_is_answered_with_the_right_one() -> None:
    """Wrong use exits with 2 and a suggestion, without a traceback."""
    result = run("validat")
    assert result.exit_code == 2
    assert "Did you mean `headkb validate`?" in result.output


def test_validate_counts_the_records() -> None:
    """A clean catalog is answered with one line and exit code 0."""
    result = run("validate")
    assert (result.exit_code, result.output) == (0, "16 records, no problems\n")


def test_validate_one_file_shows_only_its_problems(toy_copy: Path) -> None:
    """A contributor checks one file against the rest of the catalog."""
    for name in ("a", "b"):
        (toy_copy / "glossary" / f"{name}.yaml").write_text("name: Thing\n")
    result = run("validate", str(toy_copy / "glossary" / "a.yaml"))
    assert result.exit_code == 1
    assert "glossary/a.yaml:1:1: error[missing-key]" in result.output
    assert "b.yaml" not in result.output


@pytest.mark.parametrize("form", ["json", "github", "sarif"])
def test_validate_speaks_to_machines(form: str, toy_copy: Path) -> None:
    """Each machine format carries the rule, the place and the fix."""
    (toy_copy / "glossary" / "a.yaml").write_text("name: Thing\nnmae: x\ndefinition: y\n")
    output = run("validate", str(toy_copy), "--format", form).output
    if form == "json":
        (found,) = json.loads(output)
        assert (found["rule"], found["line"], found["column"]) == ("unknown-key", 2, 1)
        assert "`name`" in found["fix"]
    elif form == "github":
        assert output.startswith("::error file=")
        assert "glossary/a.yaml,line=2,col=1,title=unknown-key::nmae: there is no key `nmae` here.%0Awhy:" in output
    else:
        log = json.loads(output)
        (found,) = log["runs"][0]["results"]
        assert log["version"] == "2.1.0"
        assert found["ruleId"] == "unknown-key"
        assert found["locations"][0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 1}


def test_validate_of_nothing_is_wrong_use() -> None:
    """A folder that is not there exits with 2."""
    result = run("validate", "/nowhere/at-all")
    assert result.exit_code == 2
    assert "There is nothing at /nowhere/at-all." in result.output


def test_list_shows_ids_and_json_full_records() -> None:
    """The table is for people, JSON for programs."""
    assert "sparkle" in run("list", "heads").output
    assert [r["id"] for r in json.loads(run("list", "heads", "--json").output)] == ["sparkle", "twinkle"]


def test_show_finds_aliases_and_suggests_on_a_miss() -> None:
    """An alias finds the record; a typing mistake exits with 2 and the name that was meant."""
    assert run("show", "heads", "GLITTER head").output.startswith("id: sparkle\n")
    miss = run("show", "heads", "sparkel")
    assert miss.exit_code == 2
    assert "Did you mean 'sparkle'?" in miss.output


def test_a_kind_may_be_singular_and_a_misspelt_one_is_answered() -> None:
    """`headkb show head sparkle` is what people type."""
    assert run("show", "head", "sparkle").output.startswith("id: sparkle\n")
    wrong = run("list", "haeds")
    assert wrong.exit_code == 2
    assert "Did you mean 'heads'?" in wrong.output


def test_show_begins_with_what_the_record_says() -> None:
    """The name comes right after the id; errata and notes come last."""
    lines = run("show", "heads", "twinkle").output.splitlines()
    assert lines[:2] == ["id: twinkle", "name: Twinkle Head"]
    assert lines.index("errata:") > lines.index("relations:")


def test_show_one_claim() -> None:
    """A claim is shown by file and id, with its measure."""
    data = json.loads(run("show", "claims", "moss-1999-sparkle/small-sparkle", "--json").output)
    assert data["measure"]["name"] == "Glow"


def test_search_ranks_the_name_first_and_forgives_spelling() -> None:
    """The record that goes by the word comes before those that mention it."""
    assert json.loads(run("search", "twinkle", "--json").output)[0]["id"] == "twinkle"
    misspelt = run("search", "twinkel", "--json")
    assert json.loads(misspelt.stdout)[0]["id"] == "twinkle"
    assert misspelt.stderr == "Nothing is called “twinkel”; nearest:\n"
    assert "Nothing found" in run("search", "zzzz").output


def test_search_knows_heads_and_says_what_is_missing() -> None:
    """The grammar of the site's search box: a head beside a model, and a head that the model does not have."""
    assert run("search", "small", "L1H1").output.startswith("models/jar-small/L1H1  ")
    assert run("search", "jar-small L99H0").output.startswith("Jar small has 2 layers of 4 heads")


def test_whois_shows_disagreeing_claims_side_by_side() -> None:
    """Both sources are named, and the one that contests says so."""
    result = run("whois", "jar-small", "0.1")
    assert (
        "L0H1 of Jar small, a model that was not released: sparkle (2 claims of 2 sources; contested)" in result.output
    )
    assert "sparkle  (not-rerun)  [Glow 0.9]" in result.output
    assert "source: moss-1999-sparkle, table 1" in result.output
    assert "contests: moss-1999-sparkle/small-sparkle" in result.output
    assert "  disputed: fern-2001-glitter/small-sparkle contests moss-1999-sparkle/small-sparkle" in result.output
    assert "  type contested: fern-2001-glitter contests sparkle: The glow comes from the glass." in result.output
    assert "Glow 0.9   rank 1 of 4, highest first   moss-1999-sparkle/small-table" in result.output
    assert "circuit jar-opening: look (sparkle)" in result.output


def test_show_ends_with_the_disputes_of_a_head_type() -> None:
    """A line for each; none where there is none."""
    lines = run("show", "heads", "sparkle").output.splitlines()
    at = lines.index("disputes:")
    assert [line.split(":")[0] for line in lines[at + 1 :]] == [
        "  - fern-2001-glitter/small-sparkle contests moss-1999-sparkle/small-sparkle about L0H1",
        "  - fern-2001-glitter contests sparkle",
    ]
    assert "disputes" not in run("show", "heads", "twinkle").output


def test_whois_of_an_unknown_head_says_so() -> None:
    """Nothing known is an answer; a head that cannot exist is wrong use."""
    nothing = run("whois", "jar-small", "L1H3").output
    assert "Nothing is claimed or measured" in nothing
    assert "no claim and no showing gives it a role" in nothing
    outside = run("whois", "jar-small", "L2H0")
    assert outside.exit_code == 2
    assert "2 layers of 4 heads" in outside.output
    assert run("whois", "jar-small", "nine").exit_code == 2


def test_export_writes_files(tmp_path: Path) -> None:
    """`headkb export json --out DIR` writes one file per kind."""
    result = run("export", "json", "--out", str(tmp_path / "out"))
    assert result.exit_code == 0
    assert (tmp_path / "out" / "heads.json").is_file()


@pytest.mark.parametrize(
    ("word", "meant"), [("JSON", "json"), ("bibtext", "bibtex"), ("sqllite", "sqlite"), ("xml", ""), ("", "")]
)
def test_a_misspelt_format_is_answered_with_the_right_one(word: str, meant: str, tmp_path: Path) -> None:
    """All are listed, and where one is near, it is named; nothing is written."""
    result = run("export", word, "--out", str(tmp_path / "out"))
    said = " ".join(result.stderr.split())
    assert (result.exit_code, "is not one of 'json', 'jsonl'" in said) == (2, True)
    assert ("Did you mean" in said, f"Did you mean {meant!r}?" in said) == (bool(meant), bool(meant))
    assert not (tmp_path / "out").exists()


def test_a_broken_file_is_left_out_with_a_warning(toy_copy: Path) -> None:
    """Reading commands go on with what is sound, and say on stderr that something is not."""
    (toy_copy / "glossary" / "bad.yaml").write_text("name: [\n")
    result = CliRunner().invoke(main, ["--catalog", str(toy_copy), "list", "glossary"])
    assert result.exit_code == 0
    assert "1 catalog file(s) are left out, first glossary/bad.yaml:2:1" in result.stderr
    assert result.stdout.splitlines()[1].startswith("jar\t")


@pytest.mark.parametrize(
    ("broken", "arguments"),
    [
        ("heads/twinkle", ["show", "heads", "Twinkle Head"]),
        ("claims/moss-1999-sparkle", ["show", "claims", "moss-1999-sparkle/small-sparkle"]),
        ("models/jar-small", ["whois", "jar-small", "L0H1"]),
        ("models/jar-small", ["score", "induction", "--model", "jar-small"]),
        ("heads/twinkle", ["reproduce", "twinkle"]),
        ("heads/twinkle", ["reproduce", "twinkle", "--model", "exact-induction"]),
        ("claims/moss-1999-sparkle", ["reproduce", "moss-1999-sparkle/small-sparkle"]),
        ("claims/moss-1999-sparkle", ["reproduce", "moss-1999-sparkle", "--claims"]),
        ("models/jar-small", ["reproduce", "sparkle", "--model", "jar-small"]),
    ],
)
def test_a_broken_record_is_never_taken_for_absent(broken: str, arguments: list[str], toy_copy: Path) -> None:
    """A look-up of what a broken file holds names the file and the fault, and suggests no other record."""
    (toy_copy / f"{broken}.yaml").write_text("name: [\n")
    result = CliRunner().invoke(main, ["--catalog", str(toy_copy), *arguments])
    assert result.exit_code == 2
    assert f"{broken}.yaml was refused: {broken}.yaml:2:1" in result.stderr
    assert "Did you mean" not in result.stderr


def test_an_empty_answer_says_what_could_not_be_read(toy_copy: Path) -> None:
    """`whois` of a head without claims mentions the claims that are broken."""
    (toy_copy / "claims" / "fern-2001-glitter.yaml").write_text("name: [\n")
    result = CliRunner().invoke(main, ["--catalog", str(toy_copy), "whois", "jar-small", "L1H3"])
    assert result.exit_code == 0
    assert "1 file(s) in claims, circuits, runs were refused and may hold it" in result.output


def test_diff_does_not_call_a_broken_record_removed(toy_copy: Path) -> None:
    """It cannot be compared, which is a problem of its own."""
    (toy_copy / "heads" / "twinkle.yaml").write_text("name: [\n")
    result = run("diff", str(TOY), str(toy_copy))
    assert result.exit_code == 1
    assert "refused (1)\n  heads/twinkle: heads/twinkle.yaml:2:1" in result.stdout
    assert "removed" not in result.stdout


def test_the_help_of_score_lists_the_scores_of_the_catalog_without_torch() -> None:
    """Id and summary of every record, of whichever catalog is named, and no code of a score is loaded for it."""
    assert "previous-token" in (toy := run("score", "--help").output)
    assert "Attention from each token to the one before it." in " ".join(toy.split())
    assert "zero-ablation" not in toy
    code = "import sys; from headkb.cli import main; main(['score', '--help'], standalone_mode=False); sys.exit('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "zero-ablation" in shown.stdout
