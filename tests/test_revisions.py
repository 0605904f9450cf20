"""A catalog as a git revision has it: read whole, into a folder of its own, and nothing else."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from headkb.catalog import revisions
from headkb.catalog.load import load
from headkb.catalog.revisions import GitCatalog, RevisionError, write_members
from tests.two_catalogs import edit, git, repository


def archive(*members: tuple[str, bytes | str]) -> io.BytesIO:
    """A tar file: bytes are a file's content, a text is where a link leads."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as file:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                file.addfile(info)
            else:
                info.size = len(content)
                file.addfile(info, io.BytesIO(content))
    stream.seek(0)
    return stream


def test_a_revision_is_read_as_it_was_committed(tmp_path: Path) -> None:
    """The work tree may hold anything; it is neither read nor written."""
    root = repository(tmp_path / "project")
    edit(root / "catalog", "glossary/jar.yaml", "What holds", "What no longer holds")
    (root / "catalog/heads/twinkle.yaml").unlink()
    before = sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*"))
    catalog, problems = load(GitCatalog.around(root).unpack("HEAD", tmp_path / "out"))
    assert problems == []
    assert catalog.glossary["jar"].definition.startswith("What holds")
    assert "twinkle" in catalog.heads
    assert sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*")) == before


def test_a_catalog_may_lie_anywhere_in_its_repository(tmp_path: Path) -> None:
    """In a folder of another name, or at the top."""
    deep = repository(tmp_path / "deep", "data/heads-of-ours")
    found = GitCatalog.around(deep, deep / "data" / "heads-of-ours")
    assert found.path == "data/heads-of-ours"
    assert (found.unpack("HEAD", tmp_path / "one") / "heads/sparkle.yaml").is_file()
    top = repository(tmp_path / "top", ".")
    assert (GitCatalog.around(top, top).unpack("HEAD", tmp_path / "two") / "heads/sparkle.yaml").is_file()


def test_nothing_is_written_outside_of_the_folder(tmp_path: Path) -> None:
    """Whatever the names in an archive say; a link leads nowhere, so that it is refused and not followed."""
    members: list[tuple[str, bytes | str]] = [
        ("catalog/heads/a.yaml", b"a"),
        ("catalog/../../out.yaml", b"x"),
        ("/tmp/out.yaml", b"x"),
        ("other/out.yaml", b"x"),
        ("catalog\\..\\out.yaml", b"x"),
        ("catalog/heads/link.yaml", "/etc/passwd"),
        ("catalog/papers", "/etc"),
    ]
    write_members(archive(*members), "catalog", tmp_path / "in", "v1")
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert written == ["in", "in/heads", "in/heads/a.yaml", "in/heads/link.yaml", "in/papers"]
    assert {str((tmp_path / name).readlink()) for name in ("in/heads/link.yaml", "in/papers")} == {"nowhere"}


@pytest.mark.parametrize(("name", "most"), [("MAX_FILES", 1), ("MAX_BYTES", 3)])
def test_too_much_is_refused(name: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it fills the disk."""
    monkeypatch.setattr(revisions, name, most)
    with pytest.raises(RevisionError, match="more than a catalog may have"):
        write_members(archive(("c/a.yaml", b"aa"), ("c/b.yaml", b"bb")), "c", tmp_path, "v1")


def test_each_fault_is_one_sentence_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No repository, no such revision, no catalog in it, no git."""
    root = repository(tmp_path / "project")
    git(root, "tag", "v0.1.0")
    found = GitCatalog.around(root)
    with pytest.raises(RevisionError, match=r"neither a folder nor a revision 'v0\.1\.9' .* Did you mean v0\.1\.0\?"):
        found.known("v0.1.9")
    with pytest.raises(RevisionError, match="neither a folder nor a revision '--output=x'"):
        found.known("--output=x")
    with pytest.raises(RevisionError, match="no folder records/"):
        GitCatalog(root, "records").unpack("HEAD", tmp_path / "out")
    with pytest.raises(RevisionError, match="does not lie in the repository"):
        GitCatalog.around(root, tmp_path / "elsewhere")
    (tmp_path / "bare").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(RevisionError, match="lies in no git repository"):
        GitCatalog.around(tmp_path / "bare")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RevisionError, match="git, which is not installed"):
        GitCatalog.around(root)


def test_a_revision_that_git_cannot_give_whole_is_not_read_in_part(tmp_path: Path) -> None:
    """What is missing would be told as removed."""
    root = repository(tmp_path / "project")
    blob = git(root, "rev-parse", "HEAD:catalog/heads/twinkle.yaml")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RevisionError, match="cannot be unpacked whole"):
        GitCatalog.around(root).unpack("HEAD", tmp_path / "out")


def test_a_shallow_clone_says_what_brings_the_rest(tmp_path: Path) -> None:
    """Its older commits are no typing error; a whole clone is told nothing of it."""
    root = repository(tmp_path / "project")
    git(root, "commit", "--quiet", "--allow-empty", "--message=two")
    git(tmp_path, "clone", "--quiet", "--depth=1", root.as_uri(), "shallow")
    assert GitCatalog.around(root).known("HEAD~1")
    with pytest.raises(RevisionError, match=r"'HEAD~1' .* The clone is shallow: `git fetch --unshallow --tags`"):
        GitCatalog.around(tmp_path / "shallow").known("HEAD~1")
    with pytest.raises(RevisionError) as refused:
        GitCatalog.around(root).known("HEAD~9")
    assert "is shallow" not in str(refused.value)
