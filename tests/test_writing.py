"""Files are written whole or not at all, by two processes at once, on a full disk, and after one was killed."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from headkb.catalog import writing
from headkb.catalog.kinds import KINDS
from headkb.catalog.plain_data import plain_records
from headkb.catalog.writing import DRAFT, write_text
from headkb.cli import main

ROOT = Path(__file__).parent.parent
TOY = ROOT / "tests" / "data" / "catalog"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> None:
    """Leave no room on a disk."""
    with (disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1024))


def headkb(*words: str, catalog: Path = TOY) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = CliRunner().invoke(main, ["--catalog", str(catalog), *words])
    return result.exit_code, result.output


def drafts(folder: Path) -> list[Path]:
    """Drafts anywhere below a folder."""
    return list(folder.rglob(f"{DRAFT}*"))


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the file, which the system's own does not."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_text(tmp_path / "a.json", "old")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/a\.json'"):
        write_text(tmp_path / "a.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.json", "old")]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "bibtex", "ris", "csl", "sqlite", "labels", "schema"])
def test_an_export_on_a_full_disk_is_one_sentence_and_leaves_what_was_there(form: str, small_disk: Path) -> None:
    """Exit code 2; no draft takes up room, and an earlier file is whole."""
    out = small_disk / "out"
    out.mkdir()
    (out / "papers.bib").write_text("old", encoding="utf-8")
    fill(small_disk)
    code, text = headkb("export", form, "--out", str(out))
    assert code == 2, text
    assert text.count("the disk is full, so ") == 1
    assert f"the disk is full, so {out}/" in text
    assert "did not foresee" not in text
    assert drafts(small_disk) == []
    assert (out / "papers.bib").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    "command", [["new", "heads", "other"], ["import-bibtex", "{bib}"], ["render", "--out", "{out}"]]
)
def test_other_commands_on_a_full_disk(command: list[str], small_disk: Path, tmp_path: Path) -> None:
    """As exports."""
    bib = tmp_path / "a.bib"
    bib.write_text("@article{a, title={On sparkles}, author={Moss, Ada}, year={1999}}\n", encoding="utf-8")
    for kind in ("heads", "papers"):
        (small_disk / kind).mkdir()
    fill(small_disk)
    catalog = TOY if command[0] == "render" else small_disk
    code, text = headkb(*(word.format(bib=bib, out=small_disk / "out") for word in command), catalog=catalog)
    assert code == 2, text
    assert "the disk is full, so " in text
    assert drafts(small_disk) == []


def test_two_exports_at_once_are_both_whole(tmp_path: Path) -> None:
    """Into the same file."""
    code = "import sys; from headkb.cli import main; main(sys.argv[1:])"
    words = [sys.executable, "-c", code, "--catalog", str(TOY), "export", "sqlite", "--out", str(tmp_path)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0)] * 2
    with contextlib.closing(sqlite3.connect(tmp_path / "headkb.sqlite")) as base:
        assert base.execute("pragma integrity_check").fetchone() == ("ok",)
    assert [path.name for path in tmp_path.iterdir()] == ["headkb.sqlite"]


def test_drafts_of_two_writers_have_different_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second writer in the middle of the first one's work finishes its own file, and the first then puts its own in its place."""
    real, names = os.replace, []

    def second(source: str, target: Path) -> None:
        names.append(Path(source).name)
        if len(names) == 1:
            write_text(tmp_path / "a.json", "second")
            assert (tmp_path / "a.json").read_text() == "second"
        real(source, target)

    monkeypatch.setattr(os, "replace", second)
    write_text(tmp_path / "a.json", "first")
    assert (tmp_path / "a.json").read_text() == "first"
    assert len(set(names)) == 2


def test_the_draft_of_a_killed_process_is_ignored_by_git_and_removed_at_the_next_start(tmp_path: Path) -> None:
    """One that another process may still be writing stays."""
    code = (
        "import os, sys; from pathlib import Path; from headkb.catalog.writing import write_text\n"
        "os.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        "write_text(Path(sys.argv[1]), 'text')"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.yaml")], env=env, check=False)
    old, young = drafts(tmp_path)
    ignored = subprocess.run(["git", "check-ignore", "-q", f"catalog/heads/{old.name}"], cwd=ROOT, check=False)
    assert ignored.returncode in (0, 128)  # 128: not a git clone
    hours = time.time() - 3 * 3600
    os.utime(old, (hours, hours))
    writing._remove_left.cache_clear()
    write_text(tmp_path / "b.yaml", "text")
    assert drafts(tmp_path) == [young]


def test_a_kind_that_cannot_be_exported_costs_only_its_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are written; one sentence, exit code 2."""
    from headkb.catalog import export

    real = plain_records
    monkeypatch.setattr(export, "plain_records", lambda c, kind: 1 / 0 if kind == "papers" else real(c, kind))
    code, text = headkb("export", "csv", "--out", str(tmp_path))
    assert code == 2
    assert "Error: papers.csv stopped on something it did not foresee (ZeroDivisionError" in text
    assert text.count("did not foresee") == 1
    Path(text.split("full trace is in ")[1].split(".txt")[0] + ".txt").unlink()
    assert {path.stem for path in tmp_path.iterdir()} == set(KINDS) - {"papers"}
