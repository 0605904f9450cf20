"""`headkb list`: every kind on screens of several widths, and in a pipe."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from headkb import Catalog
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import plain_records
from headkb.catalog.plain_text import plain_text
from headkb.cli import main
from headkb.cli.columns import headers_of, screen_lines, tab_lines
from tests.conftest import TOY

WIDTHS = (60, 80, 120)
BESIDE: dict[str, str] = {
    "heads": "stage",
    "papers": "title",
    "methods": "class",
    "scores": "summary",
    "benchmarks": "kind",
    "stages": "abbreviation",
    "circuits": "nodes",
    "models": "kind",
    "claims": "standing",
    "runs": "outcome",
    "atlases": "date",
    "tools": "does",
    "glossary": "definition",
}
"""A column that says what the id does not, and that every screen shows."""


@pytest.fixture(scope="module")
def rows(real_catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    """The records of each kind."""
    return {kind: plain_records(real_catalog, kind) for kind in KINDS}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_screen_shows_every_id_whole(rows: dict[str, list[dict[str, Any]]], kind: Any, width: int) -> None:
    """In order, at the beginning of a line, in one or two lines a record; nothing but a long id is wider than the screen."""
    lines = screen_lines(kind, rows[kind], width)
    ids = [record["id"] for record in rows[kind]]
    each = len(lines) // (len(ids) + 1)
    assert len(lines) == each * (len(ids) + 1)
    assert each in (1, 2)
    assert [line.split("  ")[0] for line in lines[each::each]] == ids
    assert [line for line in lines if cell_len(line) > width and line not in ids] == []
    assert BESIDE[kind] in " ".join(lines[:each]).split()


@pytest.mark.parametrize("kind", KINDS)
def test_a_screen_that_is_wide_enough_shows_every_column(rows: dict[str, list[dict[str, Any]]], kind: Any) -> None:
    """In the order of the kind, a line a record."""
    wide = screen_lines(kind, rows[kind], 1000)[0].split()
    assert wide == headers_of(kind)


def test_a_title_is_cut_between_words(rows: dict[str, list[dict[str, Any]]]) -> None:
    """Where it must be cut: every word of it that is shown is whole, and an ellipsis says that there is more."""
    titles = {record["id"]: plain_text(record["title"]) for record in rows["papers"]}
    lines = screen_lines("papers", rows["papers"], 80)[2:]
    cut = 0
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        title, shown = titles[first.split("  ")[0]], second.strip()
        if shown.endswith(" …"):
            cut += 1
            kept = shown.removesuffix(" …")
            assert title.startswith(kept)
            assert not title[len(kept)].isalnum()
        else:
            assert shown == title
    assert 0 < cut < len(titles)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pipe_gets_all_columns_and_one_line_a_record(rows: dict[str, list[dict[str, Any]]], kind: Any) -> None:
    """A tab between two cells and in none, so that `cut` and `grep` work."""
    header, *lines = tab_lines(kind, rows[kind])
    assert header.split("\t") == headers_of(kind)
    assert [line.split("\t")[0] for line in lines] == [record["id"] for record in rows[kind]]
    assert {line.count("\t") for line in lines} == {header.count("\t")}
    assert not any("\n" in line for line in lines)


def test_the_command_in_a_pipe() -> None:
    """Lines, and nothing else."""
    result = CliRunner().invoke(main, ["--catalog", str(TOY), "list", "claims"])
    header, *lines = result.stdout.splitlines()
    assert header == "id\thead\tmodel\tstanding\theads\tstatement"
    assert "moss-1999-sparkle/small-sparkle\tsparkle\tjar-small\tnot-rerun\tL0H1\tHead L0H1 looks back by one." in lines
    assert result.stderr == ""


def on_terminal(*arguments: str, width: int = 80, catalog: Path = TOY) -> str:
    """What a command prints on a terminal of a width."""
    main_end, end = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(width), "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "headkb", "--catalog", str(catalog), *arguments],
        stdout=end,
        env=environment,
        cwd=Path.cwd(),
    ) as process:
        os.close(end)
        read = b""
        while True:
            try:
                part = os.read(main_end, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            read += part
    os.close(main_end)
    assert process.returncode == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", read.decode().replace("\r\n", "\n"))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_the_command_on_a_terminal() -> None:
    """A table that fits, then the count."""
    lines = on_terminal("list", "heads").splitlines()
    assert lines[0].split()[:2] == ["id", "stage"]
    assert lines[1].startswith("sparkle")
    assert lines[-1] == "2 heads"
    assert max(map(len, lines)) <= 80


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_file_that_cannot_be_read_is_counted(toy_copy: Path) -> None:
    """Beside those that can."""
    (toy_copy / "glossary" / "bad.yaml").write_text("name: [\n")
    assert on_terminal("list", "glossary", catalog=toy_copy).endswith("1 glossary, and 1 file(s) that cannot be read\n")
