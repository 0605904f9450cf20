"""The source archive: everything that git knows, so that whoever has it alone builds the site and runs the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ADDED_BY_THE_BUILD = {"PKG-INFO"}
SAMPLE = [
    "tests/test_kinds.py",
    "tests/test_diff.py",
    "tests/tools/test_citation.py",
    "tests/tools/test_changed_pages.py",
]
"""Tests that read the tree: records, docs, tools, workflows, and the files at the top."""


def known_to_git() -> set[str]:
    """Every file that is tracked, or would be if it were added; skips where this is no checkout."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    return {name for name in names if name and (ROOT / name).is_file()}


def test_the_archive_carries_every_file_of_the_repository() -> None:
    """No more and no less: what tests and site read, and the licences of both parts."""
    builder = pytest.importorskip("hatchling.builders.sdist", reason="pip install hatchling").SdistBuilder(str(ROOT))
    packed = {file.distribution_path.replace(os.sep, "/") for file in builder.recurse_included_files()}
    assert packed == known_to_git()
    assert {"LICENSE", "LICENSE-DATA", "CITATION.cff", ".zenodo.json", "mkdocs.yml", "Makefile", ".ci/run"} <= packed


@pytest.mark.slow  # builds the archive, a few pages of the site, and runs several test files
def test_the_archive_alone_builds_the_site_and_runs_the_tests(tmp_path: Path) -> None:
    """Unpacked where there is no git around it: the foot of a page names release and date of the catalog, and no commit."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (archive,) = tmp_path.glob("headkb-*.tar.gz")
    assert archive.stat().st_size < 25_000_000
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    tree = next(path for path in tmp_path.iterdir() if path.is_dir())
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("HEADKB_")},
        "PYTHONPATH": str(tree),
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "HEADKB_CACHE": str(tmp_path / "cache"),
        "HEADKB_ONLY": "heads/induction",
        "NO_MKDOCS_2_WARNING": "1",
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=tree, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    assert str(tree) in run("headkb", "-v", "list", "stages") + run("headkb", "validate")
    run("mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "site"))
    page = (tmp_path / "site/heads/induction/index.html").read_text(encoding="utf-8")
    assert "headkb 0." in page
    assert "github.com/headkb/headkb/tree/" not in page.rpartition("<footer")[2]
    run("pytest", "-q", "-p", "no:cacheprovider", *SAMPLE)
