"""What a command says beside its results: nothing with -q, more with -v, groups of one cause once."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from headkb.cli import main
from headkb.cli.groups import NAMED, Reasons, cause
from headkb.cli.said import LOG, NOTE, in_full

TOY = Path(__file__).parent.parent / "data" / "catalog"


def run(root: Path, *arguments: str) -> Result:
    """`headkb` with options before the command."""
    return CliRunner().invoke(main, ["--catalog", str(root), *arguments], catch_exceptions=False)


@pytest.fixture
def broken(toy_copy: Path) -> Path:
    """A catalog with one file that is refused."""
    (toy_copy / "glossary" / "bad.yaml").write_text("name: [\n")
    return toy_copy


def test_quiet_leaves_results_and_errors(broken: Path) -> None:
    """The warning goes, the table and the error stay."""
    loud, quiet = run(broken, "list", "heads"), run(broken, "-q", "list", "heads")
    assert loud.stderr.startswith("warning: 1 catalog file(s) are left out, first glossary/bad.yaml:2:1")
    assert (quiet.stdout, quiet.stderr) == (loud.stdout, "")
    wrong = run(broken, "--quiet", "show", "heads", "nothing-of-the-kind")
    assert (wrong.exit_code, "Error: no head named" in wrong.stderr) == (2, True)
    assert "Nothing is called" in run(TOY, "search", "twinkel", "--json").stderr
    assert run(TOY, "-q", "search", "twinkel", "--json").stderr == ""


def test_verbose_says_which_catalog_and_how_long(broken: Path) -> None:
    """On stderr, so that results can still be piped; what is kept for the next time is said once."""
    first, second = run(broken, "-v", "list", "heads", "--json"), run(broken, "--verbose", "list", "heads", "--json")
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)
    for result in (first, second):
        assert f"catalog {broken}, its state: " in result.stderr
        assert " s CPU\n" in result.stderr
        assert "warning: 1 catalog file(s)" in result.stderr
    assert "prepared records-heads for the next time: " in first.stderr
    assert "prepared" not in second.stderr


def test_verbose_names_the_model_that_was_loaded() -> None:
    """With layers, heads and weights: the first line of its passport."""
    pytest.importorskip("torch")
    catalog = Path(__file__).parents[2] / "catalog"
    result = run(catalog, "-v", "pattern", "exact-previous-token", "L0H0", "--text", "a b")
    said = [line for line in result.stderr.splitlines() if line.startswith("model exact-previous-token: ")]
    assert len(said) == (1 if result.exit_code == 0 else len(said))
    loaded = run(catalog, "-v", "model", "exact-previous-token")
    assert "model exact-previous-token: exact-previous-token: " in loaded.stderr
    assert "its state" not in loaded.stdout


def test_both_at_once_are_wrong_use() -> None:
    """They ask for opposite things."""
    assert run(TOY, "-q", "-v", "list", "heads").exit_code == 2


def test_the_logger_is_left_as_it_was(broken: Path) -> None:
    """A program that calls the command line keeps its own logging."""
    before = LOG.level, list(LOG.handlers), LOG.propagate
    run(broken, "-v", "list", "heads")
    run(broken, "-q", "show", "heads", "gone")
    assert (LOG.level, list(LOG.handlers), LOG.propagate) == before
    assert logging.INFO < NOTE < logging.WARNING
    assert not in_full()


def test_reasons_of_one_cause() -> None:
    """Names of particular things make no difference, and neither does what comes after the first sentence."""
    one = "the published array ex0 is missing. Set HEADKB_FIXTURES to a folder that holds gpt2_attention/ex0.npz."
    other = "the published array Main_Demo_04ef_0 is missing. Set HEADKB_FIXTURES to a folder that holds gpt2_attention/b.npz."
    assert cause(one) == cause(other) == "the published array … is missing"
    assert cause("its number is “A”, whose formula no score has.") == cause(
        "its number is “B c”, whose formula no score has."
    )
    assert cause("it states no number.") != cause("it has no `tolerance`, so nothing says when it is met.")


def left_out(capsys: pytest.CaptureFixture[str], count: int, *, as_json: bool = False) -> str:
    """What is printed of some reasons of one cause and one of another."""
    with Reasons(as_json=as_json) as left:
        for number in range(count):
            left(f"claims/c{number}", f"file{number} is missing. Fetch file{number}.")
        left("claims/other", "it states no number.")
    return capsys.readouterr().out


def test_a_group_is_told_once_with_a_count(capsys) -> None:
    """One with its reason in full, the names of some others; one alone as a line of its own."""
    assert left_out(capsys, NAMED + 3) == (
        "left out        6, such as claims/c0: file0 is missing. Fetch file0.\n"
        "                also claims/c1, claims/c2, claims/c3 and 2 more (headkb -v names all)\n"
        "left out        claims/other: it states no number.\n"
    )
    assert left_out(capsys, 2).splitlines()[1] == "                also claims/c1"
    assert left_out(capsys, 1) == (
        "left out        claims/c0: file0 is missing. Fetch file0.\nleft out        claims/other: it states no number.\n"
    )


def test_json_and_verbose_tell_each(capsys, monkeypatch) -> None:
    """A stream for programs is not grouped, and -v names all."""
    lines = [json.loads(line) for line in left_out(capsys, 5, as_json=True).splitlines()]
    assert [line["id"] for line in lines] == [*(f"claims/c{n}" for n in range(5)), "claims/other"]
    assert lines[1] == {"id": "claims/c1", "outcome": None, "reason": "file1 is missing. Fetch file1."}
    monkeypatch.setattr("headkb.cli.groups.in_full", lambda: True)
    assert len(left_out(capsys, 5).splitlines()) == 6


def test_a_group_is_told_where_the_command_is_stopped(capsys) -> None:
    """What was found out before Ctrl-C is not lost."""

    def stopped() -> None:
        with Reasons(as_json=False) as left:
            left("claims/c0", "file0 is missing.")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert capsys.readouterr().out == "left out        claims/c0: file0 is missing.\n"
