"""What a build says it is made from."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from headkb import __version__
from headkb.site.release import Made, made_from

BARE = Made(f"headkb {__version__}", "2026-11-29")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder of its own, without the settings of whoever runs the tests."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "file").write_text("one")
    git(folder, "add", "file")
    git(folder, "commit", "-qm", "one")
    return folder


def test_a_repository_tells_its_commit(repository: Path) -> None:
    """Its beginning in words, the whole in the address, and the same each time."""
    commit = git(repository, "rev-parse", "HEAD")
    made = made_from("2026-11-29", repository)
    assert made == Made(BARE.release, BARE.catalog, commit[:10], f"https://github.com/headkb/headkb/tree/{commit}")
    assert made == made_from("2026-11-29", repository)


def test_what_differs_from_the_commit_is_told(repository: Path) -> None:
    """A changed file is; one that git does not know, such as the built site, is no change."""
    (repository / "site.html").write_text("built")
    assert made_from("2026-11-29", repository).changed == ""
    (repository / "file").write_text("two")
    assert made_from("2026-11-29", repository).changed == " with changes"


def test_an_archive_has_no_commit(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither outside of repositories, nor unpacked inside one of something else, nor where there is no git."""
    inside = repository / "unpacked"
    inside.mkdir()
    assert made_from("2026-11-29", tmp_path) == made_from("2026-11-29", inside) == BARE
    monkeypatch.setenv("PATH", "")
    assert made_from("2026-11-29", repository) == BARE
