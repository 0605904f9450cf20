"""Findings are told in the order in which they are mended, and a list of many stays one that a person reads."""

from __future__ import annotations

from headkb.catalog.diagnostic import Diagnostic, Severity, as_github
from headkb.catalog.report import IN_FULL, WITH_REASON, count_line, report, worst_first


def found(path: str, line: int, rule: str, severity: Severity = "error") -> Diagnostic:
    """One finding."""
    return Diagnostic(path, line, 1, rule, "", "it is wrong.", "it matters", "mend it", severity)


def test_the_file_that_cannot_be_read_comes_first_and_errors_before_warnings() -> None:
    """File by file; within a file by weight and place. GitHub shows ten annotations, so these are the first ten."""
    shuffled = [
        found("a.yaml", 3, "no-introduction", "warning"),
        found("b.yaml", 9, "orphan-head"),
        found("b.yaml", 1, "no-introduction", "warning"),
        found("b.yaml", 2, "filler-text"),
        found("c.yaml", 1, "filler-text", "info"),
        found("z.yaml", 7, "syntax"),
        found("y.yaml", 8, "unknown-key"),
        found("y.yaml", 2, "wrong-value"),
    ]
    order = [(d.path, d.line) for d in worst_first(shuffled)]
    assert order == [
        ("y.yaml", 2),
        ("y.yaml", 8),
        ("z.yaml", 7),
        ("b.yaml", 2),
        ("b.yaml", 9),
        ("b.yaml", 1),
        ("a.yaml", 3),
        ("c.yaml", 1),
    ]
    many = [found("a.yaml", n, "no-introduction", "warning") for n in range(30)] + [found("z.yaml", 1, "syntax")]
    assert as_github(worst_first(many)).startswith("::error file=z.yaml,line=1")


def test_like_findings_of_one_file_are_counted() -> None:
    """The first few in full, then how many more and where the last is; nothing is counted where all are told."""
    text = report([found("a.yaml", n, "dangling-reference") for n in range(1, 159)])
    lines = text.splitlines()
    assert text.count("why:") == IN_FULL
    assert lines[-2] == (
        f"a.yaml: and {158 - IN_FULL} more of dangling-reference, the last at 158:1; `headkb -v validate` tells each"
    )
    assert lines[-1] == "158 errors, 0 warnings in 1 file"
    assert "more of" not in report([found("a.yaml", n, "dangling-reference") for n in range(IN_FULL)])


def test_every_file_has_its_line_however_many_there_are() -> None:
    """Reason and fix of a rule are told twenty times, and not two hundred times."""
    text = report([found(f"{n:03}.yaml", 1, "orphan-head") for n in range(200)])
    assert text.count("why:") == WITH_REASON
    assert all(f"{n:03}.yaml:1:1: error[orphan-head] it is wrong." in text for n in range(200))


def test_the_last_line_counts_and_says_what_could_not_be_asked() -> None:
    """A file that cannot be read is counted once, whatever is wrong with it; infos only where there are some."""
    mixed = [
        found("a.yaml", 1, "syntax"),
        found("a.yaml", 2, "anchor"),
        found("b.yaml", 1, "x", "warning"),
        found("b.yaml", 2, "x", "info"),
    ]
    assert count_line(mixed) == "2 errors, 1 warning, 1 info in 2 files, of which 1 cannot be read"
    assert report(mixed, ["orphan-head"]).splitlines()[-1] == "not asked until these can be read: orphan-head"


def test_what_a_file_holds_begins_no_line() -> None:
    """Neither in a name that is repeated for a count."""
    odd = [found("a\n::error::b.yaml", n, "x") for n in range(IN_FULL + 3)]
    assert not any(line.startswith("::") for line in report(odd).splitlines())
