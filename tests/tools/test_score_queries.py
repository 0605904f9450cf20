"""Queries are scored class by class, by where they lead."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from score_queries import Query, Score, main, read, scores


def test_what_fits() -> None:
    """The page, any place on it, one of several, and all that begin so; no other."""
    query = Query("names", "induction", ("heads/induction/", "models/pythia-*", "tools/headvis"))
    assert [
        query.fits(p) for p in ("heads/induction/", "heads/induction/#in-gpt2", "models/pythia-1b/", "tools/headvis/")
    ] == [True] * 4
    assert not query.fits("heads/anti-induction/")
    assert not query.fits("models/pythia/")


def test_first_and_among_three(tmp_path: Path) -> None:
    """A place behind the third counts for nothing; a table may do without classes."""
    file = tmp_path / "queries.tsv"
    file.write_text("# a note\nids\tone\ta/\nids\ttwo\ta/\nids\tthree\ta/\n\nfour\tb/\n", "utf-8")
    leads = {"one": ["a/"], "two": ["x/", "y/", "a/"], "three": ["x/", "y/", "z/", "a/"], "four": ["b/"]}
    found = scores(read(file), leads.__getitem__)
    assert found == {"ids": Score(3, 1, 2, ["two → x/, y/, a/", "three → x/, y/, z/"]), "all": Score(1, 1, 1, [])}
    assert found["all"].enough
    assert not found["ids"].enough
    assert not Score(20, 17, 18, []).enough
    assert Score(20, 17, 19, []).enough


def test_the_command_prints_each_class(tmp_path: Path) -> None:
    """The catalog answers; what is missed is printed where it is asked for."""
    file = tmp_path / "queries.tsv"
    file.write_text("names\tinduction head\theads/induction/\nnames\tname mover\theads/retrieval/\n", "utf-8")
    result = CliRunner().invoke(main, [str(file), "--misses"])
    assert result.output.splitlines()[0] == "names: 2 queries, 1 first, 1 among three"
    assert "name mover → heads/name-mover/" in result.output
    assert result.output.splitlines()[-1] == "all: 2 queries, 1 first, 1 among three"
